// The numbers of one trace as the views ask for them, each computed once: what the package sent where it did, else what
// the page computes itself.

import { readAnswer } from "./answer.js";
import { rowOf, vectorsOf, weightRow, weightsOf } from "./equations/attention.js";
import { grouped, grouping } from "./grouping.js";
import { blockedCells, mayLook, maskName } from "./equations/masks.js";
import { tables } from "./analysis/measures.js";
import { OwnRows } from "./own_rows.js";
import { remembered } from "./remembered.js";
import { Summaries } from "./analysis/summary.js";
import { Tiled } from "./tiled.js";

/** @import { State } from "../state/schema.js" */
/** @import { Answered, Way } from "./answer.js" */
/** @import { Steps, Vectors } from "./equations/attention.js" */
/** @import { Grouping, Options } from "./grouping.js" */
/** @import { Table } from "./analysis/measures.js" */
/** @import { Part } from "./part.js" */

/** @type {Grouping} */
const NOTHING = { rows: [], columns: [], isPlain: false };

export class Numbers {
  /** @param {Part} part */
  constructor(part) {
    this.part = part;
    this.n = part.queries.tokens.length;
    this.m = part.keys.tokens.length;
    /** @type {[layer: number, head: number][]} */
    this.heads = part.layers.flatMap(({ heads }, layer) =>
      Array.from({ length: heads }, (_, head) => /** @type {[number, number]} */ ([layer, head])),
    );
    /** @type {Map<string, Float32Array>} "layer.head" → the package's weights */
    this.exact = new Map();
    /** @type {Map<string, Float32Array>} "layer.head.query" → the package's weights of one query */
    this.exactRows = new Map();
    /** @type {Map<string, Vectors>} "layer.head" → the package's q, k and v */
    this.exactVectors = new Map();
    /** @type {Way | null} */
    this.way = null;
    /** @type {Map<string, Float32Array>} "layer.head" → weights by token, the last few */
    this.computed = new Map();
    /** @type {Map<string, Vectors>} "layer.head" → q, k and v as the page has them, the last few */
    this.unpacked = new Map();
    /** @type {Map<string, number[]>} a mask's name → the tokens that have a choice */
    this.choosingOf = new Map();
    this.summaries = new Summaries(this);
    this.tiled = new Tiled(this);
    this.ownRows = new OwnRows(part);
    this.whole = false;
    this.grouping = NOTHING;
    this.all = NOTHING; // as if it were not filtered
    /** @type {State["words"]} */
    this.words = "pieces";
    /** @type {number[] | null} [key]: its word */
    this.wordOf = null;
    /** @type {Map<string, Float32Array>} */
    this.kept = new Map();
    /** @type {Map<string, Table>} */
    this.tables = new Map();
    /** @type {Map<string, Uint8Array | null>} */
    this.blockedOf = new Map();
    /** @type {Map<string, Uint8Array | null>} */
    this.forcedOf = new Map();
  }

  // Whether the vectors of all heads are here: the first one's come with the pictures, others later, or by layer.
  get isWhole() {
    this.whole ||= this.part.layers.every((_, layer) => this.hasLayer(layer));
    return this.whole;
  }

  // Whether those of a layer's heads are.
  /** @type {(layer: number) => boolean} */
  hasLayer(layer) {
    return this.part.has(`q${layer}`);
  }

  get isRounded() {
    return !this.isWhole || this.part.array("q0") instanceof Int16Array;
  }

  // Whether a head can be drawn.
  /** @type {(layer: number, head: number) => boolean} */
  knows(layer, head) {
    return this.hasLayer(layer) || this.exactVectors.has(`${layer}.${head}`);
  }

  // Which tokens are shown and how they are grouped; everything below is in these rows and columns.
  /** @type {(options: Options) => void} */
  group(options) {
    this.grouping = grouping(this.part, options);
    this.all = grouping(this.part, { ...options, filter: "all" });
    this.words = options.words;
    this.wordOf = options.words === "pieces" ? null : this.part.keys.words[options.words];
    this.blockedOf = new Map();
    this.forcedOf = new Map();
    this.kept = new Map();
    this.tables = new Map();
  }

  // The package's answer: vectors and weights of some heads (of a long text, some rows of them), and one query's way.
  /** @type {(answer: Answered) => void} */
  answer(answer) {
    const { weights, rows, vectors, way } = readAnswer(this.part, answer);
    this.exact = weights;
    this.exactRows = rows;
    const before = [...this.exactVectors].filter(([name]) => !this.hasLayer(parseInt(name, 10)));
    this.exactVectors = new Map([...before, ...vectors]);
    this.way = way;
    for (const name of this.exact.keys()) {
      this.kept.delete(name);
      this.computed.delete(name);
    }
  }

  // Whether what is told of these tokens' weights in a head is the package's own number.
  /** @type {(layer: number, head: number, tokens: number[]) => boolean} */
  isExact(layer, head, tokens) {
    /** @type {(query: number) => boolean} */
    const isKnown = (query) => this.exactRows.has(`${layer}.${head}.${query}`);
    return !this.isRounded || this.exact.has(`${layer}.${head}`) || tokens.every(isKnown);
  }

  // The weights of a head, [token, token].
  /** @type {(layer: number, head: number) => Float32Array} */
  plain(layer, head) {
    const name = `${layer}.${head}`;
    const computed = () => weightsOf(this.part, layer, head, this.vectors(layer, head));
    return this.exact.get(name) ?? remembered(this.computed, name, computed);
  }

