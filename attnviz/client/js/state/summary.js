// What is shown large where it is not one head (and those laid over it): a mean of heads, or a rollout.

import { mayLookAt, rowAt } from "../numbers/cells.js";
import { besideHeads } from "../numbers/analysis/summary.js";

/** @import { Part } from "../numbers/part.js" */
/** @import { OfLayer, Summary } from "../numbers/analysis/summary.js" */
/** @import { Seen } from "./context.js" */
/** @import { State } from "./schema.js" */
/** @import { Place } from "./state.js" */

/** @typedef {Pick<State, "of" | "layer" | "head" | "over">} Chosen */

// What can be shown: where the layer has no such thing, or no heads are laid over, the head.
/** @type {(chosen: Chosen, part: Part) => State["of"]} */
export function settledOf({ of, layer, head, over }, part) {
  const beside = furtherOf({ layer, head, over });
  const isThere = of === "chosen" ? beside.length > 0 : of !== "head" && besideHeads(part, layer).includes(of);
  return isThere ? of : "head";
}

// A choice of a head, pinned or not, and of the difference, leads back to heads. So does laying one over, unless it is
// the mean of these that is shown.
/** @type {(change: Partial<State>, state: Pick<State, "of">) => Partial<State>} */
export function withOf(change, { of }) {
  const isLaid = change.over?.length && of !== "chosen";
  const isOfHeads = "head" in change || change.second || change.show === "difference" || isLaid;
  return isOfHeads && !("of" in change) ? { ...change, of: "head" } : change;
}

// The mean of the heads over one another, or back to them.
/** @type {(state: Pick<State, "of">) => Partial<State>} */
export function averaged({ of }) {
  return { of: of === "chosen" ? "head" : "chosen" };
}

/** @type {(seen: Pick<Seen, "state" | "part">) => Summary | null} */
export function summaryOf({ state, part }) {
  const { of, layer, head } = state;
  if (of === "head") return null;
  if (of === "chosen") return { of, layer, heads: [[layer, head], ...furtherOf(state)] };
  return { of, layer, heads: Array.from({ length: part.layers[layer].heads }, (_, i) => [layer, i]) };
}

// The heads laid over, beside the chosen one.
/** @type {(state: Pick<State, "layer" | "head" | "over">) => Place[]} */
function furtherOf({ layer, head, over }) {
  return over.filter(([l, h]) => l !== layer || h !== head);
}

// The weights of what is shown large, [row, column], as grouped.
/** @type {(seen: Seen) => Float32Array} */
export function shownWeights(seen) {
  const { numbers, state } = seen;
  const summary = summaryOf(seen);
  return summary ? numbers.summaries.weights(summary) : numbers.weights(state.layer, state.head);
}

// [row, column] of ones where it can have no weight; null where it can everywhere.
/** @type {(seen: Seen) => Uint8Array | null} */
export function shownBlocked(seen) {
  const { numbers, state } = seen;
  const summary = summaryOf(seen);
  return summary ? numbers.summaries.blocked(summary) : numbers.blocked(state.layer, state.head);
}

// Its weights of one word, [column].
/** @type {(seen: Seen, row: number) => Float32Array} */
export function shownRowAt(seen, row) {
  const { numbers, state } = seen;
  if (!summaryOf(seen)) return rowAt(numbers, state.layer, state.head, row);
  const { length } = numbers.grouping.columns;
  return shownWeights(seen).subarray(row * length, (row + 1) * length);
}

// Whether it can have a weight there.
/** @type {(seen: Seen, row: number, column: number) => boolean} */
export function shownMayLook(seen, row, column) {
  const { numbers, state } = seen;
  if (!summaryOf(seen)) return mayLookAt(numbers, state.layer, state.head, row, column);
  return !shownBlocked(seen)?.[row * numbers.grouping.columns.length + column];
}

// Its weights of one word, of all words.
/** @type {(seen: Seen, tokens: number[]) => Float32Array} */
export function shownRow(seen, tokens) {
  const { numbers, state } = seen;
  const summary = summaryOf(seen);
  return summary ? numbers.summaries.row(summary, tokens) : numbers.row(state.layer, state.head, tokens);
}

// What stands beside a layer's heads.
/** @type {(seen: Pick<Seen, "part" | "headsAlone">, layer: number) => OfLayer[]} */
export function besideOfLayer({ part, headsAlone }, layer) {
  return headsAlone ? [] : besideHeads(part, layer);
}
