// A tiny trained model in the page: two layers of two heads, six words, weights drawn from a seed.

import { createModel } from "../../attnviz/client/js/model/model.js";
import { seeded } from "../../attnviz/client/js/walk/why.js";

export const WORDS = ["[PAD]", "[MASK]", "[UNK]", "[CLS]", "cat", "sat"];
const CONFIG = {
  ...{ kind: "trained", name: "tiny", title: "tiny", heads: 2, kv_heads: 2, d_model: 4, d_head: 2, d_value: 2 },
  ...{ d_ff: 6, positions: "rotary", norm: "pre", causal: false, tied: true, predicts: "masked", scale: 2 ** -0.5 },
  ...{ temperature: 1, epsilon: 1e-5, rotary_base: 1000, longest: 64, layer: 0, off: [], unknown: null },
};
const OF_LAYER = { w_q: [4, 4], w_k: [4, 4], w_v: [4, 4], w_o: [4, 4], w_1: [4, 6], b_1: [6], w_2: [6, 4], b_2: [4] };
const NORM = { scale: [4], shift: [4] };

export function tinyModel(config = {}, seed = 1) {
  const random = seeded(seed);
  const shapes = { embedding: [WORDS.length, 4], bias: [WORDS.length], ...named("norm", NORM) };
  for (const layer of [0, 1]) {
    Object.assign(shapes, named(layer, OF_LAYER), named(`${layer}.norm_1`, NORM), named(`${layer}.norm_2`, NORM));
  }
  const arrays = {};
  for (const [name, shape] of Object.entries(shapes)) {
    const size = shape.reduce((all, side) => all * side, 1);
    arrays[name] = Float32Array.from({ length: size }, () => 2 * random() - 1);
  }
  const told = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { shape }]));
  const header = { config: { ...CONFIG, ...config }, words: WORDS, layers: 2, known: null, sentences: {} };
  return createModel({ header: { ...header, arrays: told }, arrays });
}

function named(before, shapes) {
  return Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [`${before}.${name}`, shape]));
}

// Where one looks in a run of a text.
export function ofText(model, text, where = {}, changes = {}) {
  const { ids, row } = model.read(text);
  const of = { layer: 0, head: 0, query: 0, key: 0, hidden: () => null, ...where };
  return { model, run: model.run(ids, changes), row, ...of };
}
