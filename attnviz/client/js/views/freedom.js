// The part of a row of weights that cannot change anything, where there are more words than a value has numbers.

/** @import { Of } from "../walk/shown.js" */

/** @typedef {{ set: (weights: ArrayLike<number> | null) => void }} Does */
/** @typedef {{ draw: (of: Of, row: ArrayLike<number>) => void }} Freedom */

/** @type {(root: HTMLElement, does: Does) => Freedom} */
export function createFreedom(root) {
  return {
    draw() {
      root.hidden = true;
    },
  };
}
