import assert from "node:assert/strict";
import { test } from "node:test";

import {
  cellInWords,
  headName,
  inQuotes,
  isolated,
  number,
  pinInWords,
  quoted,
  short,
  signed,
} from "../../attnviz/client/js/say/words.js";

test("a number has three digits that count, and a true minus", () => {
  assert.deepEqual([0.1234, 1.234, 12.34, 123.4].map(number), ["0.123", "1.23", "12.3", "123"]);
  assert.deepEqual([-0.1234, -12.34, -1234].map(number), ["−0.123", "−12.3", "−1234"]);
});

test("nothing is no number, −∞ is told, and there is no minus nothing", () => {
  assert.deepEqual([null, undefined, -Infinity].map(number), ["–", "–", "−∞"]);
  assert.deepEqual([0, -0, -0.0001].map(number), ["0.000", "0.000", "0.000"]);
});

test("small weights keep two digits", () => {
  assert.deepEqual([1, 0.641, 0.0096, 0].map(short), ["1.00", "0.64", "0.01", "0.00"]);
  assert.deepEqual([0.0094, 0.00123].map(short), ["0.0094", "0.0012"]);
});

test("a difference says its sign", () => {
  assert.deepEqual([0.125, -0.125, 0].map(signed), ["+0.13", "−0.13", "0.00"]);
});

test("a cell in words", () => {
  assert.equal(headName([5, 11]), "layer 5 head 11");
  assert.equal(cellInWords("which", "cat", 0.41, [5, 11]), "which → cat, 0.41, layer 5 head 11");
  assert.equal(cellInWords("the", "cat", null, [0, 1]), "the → cat, may not look, layer 0 head 1");
});

test("signs stand in quotes, words do not", () => {
  assert.deepEqual(["cat", "猫", "7", ",", "##'"].map(quoted), ["cat", "猫", "7", "“,”", "“##'”"]);
});

test("where nothing else tells them from the sentence, words stand in quotes too", () => {
  assert.deepEqual(["the", "the₆", ",₃", "₂", "1₀"].map(inQuotes), ["“the”", "“the”₆", "“,”₃", "“₂”", "“1”₀"]);
});

test("the index that tells a sign apart stands after the quotes", () => {
  assert.deepEqual([",₃", "cat₁₂", "##'₄", "₂", "↵₉"].map(quoted), ["“,”₃", "cat₁₂", "“##'”₄", "₂", "“↵”₉"]);
});

test("words written from right to left do not turn the others round", () => {
  assert.equal(isolated("cat"), "cat");
  assert.equal(isolated("קט"), "\u2068קט\u2069");
  assert.equal(cellInWords("قط", "cat", 0.5, [0, 0]), "\u2068قط\u2069 → cat, 0.50, layer 0 head 0");
});

test("a pin says what it did and what to do next, until the other head is there", () => {
  assert.equal(
    pinInWords([1, 0], null, [1, 0]),
    "Layer 1 head 0 is pinned. Now choose another head to see both.",
  );
  assert.equal(pinInWords([1, 0], [1, 0], [2, 3]), "");
  assert.equal(pinInWords(null, [1, 0], [1, 0]), "Layer 1 head 0 is no longer pinned.");
  assert.equal(pinInWords(null, null, [1, 0]), "");
});
