// The part of a row of weights that cannot change anything, where there are more words than a value has numbers.

/** @import { Of } from "../walk/shown.js" */

/** @type {(root: HTMLElement, does: { set: (weights: ArrayLike<number> | null) => void }) => { draw: (of: Of, row: ArrayLike<number>) => void }} */
export function createFreedom(root) {
  return {
    draw() {
      root.hidden = true;
    },
  };
}
