// The heads of a layer in a run: their contexts side by side, and of each all that it computes, made again when
// somebody asks. (All n² numbers of all heads of a text of 512 tokens would be too much to keep.)

import { remembered } from "../numbers/remembered.js";
import { attention } from "./attention.js";
import { checkRow } from "./changes.js";
import { columnsOf, product, putColumns } from "./matrix.js";
import { rotated } from "./positions.js";
import { rowOf, zeros } from "./run.js";

/** @import { Rule } from "./attention.js" */
/** @import { Config, HeadRun, LayerWeights, Matrix } from "./run.js" */

/** @typedef {Pick<HeadRun, "projectedQ" | "projectedK" | "q" | "k" | "v">} Vectors */
/** @typedef {{ concatenated: Matrix, head: (head: number) => HeadRun }} Heads */

/**
 * What the heads of a layer take beside their vectors.
 *
 * @typedef {object} Terms
 * @property {(head: number) => Rule} rule
 * @property {(head: number) => Map<number, ArrayLike<number>>} rows weights set by hand, by query
 * @property {Set<number>} off
 * @property {number} layer its number
 * @property {Map<string, HeadRun>} kept the last few heads that somebody asked for, of all layers of the run
 */

// How a head's vectors are made of X: its columns of X·W_Q (+ b), turned where `angles` are given, and so on. Heads may
// share keys and values (Ainslie et al. 2023).
/** @type {(x: Matrix, weights: LayerWeights, config: Config, angles: Matrix | null) => (head: number) => Vectors} */
export function projectionsOf(x, weights, config, angles) {
  const { d_head: dHead, d_value: dValue, heads, kv_heads: kvHeads } = config;
  /** @type {(matrix: Matrix | null, bias: Float64Array | null, head: number, d: number) => Matrix} */
  const projected = (matrix, bias, head, d) => {
    const own = columnsOf(/** @type {Matrix} */ (matrix), head * d, d);
    return product(x, own, bias && bias.subarray(head * d, (head + 1) * d));
  };
  return (head) => {
    const kv = Math.floor(head / (heads / kvHeads));
    const projectedQ = projected(weights.w_q, weights.b_q, head, dHead);
    const projectedK = projected(weights.w_k, weights.b_k, kv, dHead);
    const v = projected(weights.w_v, weights.b_v, kv, dValue);
    if (angles === null) return { projectedQ, projectedK, q: projectedQ, k: projectedK, v };
    return { projectedQ, projectedK, q: rotated(projectedQ, angles), k: rotated(projectedK, angles), v };
  };
}

// All heads, each with its vectors and its rule; the context of one that is off is zeros (Michel et al. 2019, 2.3).
/** @type {(config: Config, n: number, vectorsOf: (head: number) => Vectors, terms: Terms) => Heads} */
export function headsOf({ heads, d_value: dValue }, n, vectorsOf, { rule, rows, off, layer, kept }) {
  /** @type {(head: number) => HeadRun} */
  const computed = (head) => {
    const vectors = vectorsOf(head);
    const byHand = rows(head);
    const steps = attention(vectors.q, vectors.k, vectors.v, rule(head), byHand);
    for (const [query, weights] of byHand) checkRow(weights, rowOf(steps.masked, query), { layer, head, query });
    return { ...vectors, ...steps, context: off.has(head) ? zeros(n, dValue) : steps.context };
  };
  const concatenated = zeros(n, heads * dValue);
  for (let head = 0; head < heads; head++) putColumns(concatenated, head * dValue, computed(head).context);
  return { concatenated, head: (head) => remembered(kept, `${layer}.${head}`, () => computed(head)) };
}
