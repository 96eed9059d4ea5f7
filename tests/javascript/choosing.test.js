import assert from "node:assert/strict";
import { test } from "node:test";

import { Choosing } from "../../attnviz/client/js/state/choosing.js";
import { settled } from "../../attnviz/client/js/state/state.js";
import { headerOf } from "./made.js";

// Three heads, of which the vectors of the first are here.
function choosing() {
  const one = new Choosing();
  const header = headerOf(["the", "cat"], { layers: [{ heads: 3 }] });
  const known = new Set([0]);
  const told = [];
  Object.assign(one, {
    trace: { header },
    state: settled({}, header),
    wish: null,
    numbers: { knows: (_, head) => known.has(head) },
    apply: (next) => (one.state = next),
    onChoice: (state) => told.push(state),
  });
  const come = () => {
    known.add(1).add(2);
    one.grantWish();
  };
  return { one, told, come };
}

test("what can be drawn is chosen at once, and told", () => {
  const { one, told } = choosing();
  one.choose({ query: 1 });
  assert.equal(one.state.query, 1);
  assert.deepEqual(told, [one.state]);
  one.choose({ query: 1 });
  assert.equal(told.length, 1, "the same again is no choice");
});

test("a head whose vectors are on their way is chosen when they are here, with all that was wished since", () => {
  const { one, told, come } = choosing();
  one.choose({ head: 1 });
  one.choose({ query: 1 });
  one.second([0, 2]);
  assert.deepEqual([one.state.head, one.state.second, told.length], [0, null, 0]);
  come();
  assert.deepEqual([one.state.head, one.state.second, one.state.query], [1, [0, 2], 1]);
  assert.deepEqual(told, [one.state], "all at once");
  come();
  assert.equal(told.length, 1, "a wish is granted once");
});

test("a wish is taken back by wishing what is there", () => {
  const { one, told, come } = choosing();
  one.choose({ head: 1 });
  one.choose({ head: 0 });
  come();
  assert.deepEqual([one.state.head, told.length], [0, 0]);
});

test("what was chosen elsewhere is not told back", () => {
  const { one, told } = choosing();
  one.follow({ query: 1 });
  assert.equal(one.state.query, 1);
  assert.deepEqual(told, []);
});
