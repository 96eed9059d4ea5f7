// A page that was connected anew asks for itself once.

import assert from "node:assert/strict";
import { test } from "node:test";

import { returning } from "../../attnviz/ui/connecting.js";

const asked = (...states) => {
  let times = 0;
  const hear = returning(() => (times += 1));
  for (const state of states) hear(state);
  return times;
};

test("a page that is opened does not ask again", () => {
  assert.equal(asked("CONNECTED", "CONNECTED"), 0);
});

test("a connection that was lost and is back asks once, however it came back", () => {
  assert.equal(asked("CONNECTED", "DISCONNECTED", "PINGING_SERVER", "CONNECTING", "CONNECTED", "CONNECTED"), 1);
  assert.equal(asked("CONNECTED", "PINGING_SERVER", "CONNECTED", "PINGING_SERVER", "CONNECTED"), 2);
});

test("while it is lost nothing is asked", () => {
  assert.equal(asked("CONNECTED", "DISCONNECTED", "PINGING_SERVER", null), 0);
});
