// The numbers of one trace as the views ask for them, each computed once: what the package sent where it did, else what
// the page computes itself.

import { addedOf, rowOf, vectorsOf, weightRow, weightsOf } from "./attention.js";
import { grouped, grouping } from "./grouping.js";
import { tables } from "./measures.js";

const KEPT = 6; // heads whose weights are remembered

export class Numbers {
  constructor(trace) {
    this.trace = trace;
    this.n = trace.header.tokens.length;
    this.heads = trace.header.layers.flatMap(({ heads }, layer) =>
      Array.from({ length: heads }, (_, head) => [layer, head]),
    );
    this.exact = new Map(); // "layer.head" → the package's weights
    this.exactRows = new Map(); // "layer.head.query" → the package's weights of one query
    this.exactVectors = new Map(); // "layer.head" → the package's q, k and v
    this.way = null; // the package's own row: { layer, head, query, scores, masked, weights, context }
    this.computed = new Map(); // "layer.head" → weights by token, the last few
    this.unpacked = new Map(); // "layer.head" → q, k and v as the page has them, the last few
    this.kept = new Map(); // the same, as grouped
    this.tables = new Map();
    this.choosingOf = new Map(); // a mask's name → the tokens that have a choice
  }

  // Whether the vectors of all heads are here: those of the first one come with the pictures, the others after them.
  get isWhole() {
    return "q0" in this.trace.parts;
  }

  get isRounded() {
    return !this.isWhole || this.trace.parts.q0 instanceof Int16Array;
  }

  // Whether a head can be drawn.
  knows(layer, head) {
    return this.isWhole || this.exactVectors.has(`${layer}.${head}`);
  }

  // Which tokens are shown and how they are grouped; everything below is in these rows and columns.
  group(options) {
    this.grouping = grouping(this.trace.header, options);
    this.all = grouping(this.trace.header, { ...options, filter: "all" });
    this.words = options.words;
    this.wordOf = options.words === "pieces" ? null : this.trace.header.words[options.words];
    this.blockedOf = new Map();
    this.forcedOf = new Map();
    this.kept = new Map();
    this.tables = new Map();
  }

  // The package's answer: its vectors and weights of some heads (of a long text, of some queries in them), and the way
  // of one query in the first.
  answer({ header, parts }) {
    this.exact = new Map();
    this.exactRows = new Map();
    if (this.isWhole) this.exactVectors = new Map();
    header.heads.forEach(([layer, head], i) => {
      const name = `${layer}.${head}`;
      const [weights, rows, q, k, v] = ["weights", "rows", "q", "k", "v"].map((what) => parts[`head${i}.${what}`]);
      this.exactVectors.set(name, { n: this.n, d: q.length / this.n, q, k, v });
      if (weights) this.exact.set(name, weights);
      header.queries.forEach((query, at) => {
        if (rows) this.exactRows.set(`${name}.${query}`, rows.subarray(at * this.n, (at + 1) * this.n));
      });
    });
    const [layer, head] = header.heads[0];
    const steps = ["scores", "masked", "weights", "context"].map((step) => [step, parts[`way.${step}`]]);
    this.way = { layer, head, query: header.queries[0], ...Object.fromEntries(steps) };
    for (const name of this.exact.keys()) {
      this.kept.delete(name);
      this.computed.delete(name);
    }
  }

  // Whether what is told of these tokens' weights in a head is the package's own number.
  isExact(layer, head, tokens) {
    const isKnown = (query) => this.exactRows.has(`${layer}.${head}.${query}`);
    return !this.isRounded || this.exact.has(`${layer}.${head}`) || tokens.every(isKnown);
  }

  // The weights of a head, [token, token].
  plain(layer, head) {
    const name = `${layer}.${head}`;
    const compute = () => weightsOf(this.trace, layer, head, this.vectors(layer, head));
    return this.exact.get(name) ?? remembered(this.computed, name, compute);
  }

  // The weights of a head, [row, column], as grouped.
  weights(layer, head) {
    if (this.grouping.isPlain) return this.plain(layer, head);
    const name = `${layer}.${head}`;
    return remembered(this.kept, name, () => grouped(this.plain(layer, head), this.n, this.grouping));
  }

  // The same over all words, shown or not: rows that sum to 1.
  wholeRows(layer, head) {
    if (this.grouping.isPlain) return { values: this.plain(layer, head), columns: this.n };
    const { columns } = grouping(this.trace.header, { words: this.words, specials: true, filter: "all" });
    const values = grouped(this.plain(layer, head), this.n, { rows: this.grouping.rows, columns, isPlain: false });
    return { values, columns: columns.length };
  }

