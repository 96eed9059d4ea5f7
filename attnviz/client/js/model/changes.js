// Changes in a run, applied: what is asked for becomes another rule, other weights, other rows. As in
// attnviz/changes/applying.py.

import { causalMask, maskWhere, NORMALIZERS } from "./attention.js";
import { sum } from "./matrix.js";

/** @import { Rule } from "./attention.js" */
/** @import { Changes, Config, LayerWeights, Matrix, MatrixName, NumberSet } from "./run.js" */

/** @typedef {NonNullable<Changes["mask"]>} MaskChange */
/** @typedef {{ layer: number, head: number, query: number }} Place of a row */

const MATRICES = /** @type {const} */ (["w_q", "w_k", "w_v", "w_o"]);
export const MASKS = ["bidirectional", "causal", "window", "dilated"];

// The rule of a head with what is changed in it.
/** @type {(rule: Rule, changes: Changes, n: number) => Rule} */
export function changed(rule, changes, n) {
  const { mask, root = true, temperature = 1, normalizer = "softmax" } = changes;
  const isLifted = mask?.kind === "bidirectional";
  const allowed = mask && !isLifted ? allowedMask(mask, n) : null;
  const own = isLifted ? null : rule.mask; // a text alone has no padding: its mask is causal or none
  return {
    scale: root ? rule.scale : 1,
    mask: own && allowed ? sum(own, allowed) : (own ?? allowed),
    bias: rule.bias,
    temperature: rule.temperature * temperature,
    normalizer,
  };
}

// [query, key], 0 where that mask lets a token look and -Infinity elsewhere. "window": up to `width` tokens away
// (Beltagy et al. 2020, Longformer); "dilated": every `step`th of these (LongNet, Ding et al. 2023, in segments).
/** @type {(mask: MaskChange, n: number) => Matrix} */
export function allowedMask({ kind, width = 4, step = 2 }, n) {
  if (kind === "bidirectional") return maskWhere(n, () => true);
  if (kind === "causal") return causalMask(n);
  const every = kind === "dilated" ? step : 1;
  return maskWhere(n, (query, key) => Math.abs(query - key) <= width && Math.abs(query - key) % every === 0);
}

// Whether each token sees only itself and what comes before it.
/** @type {(config: Config, changes: Changes) => boolean} */
export function isCausal({ causal }, { mask }) {
  return mask?.kind === "causal" || (causal && mask?.kind !== "bidirectional");
}

// The heads of a layer that are switched off.
/** @type {(changes: Changes, layer: number) => Set<number>} */
export function headsOff({ off = [] }, layer) {
  return new Set(off.filter(([one]) => one === layer).map(([, head]) => head));
}

// The rows of weights that are set by hand in a head, by query.
/** @type {(changes: Changes, layer: number, head: number) => Map<number, ArrayLike<number>>} */
export function rowsSet({ rows = [] }, layer, head) {
  return new Map(rows.filter((one) => one.layer === layer && one.head === head).map((one) => [one.query, one.weights]));
}

// A layer's weights with the numbers that are set by hand: in copies, since runs share the weights.
/** @type {(weights: LayerWeights, changes: Changes, layer: number) => LayerWeights} */
export function withNumbers(weights, { numbers = [] }, layer) {
  const out = { ...weights };
  for (const { matrix, row, column, value } of numbers.filter((one) => one.layer === layer)) {
    const own = /** @type {Matrix} */ (out[matrix]);
    const values = own === weights[matrix] ? own.values.slice() : own.values;
    values[row * own.columns + column] = value;
    out[matrix] = { ...own, values };
  }
  return out;
}

