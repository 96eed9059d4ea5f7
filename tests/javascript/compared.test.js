// What is said of a comparison. (Its numbers are held against the package in tests/explorer/test_page_comparing.py.)

import assert from "node:assert/strict";
import { test } from "node:test";

import { differingRows } from "../../attnviz/client/js/numbers/analysis/comparing.js";
import { rowDivergences } from "../../attnviz/client/js/numbers/analysis/measures.js";
import {
  bitsInWords,
  chosenInWords,
  comparedInWords,
  meanInWords,
  pair,
  pairThatDiffersMost,
  rowInWords,
  word,
} from "../../attnviz/client/js/say/compared.js";
import { alignmentOf, bothOf, rowsIn } from "../../attnviz/client/js/state/both.js";
import { headerOf, seenOf } from "./made.js";

const said = (pieces) => pieces.map(([text]) => text).join("");

// A row of a word of A and one of B; null: a gap. Tokens count the words of each side.
function rowsOf(...pairs) {
  const counts = [0, 0];
  return pairs.map(([a, b]) => ({
    label: `${a} / ${b}`,
    words: [a, b],
    tokens: [a, b].map((one, side) => (one === null ? null : [counts[side]++])),
    changed: a !== null && b !== null && a.toLowerCase() !== b.toLowerCase(),
  }));
}

function comparedOf(first, second) {
  const count = first.length;
  const [a, b] = [first, second].map((values) => Float32Array.from(values.flat()));
  const zeros = [a, b].map((values) => values.map((value) => value || 0));
  const chooses = (values) => values.filter((value) => !Number.isNaN(value)).length > 1;
  return {
    first: a,
    second: b,
    difference: a.map((value, i) => value - b[i]),
    bits: rowDivergences(zeros[0], zeros[1], count, count),
    hasChoice: first.map((row, i) => chooses(row) && chooses(second[i])),
  };
}

const ROWS = rowsOf(["<i>", "<i>"], ["a", "A"], ["b", null]);
const FOUND = comparedOf(
  [
    [0.9, 0.1, 0],
    [0.2, 0.8, 0],
    [0, 1, 0],
  ],
  [
    [0.1, 0.9, NaN],
    [0.2, 0.8, NaN],
    [NaN, NaN, NaN],
  ],
);

test("a row says where each side looks, and what stands there is text, whatever was typed", () => {
  const [row] = differingRows(FOUND, [0, 1, 2]);
  const pieces = rowInWords(ROWS, row);
  assert.equal(said(pieces), "<i>: A looks at <i> 0.90, B at A 0.90 · 0.53 bits");
  assert.deepEqual(pieces[0], ["<i>", "word"]);
  assert.equal(said(chosenInWords(FOUND, ROWS, 1)), "a: both look at a, A 0.80, B 0.80 · less than 0.01 bits");
});

test("a word that one side alone has is said to stand there", () => {
  assert.equal(said(chosenInWords(FOUND, ROWS, 2)), "b stands only in A");
  const found = { ...FOUND, bits: Float32Array.of(NaN, NaN, NaN) };
  assert.equal(said(chosenInWords(found, rowsOf([null, "x"]), 0)), "x stands only in B");
  const nowhere = "<i> may look at nothing on one side, so there is nothing to compare";
  const blind = comparedOf(
    [
      [0, 0],
      [0.5, 0.5],
    ],
    [
      [1, 0],
      [0.5, 0.5],
    ],
  );
  assert.equal(said(chosenInWords(blind, ROWS.slice(0, 2), 0)), nowhere);
});

test("rows that are no shares are compared, and no bits are told of them", () => {
  const found = comparedOf(
    [
      [2, -1.5],
      [0.5, 0.25],
    ],
    [
      [0.5, 0.5],
      [0.5, 0.5],
    ],
  );
  const rows = ROWS.slice(0, 2);
  assert.ok(found.bits.every(Number.isNaN));
  assert.match(said(meanInWords(found, [0, 1])), /no shares in this run, .* cannot be told in bits/);
  assert.equal(said(chosenInWords(found, rows, 0)), "<i>: both look at <i>, A 2.00, B 0.50");
  assert.match(said(pairThatDiffersMost(found, rows, [0, 1])), /A −1\.50, B 0\.50, A − B = −2\.00/);
  assert.deepEqual(differingRows(found, [0, 1]), []);
});

