// What a press will bring is shown ahead, once, and taken back where it was not asked for after all.

import assert from "node:assert/strict";
import { test } from "node:test";

import { createAhead } from "../../attnviz/client/js/hosts/ahead.js";

const HEAD = { part: "", layer: 1, head: 2 };
const traceOf = (id, first = {}) => ({ header: { id, first: { ...HEAD, query: 4, key: null, ...first } } });
const STANDING = traceOf("now");

// An explorer that shows the standing trace, and what was shown in it, one after another.
function made() {
  const shown = [];
  const explorer = {
    state: { ...HEAD, query: 3, key: 1, specials: true },
    trace: STANDING,
    show(trace, state) {
      [explorer.trace, explorer.state] = [trace, state];
      shown.push([trace.header.id, state]);
    },
  };
  return { explorer, shown, ahead: createAhead(explorer, () => STANDING) };
}

test("it is shown with its own words and all else that is chosen, and not again when the server sends it", () => {
  const { ahead, shown } = made();
  ahead.show(traceOf("next"));
  assert.deepEqual(shown, [["next", { ...HEAD, query: 4, key: null, specials: true }]]);
  assert.equal(ahead.hasShown(traceOf("next")), true);
  assert.equal(ahead.hasShown(traceOf("next")), false, "a second time it is one of the server's own");
});

test("of another head than it was made for nothing is shown ahead", () => {
  for (const other of [{ head: 0 }, { layer: 0 }, { part: "cross" }]) {
    const { ahead, shown } = made();
    ahead.show(traceOf("next", other));
    assert.deepEqual(shown, []);
    assert.equal(ahead.hasShown(traceOf("next", other)), false);
  }
});

test("what was not asked for after all gives way to what stood there, as it was", () => {
  const { ahead, explorer, shown } = made();
  const before = explorer.state;
  ahead.show(traceOf("next"));
  ahead.takeBack();
  assert.deepEqual(shown[1], ["now", before]);
  ahead.takeBack();
  assert.equal(shown.length, 2, "there is nothing more to take back");
});

test("another trace than the one that was shown ahead is to be shown", () => {
  const { ahead } = made();
  ahead.show(traceOf("next"));
  assert.equal(ahead.hasShown(traceOf("other")), false);
});
