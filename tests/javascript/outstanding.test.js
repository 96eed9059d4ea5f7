// At which words a word stands out, over all heads; beyond what tests/explorer/test_page_numbers.py holds.

import assert from "node:assert/strict";
import { test } from "node:test";

import { mostOutstanding } from "../../attnviz/client/js/numbers/analysis/outstanding.js";
import { headerOf, seenOf } from "./made.js";

// Heads with just these rows of weights: q is their logarithm, k the identity.
function numbersOf(labels, heads) {
  const n = labels.length;
  const layer = { heads: heads.length, kvHeads: heads.length, dHead: n, scale: 1, temperature: 1, extra: null };
  const header = { ...headerOf(labels, { layers: [layer] }), scales: { "": [{}] } };
  const q0 = Float32Array.from(heads.flat(2), (weight) => Math.log(Math.max(weight, 1e-30)));
  const one = Array.from({ length: n * n }, (_, at) => Number(at % (n + 1) === 0));
  const k0 = Float32Array.from(heads.flatMap(() => one));
  return seenOf({ header, arrays: { q0, k0, v0: k0 } }).seen.numbers;
}

const EVEN = [0.25, 0.25, 0.25, 0.25];

test("each word in the head in which it stands out most, the most outstanding first", () => {
  const first = [EVEN, EVEN, [0.7, 0.1, 0.1, 0.1], EVEN];
  const second = [EVEN, EVEN, [0.1, 0.8, 0.05, 0.05], EVEN];
  const third = [EVEN, EVEN, [0.6, 0.2, 0.1, 0.1], EVEN];
  const found = mostOutstanding(numbersOf(["a", "b", "c", "d"], [first, second, third]), 2, 2);
  assert.deepEqual(
    found.map(({ head, column }) => [head, column]),
    [
      [1, 1],
      [0, 0],
    ],
  );
  assert.ok(Math.abs(found[0].weight - 0.8) < 1e-6);
});

test("what every word does, signs, and the word itself stand out at nothing", () => {
  const all = [0, 1, 2, 3].map(() => [0.7, 0.1, 0.1, 0.1]);
  assert.deepEqual(mostOutstanding(numbersOf(["a", "b", "c", "d"], [all]), 2, 2), []);
  const own = [EVEN, EVEN, [0.05, 0.05, 0.85, 0.05], EVEN];
  assert.deepEqual(mostOutstanding(numbersOf(["a", "b", "c", "d"], [own]), 2, 2), []);
  const sign = [EVEN, EVEN, [0.85, 0.05, 0.05, 0.05], EVEN];
  assert.deepEqual(mostOutstanding(numbersOf([",", "b", "c", "d"], [sign]), 2, 2), []);
});

test("a head that is switched off is not among them", () => {
  const first = [EVEN, EVEN, [0.7, 0.1, 0.1, 0.1], EVEN];
  const second = [EVEN, EVEN, [0.1, 0.8, 0.05, 0.05], EVEN];
  const numbers = numbersOf(["a", "b", "c", "d"], [first, second]);
  const found = mostOutstanding(numbers, 2, 2, (_layer, head) => head === 1);
  assert.deepEqual(
    found.map(({ head, column }) => [head, column]),
    [[0, 0]],
  );
});
