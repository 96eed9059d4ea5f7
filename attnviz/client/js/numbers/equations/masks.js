// Who may look at whom in a head, by what is added to its scores.

import { addedOf } from "./attention.js";

/** @import { Grouping } from "../grouping.js" */
/** @import { Part } from "../part.js" */

// The words that these tokens may look at ([key]: its word; null: each token is one): a token of each, two at most.
/** @type {(part: Part, layer: number, head: number, tokens: number[], wordOf: number[] | null) => number[]} */
export function mayLook(part, layer, head, tokens, wordOf) {
  const added = addedOf(part, layer, head);
  /** @type {number[]} */
  const found = [];
  for (const query of tokens) {
    const isCausal = part.layers[layer].extra === "causal";
    const extra = isCausal ? undefined : added?.row(query);
    const keys = isCausal ? query + 1 : part.keys.tokens.length;
    for (let key = 0; key < keys && found.length < 2; key++) {
      if (extra && extra[key] === -Infinity) continue;
      if (found.length === 0 || (wordOf ? wordOf[key] !== wordOf[found[0]] : key !== found[0])) found.push(key);
    }
  }
  return found;
}

// Heads of one name may look at the same.
/** @type {(part: Part, layer: number, head: number) => string} */
export function maskName(part, layer, head) {
  const { extra } = part.layers[layer];
  if (extra === null || extra === "causal") return String(extra);
  const isShared = part.array(extra).length === part.queries.tokens.length * part.keys.tokens.length;
  return isShared ? extra : `${extra}.${head}`;
}

// [row, column] of ones where no token of the row may look at any of the column; null where all may.
/** @type {(part: Part, layer: number, head: number, grouping: Grouping) => Uint8Array | null} */
export function blockedCells(part, layer, head, { rows, columns }) {
  const added = addedOf(part, layer, head);
  if (!added) return null;
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
