// A model of several parts: what is chosen in each, and what of one row of words is not there between two.

import assert from "node:assert/strict";
import { test } from "node:test";

import { partOf } from "../../attnviz/client/js/numbers/part.js";
import { contextOf } from "../../attnviz/client/js/state/context.js";
import { atPart, hasSides, settled, START } from "../../attnviz/client/js/state/state.js";
import { linksOf } from "../../attnviz/client/js/views/heads/links.js";
import { threeParts, traceOf } from "./made.js";

const SOURCE = ["the", "cat", "sat", "[EOS]"];
const TARGET = ["[BOS]", "le", "chat"];
const TRACE = threeParts(SOURCE, TARGET);

test("a part has its own rows, columns, layers and arrays", () => {
  const arrays = { "cross/q0": new Float32Array(3), "encoder/q0": new Float32Array(4) };
  const cross = partOf({ ...TRACE, arrays }, "cross");
  assert.deepEqual(
    [cross.queries, cross.keys].map(({ tokens }) => tokens.map(({ label }) => label)),
    [TARGET, SOURCE],
  );
  assert.deepEqual([cross.isSquare, cross.layers.length, cross.array("q0").length], [false, 2, 3]);
  assert.equal(partOf(TRACE, "decoder").isSquare, true);
});

test("few words that look at very many moments are no long text", () => {
  const heard = threeParts(
    Array.from({ length: 600 }, (_, i) => `${i}`),
    TARGET,
  );
  assert.equal(partOf(heard, "encoder").isTiled, true);
  assert.equal(partOf(heard, "cross").isTiled, false);
});

test("a model of one part has one without a name, and any other name leads to it", () => {
  const trace = traceOf({ q: [1, 2], k: [1, 2], n: 2, d: 1 });
  assert.deepEqual(
    trace.header.parts.map(({ name }) => name),
    [""],
  );
  assert.equal(partOf(trace, "cross").name, "");
  assert.equal(settled({ part: "cross" }, trace).part, "");
  assert.equal(partOf(trace, "").array("q0"), trace.arrays.q0);
});

test("a link from before there were parts opens the first", () => {
  const { part, ...old } = START;
  assert.equal(part, "");
  assert.equal(settled(old, TRACE).part, "encoder");
});

test("what is chosen is settled within its part", () => {
  const of = (state) => settled(state, TRACE);
  const cross = of({ part: "cross", layer: 1, head: 2, query: 9, key: 9, second: [0, 2], over: [[1, 1]] });
  assert.deepEqual([cross.layer, cross.head, cross.query, cross.key], [1, 0, 2, 3]);
  assert.deepEqual([cross.second, cross.over], [[0, 2], []]);
  assert.equal(of({ part: "nowhere" }).part, "encoder");
  assert.equal(of({ part: "cross", specials: false, query: 0, key: 3 }).query, 1);
  assert.equal(of({ part: "cross", specials: false, query: 0, key: 3 }).key, 2);
});

test("in another part a word stays chosen where its row goes on, and no head of the part before", () => {
  const encoder = { ...START, part: "encoder", query: 2, key: 1, second: [1, 0], over: [[0, 1]] };
  const toCross = { ...encoder, ...atPart(encoder, "cross", TRACE) };
  assert.deepEqual([toCross.part, toCross.query, toCross.key], ["cross", 0, 1], "the target has other words");
  assert.deepEqual([toCross.second, toCross.over], [null, []]);
  const cross = { ...START, part: "cross", query: 2, key: 3 };
  assert.deepEqual(atPart(cross, "decoder", TRACE).query, 2, "the target's word looks in both");
  assert.equal(atPart(cross, "decoder", TRACE).key, null);
  assert.equal(atPart(cross, "encoder", TRACE).query, 3, "the word looked at is the one that looks there");
  assert.deepEqual(atPart(cross, "cross", TRACE), {});
  assert.deepEqual(atPart(cross, "nowhere", TRACE), {});
});

test("two rows of words have no directions of a pair", () => {
  const segments = threeParts(SOURCE, TARGET);
  segments.header.rows.target.tokens[2].segment = 1;
  segments.header.rows.source.tokens[2].segment = 1;
  assert.equal(hasSides(partOf(segments, "cross")), false);
  assert.equal(hasSides(partOf(segments, "encoder")), true);
  assert.equal(settled({ part: "cross", filter: "AB" }, segments).filter, "all");
});

// What is seen of the cross-attention, with these weights of the target's words on the source's.
function crossOf(weights, state = {}) {
  const trace = threeParts(SOURCE, TARGET);
  const groups = (labels) => labels.map((name, i) => ({ word: i, tokens: [i], label: name, name }));
  const grouping = { rows: groups(TARGET), columns: groups(SOURCE), isPlain: true };
  const numbers = { grouping, all: grouping, way: null, isWhole: true, heads: [[0, 0]], row: () => weights };
  const chosen = settled({ part: "cross", ...state }, trace);
  const part = partOf(trace, "cross");
  return contextOf({ state: chosen, trace, part, numbers, notes: null, answer: null, hover: null, dark: false });
}

test("between two rows a word may ask about the word at its own place", () => {
  assert.deepEqual(crossOf([0.1, 0.6, 0.2, 0.9], { query: 1 }).pair(), { query: 1, key: 1 });
  assert.deepEqual(crossOf([0, 0, 0, 1], { query: 1 }).pair(), { query: 1, key: null }, "a special token is none");
  assert.deepEqual(crossOf([0.1, 0.6, 0.2, 0.9], { query: 1 }).linked(), { row: 1, column: 1 });
  assert.deepEqual(crossOf([0, 0, 0, 1], { query: 1 }).linked(), { row: 1, column: -1 });
});

test("heads are named by their part where they are switched off", () => {
  const cross = crossOf([1, 0, 0, 0]);
  assert.deepEqual([cross.isOff(0, 2), cross.isOff(0, 1)], [true, false]);
});

test("notes on heads are those of the part", () => {
  const trace = threeParts(SOURCE, TARGET);
  const named = (character) => ({ heads: [[{ character, choosing: 3, entropy: 0, first: 0, special: 0 }]] });
  const notes = { parts: { encoder: named("of encoder"), cross: named("of cross") } };
  const seen = (name) => contextOf({ trace, part: partOf(trace, name), notes });
  assert.equal(seen("cross").notesOf(0, 0).character, "of cross");
  assert.equal(seen("decoder").notesOf(0, 0), undefined);
});

test("a link between two rows of words is not held against its distance", () => {
  const tables = { byKey: [1, 1], lookers: [2, 2], byOffset: [1, 1, 1], pairs: [2, 2, 2], isCounted: () => true };
  const given = { row: () => [0.5, 0.5], table: () => tables, forced: () => null, at: { row: 0, column: 1 }, rows: 2 };
  const [square] = linksOf([[0, 0]], given);
  const [between] = linksOf([[0, 0]], { ...given, isSquare: false });
  assert.deepEqual([square.others, square.position], [0.5, 0.5]);
  assert.deepEqual([between.others, between.position], [0.5, null]);
});
