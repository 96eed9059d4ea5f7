import assert from "node:assert/strict";
import { test } from "node:test";

import {
  addedOf,
  rowOf,
  vectorsOf,
  weightRow,
  weightsOf,
} from "../../attnviz/client/js/numbers/equations/attention.js";
import { partOf } from "../../attnviz/client/js/numbers/part.js";
import { threeParts, traceOf as made } from "./made.js";

const traceOf = (given) => partOf(made(given), "");

// Two tokens, two dimensions: token 0 looks for what key 0 has, token 1 for nothing. Scores 1, 0 / 0, 0.
const TWO = { q: [1, 0, 0, 0], k: [1, 0, 0, 1], v: [10, 0, 0, 20], n: 2, d: 2 };
const STRONG = Math.E / (Math.E + 1); // softmax of 1 and 0: 0.7311

function near(seen, wanted, within = 1e-6) {
  assert.equal(seen.length, wanted.length);
  wanted.forEach((value, i) => assert.ok(Math.abs(seen[i] - value) <= within, `${seen} is not ${wanted}`));
}

test("two tokens by hand: scores 1 and 0 give weights 0.73 and 0.27", () => {
  near(weightsOf(traceOf(TWO), 0, 0), [STRONG, 1 - STRONG, 0.5, 0.5]);
});

test("a row has every step of the way", () => {
  const { scores, masked, weights, context } = rowOf(traceOf({ ...TWO, scale: 2 }), 0, 0, 0);
  const strong = Math.exp(2) / (Math.exp(2) + 1);
  near(scores, [1, 0]);
  near(masked, [2, 0]);
  near(weights, [strong, 1 - strong]);
  near(context, [10 * strong, 20 * (1 - strong)], 1e-5);
});

test("with a causal mask the first token looks at itself alone", () => {
  const trace = traceOf({ ...TWO, extra: "causal" });
  near(weightsOf(trace, 0, 0), [1, 0, 0.5, 0.5]);
  near(rowOf(trace, 0, 0, 0).weights, [1, 0]);
  assert.deepEqual([...rowOf(trace, 0, 0, 0).masked], [1, -Infinity]);
  near(weightRow(trace, 0, 0, 0), [1, 0]);
});

test("a temperature of 2 halves the scores, and what is added to them", () => {
  const half = Math.exp(0.5) / (Math.exp(0.5) + 1);
  near(weightsOf(traceOf({ ...TWO, temperature: 2 }), 0, 0), [half, 1 - half, 0.5, 0.5]);
  const added = Float32Array.from([0, 1, 0, 2]); // 1, 1 and 0, 2
  const trace = traceOf({ ...TWO, temperature: 2, extra: "extra0", arrays: { extra0: added } });
  near(weightsOf(trace, 0, 0), [0.5, 0.5, 1 - STRONG, STRONG]);
});

test("a token that may look at nothing gives zeros, not NaN", () => {
  const extra0 = Float32Array.from([-Infinity, -Infinity, 0, 0]);
  const trace = traceOf({ ...TWO, extra: "extra0", arrays: { extra0 } });
  near(weightsOf(trace, 0, 0), [0, 0, 0.5, 0.5]);
  near(weightRow(trace, 0, 0, 0), [0, 0]);
  near(rowOf(trace, 0, 0, 0).context, [0, 0]);
});

test("a mask is every head's, or each has its own", () => {
  const none = [0, 0, 0, 0];
  const cut = [0, -Infinity, 0, 0];
  const two = { ...TWO, heads: 2, q: [...TWO.q, ...TWO.q], k: [...TWO.k, ...TWO.k] };
  const shared = traceOf({ ...two, extra: "extra0", arrays: { extra0: Float32Array.from(cut) } });
  const own = traceOf({ ...two, extra: "extra0", arrays: { extra0: Float32Array.from([...none, ...cut]) } });
  near(weightsOf(shared, 0, 0).subarray(0, 2), [1, 0]);
  near(weightsOf(shared, 0, 1).subarray(0, 2), [1, 0]);
  near(weightsOf(own, 0, 0).subarray(0, 2), [STRONG, 1 - STRONG]);
  near(weightsOf(own, 0, 1).subarray(0, 2), [1, 0]);
  assert.equal(addedOf(traceOf(TWO), 0, 0), null);
});

test("grouped heads share keys and values: of four heads on two, 0 and 1 read the first, 2 and 3 the second", () => {
  const q = [0, 1, 2, 3].flatMap((head) => [head, 0, head, 0]);
  const trace = traceOf({ n: 2, d: 2, heads: 4, kvHeads: 2, q, k: [1, 1, 1, 1, 2, 2, 2, 2] });
  assert.deepEqual(
    [0, 1, 2, 3].map((head) => vectorsOf(trace, 0, head).k[0]),
    [1, 1, 2, 2],
  );
  assert.deepEqual(
    [0, 1, 2, 3].map((head) => vectorsOf(trace, 0, head).q[0]),
    [0, 1, 2, 3],
  );
  near(rowOf(trace, 0, 3, 0).scores, [6, 6]);
});

