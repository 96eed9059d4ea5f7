// Means of heads and attention rollout: small cases by hand, what can be chosen, and which keys lead there.

import assert from "node:assert/strict";
import { test } from "node:test";

import { besideHeads, rolledOn, whyNotRolled } from "../../attnviz/client/js/numbers/analysis/summary.js";
import { partOf } from "../../attnviz/client/js/numbers/part.js";
import { paramsOf } from "../../attnviz/client/js/state/address.js";
import { createChoices } from "../../attnviz/client/js/state/choices.js";
import { tileAfter } from "../../attnviz/client/js/state/grid.js";
import { MOST_ROLLED } from "../../attnviz/client/js/state/schema.js";
import { settled, START } from "../../attnviz/client/js/state/state.js";
import { createStore } from "../../attnviz/client/js/state/store.js";
import { averaged, withOf } from "../../attnviz/client/js/state/summary.js";
import { layout } from "../../attnviz/client/js/views/heads/tile.js";
import { CROSSED, headsOf, SHARP, TRACE } from "./heads.js";
import { headerOf, seenOf, threeParts } from "./made.js";

const near = (seen, wanted) => {
  assert.equal(seen.length, wanted.length);
  wanted.forEach((value, i) => assert.ok(Math.abs(seen[i] - value) < 1e-6, `${[...seen]} is not ${wanted}`));
};

test("a layer's mean is the mean of its heads' weights, and of chosen heads that of theirs", () => {
  const { context } = seenOf(TRACE, { of: "layer" });
  near(context.weights(), [0.75, 0.25, 0.25, 0.75]);
  const chosen = seenOf(TRACE, { of: "chosen", over: [[1, 1], [0, 1]] }).context;
  near(chosen.weights(), [0.5, 0.5, 0.5, 0.5]);
  assert.equal(chosen.summary.heads.length, 3);
  assert.equal(chosen.heads().length, 1, "one matrix, not three over one another");
});

test("rollout multiplies half of each layer's mean and half of the word itself", () => {
  const first = rolledOn(Float32Array.from([0.75, 0.25, 0.25, 0.75]), 2, null);
  near(first, [0.875, 0.125, 0.125, 0.875]);
  near(rolledOn(Float32Array.from([0, 1, 1, 0]), 2, first), [0.5, 0.5, 0.5, 0.5]);
  near(seenOf(TRACE, { layer: 1, of: "rollout" }).context.weights(), [0.5, 0.5, 0.5, 0.5]);
});

test("a row without any weight stays itself", () => {
  near(rolledOn(Float32Array.from([0, 0, 0.5, 0.5]), 2, null), [1, 0, 0.25, 0.75]);
});

test("a head that is off counts as none in the rollout, and in the mean all the same", () => {
  const trace = headsOf([[SHARP, CROSSED]], { off: ["0.1"] });
  near(seenOf(trace, { of: "rollout" }).context.weights(), [1, 0, 0, 1]);
  near(seenOf(trace, { of: "layer" }).context.weights(), [0.5, 0.5, 0.5, 0.5]);
});

test("computed a head at a time a mean is the same", () => {
  const { numbers } = seenOf(TRACE).seen;
  assert.deepEqual([numbers.summaries.step("layer", 0), numbers.summaries.knows("layer", 0)], [false, false]);
  assert.equal(numbers.summaries.step("layer", 0), true);
  assert.ok(numbers.summaries.knows("layer", 0));
  near(numbers.summaries.mean(0), [0.75, 0.25, 0.25, 0.75]);
  assert.equal(numbers.summaries.step("rollout", 1), true);
});

