// A run of the from-scratch transformer: from word ids to word probabilities, every stage kept, as
// attnviz/transformer.py has it.
//
//     embedded = E[ids] (+ positions)
//     each block, pre-norm:     x = x + attention(norm(x));     x = x + feedForward(norm(x))
//     each block, post-norm:    x = norm(x + attention(x));     x = norm(x + feedForward(x))
//     logits = norm(x) · Eᵀ + b                     post-norm has no last norm

import { causalMask, softmax } from "./attention.js";
import { changed, headsOff, rowsSet, withNumbers } from "./changes.js";
import { headsOf, projectionsOf } from "./heads.js";
import { allFinite, each, product, productTransposed, rowsOf, sum } from "./matrix.js";
import { rotaryAngles, sinusoidalPositions } from "./positions.js";
import { rowOf, zeros } from "./run.js";

/** @import { Rule } from "./attention.js" */
/** @import { Terms } from "./heads.js" */
/** @import { Changes, Config, LayerRun, LayerWeights, Matrix, Norm, Run } from "./run.js" */

/**
 * All parameters; of a module by itself only its layer's.
 *
 * @typedef {object} Network
 * @property {Config} config
 * @property {LayerWeights[]} layers
 * @property {Matrix | null} embedding
 * @property {Matrix | null} unembedding the embedding itself where they are tied
 * @property {Float64Array | null} bias
 * @property {Norm | null} norm
 * @property {Matrix | null} places of learned positions
 */

/** @typedef {Pick<Terms, "layer" | "kept">} Place of a block, and the heads that its run keeps */
/** @typedef {Place & { rule: Rule, angles: Matrix | null, changes: Changes }} Given what a block is told */

// The whole way.
/** @type {(network: Network, ids: number[], changes: Changes) => Run} */
export function run(network, ids, changes) {
  const { config, bias } = network;
  const n = ids.length;
  const embedded = rowsOf(/** @type {Matrix} */ (network.embedding), ids);
  const placed = withPositions(network, embedded, changes);
  const turns = config.positions === "rotary" && changes.places !== false;
  const angles = turns ? rotaryAngles(n, config.d_head, config.rotary_base) : null;
  const rule = changed(ownRule(config, n), changes, n);
  const kept = new Map();
  /** @type {LayerRun[]} */
  const layers = [];
  let x = placed;
  for (const [layer, weights] of network.layers.entries()) {
    const done = block(config, x, withNumbers(weights, changes, layer), { rule, angles, changes, layer, kept });
    layers.push(done);
    x = done.after;
  }
  const final = network.norm ? normalized(x, network.norm, config.epsilon) : x;
  const logits = productTransposed(final, /** @type {Matrix} */ (network.unembedding), bias);
  checkFinite(logits);
  /** @type {Run["probabilities"]} */
  const probabilities = (token) => softmax(rowOf(logits, token));
  return { ids, changes, embedded, placed, layers, final, logits, probabilities };
}

// What the page says where numbers by hand make others too large to be held.
/** @type {(last: Matrix) => void} */
export function checkFinite(last) {
  if (allFinite(last)) return;
  throw new Error("With these numbers the model's own numbers grow too large to be computed with. Set smaller ones.");
}

// How this model's heads look, all alike.
/** @type {(config: Config, n: number) => Rule} */
export function ownRule({ scale, temperature, causal }, n) {
  return { scale, mask: causal ? causalMask(n) : null, bias: null, temperature, normalizer: "softmax" };
}

/** @type {(network: Network, embedded: Matrix, changes: Changes) => Matrix} */
function withPositions({ config, places }, embedded, { places: areKnown = true }) {
  if (!areKnown) return embedded;
  if (places) return sum(embedded, { ...places, rows: embedded.rows });
  if (config.positions !== "sinusoidal") return embedded;
  return sum(embedded, sinusoidalPositions(embedded.rows, config.d_model));
}

// Attention, add & norm, feed-forward, add & norm; or norm first.
/** @type {(config: Config, before: Matrix, weights: LayerWeights, given: Given) => LayerRun & { after: Matrix }} */
function block(config, before, weights, { rule, angles, changes, layer, kept }) {
  const isPre = config.norm === "pre";
  /** @type {(x: Matrix, norm: Norm | null) => Matrix} */
  const norm = (x, parameters) => (parameters ? normalized(x, parameters, config.epsilon) : x);
  const input = isPre ? norm(before, weights.norm_1) : before;
  const { concatenated, head } = headsOf(config, before.rows, projectionsOf(input, weights, config, angles), {
    rule: () => rule,
    rows: (one) => rowsSet(changes, layer, one),
    off: headsOff(changes, layer),
    layer,
    kept,
  });
  const output = product(concatenated, /** @type {Matrix} */ (weights.w_o));
  const added = sum(before, output);
  const attended = isPre ? added : norm(added, weights.norm_1);
  const attention = { before, input, head, concatenated, output, attended };
  if (weights.w_1 === null || weights.w_2 === null) {
    return { ...attention, feedForwardInput: null, hidden: null, feedForward: null, after: attended };
  }
  const feedForwardInput = isPre ? norm(attended, weights.norm_2) : attended;
  const hidden = each(product(feedForwardInput, weights.w_1, weights.b_1), (value) => Math.max(0, value));
  const feedForward = product(hidden, weights.w_2, weights.b_2);
  const summed = sum(attended, feedForward);
  return { ...attention, feedForwardInput, hidden, feedForward, after: isPre ? summed : norm(summed, weights.norm_2) };
}

// Layer norm (Ba et al. 2016): each row less its mean, over its standard deviation, then times scale plus shift.
/** @type {(x: Matrix, norm: Norm, epsilon: number) => Matrix} */
export function normalized(x, [scale, shift], epsilon) {
  const out = zeros(x.rows, x.columns);
  for (let i = 0; i < x.rows; i++) {
    const row = rowOf(x, i);
    const mean = row.reduce((a, b) => a + b, 0) / row.length;
    const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / row.length;
    rowOf(out, i).set(row.map((value, c) => ((value - mean) / Math.sqrt(variance + epsilon)) * scale[c] + shift[c]));
  }
  return out;
}
