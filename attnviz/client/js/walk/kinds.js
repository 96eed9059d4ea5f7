// The three kinds of attention of a model that translates, and where one word stands in each of them.

import { placeOf } from "../numbers/grouping.js";
import { isolated, short } from "../say/words.js";

/** @import { Grouping } from "../numbers/grouping.js" */
/** @import { Numbers } from "../numbers/numbers.js" */
/** @import { Cell } from "../state/context.js" */
/** @import { Header } from "../state/schema.js" */
/** @import { Place } from "../state/state.js" */

/** @typedef {"encoder" | "decoder" | "cross"} PartName */

/** @type {{ part: PartName, title: string, who: string }[]} */
export const KINDS = [
  {
    part: "encoder",
    title: "Encoder: self-attention",
    who: "Each word of the sentence may look at every word of the sentence, before it and after it.",
  },
  {
    part: "decoder",
    title: "Decoder: masked self-attention",
    who: "Each word that has been written may look at itself and at those before it. Grey: written later.",
  },
  {
    part: "cross",
    title: "Cross-attention",
    who: "For each word that it writes, the decoder may look at every word of the sentence.",
  },
];

/** @type {(header: Pick<Header, "parts">) => boolean} */
export const isKinds = ({ parts }) => KINDS.every(({ part }) => parts.some(({ name }) => name === part));

// A word of the sentence (`column` of the cross-attention) and a word that is written (`row`), where they stand in a
// part, as it is grouped; -1 where they do not. What is written stands in the decoder's row one place later: before it
// there is the token with which writing begins.
/** @type {(part: PartName, pair: Cell, grouping: Grouping) => Cell} */
export function linkedIn(part, { row, column }, { rows, columns }) {
  const [looks, lookedAt] = {
    encoder: [column, column],
    decoder: row < 0 ? [-1, -1] : [row + 1, row + 1],
    cross: [row, column],
  }[part];
  return { row: looks < 0 ? -1 : placeOf(rows, looks), column: lookedAt < 0 ? -1 : placeOf(columns, lookedAt) };
}

// The other way: what is chosen by a cell of a part. The token with which writing begins is no word that is written.
/** @type {(part: PartName, cell: Cell) => { query?: number, key?: number } | null} */
export function pairAt(part, { row, column }) {
  if (part === "encoder") return { key: row };
  if (part === "decoder") return row > 0 ? { query: row - 1 } : null;
  return { query: row, key: column };
}

// The two words that a word looks at most.
/** @type {(numbers: Numbers, head: Place, row: number) => string} */
export function mostOf(numbers, head, row) {
  const { rows, columns } = numbers.grouping;
  const weights = numbers.weights(...head).subarray(row * columns.length, (row + 1) * columns.length);
  const best = [...weights.keys()].sort((a, b) => weights[b] - weights[a]).slice(0, 2);
  const told = best.filter((i) => weights[i] >= 0.005).map((i) => `${isolated(columns[i].name)} ${short(weights[i])}`);
  return `${isolated(rows[row].name)} looks at ${told.join(", ")}`;
}