test("what no head may look at is told apart from no weight, through all layers", () => {
  const labels = ["a", "b", "c"];
  const even = Array.from({ length: 3 }, () => [1 / 3, 1 / 3, 1 / 3]);
  const trace = headsOf([[even, even], [even, even]], { labels, extra: "causal" });
  for (const of of ["layer", "rollout"]) {
    const { context } = seenOf(trace, { layer: 1, of });
    assert.deepEqual([...context.blocked()], [0, 1, 1, 0, 0, 1, 0, 0, 0], of);
    assert.equal(context.weights()[1], 0);
  }
  // One who looks at the word before alone reaches the one before that through the second layer.
  const before = Float32Array.from([0, -Infinity, -Infinity, 0, -Infinity, -Infinity, -Infinity, 0, -Infinity]);
  const shifted = headsOf([[even], [even]], { labels, extra: "extra0" });
  shifted.arrays.extra0 = before;
  const reached = (layer) => [...seenOf(shifted, { layer, of: "rollout" }).context.blocked()];
  assert.deepEqual(reached(0), [0, 1, 1, 0, 0, 1, 1, 0, 0]);
  assert.deepEqual(reached(1), [0, 1, 1, 0, 0, 1, 0, 0, 0]);
});

test("words that are merged or hidden are so in a mean", () => {
  const labels = ["[CLS]", "ca", "##t"];
  const rows = [
    [0.5, 0.25, 0.25],
    [0.2, 0.4, 0.4],
    [0.4, 0.2, 0.4],
  ];
  const trace = headsOf([[rows, rows]], { labels });
  near(seenOf(trace, { of: "layer", words: "words" }).context.weights(), [0.5, 0.5, 0.3, 0.7]);
  const hidden = seenOf(trace, { of: "layer", words: "words", specials: false, query: 1 }).context;
  near(hidden.weights(), [0.7]);
  near(hidden.row([1, 2]), [0.7]);
});

test("there is no mean of one head, no rollout between two texts, of a long text, or of one head alone", () => {
  const of = (layers, labels = ["a", "b"]) => partOf({ header: headerOf(labels, { layers }) }, "");
  assert.deepEqual(besideHeads(of([{ heads: 2 }, { heads: 1 }]), 0), ["layer", "rollout"]);
  assert.deepEqual(besideHeads(of([{ heads: 2 }, { heads: 1 }]), 1), ["rollout"]);
  assert.deepEqual(besideHeads(of([{ heads: 1 }]), 0), []);
  const long = of([{ heads: 2 }], Array.from({ length: MOST_ROLLED + 1 }, (_, i) => `w${i}`));
  assert.deepEqual([besideHeads(long, 0), whyNotRolled(long)], [["layer"], "long"]);
  const translation = threeParts(["a", "b"], ["c"]);
  const beside = ["encoder", "decoder", "cross"].map((name) => besideHeads(partOf(translation, name), 0));
  assert.deepEqual(beside, [["layer", "rollout"], ["layer"], ["layer"]]);
  assert.equal(settled({ part: "cross", of: "rollout" }, translation).of, "head");
  assert.equal(settled({ part: "encoder", of: "rollout" }, translation).of, "rollout");
});

test("the mean of chosen heads is there as long as heads are laid over", () => {
  assert.equal(settled({ of: "chosen" }, TRACE).of, "head");
  assert.equal(settled({ of: "chosen", over: [[0, 0]] }, TRACE).of, "head", "it is the chosen one");
  assert.equal(settled({ of: "chosen", over: [[0, 1]] }, TRACE).of, "chosen");
  assert.deepEqual([averaged({ of: "head" }), averaged({ of: "chosen" })], [{ of: "chosen" }, { of: "head" }]);
});

test("whoever chooses a head, pins one, lays one over or subtracts looks at heads again", () => {
  const of = (change, now = "layer") => withOf(change, { of: now }).of;
  for (const change of [{ head: 1 }, { second: [0, 1] }, { show: "difference" }, { over: [[0, 1]] }]) {
    assert.equal(of(change), "head", JSON.stringify(change));
  }
  for (const change of [{ query: 1 }, { second: null }, { show: "lines" }, { over: [] }, { layer: 1 }]) {
    assert.equal(of(change), undefined, JSON.stringify(change));
  }
  assert.equal(of({ over: [[0, 1]] }, "chosen"), undefined, "it is of one head more");
  assert.equal(of({ layer: 1, of: "rollout" }), "rollout");
});

test("a pinned head comes back with the heads, and is not shown beside a mean", () => {
  const { context } = seenOf(TRACE, { second: [1, 1], show: "difference", of: "layer" });
  assert.deepEqual([context.beside, context.shownAs, context.state.second], [null, "heatmap", [1, 1]]);
});

