// Weights that are no shares: what is drawn and said of them, and what is not.

import assert from "node:assert/strict";
import { test } from "node:test";

import { mostOutstanding } from "../../attnviz/client/js/numbers/analysis/outstanding.js";
import { sizesOf, toWeights } from "../../attnviz/client/js/numbers/equations/normalizers.js";
import { weightRow, weightsOf } from "../../attnviz/client/js/numbers/equations/attention.js";
import { Numbers } from "../../attnviz/client/js/numbers/numbers.js";
import { partOf } from "../../attnviz/client/js/numbers/part.js";
import { besideHeads, whyNotRolled } from "../../attnviz/client/js/numbers/analysis/summary.js";
import { Matrices } from "../../attnviz/client/js/draw/picture.js";
import { legendOf } from "../../attnviz/client/js/say/legend.js";
import { rowInWords, specialsInWords } from "../../attnviz/client/js/say/reading.js";
import { saidOf } from "../../attnviz/client/js/say/summary.js";
import { short } from "../../attnviz/client/js/say/words.js";
import { percent } from "../../attnviz/client/js/views/view.js";
import { seenOf, traceOf } from "./made.js";

const TEMPLATES = {
  loose: "The largest weights of {word}, by size: {looks}.",
  loose_none: "All weights of {word} on the words that are shown are 0.",
  loose_sum: "Weights are no shares in this run: this row sums to {sum}.",
  nothing: "{word} may look at nothing here.",
  specials: "Special tokens hold {own}.",
  mean_loose: "On average over {heads}, the largest weights of {word}, by size: {looks}.",
  mean_note: "No single head need look like their mean.",
};

// Two heads of two tokens whose scores are 2, −1 / 0, 1, made to weights by a normalizer.
function madeBy(normalizer, more = {}) {
  const q = [1, 0, 0, 1];
  const k = [2, 0, -1, 1];
  const trace = traceOf({ n: 2, d: 2, heads: 2, q: [...q, ...q], k: [...k, ...k], v: [...k, ...k] });
  Object.assign(trace.header.parts[0].layers[0], { normalizer, ...more });
  trace.header.sentences = { templates: TEMPLATES, times: 2, least: 0.005, most: 0.5 };
  return trace;
}

const near = (seen, wanted) => wanted.forEach((one, i) => assert.ok(Math.abs(seen[i] - one) < 1e-6, `${seen}`));
const said = (pieces) => pieces.map(([text]) => text).join("");

test("every normalizer by hand: −∞ has no weight, and nothing to see gives zeros", () => {
  const of = (normalizer, temperature = 1) => {
    const row = Float32Array.of(2, -1, 2, 7);
    toWeights(row, 1, Float32Array.of(0, 0, 0, -Infinity), { temperature, normalizer });
    return row;
  };
  near(of("relu"), [2 / 3, 0, 2 / 3, 0]);
  near(of("polynomial"), [8 / Math.sqrt(3), -1 / Math.sqrt(3), 8 / Math.sqrt(3), 0]);
  near(of("polynomial", 2), [1 / Math.sqrt(3), -1 / 8 / Math.sqrt(3), 1 / Math.sqrt(3), 0]);
  near(of("hard"), [1, 0, 0, 0]);
  near(of(undefined), of("softmax"));
  for (const normalizer of ["softmax", "relu", "polynomial", "hard"]) {
    const row = Float32Array.of(1, 2);
    toWeights(row, 1, Float32Array.of(-Infinity, -Infinity), { temperature: 1, normalizer });
    near(row, [0, 0]);
  }
});

test("a row that was set by hand stands in its place, in its head alone", () => {
  const trace = madeBy("softmax", { byHand: [[1, 0]], loose: true });
  trace.arrays.byHand0 = Float32Array.of(1.5, -0.5);
  const part = partOf(trace, "");
  near(weightsOf(part, 0, 1).subarray(0, 2), [1.5, -0.5]);
  near(weightRow(part, 0, 1, 0), [1.5, -0.5]);
  near(weightsOf(part, 0, 1).subarray(2), [...weightsOf(part, 0, 0).subarray(2)]);
  assert.ok(weightsOf(part, 0, 0)[0] < 1);
});

test("the largest weights are told by their size, with their sum, and nothing of shares", () => {
  const { context } = seenOf(madeBy("polynomial", { loose: true }), { query: 0 });
  const largest = "The largest weights of w0, by size: w0 5.66, w1 −0.71.";
  const sum = "Weights are no shares in this run: this row sums to 4.95.";
  assert.equal(said(rowInWords(context)), `${largest} ${sum}`);
  assert.equal(specialsInWords(context), "");
  const none = seenOf(madeBy("softmax", { loose: true, byHand: [[0, 0]] }), { query: 0 });
  none.seen.trace.arrays.byHand0 = Float32Array.of(0, 0);
  assert.match(said(rowInWords(none.context)), /^All weights of w0 on the words that are shown are 0\./);
});

test("a mean of such heads is told by size as well", () => {
  const { context } = seenOf(madeBy("polynomial", { loose: true }), { query: 0, of: "layer" });
  assert.equal(
    said(saidOf(context).row),
    "On average over layer 0’s heads, the largest weights of w0, by size: w0 5.66, w1 −0.71.",
  );
});

test("there is no rollout, and nothing stands out", () => {
  const part = partOf(madeBy("relu", { loose: true }), "");
  assert.equal(whyNotRolled(part), "loose");
  assert.deepEqual(besideHeads(part, 0), ["layer"]);
  const numbers = new Numbers(part);
  numbers.group({ specials: true, words: "pieces", filter: "all" });
  assert.deepEqual(mostOutstanding(numbers, 0, 2), []);
  assert.equal(whyNotRolled(partOf(madeBy("hard"), "")), "", "the largest alone is a share: 1");
});

test("colours go from minus to plus the weight furthest from 0", () => {
  const palette = { weights: [[0, "#ffffff"]], signed: [[0, "#0000ff"]] };
  const more = { palette, weightColors: new Uint32Array(1), signedColors: new Uint32Array(2) };
  const { context } = seenOf(madeBy("polynomial", { loose: true }), { query: 0 }, more);
  const picture = new Matrices(context);
  picture.lay({ width: 300, labels: 40 });
  assert.equal(picture.scale.signed, true);
  assert.ok(Math.abs(picture.scale.most - 8 / Math.SQRT2) < 1e-5);
  const { scale, texts } = legendOf(context, picture);
  assert.deepEqual([scale.low, scale.high, scale.stops], ["−5.66", "+5.66", palette.signed]);
  assert.match(texts[1], /Weights are no shares in this run/);
  const plain = seenOf(madeBy("softmax"), { query: 0 }, more).context;
  const usual = new Matrices(plain);
  usual.lay({ width: 300, labels: 40 });
  assert.deepEqual([usual.scale.signed, usual.scale.most], [undefined, 1]);
});

test("sizes are shares of the largest, and numbers below 0 have a true minus", () => {
  near(sizesOf(Float32Array.of(-4, 1, 0)), [1, 0.25, 0]);
  assert.deepEqual([-1.5, -0.0012, -0.000001].map(short), ["−1.50", "−0.0012", "0.00"]);
  assert.deepEqual([-1, 0.5, 3].map(percent), ["0.0", "50.0", "100.0"]);
});
