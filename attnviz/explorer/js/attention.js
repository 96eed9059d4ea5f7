// Attention, in the page: the equations of attnviz/attention.py for the heads that one looks at, so that a choice is
// drawn in the next frame. tests/explorer/test_page_numbers.py holds every function here against the package's.

// One head's vectors as float32: q [n, d], k and v [n, d], from a layer of the unpacked trace.
export function vectorsOf(trace, layer, head) {
  const { heads, kvHeads, dHead } = trace.header.layers[layer];
  const n = trace.header.tokens.length;
  const kv = Math.floor(head / (heads / kvHeads)); // grouped queries share key-value heads
  const of = (name, which) => {
    const size = n * dHead;
    const values = trace.parts[`${name}${layer}`].subarray(which * size, (which + 1) * size);
    return values instanceof Int16Array ? scaled(values, trace.header.scales[layer][name][which]) : values;
  };
  return { n, d: dHead, q: of("q", head), k: of("k", kv), v: of("v", kv) };
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

// All weights of a head, [query, key]. The keys are laid out by dimension, so that the inner loop runs along memory.
export function weightsOf(trace, layer, head, { n, d, q, k } = vectorsOf(trace, layer, head)) {
  const { scale, temperature } = trace.header.layers[layer];
  const added = addedOf(trace, layer, head);
  const turned = transposed(k, n, d);
  const weights = new Float32Array(n * n);
  for (let i = 0; i < n; i++) {
    const row = weights.subarray(i * n, (i + 1) * n);
    scoresInto(row, q, turned, i, n, d);
    toWeights(row, scale, added === null ? null : added.row(i), temperature);
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
  const context = new Float32Array(d);
  for (let j = 0; j < n; j++) for (let c = 0; c < d; c++) context[c] += weights[j] * v[j * d + c];
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
  const [from, to] = [(head * n + query) * d, kv * n * d];
  for (let j = 0; j < n; j++) {
    let sum = 0;
    for (let c = 0; c < d; c++) sum += q[from + c] * k[to + j * d + c];
    row[j] = sum;
  }
  const scales = trace.header.scales[layer];
  const step = q instanceof Int16Array ? scales.q[head] * scales.k[kv] : 1;
  toWeights(row, scale * step, added === null ? null : added.row(query), temperature);
  return row;
}

function transposed(k, n, d) {
  const turned = new Float32Array(n * d);
  for (let j = 0; j < n; j++) for (let c = 0; c < d; c++) turned[c * n + j] = k[j * d + c];
  return turned;
}

// Eight dimensions at a time: an eighth of the passes over the row.
function scoresInto(row, q, turned, i, n, d) {
  let c = 0;
  for (; c + 8 <= d; c += 8) {
    const [at, to] = [i * d + c, c * n];
    const [a0, a1, a2, a3] = [q[at], q[at + 1], q[at + 2], q[at + 3]];
    const [a4, a5, a6, a7] = [q[at + 4], q[at + 5], q[at + 6], q[at + 7]];
    const [t1, t2, t3, t4] = [to + n, to + 2 * n, to + 3 * n, to + 4 * n];
    const [t5, t6, t7] = [to + 5 * n, to + 6 * n, to + 7 * n];
    for (let j = 0; j < n; j++) {
      const first = a0 * turned[to + j] + a1 * turned[t1 + j] + a2 * turned[t2 + j] + a3 * turned[t3 + j];
      row[j] += first + a4 * turned[t4 + j] + a5 * turned[t5 + j] + a6 * turned[t6 + j] + a7 * turned[t7 + j];
    }
  }
  for (; c < d; c++) {
    const a = q[i * d + c];
    for (let j = 0; j < n; j++) row[j] += a * turned[c * n + j];
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
    const power = Math.exp(row[j] - most);
    row[j] = power;
    sum += power;
  }
  const share = 1 / sum;
  for (let j = 0; j < row.length; j++) row[j] *= share;
}
