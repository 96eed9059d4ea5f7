import assert from "node:assert/strict";
import { test } from "node:test";

import { questionOf } from "../../attnviz/client/js/walk/questions.js";
import { seeded } from "../../attnviz/client/js/walk/why.js";

const matrix = (...rows) => ({ rows: rows.length, columns: rows[0].length, values: Float64Array.from(rows.flat()) });
const rowOf = (...names) => ({ tokens: names.map((name) => ({ name, label: name, special: false, mask: false })) });
const open = (weights) => ({ ...weights, values: new Float64Array(weights.values.length) });

function measured(weights, names, more = {}) {
  return { weights, masked: open(weights), row: rowOf(...names), query: 0, random: seeded(1), ...more };
}

test("the word that is looked at most is the answer, and the others are choices", () => {
  const question = questionOf("most", measured(matrix([0.1, 0.7, 0.2]), ["the", "cat", "sat"]));
  assert.equal(question.prompt, "Which word does “the” look at most in this head?");
  assert.deepEqual([...question.choices].sort(), ["cat", "sat", "the"]);
  assert.equal(question.choices[question.answer], "cat");
  assert.equal(question.told, "“the” gives 0.70 of its weight to “cat”.");
  assert.equal(question.query, 0);
});

test("there are four choices at most, and the right one is among them", () => {
  const names = Array.from({ length: 12 }, (_, i) => `w${i}`);
  const weights = matrix(names.map((_, i) => (i === 7 ? 0.45 : 0.05)));
  for (let seed = 0; seed < 50; seed++) {
    const { choices, answer } = questionOf("most", measured(weights, names, { random: seeded(seed) }));
    assert.equal(choices.length, 4);
    assert.equal(new Set(choices).size, 4);
    assert.equal(choices[answer], "w7");
  }
});

test("a margin that is too small makes no question: 0.05, and a fifth more than the second", () => {
  const ask = (...row) => questionOf("most", measured(matrix(row), ["a", "b", "c"]));
  assert.equal(ask(0.36, 0.32, 0.32), null);
  assert.equal(ask(0.53, 0.46, 0.01), null); // 0.07 apart, but no fifth more
  assert.ok(ask(0.55, 0.44, 0.01));
  assert.equal(ask(0.5, 0.5, 0), null);
});

test("a word that may not be looked at is no choice, and one with a weight of 0 that may be is", () => {
  const weights = matrix([0.9, 0, 0.1, 0]);
  const masked = matrix([2, -9, 1, -Infinity]);
  const { choices } = questionOf("most", measured(weights, ["a", "b", "c", "d"], { masked }));
  assert.deepEqual([...choices].sort(), ["a", "b", "c"]);
  const alone = matrix([1, -Infinity, -Infinity, -Infinity]);
  assert.equal(questionOf("most", measured(matrix([1, 0, 0, 0]), ["a", "b", "c", "d"], { masked: alone })), null);
});

test("two choices that are called alike are none", () => {
  const ask = (...names) => questionOf("most", measured(matrix([0.1, 0.1, 0.8]), names));
  assert.deepEqual([ask("a", "a", "b"), ask("a", "b", "b")], [null, null]);
});

test("weights that are no shares are not said to be shares, and nothing is asked of weights below 0", () => {
  const names = ["a", "b", "c"];
  const relu = questionOf("most", measured(matrix([1.5, 0.3, 0]), names));
  assert.equal(relu.told, "The weight of “a” on “a” is 1.50, the largest in its row.");
  assert.equal(questionOf("most", measured(matrix([0.5, -0.9, 0.1]), names)), null);
  assert.equal(questionOf("spread", measured(matrix([1.5, 0.3, 0], [0, 0, 0], [0.5, -0.5, 1]), names)), null);
  const one = matrix([1.5, 0.3, 0], [0.5, 0.5, 0], [0.9, 0.1, 0]);
  const shared = questionOf("spread", measured(one, names));
  assert.deepEqual([[...shared.choices].sort(), shared.choices[shared.answer]], [["b", "c"], "b"]);
});

test("the most even row is the one with the largest entropy, in bits", () => {
  const weights = matrix([0.25, 0.25, 0.25, 0.25], [0.5, 0.5, 0, 0], [1, 0, 0, 0], [0.5, 0.5, 0, 0]);
  const question = questionOf("spread", measured(weights, ["a", "b", "c", "d"]));
  assert.equal(question.choices[question.answer], "a");
  assert.match(question.told, /^The row of “a” has the largest entropy, 2\.00 bits: more than “.”, “.” or “.”\.$/);
  assert.equal(question.query, null);
});

test("rows that are equally even make no question", () => {
  const weights = matrix([0.5, 0.5], [0.5, 0.5]);
  assert.equal(questionOf("spread", measured(weights, ["a", "b"])), null);
  assert.equal(questionOf("spread", measured(matrix([1, 0], [0.98, 0.02]), ["a", "b"])), null); // 0.14 bits apart
  assert.ok(questionOf("spread", measured(matrix([1, 0], [0.97, 0.03]), ["a", "b"]))); // 0.19
});

test("a word is expected, and no special token is a choice or an answer", () => {
  const words = ["[PAD]", "[MASK]", "cat", "sat", "mat"];
  const ask = (probabilities, more) =>
    questionOf("next word", measured(matrix([1]), ["the"], { probabilities, words, isNext: true, ...more }));
  const question = ask([0.05, 0.05, 0.1, 0.6, 0.2]);
  assert.equal(question.prompt, "Which word does the model expect after “the”?");
  assert.deepEqual([...question.choices].sort(), ["cat", "mat", "sat"]);
  assert.equal(question.choices[question.answer], "sat");
  assert.equal(question.told, "The model finds “sat” the most probable, 0.60.");
  assert.match(ask([0, 0, 0.1, 0.7, 0.2], { isNext: false }).prompt, /^If “the” were hidden,/);
  assert.equal(ask([0.9, 0, 0.1, 0, 0]), null);
  assert.equal(ask([0, 0, 0.5, 0.46, 0.04]), null);
  assert.equal(ask(null), null);
  assert.equal(ask([0.2, 0.8], { words: ["[PAD]", "cat"] }), null);
});

test("one word alone makes no question", () => {
  const alone = measured(matrix([1]), ["Hello"]);
  assert.deepEqual([questionOf("most", alone), questionOf("spread", alone)], [null, null]);
});
