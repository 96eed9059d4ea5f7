// Attention, in the page: the equations of attnviz/attention.py for the heads that one looks at, so that a choice is
// drawn in the next frame. tests/explorer/test_page_numbers.py holds every function here against the package's.

import { exponential } from "./exponential.js";

// One head's vectors as float32: q and k [n, d], v [n, its own width], from a layer of the unpacked trace.
export function vectorsOf(trace, layer, head) {
  const { heads, kvHeads, dHead } = trace.header.layers[layer];
  const n = trace.header.tokens.length;
  const kv = Math.floor(head / (heads / kvHeads)); // grouped queries share key-value heads
  const of = (name, which, count) => {
    const all = trace.parts[`${name}${layer}`];
    const size = all.length / count;
    const values = all.subarray(which * size, (which + 1) * size);
    return values instanceof Int16Array ? scaled(values, trace.header.scales[layer][name][which]) : values;
  };
  return { n, d: dHead, q: of("q", head, heads), k: of("k", kv, kvHeads), v: of("v", kv, kvHeads) };
}

function scaled(values, step) {
  const numbers = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) numbers[i] = values[i] * step;
  return numbers;
}

// What is added to the scaled scores of a head: (query, key) → number, or null for nothing.
export function addedOf(trace, layer, head) {
  const { extra } = trace.header.layers[layer];
  const n = trace.header.tokens.length;
  if (extra === null) return null;
  if (extra === "causal") return { row: (i) => causalRow(n, i) };
  const part = trace.parts[extra];
  const start = part.length > n * n ? head * n * n : 0;
  return { row: (i) => part.subarray(start + i * n, start + (i + 1) * n) };
}

function causalRow(n, i) {
  return new Float32Array(n).fill(0, 0, i + 1).fill(-Infinity, i + 1);
}

// All weights of a head, [query, key].
export function weightsOf(trace, layer, head, { n, d, q, k } = vectorsOf(trace, layer, head)) {
  const { scale, temperature } = trace.header.layers[layer];
  const added = addedOf(trace, layer, head);
  const weights = scoresOf(q, k, n, d);
  for (let i = 0; i < n; i++) {
    toWeights(weights.subarray(i * n, (i + 1) * n), scale, added === null ? null : added.row(i), temperature);
  }
  return weights;
}

// One query in a head: every step of the way, as attnviz.attention names it. ("Scaled" is scores · scale; a bias comes
// with the mask.)
export function rowOf(trace, layer, head, query, { n, d, q, k, v } = vectorsOf(trace, layer, head)) {
  const { scale, temperature } = trace.header.layers[layer];
  const added = addedOf(trace, layer, head);
  const scores = new Float32Array(n);
  for (let j = 0; j < n; j++) {
    let sum = 0;
    for (let c = 0; c < d; c++) sum += q[query * d + c] * k[j * d + c];
    scores[j] = sum;
  }
  const extra = added === null ? null : added.row(query);
  const scaledScores = scores.map((score) => score * scale);
  const masked = extra === null ? scaledScores : scaledScores.map((score, j) => score + extra[j]);
  const weights = scores.slice();
  toWeights(weights, scale, extra, temperature);
  const wide = v.length / n; // values may be narrower or wider than queries
  const context = new Float32Array(wide);
  for (let j = 0; j < n; j++) for (let c = 0; c < wide; c++) context[c] += weights[j] * v[j * wide + c];
  return { scores, masked, weights, context };
}

// The weights of one query in one head, without the rest; whole numbers are scaled after the product, not before.
export function weightRow(trace, layer, head, query) {
  const { heads, kvHeads, dHead: d, scale, temperature } = trace.header.layers[layer];
  const n = trace.header.tokens.length;
  const kv = Math.floor(head / (heads / kvHeads));
  const [q, k] = [trace.parts[`q${layer}`], trace.parts[`k${layer}`]];
  const added = addedOf(trace, layer, head);
  const row = new Float32Array(n);
  scoresInto(row, q, (head * n + query) * d, k, kv * n * d, d);
  const scales = trace.header.scales[layer];
  const step = q instanceof Int16Array ? scales.q[head] * scales.k[kv] : 1;
  toWeights(row, scale * step, added === null ? null : added.row(query), temperature);
  return row;
}

// q·k of every query and key, [query, key]: two queries with four keys at a time, so that a number once read is used
// two or four times, which takes a third of the time. Past the last one, the last is computed again.
function scoresOf(q, k, n, d) {
  const scores = new Float32Array(n * n);
  const last = n - 1;
  for (let i = 0; i < n; i += 2) {
    const next = Math.min(i + 1, last);
    const [qa, qb] = [i * d, next * d];
    for (let j = 0; j < n; j += 4) {
      const j1 = Math.min(j + 1, last);
      const j2 = Math.min(j + 2, last);
      const j3 = Math.min(j + 3, last);
      const t0 = j * d;
      const t1 = j1 * d;
      const t2 = j2 * d;
      const t3 = j3 * d;
      let a0 = 0;
      let a1 = 0;
      let a2 = 0;
      let a3 = 0;
      let b0 = 0;
      let b1 = 0;
      let b2 = 0;
      let b3 = 0;
      for (let c = 0; c < d; c++) {
        const a = q[qa + c];
        const b = q[qb + c];
        const k0 = k[t0 + c];
        const k1 = k[t1 + c];
        const k2 = k[t2 + c];
        const k3 = k[t3 + c];
        a0 += a * k0;
        a1 += a * k1;
        a2 += a * k2;
        a3 += a * k3;
        b0 += b * k0;
        b1 += b * k1;
        b2 += b * k2;
        b3 += b * k3;
      }
      scores[i * n + j] = a0;
      scores[i * n + j1] = a1;
      scores[i * n + j2] = a2;
      scores[i * n + j3] = a3;
      scores[next * n + j] = b0;
      scores[next * n + j1] = b1;
      scores[next * n + j2] = b2;
      scores[next * n + j3] = b3;
    }
  }
  return scores;
}

// q·k of one query, which starts at `from`, and all keys, which start at `to`: four keys at a time.
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

// Scores to weights, in place: softmax((scores · scale + added) / temperature); nothing to look at gives zeros.
function toWeights(row, scale, added, temperature) {
  const factor = scale / temperature;
  let most = -Infinity;
  for (let j = 0; j < row.length; j++) {
    const logit = added === null ? row[j] * factor : row[j] * factor + added[j] / temperature;
    row[j] = logit;
    if (logit > most) most = logit;
  }
  if (most === -Infinity) {
    row.fill(0);
    return;
  }
  let sum = 0;
  for (let j = 0; j < row.length; j++) {
    const power = exponential(row[j] - most);
    row[j] = power;
    sum += power;
  }
  const share = 1 / sum;
  for (let j = 0; j < row.length; j++) row[j] *= share;
}
