// The way of one word through the chosen head, as draw/way.js draws it and say/told.js tells it.

import { largest } from "../../numbers/analysis/measures.js";

/** @import { DrawnWay } from "../../draw/way.js" */
/** @import { Context } from "../../state/context.js" */

/**
 * Which tokens are rows of their own, which are one row together; and all of them, as they are called.
 *
 * @typedef {{ tokens: number[], hidden: number[], labels: string[], names: string[] }} Listed
 */

/** @type {Listed} */
export const NOTHING = { tokens: [], hidden: [], labels: [], names: [] };

// What is shown of the keys is listed; the rest is one row.
/** @type {(context: Context) => Listed} */
export function listedIn({ numbers, part }) {
  const all = part.keys.tokens;
  const tokens = numbers.grouping.columns.flatMap((column) => column.tokens);
  const isListed = new Set(tokens);
  const hidden = [...all.keys()].filter((token) => !isListed.has(token));
  return { tokens, hidden, labels: all.map((token) => token.label), names: all.map((token) => token.name) };
}

/** @type {(context: Context, listed: Listed) => DrawnWay} */
export function wayOf({ state, numbers, part }, listed) {
  const vectors = numbers.vectors(state.layer, state.head);
  const looking = part.queries.tokens[state.query];
  const steps = numbers.steps(state.layer, state.head, state.query);
  return {
    ...vectors,
    ...listed,
    dValue: vectors.v.length / part.keys.tokens.length,
    query: state.query,
    label: looking.label,
    name: looking.name,
    steps,
    areStepsRounded: vectors.isRounded && steps !== numbers.way,
    layer: part.layers[state.layer],
  };
}

// The largest magnitudes, which the colours are scaled by.
/** @param {DrawnWay} way */
export function largestOf({ q, k, v, d, query, tokens }) {
  const from = query * d;
  let products = 0;
  for (const token of tokens) {
    for (let c = 0; c < d; c++) products = Math.max(products, Math.abs(q[from + c] * k[token * d + c]));
  }
  return { q: largest(q), k: largest(k), v: largest(v), products: products || 1 };
}
