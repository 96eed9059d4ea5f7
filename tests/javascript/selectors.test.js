import assert from "node:assert/strict";
import { test } from "node:test";

import { DASHES } from "../../attnviz/client/js/draw/colors.js";
import { addressOf } from "../../attnviz/client/js/numbers/part.js";
import { headInWords } from "../../attnviz/client/js/state/selectors.js";
import { headerOf, seenOf } from "./made.js";

const LABELS = ["[CLS]", "the", "ca", "##t", "[SEP]"];
const N = LABELS.length;
const HEADS = 6;
// From every token the weights are 0.4, 0.3, 0.15, 0.1, 0.05, in every head.
const WEIGHTS = [0.4, 0.3, 0.15, 0.1, 0.05];

function selectionOf(state = {}, more = {}) {
  const layer = { heads: HEADS, kvHeads: HEADS, dHead: 1, scale: 1, temperature: 1, extra: null };
  const sentences = { least: 0.005 };
  const header = { ...headerOf(LABELS, { layers: [layer] }), scales: { "": [{}] }, off: ["0.2"], sentences };
  const q0 = new Float32Array(HEADS * N).fill(1);
  const k0 = Float32Array.from({ length: HEADS * N }, (_, i) => Math.log(WEIGHTS[i % N]));
  return seenOf({ header, arrays: { q0, k0, v0: k0 } }, state, more).context;
}

test("with no word pinned the strongest one is asked about: no special token, not the word itself", () => {
  assert.deepEqual(selectionOf({ query: 3 }).pair(), { query: 3, key: 1 });
  assert.deepEqual(selectionOf({ query: 1 }).pair(), { query: 1, key: 2 });
  assert.deepEqual(selectionOf({ query: 1, key: 4 }).pair(), { query: 1, key: 4 });
});

test("a merged word is not asked about its own pieces", () => {
  const selection = selectionOf({ query: 2, words: "words" });
  assert.deepEqual(selection.pair(), { query: 2, key: 1 });
  assert.deepEqual(selection.linked(), { row: 2, column: 1 });
  assert.deepEqual(selectionOf({ query: 1, words: "words" }).linked(), { row: 1, column: 2 });
});

test("rows and columns are those of what is shown", () => {
  const selection = selectionOf({ query: 3, key: 1, specials: false });
  assert.deepEqual(selection.chosen(), { row: 2, column: 0 });
  assert.equal(selection.from(), "##t");
  assert.deepEqual(selection.placed({ query: 0 }), { row: -1, column: -1 }, "it is hidden");
});

test("what is pointed at is marked before what is chosen", () => {
  assert.deepEqual(selectionOf({ query: 3 }).marked(), { row: 3, column: -1 });
  assert.deepEqual(selectionOf({ query: 3 }, { hover: { key: 2 } }).marked(), { row: -1, column: 2 });
});

test("heads over one another differ in colour, dash and letter, the pinned one too", () => {
  const selection = selectionOf({
    over: [
      [0, 1],
      [0, 2],
      [0, 3],
      [0, 4],
    ],
    second: [0, 5],
    show: "lines",
  });
  const heads = selection.heads(true);
  assert.deepEqual(
    heads.map(({ head }) => head),
    [0, 1, 2, 3, 4, 5],
  );
  for (const sign of ["color", "dash", "letter"]) {
    assert.equal(new Set(heads.map((one) => String(one[sign]))).size, heads.length, sign);
  }
  assert.deepEqual(heads[0].dash, DASHES[0]);
  assert.equal(selection.heads().length, 5, "in a heatmap the pinned one stands beside");
});

test("the chosen head is drawn once, and stands beside no copy of itself", () => {
  const same = selectionOf({
    head: 1,
    over: [
      [0, 1],
      [0, 2],
    ],
    second: [0, 1],
    show: "difference",
  });
  assert.deepEqual(
    same.heads(true).map(({ head }) => head),
    [1, 2],
  );
  assert.equal(same.beside, null);
  assert.equal(same.shownAs, "heatmap", "there is nothing to subtract");
  assert.equal(selectionOf({ head: 1, second: [0, 3], show: "difference" }).shownAs, "difference");
});

test("a head in words has its character and figures once they are known", () => {
  assert.deepEqual(selectionOf().headInWords(0, 2), ["layer 0 head 2 (off)"]);
  const shares = { previous: 0.5, following: 0.125, itself: 0, first: 0.25, special: 1 };
  const one = { character: "previous token", entropy: 0.3, distance: 1.25, choosing: N, ...shares };
  const notes = { parts: { "": { heads: [Array.from({ length: HEADS }, () => one)] } } };
  const [name, ...told] = selectionOf({}, { notes }).headInWords(0, 1);
  assert.equal(name, "layer 0 head 1: previous token");
  assert.ok(told.includes("at the token before 0.50") && told.includes("at special tokens 1.00"));
  assert.ok(told.includes("looks 1.3 tokens away") || told.includes("looks 1.2 tokens away"));
});

test("what needs one row of words is not told where it is not there", () => {
  const one = { character: "spread out", entropy: 0.3, choosing: N, first: 0.25, special: 1, distance: null };
  const notes = { parts: { "": { heads: [Array.from({ length: HEADS }, () => one)] } } };
  const [, ...told] = selectionOf({}, { notes }).headInWords(0, 1);
  assert.deepEqual(told, [
    "few words share a row’s weight (spread 0.30 of 1)",
    "at the first 0.25",
    "at special tokens 1.00",
    "means over all tokens",
  ]);
});

test("of a sound, moments share a row, and special tokens are the silence after it", () => {
  const told = (special) => {
    const one = { character: "spread out", entropy: 0.3, choosing: N, first: null, special, distance: null };
    const notes = { parts: { "": { heads: [Array.from({ length: HEADS }, () => one)] } } };
    const selection = selectionOf({}, { notes });
    const part = Object.assign(Object.create(selection.part), { sound: {} });
    return headInWords({ ...selection, part }, 0, 1).slice(1, -1);
  };
  const moments = "few moments share a row’s weight (spread 0.30 of 1)";
  assert.deepEqual(told(0.24), [moments, "in the silence after the sound 0.24"]);
  assert.deepEqual(told(0), [moments], "there may be none");
});

test("a head that is off is told by its address", () => {
  assert.deepEqual([addressOf("", [5, 11]), addressOf("cross", [3, 5])], ["5.11", "cross.3.5"]);
  const selection = selectionOf();
  assert.deepEqual([selection.isOff(0, 2), selection.isOff(0, 1)], [true, false]);
});

test("a view cannot change what it sees", () => {
  const selection = selectionOf();
  for (const name of ["state", "hover", "pair", "numbers", "more"]) {
    assert.throws(() => {
      selection[name] = null;
    }, TypeError);
  }
});

test("the pair in question and a row of every head are computed once for the same choice", () => {
  const selection = selectionOf({ query: 3 });
  assert.equal(selection.pair(), selection.pair());
  assert.equal(selection.rowsOf([3]), selection.rowsOf([3]));
  assert.notEqual(selection.rowsOf([3]), selection.rowsOf([2]));
  const { weight, to } = selection.link(0, 1);
  assert.equal(to, "the");
  assert.ok(Math.abs(weight - 0.3) < 1e-6);
});
