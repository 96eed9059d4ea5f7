// A head of a text so long that its weights, [query, key], are never here all at once: its picture, in which a cell is
// the largest weight of a block, made row by row when nothing else is to be done; before that of the small picture that
// came with the trace. Rows by themselves are computed when they are asked for (attention.js).
// tests/explorer/test_page_long.py holds it against the package.

import { CELLS, THUMBNAIL } from "../state/schema.js";
import { weightRow } from "./equations/attention.js";
import { cellsAlong } from "./grouping.js";
import { remembered } from "./remembered.js";

/** @import { Table } from "./analysis/measures.js" */
/** @import { Numbers } from "./numbers.js" */
/** @import { Part } from "./part.js" */

/** @typedef {{ values: Float32Array, rows: number, columns: number }} Drawn [row, column] */
/** @typedef {Drawn & { done: number, table: Table }} Picture of a head; done: so many queries are in it */

export class Tiled {
  /** @param {Numbers} numbers */
  constructor(numbers) {
    this.numbers = numbers;
    /** @type {Map<string, Picture>} "layer.head" → the last few */
    this.pictures = new Map();
    /** @type {Uint8Array | null} */
    this.cover = null;
    /** @type {(() => void)[]} */
    this.waiting = [];
  }

  // How many queries and keys a cell stands for: along either side the same number.
  get block() {
    const { n, m } = this.numbers;
    return Math.max(Math.ceil(n / CELLS), Math.ceil(m / CELLS));
  }

  // What is drawn of a head: of a text that is not long its weights, as grouped.
  /** @type {(layer: number, head: number) => Drawn} */
  drawn(layer, head) {
    if (this.numbers.part.isTiled) return this.of(layer, head);
    const { rows, columns } = this.numbers.grouping;
    return { values: this.numbers.weights(layer, head), rows: rows.length, columns: columns.length };
  }

  // The picture of a head, as far as it is computed.
  /** @type {(layer: number, head: number) => Picture} */
  of(layer, head) {
    return remembered(this.pictures, `${layer}.${head}`, () => begun(this.numbers, layer, head));
  }

  // [row, column] of ones where no query of a cell may look at any of its keys; null where all may.
  /** @type {(layer: number) => Uint8Array | null} */
  covered(layer) {
    const { part, n, m } = this.numbers;
    if (part.layers[layer].extra === null) return null;
    if (this.cover) return this.cover;
    const [rows, columns] = [cellsAlong(n, CELLS), cellsAlong(m, CELLS)];
    this.cover = new Uint8Array(rows * columns);
    for (let i = 0; i < rows; i++) this.cover.fill(1, i * columns + Math.min(i + 1, columns), (i + 1) * columns);
    return this.cover;
  }

  // What the other words give each word, once the picture is whole; null before.
  /** @type {(layer: number, head: number) => Table | null} */
  table(layer, head) {
    const { done, table } = this.of(layer, head);
    return done === this.numbers.n ? table : null;
  }

  // Further rows of a head's picture, until that time; whether it is whole.
  /** @type {(layer: number, head: number, until: number) => boolean} */
  goOn(layer, head, until) {
    const { numbers } = this;
    const picture = this.of(layer, head);
    if (picture.done === numbers.n) return true;
    const vectors = numbers.vectors(layer, head);
    while (picture.done < numbers.n && performance.now() < until) {
      add(picture, weightRow(numbers.part, layer, head, picture.done, vectors), numbers, layer);
    }
    if (picture.done < numbers.n) return false;
    for (const tell of this.waiting.splice(0)) tell();
    return true;
  }

  // Is told once a picture that is computed now is whole.
  /** @type {(tell: () => void) => void} */
  whenWhole(tell) {
    if (!this.waiting.includes(tell)) this.waiting.push(tell);
  }
}

// So many keys a query may look at, from the first.
/** @type {(part: Part, layer: number, query: number) => number} */
function reachOf({ layers, keys }, layer, query) {
  return layers[layer].extra === "causal" ? query + 1 : keys.tokens.length;
}

// As the small picture has it.
/** @type {(numbers: Numbers, layer: number, head: number) => Picture} */
function begun({ part, n, m }, layer, head) {
  const [rows, columns] = [cellsAlong(n, CELLS), cellsAlong(m, CELLS)];
  const [down, across] = [cellsAlong(n, THUMBNAIL), cellsAlong(m, THUMBNAIL)];
  const small = part.array(`thumbnails${layer}`).subarray(head * down * across, (head + 1) * down * across);
  const values = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const from = Math.floor((i * down) / rows) * across;
    for (let j = 0; j < columns; j++) {
      values[i * columns + j] = (small[from + Math.floor((j * across) / columns)] / 255) ** 2;
    }
  }
  /** @type {(i: number, j: number) => boolean} */
  const isCounted = (i, j) => reachOf(part, layer, i) > 1 && j < reachOf(part, layer, i);
  const [byKey, lookers] = [new Float64Array(m), new Float64Array(m)];
  const [byOffset, pairs] = [new Float64Array(n + m - 1), new Float64Array(n + m - 1)];
  return { values, rows, columns, done: 0, table: { byKey, lookers, byOffset, pairs, isCounted } };
}

// The next query's weights, into the picture and its sums; one that has no choice counts nowhere (measures.js).
/** @type {(picture: Picture, row: Float32Array, numbers: Numbers, layer: number) => void} */
function add(picture, row, { part, n, m, tiled: { block } }, layer) {
  const { values, columns, done: query, table } = picture;
  const start = Math.floor(query / block) * columns;
  if (query % block === 0) values.fill(0, start, start + columns);
  const reach = reachOf(part, layer, query);
  for (let j = 0, cell = start; j < reach; cell++) {
    let most = values[cell];
    for (const end = Math.min(j + block, m); j < end; j++) if (row[j] > most) most = row[j];
    values[cell] = most;
  }
  picture.done = query + 1;
  if (reach < 2) return;
  const { byKey, lookers, byOffset, pairs } = table;
  const from = n - 1 - query;
  for (let j = 0; j < reach; j++) {
    byKey[j] += row[j];
    lookers[j] += 1;
    byOffset[from + j] += row[j];
    pairs[from + j] += 1;
  }
}
