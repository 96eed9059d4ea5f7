// What is said of a row, beyond what tests/explorer/test_page_numbers.py holds against the package.

import assert from "node:assert/strict";
import { test } from "node:test";

import { cellSaid } from "../../attnviz/client/js/views/cells.js";
import { legend } from "../../attnviz/client/js/views/head/legend.js";
import { linksOf } from "../../attnviz/client/js/views/heads/links.js";
import { Matrices } from "../../attnviz/client/js/draw/picture.js";
import * as reading from "../../attnviz/client/js/say/reading.js";
import { headerOf, seenOf } from "./made.js";

const { filled, joined, rowInWords, similarityInWords, specialsInWords, verdict } = reading;
const VERDICTS = ["common", "distance", "special", "out", "out_both", "out_place", "alone"];
const SENTENCES = {
  times: 2,
  least: 0.005,
  most: 0.5,
  templates: {
    forced: "{word} only {key}",
    hidden: "{word} hidden",
    nothing: "{word} nothing",
    looks: "{word} at {looks}.",
    ...Object.fromEntries(VERDICTS.map((name) => [name, name])),
    specials: "{own} {all} of {whose}",
    specials_hidden: "hidden: {own} {all} of {whose}",
    similarity: "{cosine} · {scale} = {logit}",
    everybody: "all",
    choosing: "all that choose",
  },
};

// Heads with just these rows of weights: q is their logarithm, k the identity.
function explorerOf(labels, heads, state = {}, extra = null, more = {}) {
  const n = labels.length;
  const layer = { heads: heads.length, kvHeads: heads.length, dHead: n, scale: 1, temperature: 1, extra };
  const header = { ...headerOf(labels, { layers: [layer] }), scales: { "": [{}] }, sentences: SENTENCES };
  const q0 = Float32Array.from(heads.flat(2), (weight) => Math.log(Math.max(weight, 1e-30)));
  const one = Array.from({ length: n * n }, (_, at) => Number(at % (n + 1) === 0));
  const k0 = Float32Array.from(heads.flatMap(() => one));
  return seenOf({ header, arrays: { q0, k0, v0: k0 } }, state, more).context;
}

const said = (explorer) =>
  rowInWords(explorer)
    .map(([text]) => text)
    .join("");

const CAUSAL = [
  [1, 0, 0],
  [0.4, 0.6, 0],
  [0.2, 0.3, 0.5],
];

test("how alike a picture and a text are is said where a model compares them, and nowhere else", () => {
  const explorer = explorerOf(["a", "b", "c"], [CAUSAL]);
  assert.deepEqual(similarityInWords(explorer), []);
  explorer.trace.header.similarity = { cosine: -0.2, scale: 14.28, logit: -2.856 };
  const told = similarityInWords(explorer);
  assert.equal(told.map(([text]) => text).join(""), "−0.200 · 14.3 = −2.86");
});

test("a template is filled with words and numbers, in its order", () => {
  const told = filled(SENTENCES, "forced", { word: [["a", true]], key: [["b", true]] });
  assert.deepEqual(told, [
    ["a", true],
    [" only ", false],
    ["b", true],
  ]);
});

test("plain text that stands side by side is one element", () => {
  const told = joined([
    ["a", true],
    [" gives ", false],
    ["0.50", false],
    [" to ", false],
    ["b", true],
    ["c", true],
  ]);
  assert.deepEqual(told, [
    ["a", true],
    [" gives 0.50 to ", false],
    ["b", true],
    ["c", true],
  ]);
});

test("what others give the word comes before what its distance gets", () => {
  assert.equal(verdict(0.8, { others: 0.5, position: 0.5 }, 2), "common");
  assert.equal(verdict(0.8, { others: 0.4, position: 0.5 }, 2), "distance");
  assert.equal(verdict(0.8, { others: 0.4, position: 0.4 }, 2), "out_both");
  assert.equal(verdict(0.8, { others: 0.4, position: null }, 2), "out");
  assert.equal(verdict(0.8, { others: null, position: 0.4 }, 2), "out_place");
  assert.equal(verdict(0.8, { others: null, position: null }, 2), "alone");
  assert.equal(verdict(0.8, { others: 0.4, position: 0.4 }, 2, true), "special");
});