  // The weights of one word in a head, [column]; of all words if `everything`, else as filtered.
  row(layer, head, tokens, everything = true) {
    const { columns, isPlain } = everything ? this.all : this.grouping;
    if (isPlain && tokens.length === 1) return this.plainRow(layer, head, tokens[0]);
    const sums = new Float32Array(columns.length);
    for (const query of tokens) {
      const row = this.plainRow(layer, head, query);
      columns.forEach((column, j) => {
        for (const key of column.tokens) sums[j] += row[key] / tokens.length;
      });
    }
    return sums;
  }

  // The weights of one token in a head, [token].
  plainRow(layer, head, query) {
    const exact = this.exact.get(`${layer}.${head}`);
    if (exact) return exact.subarray(query * this.n, (query + 1) * this.n);
    const row = this.exactRows.get(`${layer}.${head}.${query}`);
    if (row) return row;
    if (this.isWhole) return weightRow(this.trace, layer, head, query);
    return this.plain(layer, head).subarray(query * this.n, (query + 1) * this.n);
  }

  // Every step of one token's way in a head.
  steps(layer, head, query) {
    const { way } = this;
    if (way && way.layer === layer && way.head === head && way.query === query) return way;
    return rowOf(this.trace, layer, head, query, this.vectors(layer, head));
  }

  vectors(layer, head) {
    const name = `${layer}.${head}`;
    return this.exactVectors.get(name) ?? remembered(this.unpacked, name, () => vectorsOf(this.trace, layer, head));
  }

  // [row] of ones where the word has no choice: it may look at one word at most, shown or not; null where all have one.
  forced(layer, head) {
    const name = this.maskName(layer, head);
    if (!this.forcedOf.has(name)) {
      const rows = Uint8Array.from(this.grouping.rows, ({ tokens }) => this.mayLook(layer, head, tokens).length < 2);
      this.forcedOf.set(name, rows.includes(1) ? rows : null);
    }
    return this.forcedOf.get(name);
  }

  // The words that these tokens may look at, as they are grouped, shown or not: a token of each, two at most.
  mayLook(layer, head, tokens, wordOf = this.wordOf) {
    const added = addedOf(this.trace, layer, head);
    const found = [];
    for (const query of tokens) {
      const extra = added?.row(query);
      for (let key = 0; key < this.n && found.length < 2; key++) {
        if (extra && extra[key] === -Infinity) continue;
        if (found.length === 0 || (wordOf ? wordOf[key] !== wordOf[found[0]] : key !== found[0])) found.push(key);
      }
    }
    return found;
  }

  // The tokens that have a choice in a head, however they are grouped.
  choosing(layer, head) {
    const name = this.maskName(layer, head);
    if (!this.choosingOf.has(name)) {
      const tokens = Array.from({ length: this.n }, (_, token) => token);
      this.choosingOf.set(
        name,
        tokens.filter((token) => this.mayLook(layer, head, [token], null).length > 1),
      );
    }
    return this.choosingOf.get(name);
  }

  // Heads of one name may look at the same.
  maskName(layer, head) {
    const { extra } = this.trace.header.layers[layer];
    const shared = extra === null || extra === "causal" || this.trace.parts[extra].length === this.n * this.n;
    return shared ? String(extra) : `${extra}.${head}`;
  }

  // [row, column] of ones where no token of the row may look at any of the column; null where all may.
  blocked(layer, head) {
    if (this.trace.header.layers[layer].extra === null) return null;
    const name = this.maskName(layer, head);
    if (!this.blockedOf.has(name)) this.blockedOf.set(name, this.blockedCells(layer, head));
    return this.blockedOf.get(name);
  }

  blockedCells(layer, head) {
    const added = addedOf(this.trace, layer, head);
    const { rows, columns } = this.grouping;
    const cells = new Uint8Array(rows.length * columns.length).fill(1);
    rows.forEach((row, i) => {
      for (const query of row.tokens) {
        const extra = added.row(query);
        columns.forEach((column, j) => {
          if (column.tokens.some((key) => extra[key] !== -Infinity)) cells[i * columns.length + j] = 0;
        });
      }
    });
    return cells.includes(1) ? cells : null;
  }

  // What the other words give each word, and what each distance gets, in a head (see measures.js).
  table(layer, head) {
    const name = `${layer}.${head}`;
    if (!this.tables.has(name)) {
      const { rows, columns } = this.grouping;
      const [blocked, forced] = [this.blocked(layer, head), this.forced(layer, head)];
      this.tables.set(name, tables(this.weights(layer, head), rows.length, columns.length, blocked, forced));
    }
    return this.tables.get(name);
  }

  hasTable(layer, head) {
    return this.tables.has(`${layer}.${head}`);
  }
}

// What a name stands for, computed if it is not among the last few.
function remembered(map, name, compute) {
  let found = map.get(name);
  if (!found) {
    found = compute();
    map.set(name, found);
    if (map.size > KEPT) map.delete(map.keys().next().value);
  }
  return found;
}
