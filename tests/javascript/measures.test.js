import assert from "node:assert/strict";
import { test } from "node:test";

import {
  beside,
  ranked,
  rowDivergences,
  standsOut,
  strongest,
  subtracted,
  tables,
} from "../../attnviz/client/js/numbers/analysis/measures.js";

const near = (seen, wanted) => assert.ok(Math.abs(seen - wanted) < 1e-6, `${seen} is not ${wanted}`);

// Three words: the rows of a test by hand of attnviz.analysis.linking.
const LOOKS = Float32Array.from([0.2, 0.8, 0, 0.5, 0.4, 0.1, 0.1, 0.3, 0.6]);

test("rows alike are 0 bits apart, rows with nothing in common 1, half of it 0.3113", () => {
  const a = Float32Array.from([1, 0, 1, 0, 1, 0]);
  const b = Float32Array.from([1, 0, 0, 1, 0.5, 0.5]);
  const bits = rowDivergences(a, b, 3, 2);
  assert.equal(bits.length, 3);
  near(bits[0], 0);
  near(bits[1], 1);
  near(bits[2], 0.311278);
  assert.deepEqual(rowDivergences(b, a, 3, 2), bits, "the same both ways");
});

test("a row that looks nowhere on one side has no divergence", () => {
  const bits = rowDivergences(Float32Array.from([0, 0, 1, 0]), Float32Array.from([0.5, 0.5, 1, 0]), 2, 2);
  assert.deepEqual([...bits], [NaN, 0]);
});

test("a difference is the first less the second, and its largest magnitude 0 where they are the same", () => {
  const [a, b] = [Float32Array.from([0.5, 0.25, 0.25]), Float32Array.from([0.25, 0.75, 0])];
  assert.deepEqual(subtracted(a, b), { difference: Float32Array.from([0.25, -0.5, 0.25]), most: 0.5 });
  assert.equal(subtracted(a, a).most, 0);
});

test("a row without a choice is in no mean, and does not stand out itself", () => {
  const causal = Float32Array.from([1, 0, 0, 0.4, 0.6, 0, 0.2, 0.3, 0.5]);
  const blocked = Uint8Array.from([0, 1, 1, 0, 0, 1, 0, 0, 0]);
  const table = tables(causal, 3, 3, blocked, Uint8Array.from([1, 0, 0]));
  near(beside(0.2, table, 2, 0, 3).others, 0.4);
  near(beside(0.5, table, 2, 2, 3).position, 0.6);
  near(beside(1, table, 0, 0, 3).others, 0.3);
  near(beside(1, table, 0, 0, 3).position, 0.55);
  assert.equal(standsOut({ weight: 1, others: 0.3, position: 0.55, forced: true }), 0);
});

test("no row is less than nothing apart, whatever the rounding", () => {
  const row = Float32Array.from({ length: 300 }, () => 1 / 300);
  assert.ok(rowDivergences(row, row, 1, 300)[0] >= 0);
});

test("tables are the sums of columns and of diagonals, with how many there are", () => {
  const { byKey, lookers, byOffset, pairs } = tables(LOOKS, 3, 3, null);
  [0.8, 1.5, 0.7].forEach((sum, key) => near(byKey[key], sum));
  assert.deepEqual([...lookers], [3, 3, 3]);
  [0.1, 0.8, 1.2, 0.9, 0].forEach((sum, at) => near(byOffset[at], sum));
  assert.deepEqual([...pairs], [1, 2, 3, 2, 1]);
});

test("where nobody may look nothing is counted", () => {
  const weights = Float32Array.from([1, 0, 0.5, 0.5]);
  const { lookers, pairs, byKey } = tables(weights, 2, 2, Uint8Array.from([0, 1, 0, 0]));
  assert.deepEqual(
    [[...lookers], [...pairs]],
    [
      [2, 1],
      [1, 2, 0],
    ],
  );
  near(byKey[0], 1.5);
});

test("beside a weight stands what others give the word, and what its distance gets: its own cell taken out", () => {
  const table = tables(LOOKS, 3, 3, null);
  const { others, position } = beside(0.5, table, 1, 0, 3);
  near(others, (0.2 + 0.1) / 2);
  near(position, 0.3);
  const corner = beside(LOOKS[6], table, 2, 0, 3);
  near(corner.others, 0.35);
  assert.equal(corner.position, null, "no other word has one two back");
});

test("with nothing to take a mean of there is nothing", () => {
  assert.deepEqual(beside(1, tables(Float32Array.from([1]), 1, 1, null), 0, 0, 1), { others: null, position: null });
  const causal = tables(Float32Array.from([1, 0, 0.5, 0.5]), 2, 2, Uint8Array.from([0, 1, 0, 0]));
  assert.equal(beside(0.5, causal, 1, 1, 2).others, null, "nobody else may look at the last word");
});

test("of a block that is no square distances count from its corner", () => {
  const table = tables(Float32Array.from([1, 2, 3, 4, 5, 6]), 2, 3, null); // 1 2 3 / 4 5 6
  assert.deepEqual([...table.byOffset], [4, 6, 8, 3]);
  assert.deepEqual(beside(2, table, 0, 1, 2), { others: 5, position: 6 });
});

test("a weight stands out above the better of the two guesses", () => {
  near(standsOut({ weight: 0.5, others: 0.15, position: 0.3 }), 0.2);
  near(standsOut({ weight: 0.1, others: 0.35, position: null }), -0.25);
  near(standsOut({ weight: 0.4, others: null, position: null }), 0.4);
});

test("links are ranked by weight or by how far they stand out; equal ones keep their order", () => {
  const link = (layer, head, weight, others) => ({ layer, head, weight, others, position: null });
  const links = [link(1, 1, 0.5, 0.5), link(1, 0, 0.5, 0.5), link(0, 3, 0.5, 0.5), link(0, 0, 0.9, 0.8)];
  const names = (by) => ranked(links, by).map(({ layer, head }) => `${layer}.${head}`);
  assert.deepEqual(names("weight"), ["0.0", "0.3", "1.0", "1.1"]);
  links.push(link(2, 2, 0.3, 0));
  assert.deepEqual(names("stands out"), ["2.2", "0.0", "0.3", "1.0", "1.1"]);
  assert.equal(links[0].layer, 1, "the list given stays as it was");
});

test("the strongest come first, and of equal ones the first", () => {
  assert.deepEqual(strongest([0.1, 0.5, 0.2, 0.5, 0.4], 3), [1, 3, 4]);
  assert.deepEqual(strongest([3], 5), [0]);
  assert.deepEqual(strongest([], 2), []);
  const values = Float32Array.from({ length: 50 }, (_, i) => Math.sin(7 * i));
  const sorted = [...values.keys()].sort((a, b) => values[b] - values[a]);
  assert.deepEqual(strongest(values, 10), sorted.slice(0, 10));
});
