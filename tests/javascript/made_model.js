// A small from-scratch model as Python packs it, with weights that are easy to know again.

import { createModel } from "../../attnviz/client/js/model/model.js";

export const WORDS = ["[PAD]", "[MASK]", "[UNK]", "[CLS]", "the", "cat", "sat", "dog"];
const SENTENCES = { templates: {}, times: 2, least: 0.1, most: 0.5 };

// Waves, so that no two numbers are alike.
function waves(rows, columns, phase) {
  const values = Array.from({ length: rows * columns }, (_, i) => Math.sin(phase + 1.7 * i));
  return { shape: [rows, columns], values };
}

function vector(length, of) {
  return { shape: [length], values: new Array(length).fill(of) };
}

// A packed model: two layers of two heads, d_model 4, no positions unless said otherwise.
export function packedModel({ layers = 2, heads = 2, dModel = 4, dFf = 0, ...options } = {}) {
  const arrays = { embedding: waves(WORDS.length, dModel, 0.3), bias: vector(WORDS.length, 0) };
  arrays["norm.scale"] = vector(dModel, 1);
  arrays["norm.shift"] = vector(dModel, 0);
  for (let at = 0; at < layers; at++) {
    ["w_q", "w_k", "w_v", "w_o"].forEach((name, i) => (arrays[`${at}.${name}`] = waves(dModel, dModel, at + i)));
    arrays[`${at}.norm_1.scale`] = vector(dModel, 1);
    arrays[`${at}.norm_1.shift`] = vector(dModel, 0);
  }
  const config = {
    ...{ kind: "trained", name: "made", title: "Made", heads, kv_heads: heads, d_model: dModel, d_ff: dFf },
    ...{ d_head: dModel / heads, d_value: dModel / heads, positions: "none", norm: "pre", causal: false, tied: true },
    ...{ predicts: "masked", scale: (dModel / heads) ** -0.5, temperature: 1, epsilon: 1e-5, rotary_base: 1000 },
    ...{ longest: 8, layer: 0, off: [], unknown: null },
    ...options,
  };
  const places = Object.fromEntries(Object.entries(arrays).map(([name, { shape }]) => [name, { shape }]));
  const header = { kind: "model", config, words: WORDS, layers, known: null, sentences: SENTENCES, arrays: places };
  const values = Object.entries(arrays).map(([name, one]) => [name, Float32Array.from(one.values)]);
  return { header, arrays: Object.fromEntries(values) };
}

export function modelWith(options) {
  return createModel(packedModel(options));
}
