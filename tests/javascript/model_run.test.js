import assert from "node:assert/strict";
import { test } from "node:test";

import { partOf } from "../../attnviz/client/js/numbers/part.js";
import { weightsOf } from "../../attnviz/client/js/numbers/equations/attention.js";
import { hidden } from "../../attnviz/client/js/model/text/reading.js";
import { traceOf } from "../../attnviz/client/js/model/trace.js";
import { ranked } from "../../attnviz/client/js/walk/steps/prediction.js";
import { modelWith, packedModel } from "./made_model.js";

const IDS = [3, 4, 5, 6];
const model = modelWith();

function refused(changes, said, of = model) {
  assert.throws(() => of.run(IDS, changes), { name: "Error", message: said });
}

test("a head that is off hands zeros on, and still looks", () => {
  const plain = model.run(IDS);
  const off = model.run(IDS, { off: [[0, 1]] });
  assert.ok(off.layers[0].head(1).context.values.every((value) => value === 0));
  assert.deepEqual(off.layers[0].head(1).weights, plain.layers[0].head(1).weights);
  assert.deepEqual(off.layers[0].head(0), plain.layers[0].head(0));
  assert.notDeepEqual(off.logits, plain.logits);
});

test("a number by hand is of one run: the model's own stays, and so do the other matrices", () => {
  const before = model.layers[0].w_q.values.slice();
  const plain = model.run(IDS).logits;
  const set = model.run(IDS, { numbers: [{ layer: 0, matrix: "w_q", row: 0, column: 0, value: 9 }] });
  assert.notDeepEqual(set.logits, plain);
  assert.deepEqual(model.layers[0].w_q.values, before);
  assert.deepEqual(model.run(IDS).logits, plain);
});

test("the last few heads of a run are remembered, and no more", () => {
  const { layers } = modelWith({ layers: 4 }).run(IDS);
  const first = layers[0].head(0);
  assert.equal(layers[0].head(0), first);
  for (const layer of layers) for (const head of [0, 1]) layer.head(head);
  assert.notEqual(layers[0].head(0), first);
  assert.deepEqual(layers[0].head(0), first);
});

test("probabilities are a softmax of the logits", () => {
  const { probabilities } = model.run(IDS);
  const row = probabilities(2);
  assert.ok(Math.abs(row.reduce((a, b) => a + b) - 1) < 1e-12);
  assert.ok(row.every((value) => value > 0));
});

test("the most probable words come first, and of equal ones the first", () => {
  assert.deepEqual(ranked(Float64Array.of(0.1, 0.4, 0.4, 0.1), 3), [1, 2, 0]);
});

test("a word is hidden in a copy", () => {
  assert.deepEqual(hidden(IDS, 2), [3, 4, 1, 6]);
  assert.deepEqual(IDS, [3, 4, 5, 6]);
});

test("what a model leaves out is null", () => {
  const { layers } = model.run(IDS);
  assert.deepEqual([layers[0].feedForwardInput, layers[0].hidden, layers[0].feedForward], [null, null, null]);
  assert.equal(layers[0].after, layers[0].attended);
});

test("a change that cannot be made is refused with a sentence", () => {
  refused({ off: [[2, 0]] }, "There is no layer 2 here: there are layers 0 to 1.");
  refused({ off: [[0, 2]] }, "There is no head 2: there are heads 0 to 1.");
  refused({ mask: { kind: "window", width: 0 } }, "A mask's width is a whole number from 1, not 0.");
  refused({ mask: { kind: "dilated", step: 1.5 } }, "A mask's step is a whole number from 1, not 1.5.");
  refused({ mask: { kind: "round" } }, "A mask is one of bidirectional, causal, window, dilated, not round.");
  refused({ temperature: 0 }, "The softmax temperature must be above 0, not 0.");
  refused({ temperature: NaN }, "The softmax temperature must be above 0, not NaN.");
  refused({ normalizer: "toString" }, "Weights are made by softmax, relu, polynomial, hard, not by toString.");
  refused({ places: false }, "This model has no positions, so there are none to leave out.");
  refused(
    { root: false },
    "This model does not scale its scores by 1/√d_head, so there is no √d_head to leave out.",
    modelWith({ scale: 1 }),
  );
});

test("a row by hand that cannot be one is refused with a sentence", () => {
  const row = { layer: 0, head: 0, query: 0, weights: [1, 0, 0, 0] };
  refused({ rows: [{ ...row, query: 4 }] }, "There is no token 4: there are tokens 0 to 3.");
  refused({ rows: [{ ...row, weights: [1] }] }, "The row needs a weight for each of 4 tokens, and has 1.");
  refused({ rows: [{ ...row, weights: [1, NaN, 0, 0] }] }, "A weight is a number, not NaN.");
  refused(
    { rows: [{ ...row, weights: [0, 0.5, 0, 0] }], mask: { kind: "causal" } },
    "Token 0 may not look at token 1 in layer 0 head 0: its weight by hand must be 0 there, not 0.5.",
  );
});

test("a number by hand that cannot be one is refused with a sentence", () => {
  const set = { layer: 1, matrix: "w_q", row: 0, column: 0, value: 1 };
  refused({ numbers: [{ ...set, matrix: "w_1" }] }, "A number is of one of w_q, w_k, w_v, w_o, not of w_1.");
  refused({ numbers: [{ ...set, row: 4 }] }, "There is no number 4, 0 in W_Q: it has 4 rows and 4 columns.");
  refused({ numbers: [{ ...set, value: Infinity }] }, "What is set in W_Q is a number, not Infinity.");
  refused(
    { numbers: [{ ...set, matrix: "w_v", value: 1e308 }, { ...set, matrix: "w_o", value: 1e308 }] },
    "With these numbers the model's own numbers grow too large to be computed with. Set smaller ones.",
  );
});

test("ids that the model cannot read are refused with a sentence", () => {
  assert.throws(() => model.run([3, 8]), { message: "There is no word 8: this model knows 8." });
  assert.throws(() => model.run([]), { message: "There is no token to run on." });
  assert.throws(() => model.run(new Array(9).fill(4)), {
    message: "The text has 9 tokens; this model reads up to 8.",
  });
});

test("the explorer computes from the trace of a run the weights of the run", () => {
  const changed = { mask: { kind: "window", width: 1 }, temperature: 0.5, root: false };
  for (const changes of [{}, changed, { mask: { kind: "causal" } }]) {
    const read = model.read("the cat sat");
    const run = model.run(read.ids, changes);
    const trace = traceOf(model, run, read.row, { id: "a", sentences: packedModel().header.sentences });
    for (const head of [0, 1]) {
      const seen = weightsOf(partOf(trace, ""), 1, head);
      run.layers[1].head(head).weights.values.forEach((value, i) => assert.ok(Math.abs(seen[i] - value) < 1e-6));
    }
  }
});
