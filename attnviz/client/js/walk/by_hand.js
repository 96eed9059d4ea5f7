// A row of weights by hand: one is pulled, the rest of the row gives way, so that it still sums to what it did.

/** @import { Changes } from "../model/run.js" */
/** @import { Of } from "./steps/shown.js" */

// The row with one weight set, and the others, in their proportions, sharing what is left; alike where all had nothing.
// A token that may not be looked at keeps its 0.
/** @type {(row: ArrayLike<number>, at: number, weight: number, may: (token: number) => boolean) => Float64Array} */
export function givenWay(row, at, weight, may) {
  const before = Float64Array.from(row);
  if (!may(at)) return before;
  const total = before.reduce((all, value) => all + value, 0);
  const set = Math.min(Math.max(weight, 0), total);
  const others = [...before.keys()].filter((token) => token !== at && may(token));
  const held = others.reduce((all, token) => all + before[token], 0);
  const left = total - set;
  const after = new Float64Array(before.length);
  for (const token of others) after[token] = held > 0 ? (before[token] / held) * left : left / others.length;
  after[at] = others.length ? set : total;
  return after;
}

// The changes with this row of the chosen head and word; null: with the model's own.
/** @typedef {Pick<Of, "layer" | "head" | "query">} Where */

/** @type {(changes: Changes, of: Where, weights: ArrayLike<number> | null) => Changes} */
export function withRow({ rows = [], ...changes }, { layer, head, query }, weights) {
  const others = rows.filter((one) => one.layer !== layer || one.head !== head || one.query !== query);
  const all = weights ? [...others, { layer, head, query, weights }] : others;
  return all.length ? { ...changes, rows: all } : changes;
}

// The row that is set for the chosen head and word; null for none, or one of another length (of another text).
/** @type {(changes: Changes, of: Where & Pick<Of, "row">) => ArrayLike<number> | null} */
export function rowSet({ rows = [] }, { layer, head, query, row }) {
  const found = rows.find((one) => one.layer === layer && one.head === head && one.query === query);
  return found && found.weights.length === row.tokens.length ? found.weights : null;
}
