// The part of a row of weights that cannot change anything, where there are more words than a value has numbers.

import { element } from "../../draw/paint.js";
import { rowOf } from "../../model/run.js";
import { freedom } from "../../numbers/analysis/freedom.js";
import { headOf } from "../../walk/steps/shown.js";

/** @import { Freedom } from "../../numbers/analysis/freedom.js" */
/** @import { Of } from "../../walk/steps/shown.js" */

/** @typedef {{ set: (weights: ArrayLike<number> | null) => void }} Does */
/** @typedef {{ draw: (of: Of, row: ArrayLike<number>, isSet: boolean) => void }} Free */

const LITTLE = 0.05; // of its length: a row that can hardly move
const SAME = 1e-6;
const HALF = 0.5; // of its length
const STUCK =
  "It can hardly go further: no weight has fallen below 0, and nearly all of this row’s weight is on few words. " +
  "Choose a word whose row is flatter, or let weights fall below 0.";
const BELOW =
  "Some weights are below 0 now, which no softmax gives; the result does not notice.";

/** @type {(root: HTMLElement, does: Does) => Free} */
export function createFreedom(root, { set }) {
  const [heading, told, moved] = [element("h3", "", "What of a row says nothing"), element("p"), element("p")];
  const far = element("button", "", "Move the row as far as it goes without any effect", { type: "button" });
  const below = element("button", "", "Half its length away, weights below 0 allowed", { type: "button" });
  root.append(heading, told, far, below, moved);
  /** @type {Freedom | null} */
  let found = null;
  far.addEventListener("click", () => found && set(found.furthest()));
  below.addEventListener("click", () => found && set(found.apart(HALF)));

  return {
    draw(of, row, isSet) {
      const made = headOf(of);
      const own = rowOf(made.weights, of.query);
      const masked = rowOf(made.masked, of.query);
      const { columns: width } = made.v;
      const seen = Array.from(masked, (one) => one !== -Infinity);
      found = freedom(own, made.v.values, width, seen);
      const count = seen.filter(Boolean).length;
      const numbers = `a value has ${width} number${width === 1 ? "" : "s"}`;
      told.textContent = found.free
        ? `This row shares out its weight among ${count} words, but ${numbers}. So other rows, some of them far ` +
          `away, give the very same result. Of this one, ${percent(found.share)} of its length could be left out and ` +
          "nothing after it would notice (Brunner et al. 2020). Such a row is not the one reason for what the model " +
          "says."
        : `Here each row gives a result of its own: there are ${count} words, and ${numbers}. With more words than ` +
          "that, and one, part of a row cannot change anything.";
      far.hidden = below.hidden = !found.free;
      moved.hidden = !found.free || !isSet;
      if (!moved.hidden) {
        const [apart, by] = [contextApart(own, row, made.v.values, width), length(own, row) / length(own, [])];
        const isBelow = Array.from(row).some((weight) => weight < 0);
        const said = [
          `This row is ${percent(by)} of its length away from the model’s own; ` +
            `no number of the result has moved by more than ${apart.toExponential(0)}.`,
          apart < SAME && isBelow ? BELOW : "",
          apart < SAME && by < LITTLE ? STUCK : "",
        ];
        moved.textContent = said.filter(Boolean).join(" ");
      }
    },
  };
}

/** @type {(share: number) => string} */
function percent(share) {
  return `${(100 * share).toFixed(0)}%`;
}

// How far two rows are apart; or how long one is, beside an empty one.
/** @type {(a: ArrayLike<number>, b: ArrayLike<number>) => number} */
function length(a, b) {
  return Math.hypot(...Array.from(a, (value, i) => value - (b[i] ?? 0)));
}

// The largest number by which the weighted values of two rows differ.
/** @type {(a: ArrayLike<number>, b: ArrayLike<number>, values: ArrayLike<number>, width: number) => number} */
function contextApart(a, b, values, width) {
  let most = 0;
  for (let c = 0; c < width; c++) {
    let sum = 0;
    for (let j = 0; j < a.length; j++) sum += (a[j] - b[j]) * values[j * width + c];
    most = Math.max(most, Math.abs(sum));
  }
  return most;
}
