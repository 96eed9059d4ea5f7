import assert from "node:assert/strict";
import { test } from "node:test";

import { grouped, grouping, maxPooled, placeOf, strongestPooled } from "../../attnviz/client/js/numbers/grouping.js";
import { partOf } from "../../attnviz/client/js/numbers/part.js";
import { headerOf as made, threeParts } from "./made.js";

const headerOf = (...given) => partOf({ header: made(...given) }, "");

const ALL = { specials: true, words: "pieces", filter: "all" };
const HEADER = headerOf(["[CLS]", "un", "##aff", "##able", "cats", "[SEP]"]);
const PAIR = headerOf(["[CLS]", "the", "cat", "[SEP]", "it", "pu", "##rr", "[SEP]"], {
  segments: [0, 0, 0, 0, 1, 1, 1, 1],
});

const tokens = (groups) => groups.map((group) => group.tokens);
const labels = (groups) => groups.map((group) => group.label);

function near(seen, wanted) {
  assert.equal(seen.length, wanted.length);
  wanted.forEach((value, i) => assert.ok(Math.abs(seen[i] - value) < 1e-6, `${seen} is not ${wanted}`));
}

test("as the model cuts them, each token is a row and a column", () => {
  const { rows, columns, isPlain } = grouping(HEADER, ALL);
  assert.deepEqual(tokens(rows), [[0], [1], [2], [3], [4], [5]]);
  assert.deepEqual(tokens(columns), tokens(rows));
  assert.deepEqual(labels(rows), ["[CLS]", "un", "##aff", "##able", "cats", "[SEP]"]);
  assert.ok(isPlain);
});

test("pieces merge to words, written without ##", () => {
  const { rows, isPlain } = grouping(HEADER, { ...ALL, words: "words" });
  assert.deepEqual(tokens(rows), [[0], [1, 2, 3], [4], [5]]);
  assert.deepEqual(labels(rows), ["[CLS]", "unaffable", "cats", "[SEP]"]);
  assert.ok(!isPlain);
});

test("a word is written and called as the package says: two that are written alike have two names", () => {
  const header = headerOf(["cat", "pu", "##rr", "cat", "pu", "##rr"]);
  header.queries.tokens[0].name = "cat₀";
  header.queries.tokens[3].name = "cat₃";
  header.queries.merged.words = { 1: ["purr", "purr₁"], 4: ["purr", "purr₄"] };
  const { rows, columns } = grouping(header, { ...ALL, words: "words" });
  assert.deepEqual(labels(rows), ["cat", "purr", "cat", "purr"]);
  assert.deepEqual(
    columns.map(({ name }) => name),
    ["cat₀", "purr₁", "cat₃", "purr₄"],
  );
});

test("apostrophes and hyphens join as the package says", () => {
  const header = headerOf(["didn", "'", "t", "go"], { joined: [0, 0, 0, 1] });
  assert.deepEqual(tokens(grouping(header, { ...ALL, words: "words" }).rows), [[0], [1], [2], [3]]);
  const { rows } = grouping(header, { ...ALL, words: "joined" });
  assert.deepEqual(tokens(rows), [[0, 1, 2], [3]]);
  assert.deepEqual(labels(rows), ["didn't", "go"]);
});

test("hidden special tokens are neither rows nor columns", () => {
  const { rows, columns, isPlain } = grouping(HEADER, { ...ALL, specials: false });
  assert.deepEqual(tokens(rows), [[1], [2], [3], [4]]);
  assert.deepEqual(tokens(columns), tokens(rows));
  assert.ok(!isPlain);
});

test("of special tokens alone nothing is left when they are hidden", () => {
  const { rows, columns } = grouping(headerOf(["[CLS]", "[SEP]"]), { ...ALL, specials: false });
  assert.deepEqual([rows, columns], [[], []]);
});

test("each direction of a pair has the rows of one sentence and the columns of one", () => {
  const [a, b] = [
    [[0], [1], [2], [3]],
    [[4], [5, 6], [7]],
  ];
  for (const [filter, down, across] of [
    ["AA", a, a],
    ["AB", a, b],
    ["BA", b, a],
    ["BB", b, b],
  ]) {
    const { rows, columns, isPlain } = grouping(PAIR, { ...ALL, words: "words", filter });
    assert.deepEqual([tokens(rows), tokens(columns)], [down, across], filter);
    assert.ok(!isPlain);
  }
});

test("weights to a word are summed, weights from it averaged", () => {
  // Tokens a, b, ##c: the word bc gets 0.3 + 0.5 from a; from bc, a gets the mean of 0.4 and 0.0.
  const weights = Float32Array.from([0.2, 0.3, 0.5, 0.4, 0.4, 0.2, 0, 0, 1]);
  const shown = grouping(headerOf(["a", "b", "##c"]), { ...ALL, words: "words" });
  near(grouped(weights, 3, shown), [0.2, 0.8, 0.2, 0.8]);
});