test("what needs all vectors waits for them, and a text begins with the head", () => {
  const store = createStore(settled({}, TRACE));
  let isHere = false;
  const told = [];
  const choices = createChoices({
    store,
    settle: (state) => settled(state, TRACE),
    canDraw: ({ of }) => of === "head" || isHere,
    publish: (state) => told.push(state.of),
  });
  const first = { ...START, layer: 1, of: "layer" };
  store.apply(choices.begin(first, {}, first));
  assert.deepEqual([store.state.layer, store.state.of], [1, "head"]);
  isHere = true;
  choices.resume();
  assert.deepEqual([store.state.of, told], ["layer", []], "whoever sent the text knows it");
  choices.choose({ head: 0, layer: 1 });
  assert.equal(store.state.of, "head");
});

test("it stands in the address by name", () => {
  assert.equal(paramsOf({ ...START, of: "layer" }, undefined, false).of, "layer");
  assert.equal(paramsOf(START, undefined, false).of, undefined);
});

test("arrow keys lead from a layer's last head to its mean and rollout, and back", () => {
  const layers = [{ heads: 3 }, { heads: 1 }, { heads: 2 }];
  const beside = (layer) => (layer === 1 ? ["rollout"] : ["layer", "rollout"]);
  const after = (key, layer, head, of = "head") => tileAfter(key, { layer, head, of }, { layers, beside });
  assert.deepEqual(after("End", 0, 0), { layer: 0, head: 2 });
  assert.deepEqual(after("ArrowRight", 0, 1), { layer: 0, head: 2 });
  assert.deepEqual(after("ArrowRight", 0, 2), { layer: 0, of: "layer" });
  assert.deepEqual(after("ArrowRight", 0, 2, "layer"), { layer: 0, of: "rollout" });
  assert.equal(after("ArrowRight", 0, 2, "rollout"), null);
  assert.deepEqual(after("ArrowLeft", 0, 2, "rollout"), { layer: 0, of: "layer" });
  assert.deepEqual(after("ArrowLeft", 0, 0, "layer"), { layer: 0, head: 2 });
  assert.deepEqual(after("ArrowDown", 0, 2, "rollout"), { layer: 1, of: "rollout" });
  assert.equal(after("ArrowDown", 0, 2, "layer"), null, "a layer of one head has no mean");
  assert.equal(after("ArrowUp", 0, 2, "layer"), null);
  assert.equal(after("ArrowDown", 2, 0, "rollout"), null);
  assert.deepEqual(after("Home", 2, 1, "rollout"), { layer: 2, head: 0 });
  assert.deepEqual(after("End", 2, 0, "rollout"), { layer: 2, head: 1 });
  assert.equal(after("Enter", 2, 0, "rollout"), null);
  assert.equal(tileAfter("ArrowRight", { layer: 0, head: 2, of: "head" }, { layers, beside: () => [] }), null);
});

test("their tiles stand apart at the right, in the rows of their layers, within the width", () => {
  const kinds = () => ["layer", "rollout"];
  for (const width of [300, 420, 700, 2000]) {
    const layers = [{ heads: 12 }, { heads: 12 }];
    const { side, places, beside, columns, width: all } = layout(layers, width, undefined, kinds);
    assert.ok(all <= width, `${all} of ${width}`);
    assert.deepEqual(beside.map(({ of, layer }) => `${of} ${layer}`), ["layer 0", "rollout 0", "layer 1", "rollout 1"]);
    assert.deepEqual([beside[0].y, beside[2].y], [places[0].y, places[12].y]);
    assert.ok(beside[0].x - places[11].x > side + 8, "after a gap");
    assert.ok(columns[1].x - columns[0].x >= 39, "their headings do not touch");
    assert.ok(beside[1].x + side <= all);
  }
  const some = (layer) => (layer ? kinds() : []);
  const { beside } = layout([{ heads: 1 }, { heads: 2 }], 500, undefined, some);
  assert.deepEqual(beside.map(({ layer }) => layer), [1, 1]);
});