test("whole numbers are worth a step of their head", () => {
  const scales = { q: [0.5], k: [0.25], v: [2] };
  const whole = traceOf({ n: 2, d: 2, q: [4, 0, 0, 0], k: [2, 0, 0, 2], v: [5, 0, 0, 10], scales, type: Int16Array });
  const { q, k, v } = vectorsOf(whole, 0, 0);
  assert.deepEqual(
    [[...q], [...k], [...v]],
    [
      [2, 0, 0, 0],
      [0.5, 0, 0, 0.5],
      [10, 0, 0, 20],
    ],
  );
  near(weightsOf(whole, 0, 0), [STRONG, 1 - STRONG, 0.5, 0.5]);
  near(weightRow(whole, 0, 0, 0), [STRONG, 1 - STRONG]);
  near(rowOf(whole, 0, 0, 0).scores, [1, 0]);
});

test("all weights, one row and every step agree, for dimensions that are no multiple of eight too", () => {
  const random = (seed) => Math.sin(seed * 12.9898) * 3;
  for (const d of [1, 7, 8, 9, 19]) {
    const [n, heads] = [5, 2];
    const numbers = (from) => Array.from({ length: heads * n * d }, (_, i) => random(from + i));
    const trace = traceOf({ n, d, heads, q: numbers(1), k: numbers(1000), scale: 0.3, temperature: 0.8 });
    const weights = weightsOf(trace, 0, 1);
    for (let query = 0; query < n; query++) {
      const row = weights.subarray(query * n, (query + 1) * n);
      near(weightRow(trace, 0, 1, query), [...row]);
      near(rowOf(trace, 0, 1, query).weights, [...row]);
      assert.ok(Math.abs(row.reduce((sum, weight) => sum + weight) - 1) < 1e-6);
    }
  }
});

test("large scores do not overflow", () => {
  near(weightsOf(traceOf({ ...TWO, scale: 1e6 }), 0, 0), [1, 0, 0.5, 0.5]);
});

test("blocks of keys and queries leave nothing out, whatever is left at the end", () => {
  const d = 3;
  for (let n = 1; n <= 9; n++) {
    const numbers = (seed) => Float32Array.from({ length: n * d }, (_, i) => Math.sin(seed + 7 * i));
    const [q, k] = [numbers(1), numbers(2)];
    const trace = traceOf({ q, k, v: k, n, d });
    const weights = weightsOf(trace, 0, 0);
    for (let i = 0; i < n; i++) {
      const scores = Array.from({ length: n }, (_, j) => {
        let sum = 0;
        for (let c = 0; c < d; c++) sum += q[i * d + c] * k[j * d + c];
        return Math.exp(sum);
      });
      const all = scores.reduce((a, b) => a + b);
      const wanted = scores.map((score) => score / all);
      near(weights.subarray(i * n, (i + 1) * n), wanted);
      near(weightRow(trace, 0, 0, i), wanted);
    }
  }
});

test("in cross-attention queries and keys differ in number, and a row sums to 1 all the same", () => {
  const layers = { encoder: [1], decoder: [1], cross: [2] };
  const trace = threeParts(["the", "cat", "sat", "[EOS]"], ["[BOS]", "le", "chat"], layers);
  const random = (length, seed) => Float32Array.from({ length }, (_, i) => Math.sin(seed + 2.7 * i));
  Object.assign(trace.arrays, { "cross/q0": random(12, 1), "cross/k0": random(16, 2), "cross/v0": random(16, 3) });
  const part = partOf(trace, "cross");
  for (const head of [0, 1]) {
    const weights = weightsOf(part, 0, head);
    assert.equal(weights.length, 3 * 4);
    for (const query of [0, 1, 2]) {
      const row = weights.subarray(query * 4, (query + 1) * 4);
      const { q, k, v } = vectorsOf(part, 0, head);
      const scores = [0, 1, 2, 3].map((key) => q[2 * query] * k[2 * key] + q[2 * query + 1] * k[2 * key + 1]);
      const sum = scores.reduce((all, score) => all + Math.exp(score), 0);
      near(row, scores.map((score) => Math.exp(score) / sum));
      near(weightRow(part, 0, head, query), [...row]);
      const steps = rowOf(part, 0, head, query);
      near(steps.weights, [...row]);
      near(steps.context, [0, 1].map((c) => row.reduce((all, weight, key) => all + weight * v[2 * key + c], 0)));
    }
  }
});