test("rows of whole words still sum to 1", () => {
  const n = HEADER.queries.tokens.length;
  const weights = Float32Array.from({ length: n * n }, (_, i) => Math.abs(Math.sin(i + 1)));
  for (let i = 0; i < n; i++) {
    const row = weights.subarray(i * n, (i + 1) * n);
    const sum = row.reduce((a, b) => a + b);
    row.forEach((weight, j) => (row[j] = weight / sum));
  }
  const { rows, columns } = grouping(HEADER, { ...ALL, words: "words" });
  const merged = grouped(weights, n, { rows, columns, isPlain: false });
  for (let i = 0; i < rows.length; i++) {
    const sum = merged.subarray(i * columns.length, (i + 1) * columns.length).reduce((a, b) => a + b);
    assert.ok(Math.abs(sum - 1) < 1e-6);
  }
});

test("hidden tokens keep their weight: it is not shared among the others", () => {
  const shown = grouping(headerOf(["[CLS]", "a", "b"]), { ...ALL, specials: false });
  const weights = Float32Array.from([1, 0, 0, 0.6, 0.3, 0.1, 0.5, 0.25, 0.25]);
  near(grouped(weights, 3, shown), [0.3, 0.1, 0.25, 0.25]);
});

test("one direction of a pair is its block of the matrix", () => {
  const header = headerOf(["a", "b", "c"], { segments: [0, 0, 1] });
  const weights = Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  near(grouped(weights, 3, grouping(header, { ...ALL, filter: "AB" })), [3, 6]);
  near(grouped(weights, 3, grouping(header, { ...ALL, filter: "BA" })), [7, 8]);
});

test("weights of tokens as they are go through untouched", () => {
  const weights = new Float32Array(36);
  assert.equal(grouped(weights, 6, grouping(HEADER, ALL)), weights);
});

test("a token is found in the word that holds it", () => {
  const { rows } = grouping(HEADER, { ...ALL, words: "words" });
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5].map((token) => placeOf(rows, token)),
    [0, 1, 1, 1, 2, 3],
  );
  assert.equal(placeOf([], 0), -1);
});

test("what fits is not pooled", () => {
  const values = Float32Array.from([1, 2, 3, 4]);
  for (const pool of [maxPooled, strongestPooled]) {
    assert.deepEqual(pool(values, 2, 2, 2, 2), { values, rows: 2, columns: 2 });
    assert.equal(pool(values, 2, 2, 100, 3).values, values);
  }
});

test("a block keeps its largest number, or the one of largest magnitude", () => {
  const values = Float32Array.from([1, -9, 2, 3, 0, 4, -1, -2, 5, 6, 7, -8, 1, 1, 1, 1]); // 4 by 4
  const large = maxPooled(values, 4, 4, 2, 2);
  assert.deepEqual([[...large.values], large.rows, large.columns], [[4, 3, 6, 7], 2, 2]);
  assert.deepEqual([...strongestPooled(values, 4, 4, 2, 2).values], [-9, 3, 6, -8]);
});

const SIZES = [
  [5, 3, 2, 2],
  [7, 7, 3, 5],
  [3, 9, 10, 4],
  [9, 3, 4, 10],
  [5, 5, 1, 1],
]; // down, across, at most so many

test("odd sizes lose no number and leave no cell empty", () => {
  for (const [down, across, rows, columns] of SIZES) {
    for (let peak = 0; peak < down * across; peak++) {
      const values = new Float32Array(down * across).fill(0.25);
      values[peak] = 1;
      const small = maxPooled(values, down, across, rows, columns);
      assert.deepEqual([small.rows, small.columns], [Math.min(down, rows), Math.min(across, columns)]);
      assert.equal(small.values.length, small.rows * small.columns);
      assert.equal(small.values.filter((value) => value === 1).length, 1);
      assert.ok(
        small.values.every((value) => value >= 0.25),
        "each cell stands for something",
      );
      values[peak] = -1;
      assert.equal(strongestPooled(values, down, across, rows, columns).values.filter((v) => v === -1).length, 1);
    }
  }
});

test("between two rows of words, rows are the queries' and columns the keys'", () => {
  const cross = partOf(threeParts(["the", "ca", "##t", "[EOS]"], ["[BOS]", "le"]), "cross");
  const shown = grouping(cross, { ...ALL, words: "words", specials: false });
  assert.deepEqual([tokens(shown.rows), tokens(shown.columns)], [[[1]], [[0], [1, 2]]]);
  assert.equal(grouping(cross, ALL).isPlain, true);
  near(grouped(Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8]), 4, shown), [5, 13]);
});