test("a word without a choice on one side is said to have none", () => {
  const found = comparedOf(
    [
      [1, NaN],
      [0.5, 0.5],
    ],
    [
      [0.6, 0.4],
      [0.4, 0.6],
    ],
  );
  const rows = rowsOf(["a", "a"], ["b", "b"]);
  const forced = "but on one side it has no choice: it may look at one word at most";
  assert.equal(said(chosenInWords(found, rows, 0)), `a: both look at a, A 1.00, B 0.60 · 0.24 bits, ${forced}`);
  assert.match(said(meanInWords(found, [0, 1])), /the one row in which both have a choice differs by/);
});

test("the mean counts the rows that both have, and says whether these are all or the shown ones", () => {
  assert.match(said(meanInWords(FOUND, [0, 1, 2])), /^On average the 2 rows that both have differ by 0\.27 bits \(0: /);
  assert.match(said(meanInWords(FOUND, [1, 2])), /the one shown row that both have differs by less than 0\.01 bits/);
  const nothing = "A and B have no row in common, so there is nothing to subtract.";
  assert.equal(said(meanInWords(FOUND, [2])), nothing);
});

test("the pair that differs most is said with both weights and their difference", () => {
  const most = "The pair that differs most: <i> → <i>, A 0.90, B 0.10, A − B = +0.80.";
  assert.equal(said(pairThatDiffersMost(FOUND, ROWS, [0, 1, 2])), most);
  const turned = { ...FOUND, difference: FOUND.difference.map((x) => -x) };
  assert.match(said(pairThatDiffersMost(turned, ROWS, [0])), /= −0\.80/);
  assert.equal(said(pairThatDiffersMost(FOUND, ROWS, [1])), "No two words get different weight.");
});

test("a divergence is said as far as its digits tell something", () => {
  assert.deepEqual([0.806, 0.0012].map(bitsInWords), ["0.81 bits", "less than 0.01 bits"]);
});

test("a sign stands in quotes, and a word that comes twice on its side has its index", () => {
  const rows = rowsOf([null, "a"], ["a", "a"], [",", ","], ["sat", "slept"], ["a", null]);
  assert.deepEqual(word(rows, 0, 1), [["a", "word"], ["0", "index"]]);
  assert.deepEqual(word(rows, 1, 1), [["a", "word"], ["1", "index"]]);
  assert.deepEqual(pair(rows, 2), [["“,”", "word"]]);
  assert.equal(said(pair(rows, 3)), "sat / slept");
  assert.deepEqual(pair(rows, 0), [["a", "word"], ["0", "index"]]);
  assert.deepEqual(pair(rows, 4), [["a", "word"], ["3", "index"]]);
});

// Two explorers of one trace: three heads, each with one score for all keys but the one that it looks at.
const LOOKS = [0, 0, 2];
const LABELS = ["[S]", "a", "b"];

function sideOf(state = {}, extra = null) {
  const layer = { heads: 3, kvHeads: 3, dHead: 3, scale: 1, temperature: 1, extra };
  const header = { ...headerOf(LABELS, { layers: [layer] }), scales: { "": [{}] } };
  const q0 = Float32Array.from(LOOKS.flatMap((key) => LABELS.flatMap(() => [0, 1, 2].map((c) => (c === key ? 2 : 0)))));
  const k0 = Float32Array.from(LOOKS.flatMap(() => [1, 0, 0, 0, 1, 0, 0, 0, 1]));
  return seenOf({ header, arrays: { q0, k0, v0: k0 } }, state).context;
}

function toldOf(a, b, comparison = {}, follows = false) {
  const rows = rowsOf(...LABELS.map((label) => [label, label]));
  const alignments = [{ parts: ["", ""], rows }];
  const header = { ids: ["a", "b"], mode: "heads", alike: false, notes: [], alignments, ...comparison };
  const seen = { sides: [sideOf(a), sideOf(b)], comparison: header, follows, hover: { row: null, column: null } };
  const { lines, remarks, rows: most } = comparedInWords(bothOf(seen));
  return { lines: lines.map(said), remarks: remarks.map(said), rows: most.map(said) };
}

test("rows that differ come with what they look at, and the chosen one is said where it is not among them", () => {
  const told = toldOf({ head: 0, query: 1 }, { head: 2 });
  assert.equal(told.rows.length, 3);
  assert.match(told.rows[0], /^\[S\]: A looks at \[S\] 0\.79, B at b 0\.79 · /);
  assert.equal(told.lines.length, 2);
  const same = toldOf({ head: 0, query: 1 }, { head: 1 });
  assert.deepEqual(same.rows, []);
  assert.equal(same.lines[2], "Chosen: a: both look at [S], A 0.79, B 0.79 · less than 0.01 bits.");
});

test("two heads that are one, and two sentences that say the same, are said to be so", () => {
  const head = "A and B are the same head: choose another one for either.";
  assert.equal(toldOf({ head: 1 }, { head: 1 }).lines[0], head);
  const text = "B says the same as A: change a word in it, and see what that changes.";
  assert.equal(toldOf({ head: 1 }, { head: 1 }, { mode: "sentences", alike: true }).lines[0], text);
  assert.match(toldOf({ head: 1 }, { head: 1 }, { mode: "sentences" }).lines[0], /^On average/);
});

test("whose choice B's head is, is said as long as it is the page's", () => {
  const ofLayer = "B is the head of A’s layer that is most unlike it, until you choose one.";
  assert.deepEqual(toldOf({}, { head: 2 }, {}, true).remarks, [ofLayer]);
  assert.deepEqual(toldOf({}, { head: 2 }).remarks, []);
  const ofModel = "B is the head of its model that reads a most as A’s does, until you choose one.";
  assert.deepEqual(toldOf({ query: 1 }, { head: 2 }, { mode: "models" }, true).remarks, [ofModel]);
  const rows = rowsOf(["[S]", "[S]"], ["a", null], ["b", "b"]);
  const whole = "B is the head of its model that reads the sentence most as A’s does, until you choose one.";
  const gap = { mode: "models", alignments: [{ parts: ["", ""], rows }] };
  assert.deepEqual(toldOf({ query: 1 }, { head: 2 }, gap, true).remarks, [whole]);
});

test("what is changed in the run is said last", () => {
  const notes = ["Switched off, as on Explore: head 1 of layer 0."];
  assert.deepEqual(toldOf({}, { head: 2 }, { notes }).remarks, notes);
});

test("between other rows or columns there is no difference, and that is said", () => {
  const crossed = { alignments: [{ parts: ["", ""], rows: [] }], notes: ["Off."] };
  const told = toldOf({}, { head: 2 }, crossed, true);
  const none = "A and B have other words in their rows or columns, so no difference is drawn.";
  assert.deepEqual(told, { lines: [none], remarks: ["Off."], rows: [] });
});

test("parts are aligned with the same part, else with the one that goes with it", () => {
  const alignments = [
    { parts: ["encoder", "encoder"], rows: [1] },
    { parts: ["cross", "encoder"], rows: [] },
  ];
  assert.equal(alignmentOf({ alignments }, 0, "cross", "decoder"), alignments[1]);
  assert.equal(alignmentOf({ alignments }, 1, "encoder", "cross"), alignments[1]);
  assert.equal(alignmentOf({ alignments }, 0, "decoder", "encoder"), undefined);
});

test("pieces are compared as words where they are shown as words", () => {
  const alignment = { rows: ["pieces"], merged: ["words"] };
  const shown = ["pieces", "words", "joined"].map((words) => rowsIn(alignment, words)[0]);
  assert.deepEqual(shown, ["pieces", "words", "words"]);
  assert.deepEqual(rowsIn({ rows: ["pieces"] }, "words"), ["pieces"]);
});