test("the first word of a causal head has no choice, also where what it must look at is hidden", () => {
  assert.equal(said(explorerOf(["a", "b", "c"], [CAUSAL], { query: 0 }, "causal")), "a only a");
  const second = explorerOf(["[X]", "b", "c"], [CAUSAL], { query: 1, specials: false }, "causal");
  assert.ok(said(second).startsWith("b at b 0.60."), "it had the choice of a hidden one");
  assert.deepEqual(second.numbers.forced(0, 0), null);
  const pieces = explorerOf(["a", "##b", "c"], [CAUSAL], { query: 0, words: "words" }, "causal");
  assert.equal(said(pieces), "ab·0 only ab·0", "its pieces are one word");
});

test("beside the strongest word only weights that are not written as 0.00 are said", () => {
  const rows = CAUSAL.map(() => [0.996, 0.003, 0.001]);
  assert.ok(said(explorerOf(["a", "b", "c"], [rows])).startsWith("a at a 1.00."));
});

test("the word that is pinned is said, however little it gets, unless it may not be looked at", () => {
  const rows = CAUSAL.map(() => [0.996, 0.003, 0.001]);
  assert.ok(said(explorerOf(["a", "b", "c"], [rows], { key: 2 })).startsWith("a at a 1.00, c 0.0010."));
  const causal = explorerOf(["a", "b", "c"], [CAUSAL], { query: 1, key: 2 }, "causal");
  assert.ok(said(causal).startsWith("b at b 0.60, a 0.40."));
});

test("what is pinned is judged, else the strongest", () => {
  const rows = [
    [0.9, 0.05, 0.05],
    [0.1, 0.05, 0.85],
    [0.6, 0.35, 0.05],
  ];
  assert.ok(said(explorerOf(["a", "b", "c"], [rows], { query: 2 })).endsWith("common"));
  assert.ok(said(explorerOf(["a", "b", "c"], [rows], { query: 2, key: 1 })).endsWith("out_both"));
});

test("special tokens hold what they hold of the words that have a choice", () => {
  const explorer = explorerOf(["[X]", "b", "c"], [CAUSAL], { query: 2 }, "causal");
  assert.equal(specialsInWords(explorer), "0.20 0.30 of all that choose");
  assert.equal(specialsInWords(explorerOf(["[X]", "b", "c"], [CAUSAL], { query: 2 })), "0.20 0.53 of all");
  const nearlyNothing = [
    [0.004, 0.5, 0.496],
    [0.004, 0.5, 0.496],
    [0.004, 0.5, 0.496],
  ];
  assert.equal(specialsInWords(explorerOf(["[X]", "b", "c"], [nearlyNothing], { query: 2 })), "");
});

test("of a sound it is the silence after it that holds weight, and rows that are compared", () => {
  const explorer = explorerOf(["[X]", "b", "c"], [CAUSAL], { query: 2 });
  const { templates } = explorer.trace.header.sentences;
  assert.equal(reading.ofKind(explorer, "specials"), "specials");
  const own = { specials_heard: "silence {own} {all} of {whose}", everybody_heard: "all rows" };
  const trace = { header: { sentences: { ...SENTENCES, templates: { ...templates, ...own } } } };
  const heard = { ...explorer, trace, part: Object.assign(Object.create(explorer.part), { sound: {} }) };
  for (const name of ["state", "numbers"]) heard[name] = explorer[name];
  assert.equal(specialsInWords(heard), "silence 0.20 0.53 of all rows");
  assert.equal(reading.ofKind(heard, "looks"), "looks");
});

test("a link of a word without a choice is forced, and no other is", () => {
  const { numbers } = explorerOf(["a", "b", "c"], [CAUSAL], {}, "causal");
  const of = (row) =>
    linksOf([[0, 0]], {
      row: (layer, head) => numbers.row(layer, head, [row]),
      table: (layer, head) => numbers.table(layer, head),
      forced: (layer, head) => numbers.forced(layer, head),
      at: { row, column: 0 },
      rows: 3,
    })[0];
  assert.equal(of(0).forced, true);
  assert.equal(of(2).forced, false);
  assert.ok(Math.abs(of(2).others - 0.4) < 1e-6);
});

const SHARP = [
  [0.1, 0.8, 0.1],
  [0.1, 0.1, 0.8],
  [0.8, 0.1, 0.1],
];
const EVEN = CAUSAL.map(() => [1 / 3, 1 / 3, 1 / 3]);

