import assert from "node:assert/strict";
import { test } from "node:test";

import { explained, formula, scoring, shapeInWords, written } from "../../attnviz/client/js/say/formulas.js";

const made = (letter, ...steps) => written(formula(letter, steps));

test("a formula names the steps of the layer in their order", () => {
  assert.equal(made("Q", "linear"), "= X·W_Q");
  assert.equal(made("V", "linear", "bias"), "= X·W_V + b_V");
  assert.equal(made("Q", "linear", "rotary"), "= R(X·W_Q)");
  assert.equal(made("K", "linear", "norm", "rotary"), "= R(norm(X·W_K))");
  assert.equal(made("K", "linear", "rotary", "norm"), "= norm(R(X·W_K))");
  assert.equal(made("Q", "linear", "bias", "rotary"), "= R(X·W_Q + b_Q)");
  assert.equal(made("Q", "linear", "bias", "scale"), "= c·(X·W_Q + b_Q)");
  assert.equal(made("Q", "linear", "norm", "scale"), "= c·norm(X·W_Q)");
});

test("where it is not known there is no formula", () => {
  assert.deepEqual(formula("Q", null), []);
  assert.deepEqual(formula("Q", undefined), []);
  assert.deepEqual(explained(null), []);
});

test("each step but the first is explained", () => {
  assert.deepEqual(explained(["linear"]), []);
  assert.equal(explained(["linear", "bias", "norm", "rotary", "scale"]).length, 4);
});

test("what is added is a mask, a bias or both, as the layer has it", () => {
  const layer = { scale: 0.25, temperature: 1, dHead: 16 };
  const names = [["mask"], ["bias"], ["bias", "mask"]].map((added) => scoring({ ...layer, added }).masked);
  assert.deepEqual(names, ["+ mask", "+ bias", "+ bias + mask"]);
});

test("the scale is √d_head where it is, a number where it is not", () => {
  const of = (scale, temperature = 1) => scoring({ scale, temperature, dHead: 16, added: [] });
  assert.deepEqual([of(0.25), of(1), of(0.5)].map(({ scaled }) => scaled), ["÷ √16", "× 1", "× 0.500"]);
  assert.deepEqual([of(1).weight, of(1, 0.5).weight], ["softmax", "softm./0.500"]);
});

test("a shape names the width of V where it is another one", () => {
  assert.equal(shapeInWords(13, { dHead: 32, dValue: 32 }), "13 tokens × 32 (d_head)");
  assert.equal(shapeInWords(1276, { dHead: 16, dValue: 16 }), "1,276 tokens × 16 (d_head)");
  assert.equal(shapeInWords(1, { dHead: 12, dValue: 6 }), "Q and K: 1 token × 12 (d_head), V: 1 token × 6 (d_value)");
});

test("what makes the weights is named, and a temperature where the softmax does", () => {
  const by = (normalizer, temperature = 1) => {
    return scoring({ scale: 1, temperature, dHead: 4, added: [], normalizer }).weight;
  };
  assert.deepEqual([by(undefined), by("softmax", 2)], ["softmax", "softm./2.00"]);
  assert.deepEqual([by("relu"), by("polynomial", 2), by("hard")], ["ReLU ÷ n", "x³ ÷ √n", "largest"]);
});
