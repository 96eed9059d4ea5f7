// Attention with all that it computes: the equations of attnviz/attention.py, by the same names, in float64.
//
//     scores  = q · kᵀ                   [query, key]
//     scaled  = scores · scale (+ bias)
//     masked  = scaled + mask            -Infinity where a query may not look
//     weights = softmax(masked)
//     context = weights · v              [query, d_value]

import { each, product, productTransposed, sum } from "./matrix.js";
import { rowOf, zeros } from "./run.js";

/** @import { Matrix } from "./run.js" */

/** @typedef {"softmax" | "relu" | "polynomial" | "hard"} Normalizer */

/**
 * All that attention takes beside q, k and v, of one head.
 *
 * @typedef {object} Rule
 * @property {number} scale
 * @property {Matrix | null} mask 0 or -Infinity, [query, key]
 * @property {Matrix | null} bias [query, key]
 * @property {number} temperature
 * @property {Normalizer} normalizer
 */

/**
 * @typedef {object} Attention
 * @property {Matrix} scores
 * @property {Matrix} scaled
 * @property {Matrix} masked
 * @property {Matrix} weights
 * @property {Matrix} context
 */

// Scaled dot-product attention (Vaswani et al. 2017, equation 1) of one head: q [query, d_head], k [key, d_head],
// v [key, d_value]. `rows`: weights set by hand, by query, in place of those that the masked scores give.
/** @type {(q: Matrix, k: Matrix, v: Matrix, rule: Rule, rows?: Map<number, ArrayLike<number>>) => Attention} */
export function attention(q, k, v, { scale, mask, bias, temperature, normalizer }, rows = new Map()) {
  const scores = dotProducts(q, k);
  const scaled = scaledScores(scores, scale, bias);
  const masked = maskedScores(scaled, mask);
  const weights = rowWeights(masked, temperature, normalizer);
  for (const [query, row] of rows) rowOf(weights, query).set(row);
  return { scores, scaled, masked, weights, context: weightedValues(weights, v) };
}

// How well each query matches each key: q·k.
/** @type {(q: Matrix, k: Matrix) => Matrix} */
export function dotProducts(q, k) {
  return productTransposed(q, k);
}

// Scores times scale, plus bias. With 1/√d_head their spread no longer grows with d_head (Vaswani et al. 2017, 3.2.1).
/** @type {(scores: Matrix, scale: number, bias: Matrix | null) => Matrix} */
export function scaledScores(scores, scale, bias) {
  const scaled = each(scores, (score) => score * scale);
  return bias === null ? scaled : sum(scaled, bias);
}

// Scaled scores with -Infinity where a query may not look.
/** @type {(scaled: Matrix, mask: Matrix | null) => Matrix} */
function maskedScores(scaled, mask) {
  return mask === null ? scaled : sum(scaled, mask);
}

// What makes weights of a row of masked scores over the temperature: `x` where a query may look. A key that it may not
// look at gets 0.
/** @type {Record<Normalizer, (x: Float64Array) => Float64Array>} */
export const NORMALIZERS = { softmax, relu, polynomial, hard };

// Weights from masked scores, row by row; a row that sees nothing is all 0.
/** @type {(masked: Matrix, temperature: number, normalizer: Normalizer) => Matrix} */
export function rowWeights(masked, temperature, normalizer) {
  const x = each(masked, (score) => score / temperature);
  const weights = zeros(masked.rows, masked.columns);
  for (let i = 0; i < masked.rows; i++) rowOf(weights, i).set(NORMALIZERS[normalizer](rowOf(x, i)));
  return weights;
}

// exp(x) over its sum: positive, and the row sums to 1.
/** @type {(x: Float64Array) => Float64Array} */
export function softmax(x) {
  const weights = new Float64Array(x.length);
  const most = largest(x);
  if (most === -Infinity) return weights;
  let total = 0;
  for (let j = 0; j < x.length; j++) {
    weights[j] = Math.exp(x[j] - most); // the largest becomes 1: nothing overflows
    total += weights[j];
  }
  for (let j = 0; j < x.length; j++) weights[j] /= total;
  return weights;
}

// max(0, x) / n, n keys seen (Wortsman et al. 2023, "Replacing softmax with ReLU in Vision Transformers").
/** @type {(x: Float64Array) => Float64Array} */
function relu(x) {
  const n = seen(x);
  return x.map((one) => (one === -Infinity ? 0 : Math.max(0, one) / n));
}

// x³ / √n, n keys seen: may be negative, and the row sums to anything (Saratchandran et al. 2024, "Rethinking
// attention: polynomial alternatives to softmax").
/** @type {(x: Float64Array) => Float64Array} */
function polynomial(x) {
  const n = seen(x);
  return x.map((one) => (one === -Infinity ? 0 : one ** 3 / Math.sqrt(n)));
}

// 1 at the first of the largest, else 0: what a softmax becomes as its temperature goes to 0.
/** @type {(x: Float64Array) => Float64Array} */
function hard(x) {
  const weights = new Float64Array(x.length);
  const most = largest(x);
  if (Number.isNaN(most)) return weights.fill(NaN); // where scores are none, weights are none
  if (most !== -Infinity) weights[x.indexOf(most)] = 1;
  return weights;
}

/** @type {(x: Float64Array) => number} */
function largest(x) {
  let most = -Infinity;
  for (const one of x) most = Math.max(most, one);
  return most;
}

/** @type {(x: Float64Array) => number} */
function seen(x) {
  return x.reduce((count, one) => count + (one === -Infinity ? 0 : 1), 0);
}

// The mean of the values, weighted: [query, key] and [key, d_value] to [query, d_value].
/** @type {(weights: Matrix, v: Matrix) => Matrix} */
function weightedValues(weights, v) {
  return product(weights, v);
}

// [query, key]: 0 up to the query's own place, -Infinity after it.
/** @type {(n: number) => Matrix} */
export function causalMask(n) {
  return maskWhere(n, (query, key) => key <= query);
}

// [query, key]: 0 where a query may look, -Infinity elsewhere.
/** @type {(n: number, maySee: (query: number, key: number) => boolean) => Matrix} */
export function maskWhere(n, maySee) {
  const mask = zeros(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) if (!maySee(i, j)) mask.values[i * n + j] = -Infinity;
  }
  return mask;
}
