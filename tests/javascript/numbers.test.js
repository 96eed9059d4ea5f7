import assert from "node:assert/strict";
import { test } from "node:test";

import { weightsOf } from "../../attnviz/client/js/numbers/equations/attention.js";
import { Numbers } from "../../attnviz/client/js/numbers/numbers.js";
import { partOf } from "../../attnviz/client/js/numbers/part.js";
import { traceOf } from "./made.js";

const ALL = { specials: true, words: "pieces", filter: "all" };
const [N, D] = [3, 2];
const made = (length, seed) => Array.from({ length }, (_, i) => Math.sin(seed + 3 * i) * 2);
const KEYS = made(2 * N * D, 2);
const trace = (more = {}) => traceOf({ n: N, d: D, heads: 2, q: made(2 * N * D, 1), k: KEYS, ...more });

function numbersOf(more, options = ALL) {
  const numbers = new Numbers(partOf(trace(more), ""));
  numbers.group(options);
  return numbers;
}

// An answer of the package for head 1: weights of its own that the page would never compute.
function answer(more) {
  const steps = { scores: [1, 2, 3], masked: [4, 5, 6], weights: [0.1, 0.2, 0.7], context: [8, 9] };
  const arrays = {};
  for (const [name, list] of Object.entries(steps)) arrays[`way.${name}`] = Float32Array.from(list);
  for (const name of "qkv") arrays[`head0.${name}`] = Float32Array.from(made(N * D, name.charCodeAt(0)));
  for (const [name, values] of Object.entries(more)) arrays[`head0.${name}`] = values;
  return { header: { heads: [[0, 1]], queries: [2] }, arrays };
}

test("a head is computed once, until something else is shown", () => {
  const numbers = numbersOf();
  const first = numbers.weights(0, 0);
  assert.equal(numbers.weights(0, 0), first);
  assert.deepEqual(numbers.heads, [
    [0, 0],
    [0, 1],
  ]);
});

test("what the package sent is what is told", () => {
  const numbers = numbersOf();
  const computed = numbers.weights(0, 1);
  const weights = Float32Array.from([1, 0, 0, 0, 1, 0, 0.1, 0.2, 0.7]);
  numbers.answer(answer({ weights }));
  assert.equal(numbers.weights(0, 1), weights);
  assert.notEqual(computed, weights);
  assert.deepEqual(numbers.row(0, 1, [2]), weights.subarray(6));
  assert.deepEqual([...numbers.steps(0, 1, 2).scores], [1, 2, 3]);
  assert.notDeepEqual([...numbers.steps(0, 1, 0).scores], [1, 2, 3], "of another word the page computes them");
});

test("of a long text single rows are the package's", () => {
  const numbers = numbersOf();
  const rows = Float32Array.from([0.1, 0.2, 0.7]);
  numbers.answer(answer({ rows }));
  assert.deepEqual(numbers.row(0, 1, [2]), rows);
  assert.notDeepEqual(numbers.row(0, 1, [0]), rows);
});

test("before the vectors of all heads have come, the one that was told is drawn from its own", () => {
  const numbers = numbersOf();
  const told = answer({ rows: Float32Array.from([0.1, 0.2, 0.7]) });
  const { header, arrays } = trace();
  const come = {};
  const part = partOf({ header, arrays: come }, "");
  const early = new Numbers(part);
  early.group(ALL);
  early.answer(told);
  assert.ok(!early.isWhole && early.knows(0, 1) && !early.knows(0, 0));
  const [q, k, v] = ["q", "k", "v"].map((name) => told.arrays[`head0.${name}`]);
  const vectors = { d: D, q, k, v, isRounded: false };
  assert.deepEqual(early.vectors(0, 1), vectors);
  assert.deepEqual(early.weights(0, 1), weightsOf(part, 0, 1, vectors));
  assert.deepEqual(early.row(0, 1, [0]), early.weights(0, 1).subarray(0, N), "a row that was not told, from the same");
  assert.deepEqual(early.row(0, 1, [2]), told.arrays["head0.rows"]);
  assert.ok(early.isExact(0, 1, [2]) && !early.isExact(0, 1, [0]));
  early.answer({ ...answer({}), header: { heads: [[0, 0]], queries: [1] } });
  assert.ok(early.knows(0, 1), "nothing is forgotten that is needed");
  Object.assign(come, arrays); // they come
  assert.ok(early.isWhole && early.knows(0, 0));
  assert.deepEqual(early.row(0, 0, [1]), numbers.row(0, 0, [1]));
});

