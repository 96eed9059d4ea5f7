import assert from "node:assert/strict";
import { test } from "node:test";

import { Numbers } from "../../attnviz/explorer/js/numbers.js";
import { traceOf } from "./made.js";

const ALL = { specials: true, words: "pieces", filter: "all" };
const [N, D] = [3, 2];
const made = (length, seed) => Array.from({ length }, (_, i) => Math.sin(seed + 3 * i) * 2);
const KEYS = made(2 * N * D, 2);
const trace = (more = {}) => traceOf({ n: N, d: D, heads: 2, q: made(2 * N * D, 1), k: KEYS, ...more });

function numbersOf(more, options = ALL) {
  const numbers = new Numbers(trace(more));
  numbers.group(options);
  return numbers;
}

// An answer of the package for head 1: weights of its own that the page would never compute.
function answer(more) {
  const steps = { scores: [1, 2, 3], masked: [4, 5, 6], weights: [0.1, 0.2, 0.7], context: [8, 9] };
  const vectors = { q: new Float32Array(6), k: new Float32Array(6), v: new Float32Array(6) };
  const parts = Object.fromEntries(Object.entries(steps).map(([name, list]) => [name, Float32Array.from(list)]));
  return { header: { heads: [[0, 1]], queries: [2] }, parts: { ...parts, ...vectors, ...more } };
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
  const weights0 = Float32Array.from([1, 0, 0, 0, 1, 0, 0.1, 0.2, 0.7]);
  numbers.answer(answer({ weights0 }));
  assert.equal(numbers.weights(0, 1), weights0);
  assert.notEqual(computed, weights0);
  assert.deepEqual(numbers.row(0, 1, [2]), weights0.subarray(6));
  assert.deepEqual([...numbers.steps(0, 1, 2).scores], [1, 2, 3]);
  assert.notDeepEqual([...numbers.steps(0, 1, 0).scores], [1, 2, 3], "of another word the page computes them");
});

test("of a long text single rows are the package's", () => {
  const numbers = numbersOf();
  const rows0 = Float32Array.from([0.1, 0.2, 0.7]);
  numbers.answer(answer({ rows0 }));
  assert.deepEqual(numbers.row(0, 1, [2]), rows0);
  assert.notDeepEqual(numbers.row(0, 1, [0]), rows0);
});

test("float32 is the package's own; of whole numbers only what it sent since", () => {
  assert.ok(numbersOf().isExact(0, 0, [0]));
  const scales = { q: [0.1, 0.1], k: [0.1, 0.1], v: [0.1, 0.1] };
  const rounded = numbersOf({ type: Int16Array, scales });
  assert.ok(!rounded.isExact(0, 1, [2]));
  rounded.answer(answer({ rows0: new Float32Array(3) }));
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
  const numbers = new Numbers(causal);
  numbers.group(ALL);
  assert.deepEqual([...numbers.blocked(0, 0)], [0, 1, 1, 0, 0, 1, 0, 0, 0]);
  assert.equal(numbers.blocked(0, 1), numbers.blocked(0, 0), "one mask for all heads is looked at once");
  causal.header.words.words = [0, 1, 1]; // the second and third token are one word
  numbers.group({ ...ALL, words: "words" });
  assert.deepEqual([...numbers.blocked(0, 0)], [0, 1, 0, 0]);
});

test("a bias blocks nothing", () => {
  const parts = { extra0: Float32Array.from({ length: 18 }, (_, i) => i) };
  assert.equal(numbersOf({ extra: "extra0", parts }).blocked(0, 1), null);
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