test("of several heads over one another a cell says whose number it shows, and the sentence whose row it reads", () => {
  const explorer = explorerOf(["a", "b", "c"], [EVEN, SHARP], { query: 0, over: [[0, 1]] });
  const told = cellSaid(explorer, { row: 0, column: 1 });
  assert.equal(told.length, 2);
  assert.ok(told[0].includes("0.33") && !told[0].includes("shown"));
  assert.ok(told[1].includes("0.80, layer 0 head 1 (shown in the cell)"));
  assert.ok(cellSaid(explorer, { row: 0, column: 0 })[0].endsWith("layer 0 head 0 (shown in the cell)"));
  assert.ok(said(explorer).startsWith("In layer 0 head 0: a at a 0.33"));
  const alone = explorerOf(["a", "b", "c"], [EVEN, SHARP], { query: 0 });
  assert.ok(!cellSaid(alone, { row: 0, column: 1 })[0].includes("shown in the cell"), "there is one head alone");
  assert.ok(said(alone).startsWith("a at"));
});

test("a cell of a word without a choice says so", () => {
  const explorer = explorerOf(["a", "b", "c"], [CAUSAL], { query: 0 }, "causal");
  assert.ok(cellSaid(explorer, { row: 0, column: 0 })[0].endsWith("1.00, layer 0 head 0 (it has no choice)"));
  assert.ok(!cellSaid(explorer, { row: 1, column: 0 })[0].includes("choice"));
});

test("how unlike two heads are is told over all words, whatever is hidden, in Compare's order", () => {
  // Row a differs in what it gives the special token alone; row b in what it gives to words, but less.
  const first = [
    [0.2, 0.4, 0.4],
    [0.8, 0.1, 0.1],
    [0.5, 0.4, 0.1],
  ];
  const second = [
    [0.2, 0.4, 0.4],
    [0.0, 0.5, 0.5],
    [0.5, 0.1, 0.4],
  ];
  const state = { query: 1, second: [0, 1], show: "difference", specials: false };
  const explorer = explorerOf(["[X]", "a", "b"], [first, second], state);
  const picture = Object.assign(Object.create(Matrices.prototype), { context: explorer });
  const [a, b] = [0, 1].map((head) => explorer.numbers.weights(0, head));
  picture.subtract(a, b);
  const bits = (p, q) => {
    const entropy = (row) => row.reduce((sum, x) => sum - (x > 0 ? x * Math.log2(x) : 0), 0);
    return entropy(p.map((x, i) => (x + q[i]) / 2)) - (entropy(p) + entropy(q)) / 2;
  };
  const wanted = [bits(first[1], second[1]), bits(first[2], second[2])];
  assert.equal(picture.divergences.length, 2);
  wanted.forEach((one, i) => assert.ok(Math.abs(picture.divergences[i] - one) < 1e-6));
  assert.ok(wanted[0] > 0.5, "of what is shown alone it would be less than a half");
});

test("heads that are alike in every row are said to be so", () => {
  const state = { second: [0, 1], show: "difference" };
  const more = { palette: { signed: [[0, [0, 0, 0]]] } };
  const explorer = explorerOf(["a", "b", "c"], [SHARP, SHARP], state, null, more);
  globalThis.document = { createElement: () => ({ append() {}, style: {}, setAttribute() {} }) };
  const picture = { most: 1, divergences: Float32Array.from([0, 0.001, 0]), scale: {} };
  const told = legend(explorer, picture).map((one) => one.textContent);
  delete globalThis.document;
  assert.ok(told.includes("The two are alike in every row."));
});

test("a head in which no word has a choice has no figures", () => {
  const inWords = (notes) => {
    const told = { notes: { parts: { "": { heads: [[notes]] } } } };
    return explorerOf(["a", "b", "c"], [CAUSAL], {}, "causal", told).headInWords(0, 0);
  };
  const shares = { entropy: 0, distance: 0, previous: 0, following: 0, itself: 1, first: 1, special: 0 };
  const [name, why, ...more] = inWords({ character: "no choice", choosing: 0, ...shares });
  assert.deepEqual([name, why], ["layer 0 head 0: no choice", "here each word may look at one word at most"]);
  assert.equal(more.length, 0);
  const broad = inWords({ character: "spread out", choosing: 2, ...shares });
  assert.ok(broad.includes("means over the 2 of 3 tokens that have a choice"));
});
