// The words at which a word's look stands out most, each in the head in which it does: the first is what
// attnviz.analysis.strongest_link finds.

import { placeOf } from "../grouping.js";
import { beside } from "./measures.js";
import { hasLoose } from "../equations/normalizers.js";

/** @import { Group } from "../grouping.js" */
/** @import { Numbers } from "../numbers.js" */
/** @import { Token } from "../../state/schema.js" */

const MOST = 3;

/** @typedef {(layer: number, head: number) => boolean} IsOff whether a head hands nothing on */
/** @typedef {{ layer: number, head: number, column: number, weight: number }} Outstanding a cell of a word's row */

// Among real words, those that are read as one token first; a weight stands out if it is `times` what other words give
// the same word, and what is given at that distance. The first few, the most outstanding first. None where weights are
// no shares.
/** @type {(numbers: Numbers, query: number, times: number, isOff?: IsOff) => Outstanding[]} */
export function mostOutstanding(numbers, query, times, isOff = () => false) {
  const { rows, columns } = numbers.grouping;
  const row = placeOf(rows, query);
  if (row < 0 || hasLoose(numbers.part)) return [];
  const { tokens } = numbers.part.keys;
  const itself = numbers.part.isSquare ? rows[row].word : null;
  const words = columns.map((column, j) => ({ column, j })).filter(({ column }) => isReal(tokens, column));
  const others = words.filter(({ column }) => column.word !== itself);
  const whole = others.filter(({ column }) => isWhole(tokens, column));
  for (const among of [whole, others]) {
    const places = among.map(({ j }) => j);
    const found = bestOf(numbers, row, places, times, isOff);
    if (found.length) return found;
  }
  return [];
}

// Of each of these columns the best head.
/** @type {(numbers: Numbers, row: number, among: number[], times: number, isOff: IsOff) => Outstanding[]} */
function bestOf(numbers, row, among, times, isOff) {
  const { rows, columns } = numbers.grouping;
  /** @type {Map<number, Outstanding & { above: number }>} */
  const best = new Map();
  for (const [layer, head] of numbers.heads) {
    if (isOff(layer, head) || numbers.forced(layer, head)?.[row]) continue;
    const table = numbers.table(layer, head);
    const blocked = numbers.blocked(layer, head);
    const weights = numbers.row(layer, head, rows[row].tokens, false);
    const open = columns.filter((_, j) => !blocked?.[row * columns.length + j]).length;
    for (const column of among) {
      const weight = weights[column];
      const means = beside(weight, table, row, column, rows.length);
      const held = Math.max(means.others ?? 0, numbers.part.isLine ? (means.position ?? 0) : 0);
      const above = weight - Math.max(held, 1 / open); // in a long row a large weight says more
      if (weight < times * held || above <= (best.get(column)?.above ?? 0)) continue;
      best.set(column, { layer, head, column, weight, above });
    }
  }
  return [...best.values()].sort((a, b) => b.above - a.above).slice(0, MOST);
}

/** @type {(tokens: Token[], column: Group) => boolean} */
function isReal(tokens, column) {
  const all = column.tokens.map((token) => tokens[token]);
  return all.every(({ special, unknown, mask }) => !special && !unknown && !mask) && /[\p{L}\p{N}]/u.test(column.label);
}

// Whether it is a word that the model reads as one token, or all of one.
/** @type {(tokens: Token[], column: Group) => boolean} */
function isWhole(tokens, column) {
  if (column.tokens.length > 1) return true; // merged
  const { word, segment } = tokens[column.tokens[0]];
  return word === null || tokens.filter((one) => one.word === word && one.segment === segment).length === 1;
}
