import assert from "node:assert/strict";
import { test } from "node:test";

import { attention, causalMask, NORMALIZERS, rowWeights } from "../../attnviz/client/js/model/attention.js";
import { allowedMask } from "../../attnviz/client/js/model/changes.js";
import { columnsOf, product, productTransposed, putColumns } from "../../attnviz/client/js/model/matrix.js";
import { rotaryAngles, rotated, sinusoidalPositions } from "../../attnviz/client/js/model/positions.js";
import { zeros } from "../../attnviz/client/js/model/run.js";
import { normalized } from "../../attnviz/client/js/model/transformer.js";

const RULE = { scale: 1, mask: null, bias: null, temperature: 1, normalizer: "softmax" };
const HIDDEN = -Infinity;

function matrix(rows) {
  return { rows: rows.length, columns: rows[0].length, values: Float64Array.from(rows.flat()) };
}

function near(seen, wanted, within = 1e-12) {
  const values = [...(seen.values instanceof Float64Array ? seen.values : seen)];
  assert.equal(values.length, wanted.length);
  wanted.forEach((value, i) => {
    assert.ok(Object.is(values[i], value) || Math.abs(values[i] - value) <= within, `${values} is not ${wanted}`);
  });
}

test("two keys by hand: scores 1 and 0 give weights 0.73 and 0.27, and their mean of the values", () => {
  const strong = Math.E / (Math.E + 1);
  const { scores, weights, context } = attention(matrix([[1]]), matrix([[1], [0]]), matrix([[10], [0]]), RULE);
  near(scores, [1, 0]);
  near(weights, [strong, 1 - strong]);
  near(context, [10 * strong]);
});

test("scores are scaled, then the bias is added, then the mask, then all is divided by the temperature", () => {
  const rule = { ...RULE, scale: 0.5, bias: matrix([[1, 0, 3]]), mask: matrix([[0, HIDDEN, 0]]), temperature: 2 };
  const steps = attention(matrix([[2]]), matrix([[4], [1], [0]]), matrix([[1], [1], [1]]), rule);
  near(steps.scores, [8, 2, 0]);
  near(steps.scaled, [5, 1, 3]);
  near(steps.masked, [5, HIDDEN, 3]);
  const [a, b] = [Math.exp(2.5), Math.exp(1.5)];
  near(steps.weights, [a / (a + b), 0, b / (a + b)]);
});

test("a row by hand stands in place of the softmax's, and the others stay", () => {
  const [q, k, v] = [matrix([[1], [1]]), matrix([[0], [0]]), matrix([[2], [4]])];
  const { weights, context } = attention(q, k, v, RULE, new Map([[1, [2, -0.5]]]));
  near(weights, [0.5, 0.5, 2, -0.5]);
  near(context, [3, 2]);
});

test("each normalizer by hand: of keys 3, -1, one that is hidden and 2", () => {
  const x = Float64Array.of(3, -1, HIDDEN, 2);
  near(NORMALIZERS.relu(x), [1, 0, 0, 2 / 3]);
  near(NORMALIZERS.polynomial(x), [27 / Math.sqrt(3), -1 / Math.sqrt(3), 0, 8 / Math.sqrt(3)]);
  near(NORMALIZERS.hard(x), [1, 0, 0, 0]);
  near(NORMALIZERS.hard(Float64Array.of(1, 2, 2)), [0, 1, 0]);
  const powers = [3, -1, HIDDEN, 2].map(Math.exp);
  const total = powers.reduce((a, b) => a + b);
  near(
    NORMALIZERS.softmax(x),
    powers.map((power) => power / total),
  );
});

test("a row that sees nothing is all zeros, whatever the normalizer", () => {
  for (const normalizer of Object.keys(NORMALIZERS)) {
    near(rowWeights(matrix([[HIDDEN, HIDDEN]]), 0.5, normalizer), [0, 0]);
  }
});

test("a softmax of large scores does not overflow", () => {
  near(NORMALIZERS.softmax(Float64Array.of(1e4, 1e4, -1e4)), [0.5, 0.5, 0]);
});

test("masks by hand, as changing.allowed_mask has them", () => {
  near(causalMask(2), [0, HIDDEN, 0, 0]);
  near(allowedMask({ kind: "causal" }, 2), [0, HIDDEN, 0, 0]);
  near(allowedMask({ kind: "bidirectional" }, 2), [0, 0, 0, 0]);
  near(allowedMask({ kind: "window", width: 1 }, 3), [0, 0, HIDDEN, 0, 0, 0, HIDDEN, 0, 0]);
  near(allowedMask({ kind: "dilated", width: 2, step: 2 }, 3), [0, HIDDEN, 0, HIDDEN, 0, HIDDEN, 0, HIDDEN, 0]);
  assert.deepEqual(allowedMask({ kind: "dilated" }, 9), allowedMask({ kind: "dilated", width: 4, step: 2 }, 9));
});

test("products by hand, with a bias", () => {
  const [a, b] = [matrix([[1, 2]]), matrix([[3, 4], [5, 6]])]; // prettier-ignore
  near(product(a, b), [13, 16]);
  near(product(a, b, Float64Array.of(1, -1)), [14, 15]);
  near(productTransposed(a, b), [11, 17]);
});

test("columns that are taken out and put back are where they were", () => {
  const all = matrix([[1, 2, 3], [4, 5, 6]]); // prettier-ignore
  const back = zeros(2, 3);
  putColumns(back, 1, columnsOf(all, 1, 2));
  near(back, [0, 2, 3, 0, 5, 6]);
});

test("positions by hand", () => {
  near(sinusoidalPositions(2, 4), [0, 1, 0, 1, 0.8414709848, 0.5403023059, 0.0099998333, 0.9999500004], 1e-7);
  near(rotaryAngles(3, 4, 100), [0, 0, 1, 0.1, 2, 0.2], 1e-7);
  near(rotated(matrix([[1, 0]]), matrix([[Math.PI / 2]])), [0, 1]);
});

test("a layer norm by hand: mean 2, variance 1", () => {
  near(normalized(matrix([[1, 3]]), [Float64Array.of(2, 2), Float64Array.of(0, 1)], 0), [-2, 3]);
});