test("the first head's vectors of a long text are whole numbers, and what is made of them counts as rounded", () => {
  const early = new Numbers(partOf({ header: trace().header, arrays: {} }, ""));
  early.group(ALL);
  const { header, arrays } = answer({});
  const whole = { "head0.q": [3, -2], "head0.k": [5, 4], "head0.v": [7, 6] };
  for (const [name, [a, b]] of Object.entries(whole)) {
    arrays[name] = Int16Array.from(arrays[name], (_, i) => (i ? b : a));
  }
  early.answer({ header, arrays: { ...arrays, "head0.steps": Float32Array.of(0.5, 0.25, 2) } });
  const { q, k, v, isRounded } = early.vectors(0, 1);
  assert.deepEqual([q, k, v].map((all) => [...all.subarray(0, 2)]), [[1.5, -1], [1.25, 1], [14, 12]]);
  assert.ok(isRounded && !early.isExact(0, 1, [0]));
});

test("float32 is the package's own; of whole numbers only what it sent since", () => {
  assert.ok(numbersOf().isExact(0, 0, [0]));
  const scales = { q: [0.1, 0.1], k: [0.1, 0.1], v: [0.1, 0.1] };
  const rounded = numbersOf({ type: Int16Array, scales });
  assert.ok(!rounded.isExact(0, 1, [2]));
  rounded.answer(answer({ rows: new Float32Array(3) }));
  assert.ok(rounded.isExact(0, 1, [2]));
  assert.ok(!rounded.isExact(0, 1, [1, 2]) && !rounded.isExact(0, 0, [2]));
});

test("merged rows are the mean of their tokens' rows, all of it", () => {
  const numbers = numbersOf();
  const [a, b] = [numbers.row(0, 0, [0]), numbers.row(0, 0, [1])];
  numbers.row(0, 0, [0, 1]).forEach((weight, j) => assert.ok(Math.abs(weight - (a[j] + b[j]) / 2) < 1e-6));
});

test("where no piece of a word may look at any of another is blocked, and nowhere else", () => {
  const causal = trace({ extra: "causal" });
  const numbers = new Numbers(partOf(causal, ""));
  numbers.group(ALL);
  assert.deepEqual([...numbers.blocked(0, 0)], [0, 1, 1, 0, 0, 1, 0, 0, 0]);
  assert.equal(numbers.blocked(0, 1), numbers.blocked(0, 0), "one mask for all heads is looked at once");
  causal.header.rows.text.words.words = [0, 1, 1]; // the second and third token are one word
  causal.header.rows.text.merged.words = { 1: ["w1w2", "w1w2"] };
  numbers.group({ ...ALL, words: "words" });
  assert.deepEqual([...numbers.blocked(0, 0)], [0, 1, 0, 0]);
});

test("a bias blocks nothing", () => {
  const arrays = { extra0: Float32Array.from({ length: 18 }, (_, i) => i) };
  assert.equal(numbersOf({ extra: "extra0", arrays }).blocked(0, 1), null);
  assert.equal(numbersOf().blocked(0, 0), null);
});

test("tables are of what is shown, and forgotten when something else is", () => {
  const numbers = numbersOf();
  assert.ok(!numbers.hasTable(0, 1));
  assert.deepEqual([...numbers.table(0, 1).lookers], [3, 3, 3]);
  assert.ok(numbers.hasTable(0, 1));
  numbers.group(ALL);
  assert.ok(!numbers.hasTable(0, 1));
});
