// The page's own weights of the word that is looked at, in each head, once: another head is chosen more often than
// another word, and then all rows of that word stay. (At 512 tokens and 72 heads that spares 1.8 ms of 15 a choice.)

import { weightRow } from "./equations/attention.js";

/** @import { Part } from "./part.js" */

export class OwnRows {
  /** @param {Part} part */
  constructor(part) {
    this.part = part;
    this.query = -1;
    /** @type {Map<string, Float32Array>} "layer.head" → its row */
    this.rows = new Map();
  }

  // Of a layer whose vectors are here.
  /** @type {(layer: number, head: number, query: number) => Float32Array} */
  of(layer, head, query) {
    if (query !== this.query) this.rows.clear();
    this.query = query;
    const name = `${layer}.${head}`;
    const row = this.rows.get(name) ?? weightRow(this.part, layer, head, query);
    this.rows.set(name, row);
    return row;
  }
}
