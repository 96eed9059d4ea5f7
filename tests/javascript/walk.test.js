import assert from "node:assert/strict";
import { test } from "node:test";

import { counted } from "../../attnviz/client/js/say/words.js";
import { columnOf, learned, mapped, rowAlone } from "../../attnviz/client/js/walk/steps/matrices.js";
import { products, several, term, terms, tex, vector, word } from "../../attnviz/client/js/walk/steps/shown.js";
import { stepAt, STEPS, stepsOf } from "../../attnviz/client/js/walk/steps/steps.js";
import { MOST, windowed, windowOf } from "../../attnviz/client/js/walk/steps/window.js";
import { listed, percent } from "../../attnviz/client/js/walk/steps/wording.js";
import { ofText, tinyModel } from "./tiny.js";

const MATRIX = { rows: 2, columns: 3, values: Float64Array.of(1, 2, 3, 4, 5, 6) };

test("a number in a formula has three digits, and a zero has no sign", () => {
  const written = ["1.000", "-2.001", "0.123", "0.000", "999999.900"];
  assert.deepEqual([1, -2.0005, 0.12345, -0.0001, 999999.9].map(tex), written);
});

test("a number that three digits do not hold is written by its power of ten, or as what it is", () => {
  assert.equal(tex(4.851e8), "4.85\\cdot 10^{8}");
  assert.equal(tex(-1e6), "-1.00\\cdot 10^{6}");
  assert.deepEqual([-Infinity, Infinity, NaN].map(tex), ["-\\infty", "\\infty", "\\text{no number}"]);
});

test("a negative number within a sum stands in brackets", () => {
  assert.deepEqual([0.5, -0.5, -0.0001, -Infinity].map(term), ["0.500", "(-0.500)", "0.000", "(-\\infty)"]);
});

test("a word in a formula is text", () => {
  assert.equal(word("cat"), "\\text{cat}");
  assert.equal(word("a_b"), "\\text{a{\\_}b}");
  assert.equal(word("\\frac{1}$"), "\\text{{\\textbackslash}frac{\\{}1{\\}}{\\$}}");
  assert.equal(word("``--"), "\\text{{`}{`}{-}{-}}");
  assert.equal(word("#\u0301"), "\\text{{\\#}◌\u0301}");
  assert.equal(word("\ue000\u2028\ud800x"), "\\text{\ufffd\ufffd\ufffdx}");
});

test("the place that tells apart two words that are written alike stands below the line", () => {
  assert.equal(word("the₁₂"), "\\text{the}_{12}");
  assert.equal(word("قطة\u200e₃"), "\\text{قطة}_{3}");
  assert.equal(word("₂"), "\\text{₂}");
});

test("a sum of products is written out where it is short, else with its first terms and its last", () => {
  assert.equal(products([1, -2], [0.5, 3]), "1.000 \\cdot 0.500 + (-2.000) \\cdot 3.000");
  assert.equal(terms(8, String), "0 + 1 + 2 + 3 + 4 + 5 + 6 + 7");
  assert.equal(terms(9, String), "0 + 1 + 2 + \\dots + 8");
  assert.equal(several(9, String), "0,\\; 1,\\; 2,\\; \\dots,\\; 8");
  assert.equal(terms(0, String), "");
});

test("of a vector the first numbers are written", () => {
  assert.equal(vector([1, -1]), "(1.000,\\; -1.000)");
  assert.equal(vector([1, 2, 3], 2), "(1.000,\\; 2.000,\\; \\dots)");
});

test("a row and a column of a matrix are its own numbers", () => {
  assert.deepEqual(rowAlone(MATRIX, 1), { rows: 1, columns: 3, values: Float64Array.of(4, 5, 6) });
  assert.deepEqual(columnOf(MATRIX, 1), Float64Array.of(2, 5));
  assert.deepEqual(mapped(MATRIX, (value, i) => value * i).values, Float64Array.of(0, 2, 6, 12, 20, 30));
  assert.deepEqual(learned({ model: tinyModel() }, "b", null), []);
});

