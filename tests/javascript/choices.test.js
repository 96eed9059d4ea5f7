import assert from "node:assert/strict";
import { test } from "node:test";

import { createChoices } from "../../attnviz/client/js/state/choices.js";
import { settled, START } from "../../attnviz/client/js/state/state.js";
import { createStore } from "../../attnviz/client/js/state/store.js";
import { headerOf } from "./made.js";

// Three heads, of which the vectors of the first are here.
function choosing() {
  const trace = { header: headerOf(["the", "cat"], { layers: [{ heads: 3 }] }) };
  const known = new Set([0]);
  const told = [];
  const store = createStore(settled({}, trace));
  const one = createChoices({
    store,
    settle: (state) => settled(state, trace),
    canDraw: ({ head, second }) => known.has(head) && (second === null || known.has(second[1])),
    publish: (state) => told.push(state),
  });
  const come = () => {
    known.add(1).add(2);
    one.resume();
  };
  return { one, store, told, come };
}

test("what can be drawn is chosen at once, and told", () => {
  const { one, store, told } = choosing();
  one.choose({ query: 1 });
  assert.equal(store.state.query, 1);
  assert.deepEqual(told, [store.state]);
  one.choose({ query: 1 });
  assert.equal(told.length, 1, "the same again is no choice");
});

test("a head whose vectors are on their way is chosen when they are here, with all that was requested since", () => {
  const { one, store, told, come } = choosing();
  one.choose({ head: 1 });
  one.choose({ query: 1 });
  one.second([0, 2]);
  assert.deepEqual([store.state.head, store.state.second, told.length], [0, null, 0]);
  come();
  assert.deepEqual([store.state.head, store.state.second, store.state.query], [1, [0, 2], 1]);
  assert.deepEqual(told, [store.state], "all at once");
  come();
  assert.equal(told.length, 1, "a request is met once");
});

test("a request is taken back by requesting what is there", () => {
  const { one, store, told, come } = choosing();
  one.choose({ head: 1 });
  one.choose({ head: 0 });
  come();
  assert.deepEqual([store.state.head, told.length], [0, 0]);
});

test("what was chosen elsewhere is not told back", () => {
  const { one, store, told } = choosing();
  one.follow({ query: 1 });
  assert.equal(store.state.query, 1);
  assert.deepEqual(told, []);
});

test("another trace begins with what is wanted of it, or, until that can be drawn, with its first", () => {
  const { one, store, told, come } = choosing();
  assert.equal(one.begin({ head: 0, query: 1 }, {}, START).query, 1);
  assert.equal(one.begin({ head: 2 }, { head: 2 }, START).head, 0);
  come();
  assert.deepEqual([store.state.head, told.length], [2, 1]);
});

test("what has to be fetched is asked for, and is news to the server once it can be drawn", () => {
  const trace = { header: headerOf(["the", "cat"], { layers: [{ heads: 1 }, { heads: 1 }] }) };
  const [known, asked, told] = [new Set([0]), [], []];
  const store = createStore(settled({}, trace));
  const one = createChoices({
    store,
    settle: (state) => settled(state, trace),
    canDraw: ({ layer }) => known.has(layer),
    fetch: ({ layer }) => asked.push(layer) > 0,
    publish: (state) => told.push(state.layer),
  });
  one.follow({ layer: 1 }); // chosen elsewhere: who asks has told what was chosen before
  assert.deepEqual([asked, told, store.state.layer], [[1], [], 0]);
  known.add(1);
  one.resume();
  assert.deepEqual([told, store.state.layer], [[1], 1]);
});