  // What the untrained model gives of these tokens to those, as they are grouped; null where it is not known.
  /** @type {(layer: number, head: number, queries: number[], keys: number[]) => number | null} */
  untrained(layer, head, queries, keys) {
    if (!this.part.has(`untrained${layer}`)) return null;
    const weights = this.part.array(`untrained${layer}`);
    let sum = 0;
    for (const query of queries) for (const key of keys) sum += weights[(head * this.n + query) * this.m + key];
    return sum / queries.length;
  }

  // The weights of a head, [row, column], as grouped.
  /** @type {(layer: number, head: number) => Float32Array} */
  weights(layer, head) {
    if (this.grouping.isPlain) return this.plain(layer, head);
    const name = `${layer}.${head}`;
    return remembered(this.kept, name, () => grouped(this.plain(layer, head), this.m, this.grouping));
  }

  // The same over all words, shown or not: rows that sum to 1.
  /** @type {(layer: number, head: number) => { values: Float32Array, columns: number }} */
  wholeRows(layer, head) {
    if (this.grouping.isPlain) return { values: this.plain(layer, head), columns: this.m };
    const { columns } = grouping(this.part, { words: this.words, specials: true, filter: "all" });
    const values = grouped(this.plain(layer, head), this.m, { rows: this.grouping.rows, columns, isPlain: false });
    return { values, columns: columns.length };
  }

  // The weights of one word in a head, [column]; of all words if `everything`, else as filtered.
  /** @type {(layer: number, head: number, tokens: number[], everything?: boolean) => Float32Array} */
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
  /** @type {(layer: number, head: number, query: number) => Float32Array} */
  plainRow(layer, head, query) {
    const exact = this.exact.get(`${layer}.${head}`);
    if (exact) return exact.subarray(query * this.m, (query + 1) * this.m);
    const row = this.exactRows.get(`${layer}.${head}.${query}`);
    if (row) return row;
    if (this.hasLayer(layer)) return this.ownRows.of(layer, head, query);
    if (this.part.isTiled) return weightRow(this.part, layer, head, query, this.vectors(layer, head));
    return this.plain(layer, head).subarray(query * this.m, (query + 1) * this.m);
  }

  // Every step of one token's way in a head.
  /** @type {(layer: number, head: number, query: number) => Steps} */
  steps(layer, head, query) {
    const { way } = this;
    if (way && way.layer === layer && way.head === head && way.query === query) return way;
    return rowOf(this.part, layer, head, query, this.vectors(layer, head));
  }

  /** @type {(layer: number, head: number) => Vectors} */
  vectors(layer, head) {
    const name = `${layer}.${head}`;
    return this.exactVectors.get(name) ?? remembered(this.unpacked, name, () => vectorsOf(this.part, layer, head));
  }

  // [row] of ones where the word has no choice: it may look at one word at most, shown or not; null where all have one.
  /** @type {(layer: number, head: number) => Uint8Array | null} */
  forced(layer, head) {
    const name = maskName(this.part, layer, head);
    if (!this.forcedOf.has(name)) {
      const rows = Uint8Array.from(this.grouping.rows, ({ tokens }) => {
        return Number(this.mayLook(layer, head, tokens).length < 2);
      });
      this.forcedOf.set(name, rows.includes(1) ? rows : null);
    }
    return this.forcedOf.get(name) ?? null;
  }

  // The tokens that have a choice in a head, however they are grouped.
  /** @type {(layer: number, head: number) => number[]} */
  choosing(layer, head) {
    const name = maskName(this.part, layer, head);
    if (!this.choosingOf.has(name)) {
      const tokens = Array.from({ length: this.n }, (_, token) => token);
      const choosing = tokens.filter((token) => mayLook(this.part, layer, head, [token], null).length > 1);
      this.choosingOf.set(name, choosing);
    }
    return this.choosingOf.get(name) ?? [];
  }

  // The words that these tokens may look at, as they are grouped, shown or not: a token of each, two at most.
  /** @type {(layer: number, head: number, tokens: number[]) => number[]} */
  mayLook(layer, head, tokens) {
    return mayLook(this.part, layer, head, tokens, this.wordOf);
  }

  // [row, column] of ones where no token of the row may look at any of the column (tiled: of cells); null: all may.
  /** @type {(layer: number, head: number) => Uint8Array | null} */
  blocked(layer, head) {
    if (this.part.layers[layer].extra === null) return null;
    if (this.part.isTiled) return this.tiled.covered(layer);
    const name = maskName(this.part, layer, head);
    if (!this.blockedOf.has(name)) this.blockedOf.set(name, blockedCells(this.part, layer, head, this.grouping));
    return this.blockedOf.get(name) ?? null;
  }

  // What the other words give each word, and what each distance gets, in a head (see measures.js).
  /** @type {(layer: number, head: number) => Table} */
  table(layer, head) {
    const name = `${layer}.${head}`;
    const known = this.tables.get(name);
    if (known) return known;
    const { rows, columns } = this.grouping;
    const [blocked, forced] = [this.blocked(layer, head), this.forced(layer, head)];
    const found = tables(this.weights(layer, head), rows.length, columns.length, blocked, forced);
    this.tables.set(name, found);
    return found;
  }

  /** @type {(layer: number, head: number) => boolean} */
  hasTable(layer, head) {
    return this.tables.has(`${layer}.${head}`);
  }
}