test("counts, shares and lists are said as they are", () => {
  const counts = [1, 0, 1234].map((count) => counted(count, "token"));
  assert.deepEqual(counts, ["1 token", "0 tokens", "1,234 tokens"]);
  assert.deepEqual([0, 0.001, 0.37, 0.995, 0.9999, 1].map(percent), [
    ...["0%", "less than 1%", "37%"],
    ...["more than 99%", "more than 99%", "100%"],
  ]);
  const lists = [[], ["a"], ["a", "b"], ["a", "b", "c"]].map(listed);
  assert.deepEqual(lists, ["", "a", "a and b", "a, b and c"]);
});

test("a window stands around both tokens, in one stretch where they have room in it", () => {
  const from = (first, count) => Array.from({ length: count }, (_, i) => first + i);
  assert.deepEqual(windowOf(100, 50, 50), from(38, 24));
  assert.deepEqual(windowOf(100, 40, 63), from(40, 24));
  assert.deepEqual(windowOf(100, 64, 40), [...from(34, 12), ...from(58, 12)]);
  assert.deepEqual(windowOf(100, 0, 99), [...from(0, 12), ...from(88, 12)]);
  assert.deepEqual(windowOf(25, 24, 24), from(1, 24));
});

test("every window holds both tokens and is as large as any", () => {
  const count = 60;
  for (let query = 0; query < count; query++) {
    for (let key = 0; key < count; key++) {
      const tokens = windowOf(count, query, key);
      assert.ok(tokens.includes(query) && tokens.includes(key));
      assert.equal(new Set(tokens).size, MOST);
      assert.deepEqual(tokens, [...tokens].sort((a, b) => a - b));
      assert.ok(tokens[0] >= 0 && tokens[MOST - 1] < count);
    }
  }
});

test("a window cuts rows and columns that stand for tokens, and says so; a short text is left as it is", () => {
  const short = ofText(tinyModel(), "cat sat cat");
  const told = STEPS.softmax.tell(short);
  assert.equal(windowed(told, short), told);
  const long = ofText(tinyModel(), "cat sat ".repeat(15), { query: 20, key: 3 });
  const { sentence, shown } = STEPS.scores.tell(long);
  assert.match(sentence, /The text has 31 tokens; the matrices show 24 of them, tokens 0 to 23\.$/);
  assert.deepEqual([shown[0].matrix.rows, shown[0].matrix.columns, shown[0].rows.length], [24, 24, 24]);
  assert.deepEqual(shown[0].at, { row: 20, column: 3 });
  const whole = long.run.layers[0].head(0).scores;
  assert.equal(shown[0].matrix.values[5 * 24 + 7], whole.values[5 * 31 + 7]);
  assert.doesNotMatch(STEPS.score.tell(long).sentence, /The text has/);
});

test("the table of words is whole, however long the text", () => {
  const { shown } = STEPS.embeddings.tell(ofText(tinyModel(), "cat sat ".repeat(15)));
  assert.deepEqual(shown.map(({ matrix }) => matrix.rows), [6, 24]);
});

test("where a step is not, the last one before it is shown", () => {
  const of = ofText(tinyModel({ heads: 1, kv_heads: 1, d_head: 4, d_value: 4 }), "cat sat");
  assert.ok(!stepsOf(of).includes("concatenated"));
  assert.equal(stepAt(of, "concatenated"), "heads");
  assert.equal(stepAt(of, "probabilities"), "probabilities");
});

test("while it plays, the values of the words so far are in the sum", () => {
  const of = ofText(tinyModel(), "cat sat cat", { query: 1 });
  const { weights, v } = of.run.layers[0].head(0);
  const sum = (upTo) => STEPS.context.tell({ ...of, upTo }).shown.at(-1).matrix.values[0];
  assert.ok(Math.abs(sum(0) - weights.values[4] * v.values[0]) < 1e-12);
  assert.ok(Math.abs(sum(1) - sum(0) - weights.values[5] * v.values[2]) < 1e-12);
  assert.equal(sum(3), STEPS.context.tell(of).shown.at(-1).matrix.values[0]);
});