// Throws an Error with a sentence where a change cannot be made in this model, in a text of n tokens. `layers` are
// those that are here.
/** @type {(changes: Changes, config: Config, layers: LayerWeights[], n: number) => void} */
export function checkChanges(changes, config, layers, n) {
  const first = config.layer;
  const { off = [], mask, root = true, temperature = 1, normalizer = "softmax", numbers = [], rows = [] } = changes;
  /** @type {(layer: number, head?: number) => void} */
  const checkPlace = (layer, head) => {
    const last = first + layers.length - 1;
    const which = first === last ? `there is only layer ${first}` : `there are layers ${first} to ${last}`;
    refuse(!isIndex(layer - first, layers.length), `There is no layer ${layer} here: ${which}.`);
    if (head === undefined) return;
    refuse(!isIndex(head, config.heads), `There is no head ${head}: there are heads 0 to ${config.heads - 1}.`);
  };
  for (const [layer, head] of off) checkPlace(layer, head);
  if (mask) checkMask(mask);
  refuse(
    !root && config.scale === 1,
    "This model does not scale its scores by 1/√d_head, so there is no √d_head to leave out.",
  );
  refuse(!(temperature > 0 && temperature < Infinity), `The softmax temperature must be above 0, not ${temperature}.`);
  refuse(!Object.hasOwn(NORMALIZERS, normalizer), `Weights are made by ${names(NORMALIZERS)}, not by ${normalizer}.`);
  const hasNone = changes.places === false && config.positions === "none";
  refuse(hasNone, "This model has no positions, so there are none to leave out.");
  for (const { layer, head, query, weights } of rows) {
    checkPlace(layer, head);
    refuse(!isIndex(query, n), `There is no token ${query}: there are tokens 0 to ${n - 1}.`);
    refuse(weights.length !== n, `The row needs a weight for each of ${n} tokens, and has ${weights.length}.`);
    for (const weight of Array.from(weights)) refuse(!Number.isFinite(weight), `A weight is a number, not ${weight}.`);
  }
  for (const one of numbers) {
    checkPlace(one.layer);
    checkNumber(one, layers[one.layer - first]);
  }
}

// The same of a row by hand once it is known where its query may look.
/** @type {(weights: ArrayLike<number>, masked: Float64Array, place: Place) => void} */
export function checkRow(weights, masked, { layer, head, query }) {
  const key = masked.findIndex((score, j) => score === -Infinity && weights[j] !== 0);
  const where = `Token ${query} may not look at token ${key} in layer ${layer} head ${head}`;
  refuse(key >= 0, `${where}: its weight by hand must be 0 there, not ${weights[key]}.`);
}

/** @type {(mask: MaskChange) => void} */
function checkMask({ kind, width = 4, step = 2 }) {
  refuse(!MASKS.includes(kind), `A mask is one of ${MASKS.join(", ")}, not ${kind}.`);
  for (const [name, value] of Object.entries({ width, step })) {
    refuse(!isIndex(value - 1, Infinity), `A mask's ${name} is a whole number from 1, not ${value}.`);
  }
}

/** @type {(number: NumberSet, weights: LayerWeights) => void} */
function checkNumber({ layer, matrix, row, column, value }, weights) {
  refuse(!MATRICES.includes(matrix), `A number is of one of ${MATRICES.join(", ")}, not of ${matrix}.`);
  const own = weights[matrix];
  if (own === null) throw new Error(`The ${titleOf(matrix)} of layer ${layer} is not known.`);
  const shape = `${own.rows} rows and ${own.columns} columns`;
  const isThere = isIndex(row, own.rows) && isIndex(column, own.columns);
  refuse(!isThere, `There is no number ${row}, ${column} in ${titleOf(matrix)}: it has ${shape}.`);
  refuse(!Number.isFinite(value), `What is set in ${titleOf(matrix)} is a number, not ${value}.`);
}

// "w_q" as it is written: W_Q.
/** @type {(matrix: MatrixName) => string} */
function titleOf(matrix) {
  return matrix.toUpperCase();
}

/** @type {(index: number, count: number) => boolean} */
function isIndex(index, count) {
  return Number.isInteger(index) && index >= 0 && index < count;
}

/** @type {(of: object) => string} */
function names(of) {
  return Object.keys(of).join(", ");
}

/** @type {(isWrong: boolean, sentence: string) => void} */
function refuse(isWrong, sentence) {
  if (isWrong) throw new Error(sentence);
}
