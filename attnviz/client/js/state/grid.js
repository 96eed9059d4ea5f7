// The grid of all heads: which of its tiles a key leads to.

import { headAfter, STEPS } from "./state.js";

/** @import { OfLayer } from "../numbers/analysis/summary.js" */
/** @import { State } from "./schema.js" */

/** @typedef {Pick<State, "layer" | "head" | "of">} Chosen */
/** @typedef {{ layers: { heads: number }[], beside: (layer: number) => OfLayer[] }} Grid */

// What an arrow key leads to: another head, or, beside the last one of a layer, its mean and rollout; null for any
// other key, and at the edge.
/** @type {(key: string, chosen: Chosen, grid: Grid) => Partial<State> | null} */
export function tileAfter(key, { layer, head, of }, grid) {
  const further = grid.beside(layer);
  const at = further.findIndex((one) => one === of);
  if (at >= 0) return afterBeside(key, layer, at, grid);
  if (key === "ArrowRight" && head === grid.layers[layer].heads - 1 && further.length) return { layer, of: further[0] };
  const next = headAfter(key, [layer, head], grid.layers);
  return next && { layer: next[0], head: next[1] };
}

/** @type {(key: string, layer: number, at: number, grid: Grid) => Partial<State> | null} */
function afterBeside(key, layer, at, { layers, beside }) {
  const further = beside(layer);
  if (key === "Home") return { layer, head: 0 };
  if (key === "End" || (key === "ArrowLeft" && at === 0)) return { layer, head: layers[layer].heads - 1 };
  if (!STEPS[key]) return null;
  const [down, across] = STEPS[key];
  const [to, next] = [layer + down, further[at + across]];
  const isThere = to >= 0 && to < layers.length && beside(to).includes(next);
  return isThere ? { layer: to, of: next } : null;
}
