import assert from "node:assert/strict";
import { test } from "node:test";

import { BEATS, beatAfter, firstBeat, lengthOf } from "../../attnviz/client/js/state/learn/playing.js";

// All beats from one on.
function beats(first, count) {
  const all = [first];
  for (let next = beatAfter(first, count); next; next = beatAfter(next, count)) all.push(next);
  return all.map(({ walk, key }) => `${walk} ${key}`);
}

test("a query meets each key, then the row goes on, then each value is poured in", () => {
  assert.deepEqual(beats(firstBeat("words", null), 3), [
    ...["score 0", "score 1", "score 2", "row 2", "scaled 2", "masked 2", "softmax 2"],
    ...["context 0", "context 1", "context 2"],
  ]);
});

test("one word alone is met once", () => {
  assert.deepEqual(beats(firstBeat("score", null), 1), [
    ...["score 0", "row 0", "scaled 0", "masked 0", "softmax 0", "context 0"],
  ]);
});

test("it begins where one is, if that is on the way", () => {
  assert.deepEqual(firstBeat("context", 4), { walk: "context", key: 4 });
  assert.deepEqual(firstBeat("score", null), { walk: "score", key: 0 });
  assert.deepEqual(firstBeat("softmax", 4), { walk: "softmax", key: 0 });
  assert.deepEqual(firstBeat("probabilities", 4), { walk: "score", key: 0 });
});

test("from wherever it begins it comes to an end", () => {
  for (const walk of ["score", "row", "scaled", "masked", "softmax", "context"]) {
    const all = beats(firstBeat(walk, 2), 5);
    assert.equal(all.at(-1), "context 4");
    assert.equal(new Set(all).size, all.length);
  }
});

test("a step is given time to be read, a further word less", () => {
  assert.equal(lengthOf({ walk: "score", key: 0 }), BEATS.step);
  assert.equal(lengthOf({ walk: "score", key: 1 }), BEATS.word);
  assert.equal(lengthOf({ walk: "softmax", key: 1 }), BEATS.step);
  assert.ok(BEATS.word < BEATS.step);
});
