// What is seen of a picture: the weights of the chosen row on its patches, and the light that they give.

import { placeOf } from "../numbers/grouping.js";
import { largest } from "../numbers/analysis/measures.js";

/** @import { OfLayer } from "../numbers/analysis/summary.js" */
/** @import { Context } from "./context.js" */

const MANY = 64; // patches among which no weight is large: they are lit up to the largest

/** @typedef {{ weights: Map<number, number>, most: number }} Row weights by token, and the one that has full light */

// The weights of what is shown large, from the chosen token, on each patch.
/** @type {(context: Context) => Row} */
export function rowOnPatches(context) {
  const { rows } = context.numbers.all;
  const at = placeOf(rows, context.state.query);
  return at < 0 ? onPatches(context, []) : byColumn(context, context.row(rows[at].tokens));
}

// The same of any head.
/** @type {(context: Context, layer: number, head: number) => Row} */
export function headOnPatches(context, layer, head) {
  return onPatches(context, context.numbers.plainRow(layer, head, context.state.query));
}

// The same of a mean of heads, or of a rollout.
/** @type {(context: Context, summary: { of: OfLayer, layer: number }) => Row} */
export function summaryOnPatches(context, { of, layer }) {
  const { numbers, state } = context;
  return byColumn(context, numbers.summaries.row({ of, layer, heads: [] }, [state.query], true));
}

// As a small picture: the roots of the weights, 0 to 255, a patch after the other.
/** @type {(context: Context, row: Row) => { bytes: Uint8Array, rows: number, columns: number }} */
export function seenBytes({ part }, { weights, most }) {
  const bytes = Uint8Array.from(weights.values(), (weight) => 255 * Math.sqrt(Math.min(1, Math.abs(weight) / most)));
  const columns = part.picture?.across ?? 1;
  return { bytes, rows: bytes.length / columns, columns };
}

// What small pictures of rows are drawn for; "" where no picture is looked at.
/** @type {(context: Context) => string} */
export function seenVersion({ part, state }) {
  return part.picture ? `${state.query} ${state.scale}` : "";
}

// Of weights by column, special tokens hidden or not.
/** @type {(context: Context, values: ArrayLike<number>) => Row} */
function byColumn(context, values) {
  const found = new Float32Array(context.part.keys.tokens.length);
  context.numbers.all.columns.forEach(({ tokens: [token] }, i) => (found[token] = values[i]));
  return onPatches(context, found);
}

/** @type {(context: Context, values: ArrayLike<number>) => Row} */
function onPatches(context, values) {
  const weights = new Map((context.part.picture?.patches ?? []).map((token) => [token, values[token] ?? 0]));
  return { weights, most: fullLight(context, [...weights.values()]) };
}

// Which weight has full light: 1, so that heads compare; or the row's largest.
/** @type {(context: Context, values: number[]) => number} */
function fullLight({ state, loose }, values) {
  if (state.scale === "fixed" && values.length <= MANY && !loose) return 1;
  return largest(values) || 1;
}
