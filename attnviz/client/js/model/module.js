// A run of one attention module by itself: the random model's, or one layer of a pretrained model, whose other layers
// are not here. Changes are of this module alone: what it was given stays as it was.

import { changed, headsOff, rowsSet, withNumbers } from "./changes.js";
import { headsOf, projectionsOf } from "./heads.js";
import { product, rowsOf, sum } from "./matrix.js";
import { sinusoidalPositions } from "./positions.js";
import { checkFinite, ownRule } from "./transformer.js";

/** @import { Rule } from "./attention.js" */
/** @import { Vectors } from "./heads.js" */
/** @import { Changes, Config, LayerRun, LayerWeights, Matrix, Run } from "./run.js" */

/**
 * @typedef {object} Module
 * @property {Config} config
 * @property {LayerWeights} weights
 */

/** @typedef {(head: number) => Vectors} VectorsOf */
/** @typedef {(head: number) => Rule} RuleOf */
/** @typedef {Pick<LayerRun, "head" | "concatenated" | "output">} Attended */
/** @typedef {Attended & Pick<LayerRun, "before" | "input">} Given */

/**
 * Words' random vectors: torch draws them, so that only those of one text are here.
 *
 * @typedef {Module & { vectorOf: Map<number, number>, vectors: Matrix }} RandomModule `vectorOf` an id: its row
 */

/**
 * What a layer was given, and what stands in its attention beside it: X, or where that is not known, its q, k and v.
 *
 * @typedef {object} Recorded
 * @property {Matrix | null} x
 * @property {Matrix[]} q by head; none where they are made of X
 * @property {Matrix[]} k
 * @property {Matrix[]} v
 * @property {Matrix[]} masks of each head, of all, or none
 * @property {Matrix[]} biases
 */

// The random model: words' vectors (+ positions), and its attention module.
/** @type {(module: RandomModule, ids: number[], changes: Changes) => Run} */
export function runRandom({ config, weights, vectorOf, vectors }, ids, changes) {
  const embedded = rowsOf(vectors, ids.map((id) => /** @type {number} */ (vectorOf.get(id))));
  const areAdded = config.positions === "sinusoidal" && changes.places !== false;
  const placed = areAdded ? sum(embedded, sinusoidalPositions(ids.length, config.d_model)) : embedded;
  const own = withNumbers(weights, changes, 0);
  const rule = ownRule(config, ids.length);
  const vectorsOf = projectionsOf(placed, own, config, null);
  const layer = attended({ config, weights: own }, ids.length, vectorsOf, () => rule, changes);
  return runOf(ids, changes, { ...layer, before: placed, input: placed }, { embedded, placed });
}

// One layer of a pretrained model.
/** @type {(module: Module & { recorded: Recorded }, ids: number[], changes: Changes) => Run} */
export function runPretrained({ config, weights, recorded }, ids, changes) {
  const { x, masks, biases } = recorded;
  const own = withNumbers(weights, changes, config.layer);
  const vectorsOf = x ? projectionsOf(x, own, config, null) : recordedVectors(config, recorded);
  /** @type {RuleOf} */
  const rule = (head) => ({
    ...ownRule(config, ids.length),
    mask: masks[head] ?? masks[0] ?? null,
    bias: biases[head] ?? biases[0] ?? null,
  });
  const layer = attended({ config, weights: own }, ids.length, vectorsOf, rule, changes);
  return runOf(ids, changes, { ...layer, before: null, input: x }, { embedded: null, placed: null });
}

/** @type {(config: Config, recorded: Recorded) => VectorsOf} */
function recordedVectors({ heads, kv_heads: kvHeads }, { q, k, v }) {
  return (head) => {
    const kv = Math.floor(head / (heads / kvHeads));
    return { projectedQ: q[head], projectedK: k[kv], q: q[head], k: k[kv], v: v[kv] };
  };
}

// The heads, and what becomes of their contexts.
/** @type {(module: Module, n: number, vectorsOf: VectorsOf, rule: RuleOf, changes: Changes) => Attended} */
function attended({ config, weights }, n, vectorsOf, rule, changes) {
  const { concatenated, head } = headsOf(config, n, vectorsOf, {
    rule: (one) => changed(rule(one), changes, n),
    rows: (one) => rowsSet(changes, config.layer, one),
    off: new Set([...config.off, ...headsOff(changes, config.layer)]),
    layer: config.layer,
    kept: new Map(),
  });
  const output = weights.w_o && product(concatenated, weights.w_o, weights.b_o);
  checkFinite(output ?? concatenated);
  return { concatenated, head, output };
}

/** @type {(ids: number[], changes: Changes, layer: Given, stages: Pick<Run, "embedded" | "placed">) => Run} */
function runOf(ids, changes, layer, stages) {
  const unknown = { attended: null, feedForwardInput: null, hidden: null, feedForward: null, after: null };
  const layers = [{ ...layer, ...unknown }];
  return { ids, changes, ...stages, layers, final: null, logits: null, probabilities: () => null };
}
