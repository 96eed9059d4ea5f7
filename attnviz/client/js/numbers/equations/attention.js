// Attention, in the page: the equations of attnviz/attention.py for the heads that one looks at, so that a choice is
// drawn in the next frame. tests/explorer/test_page_numbers.py holds every function here against the package's.

import { toWeights } from "./normalizers.js";

/** @import { Numeric, Part } from "../part.js" */

/**
 * @typedef {object} Vectors of one head
 * @property {number} d
 * @property {Float32Array} q
 * @property {Float32Array} k
 * @property {Float32Array} v
 * @property {boolean} isRounded whether they travelled as whole numbers, so that they are nearly the package's
 */
/** @typedef {{ row: (query: number) => Float32Array }} Added to the scaled scores of a query */

/**
 * @typedef {object} Steps one query's way in a head
 * @property {Float32Array} scores
 * @property {Float32Array} masked
 * @property {Float32Array} weights
 * @property {Float32Array} context
 */

// One head's vectors as float32: q [query, d], k [key, d], v [key, its own width], from a layer of the part.
/** @type {(part: Part, layer: number, head: number) => Vectors} */
export function vectorsOf(part, layer, head) {
  const { heads, kvHeads, dHead } = part.layers[layer];
  const kv = Math.floor(head / (heads / kvHeads)); // grouped queries share key-value heads
  /** @type {(name: string, which: number, count: number) => Float32Array} */
  const of = (name, which, count) => {
    const all = part.array(`${name}${layer}`);
    const size = all.length / count;
    const values = all.subarray(which * size, (which + 1) * size);
    return values instanceof Float32Array ? values : scaled(values, part.scales(layer)[name][which]);
  };
  const isRounded = part.array(`q${layer}`) instanceof Int16Array;
  return { d: dHead, q: of("q", head, heads), k: of("k", kv, kvHeads), v: of("v", kv, kvHeads), isRounded };
}

// How many look, and at how many.
/** @type {(part: Part) => [queries: number, keys: number]} */
const countsOf = ({ queries, keys }) => [queries.tokens.length, keys.tokens.length];

/** @type {(values: Numeric, step: number) => Float32Array} */
export function scaled(values, step) {
  const numbers = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) numbers[i] = values[i] * step;
  return numbers;
}

// What is added to the scaled scores of a head: (query, key) → number, or null for nothing.
/** @type {(part: Part, layer: number, head: number) => Added | null} */
export function addedOf(part, layer, head) {
  const { extra } = part.layers[layer];
  const [n, m] = countsOf(part);
  if (extra === null) return null;
  if (extra === "causal") return { row: (i) => causalRow(m, i) };
  const all = /** @type {Float32Array} */ (part.array(extra));
  const start = all.length > n * m ? head * n * m : 0;
  return { row: (i) => all.subarray(start + i * m, start + (i + 1) * m) };
}

/** @type {(keys: number, i: number) => Float32Array} */
function causalRow(keys, i) {
  return new Float32Array(keys).fill(0, 0, i + 1).fill(-Infinity, i + 1);
}

// All weights of a head, [query, key].
/** @type {(part: Part, layer: number, head: number, vectors?: Vectors) => Float32Array} */
export function weightsOf(part, layer, head, { d, q, k } = vectorsOf(part, layer, head)) {
  const { scale } = part.layers[layer];
  const [n, m] = countsOf(part);
  const added = addedOf(part, layer, head);
  const weights = scoresOf(q, k, [n, m], d);
  for (let i = 0; i < n; i++) {
    toWeights(weights.subarray(i * m, (i + 1) * m), scale, added === null ? null : added.row(i), part.layers[layer]);
  }
  setByHand(part, layer, head, weights);
  return weights;
}

// One query in a head: every step of the way, as attnviz.attention names it. ("Scaled" is scores · scale; a bias comes
// with the mask.)
/** @type {(part: Part, layer: number, head: number, query: number, vectors?: Vectors) => Steps} */
export function rowOf(part, layer, head, query, { d, q, k, v } = vectorsOf(part, layer, head)) {
  const { scale } = part.layers[layer];
  const [, m] = countsOf(part);
  const added = addedOf(part, layer, head);
  const scores = new Float32Array(m);
  for (let j = 0; j < m; j++) {
    let sum = 0;
    for (let c = 0; c < d; c++) sum += q[query * d + c] * k[j * d + c];
    scores[j] = sum;
  }
  const extra = added === null ? null : added.row(query);
  const scaledScores = scores.map((score) => score * scale);
  const masked = extra === null ? scaledScores : scaledScores.map((score, j) => score + extra[j]);
  const weights = scores.slice();
  toWeights(weights, scale, extra, part.layers[layer]);
  setByHand(part, layer, head, weights, query);
  const wide = v.length / m; // values may be narrower or wider than queries
  const context = new Float32Array(wide);
  for (let j = 0; j < m; j++) for (let c = 0; c < wide; c++) context[c] += weights[j] * v[j * wide + c];
  return { scores, masked, weights, context };
}

