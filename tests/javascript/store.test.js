import assert from "node:assert/strict";
import { test } from "node:test";

import { createStore } from "../../attnviz/client/js/state/store.js";

test("whoever subscribes hears of a change in the same event, with what was before", () => {
  const store = createStore({ head: 0 });
  const heard = [];
  store.subscribe((state, before) => heard.push([state.head, before.head]));
  assert.equal(store.apply({ head: 2 }), true);
  assert.deepEqual([store.state.head, heard], [2, [[2, 0]]]);
});

test("the same state again is no change", () => {
  const store = createStore({ head: 0, over: [[1, 2]] });
  store.subscribe(() => assert.fail("nothing has changed"));
  const before = store.state;
  assert.equal(store.apply({ head: 0, over: [[1, 2]] }), false);
  assert.equal(store.state, before);
});

test("the state is changed by applying another one alone", () => {
  const first = { head: 0 };
  const store = createStore(first);
  first.head = 5;
  assert.equal(store.state.head, 0);
  assert.throws(() => {
    store.state.head = 1;
  }, TypeError);
  assert.throws(() => {
    store.state = { head: 1 };
  }, TypeError);
});

test("who has unsubscribed hears no more, and the others do", () => {
  const store = createStore({ head: 0 });
  const heard = [];
  const leave = store.subscribe(() => {
    heard.push("a");
    leave();
  });
  store.subscribe(() => heard.push("b"));
  store.apply({ head: 1 });
  store.apply({ head: 2 });
  assert.deepEqual(heard, ["a", "b", "b"]);
});
