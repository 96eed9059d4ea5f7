// Traces of heads with just the weights that a test gives them.

import { headerOf } from "./made.js";

const LAYER = { kvHeads: 2, dHead: 2, dValue: 2, scale: 1, temperature: 1, extra: null, added: [], projection: null };

// Heads with just these rows of weights, [layer][head][query][key]: q is their logarithm, k the identity.
export function headsOf(layers, { labels = ["a", "b"], off = [], extra = null } = {}) {
  const n = labels.length;
  const made = layers.map((heads) => ({ ...LAYER, heads: heads.length, kvHeads: heads.length, dHead: n, extra }));
  const arrays = {};
  layers.forEach((heads, i) => {
    arrays[`q${i}`] = Float32Array.from(heads.flat(2), (weight) => Math.log(Math.max(weight, 1e-30)));
    const identity = Array.from({ length: n * n }, (_, at) => +(at % (n + 1) === 0));
    arrays[`k${i}`] = Float32Array.from(heads.flatMap(() => identity));
    arrays[`v${i}`] = arrays[`k${i}`];
  });
  return { header: { ...headerOf(labels, { layers: made }), scales: { "": made.map(() => ({})) }, off }, arrays };
}

export const SHARP = [
  [1, 0],
  [0, 1],
];
export const CROSSED = [
  [0, 1],
  [1, 0],
];
const EVEN = [
  [0.5, 0.5],
  [0.5, 0.5],
];
// Two layers of two heads, two words.
export const TRACE = headsOf([
  [SHARP, EVEN],
  [CROSSED, CROSSED],
]);