// The weights of one query in one head, without the rest; whole numbers are scaled after the product, not before. (Or
// of these vectors.) What comes after a causal model’s query is not computed.
/** @type {(part: Part, layer: number, head: number, query: number, vectors?: Vectors) => Float32Array} */
export function weightRow(part, layer, head, query, vectors) {
  const { heads, kvHeads, dHead: d, scale, extra } = part.layers[layer];
  const [n, m] = countsOf(part);
  const kv = Math.floor(head / (heads / kvHeads));
  const row = new Float32Array(m);
  const seen = extra === "causal" ? row.subarray(0, query + 1) : row;
  let step = 1;
  if (vectors) scoresInto(seen, vectors.q, query * d, vectors.k, 0, d);
  else {
    const [q, k] = [part.array(`q${layer}`), part.array(`k${layer}`)];
    scoresInto(seen, q, (head * n + query) * d, k, kv * m * d, d);
    const scales = part.scales(layer);
    if (q instanceof Int16Array) step = scales.q[head] * scales.k[kv];
  }
  const added = seen === row ? addedOf(part, layer, head) : null;
  toWeights(seen, scale * step, added === null ? null : added.row(query), part.layers[layer]);
  setByHand(part, layer, head, row, query);
  return row;
}

// The rows of a head's weights that are set by hand, in place: of all its queries, or of one alone.
/** @type {(part: Part, layer: number, head: number, weights: Float32Array, only?: number) => void} */
function setByHand(part, layer, head, weights, only) {
  const { byHand = [] } = part.layers[layer];
  const [, m] = countsOf(part);
  byHand.forEach(([of, query], i) => {
    if (of !== head || (only !== undefined && query !== only)) return;
    const row = part.array(`byHand${layer}`).subarray(i * m, (i + 1) * m);
    weights.set(row, only === undefined ? query * m : 0);
  });
}

// q·k of every query and key, [query, key]: three queries with three keys at a time, so that a number once read is used
// three times, and as float64, which spares the conversion at each use: 512 tokens of 64 numbers take 7.0 ms (two with
// four, as float32: 8.2). Past the last one, the last is computed again.
/** @type {(q: Float32Array, k: Float32Array, counts: [number, number], d: number) => Float32Array} */
function scoresOf(q, k, [n, m], d) {
  const [wideQ, wideK] = [new Float64Array(q), new Float64Array(k)];
  const scores = new Float32Array(n * m);
  for (let i = 0; i < n; i += 3) {
    const i1 = Math.min(i + 1, n - 1);
    const i2 = Math.min(i + 2, n - 1);
    for (let j = 0; j < m; j += 3) {
      const j1 = Math.min(j + 1, m - 1);
      const j2 = Math.min(j + 2, m - 1);
      let a0 = 0;
      let a1 = 0;
      let a2 = 0;
      let b0 = 0;
      let b1 = 0;
      let b2 = 0;
      let c0 = 0;
      let c1 = 0;
      let c2 = 0;
      for (let x = 0; x < d; x++) {
        const a = wideQ[i * d + x];
        const b = wideQ[i1 * d + x];
        const c = wideQ[i2 * d + x];
        const k0 = wideK[j * d + x];
        const k1 = wideK[j1 * d + x];
        const k2 = wideK[j2 * d + x];
        a0 += a * k0;
        a1 += a * k1;
        a2 += a * k2;
        b0 += b * k0;
        b1 += b * k1;
        b2 += b * k2;
        c0 += c * k0;
        c1 += c * k1;
        c2 += c * k2;
      }
      scores[i * m + j] = a0;
      scores[i * m + j1] = a1;
      scores[i * m + j2] = a2;
      scores[i1 * m + j] = b0;
      scores[i1 * m + j1] = b1;
      scores[i1 * m + j2] = b2;
      scores[i2 * m + j] = c0;
      scores[i2 * m + j1] = c1;
      scores[i2 * m + j2] = c2;
    }
  }
  return scores;
}

// q·k of one query, which starts at `from`, and all keys, which start at `to`: four keys at a time.
/** @type {(row: Float32Array, q: Numeric, from: number, k: Numeric, to: number, d: number) => void} */
function scoresInto(row, q, from, k, to, d) {
  const last = row.length - 1;
  for (let j = 0; j <= last; j += 4) {
    const j1 = Math.min(j + 1, last);
    const j2 = Math.min(j + 2, last);
    const j3 = Math.min(j + 3, last);
    const t0 = to + j * d;
    const t1 = to + j1 * d;
    const t2 = to + j2 * d;
    const t3 = to + j3 * d;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let c = 0; c < d; c++) {
      const a = q[from + c];
      s0 += a * k[t0 + c];
      s1 += a * k[t1 + c];
      s2 += a * k[t2 + c];
      s3 += a * k[t3 + c];
    }
    row[j] = s0;
    row[j1] = s1;
    row[j2] = s2;
    row[j3] = s3;
  }
}
