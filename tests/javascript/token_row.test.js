import assert from "node:assert/strict";
import { test } from "node:test";

import { nextIndex } from "../../attnviz/ui/cards/token_row/token_row.js";

const words = (...hidden) => hidden.map((isHidden) => ({ hidden: isHidden }));
const THREE = words(false, false, false);
const EDGES_HIDDEN = words(true, false, true, false, true); // [CLS] and the like; 1 and 3 are shown

test("arrows go one token on and back", () => {
  assert.equal(nextIndex("ArrowRight", 0, THREE), 1);
  assert.equal(nextIndex("ArrowLeft", 2, THREE), 1);
});

test("arrows stop at both ends instead of going round", () => {
  assert.equal(nextIndex("ArrowRight", 2, THREE), null);
  assert.equal(nextIndex("ArrowLeft", 0, THREE), null);
});

test("in a sentence that runs from the right, to the left is onwards", () => {
  assert.equal(nextIndex("ArrowLeft", 0, THREE, true), 1);
  assert.equal(nextIndex("ArrowRight", 1, THREE, true), 0);
  assert.equal(nextIndex("ArrowRight", 0, THREE, true), null);
  assert.equal(nextIndex("Home", 1, THREE, true), 0);
});

test("Home and End go to the first and the last", () => {
  assert.equal(nextIndex("Home", 1, THREE), 0);
  assert.equal(nextIndex("End", 1, THREE), 2);
});

test("hidden tokens are stepped over, at the ends too", () => {
  assert.equal(nextIndex("ArrowRight", 1, EDGES_HIDDEN), 3);
  assert.equal(nextIndex("ArrowLeft", 3, EDGES_HIDDEN), 1);
  assert.equal(nextIndex("ArrowRight", 3, EDGES_HIDDEN), null);
  assert.equal(nextIndex("Home", 3, EDGES_HIDDEN), 1);
  assert.equal(nextIndex("End", 1, EDGES_HIDDEN), 3);
});

test("every other key is left to the page", () => {
  for (const key of ["Enter", " ", "Tab", "a", "ArrowDown", "constructor"]) {
    assert.equal(nextIndex(key, 1, THREE), null, key);
  }
});

test("one token has nowhere to go but itself", () => {
  assert.equal(nextIndex("ArrowRight", 0, words(false)), null);
  assert.equal(nextIndex("End", 0, words(false)), 0);
});
