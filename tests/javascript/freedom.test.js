// The part of a row that changes nothing, by hand. (Held against the package in tests/explorer/test_page_freedom.py.)

import assert from "node:assert/strict";
import { test } from "node:test";

import { freedom, independent } from "../../attnviz/client/js/numbers/analysis/freedom.js";

function near(seen, wanted, within = 1e-12) {
  assert.equal(seen.length, wanted.length);
  wanted.forEach((value, i) => assert.ok(Math.abs(seen[i] - value) <= within, `${seen} is not ${wanted}`));
}

// Values 0, 1, 2: only (1, −2, 1) changes neither context nor sum.
const ROW = [0.25, 0.5, 0.25];
const VALUES = [0, 1, 2];

test("three keys by hand", () => {
  const found = freedom(ROW, VALUES, 1);
  assert.deepEqual([found.rank, found.free], [2, 1]);
  near(found.null, [-1 / 12, 1 / 6, -1 / 12]);
  near(found.effective, [1 / 3, 1 / 3, 1 / 3]);
  near(found.furthest(), [0.5, 0, 0.5]);
  near(found.moved(0.5), [0.375, 0.25, 0.375]);
  near(found.along([1, 0, 0]), [1 / 6, -1 / 3, 1 / 6]);
});

test("where a key may not be seen there is nothing left to move", () => {
  const found = freedom([0.5, 0.5, 0], VALUES, 1, [true, true, false]);
  assert.deepEqual([found.rank, found.free], [2, 0]);
  near(found.moved(), [0.5, 0.5, 0]);
  const none = freedom([0, 0, 0], VALUES, 1, [0, 0, 0]);
  assert.deepEqual([none.rank, none.free, none.share], [0, 0, 0]);
  near(none.moved(), [0, 0, 0]);
});

test("columns that others make up are not counted", () => {
  const of = (...numbers) => Float64Array.from(numbers);
  assert.equal(independent([of(1, 2, 3), of(2, 4, 6), of(0, 0, 0), of(1, 0, 0)]).length, 2);
});
