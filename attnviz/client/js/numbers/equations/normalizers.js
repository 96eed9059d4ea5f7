// From scores to weights, as attnviz/normalizers.py has it: the softmax, and what else has been tried in its place.
// tests/explorer/test_page_numbers.py holds each against the package's.

import { largest } from "../analysis/measures.js";

/** @import { Layer } from "../../state/schema.js" */
/** @import { Part } from "../part.js" */

/** @typedef {Pick<Layer, "temperature" | "normalizer">} Making what makes weights of scores */

// Whether weights of a layer are no shares: some are below 0, or some rows are not 1 together.
/** @type {(part: Part, layer: number) => boolean} */
export function isLoose({ layers }, layer) {
  return layers[layer].loose === true;
}

// The same of any layer.
/** @type {(part: Part) => boolean} */
export function hasLoose({ layers }) {
  return layers.some(({ loose }) => loose === true);
}

// How far weights are from 0, as shares of the largest of them.
/** @type {(weights: Float32Array) => Float32Array} */
export function sizesOf(weights) {
  const most = largest(weights);
  return weights.map((weight) => Math.abs(weight) / most);
}

// Scores to weights, in place: by the softmax, or another normalizer, of (scores · scale + added) / temperature; with
// nothing to look at all are 0.
/** @type {(row: Float32Array, scale: number, added: Float32Array | null, by: Making) => void} */
export function toWeights(row, scale, added, { temperature, normalizer = "softmax" }) {
  const factor = scale / temperature;
  let most = -Infinity;
  for (let j = 0; j < row.length; j++) {
    const logit = added === null ? row[j] * factor : row[j] * factor + added[j] / temperature;
    row[j] = logit;
    if (logit > most) most = logit;
  }
  if (most === -Infinity) row.fill(0);
  else if (normalizer === "softmax") softmax(row, most);
  else if (normalizer === "hard") hard(row);
  else withoutSum(row, normalizer);
}

/** @type {(row: Float32Array, most: number) => void} */
function softmax(row, most) {
  let sum = 0;
  for (let j = 0; j < row.length; j++) {
    const power = Math.exp(row[j] - most);
    row[j] = power;
    sum += power;
  }
  const share = 1 / sum;
  for (let j = 0; j < row.length; j++) row[j] *= share;
}

// 1 at the first of the largest scores.
/** @type {(row: Float32Array) => void} */
function hard(row) {
  let best = 0;
  for (let j = 1; j < row.length; j++) if (row[j] > row[best]) best = j;
  row.fill(0);
  row[best] = 1;
}

// ReLU by the number of keys that are seen (Wortsman et al. 2023), or the third power by its root (Saratchandran et al.
// 2024): rows need not sum to 1.
/** @type {(row: Float32Array, normalizer: "relu" | "polynomial") => void} */
function withoutSum(row, normalizer) {
  let seen = 0;
  for (let j = 0; j < row.length; j++) if (row[j] !== -Infinity) seen += 1;
  const share = normalizer === "relu" ? 1 / seen : 1 / Math.sqrt(seen);
  for (let j = 0; j < row.length; j++) {
    if (row[j] === -Infinity) row[j] = 0;
    else row[j] = share * (normalizer === "relu" ? Math.max(0, row[j]) : row[j] ** 3);
  }
}
