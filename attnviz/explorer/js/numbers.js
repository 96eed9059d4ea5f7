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
    this.blockedOf = new Map();
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

  // [row, column] of ones where no token of the row may look at any of the column; null where all may.
  blocked(layer, head) {
    const { extra } = this.trace.header.layers[layer];
    if (extra === null) return null;
    const shared = extra === "causal" || this.trace.parts[extra].length === this.n * this.n;
    const name = shared ? extra : `${extra}.${head}`;
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
      const blocked = this.blocked(layer, head);
      this.tables.set(name, tables(this.weights(layer, head), rows.length, columns.length, blocked));
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
