import assert from "node:assert/strict";
import { test } from "node:test";

import { reads, typed } from "../../attnviz/ui/field.js";

test("Enter alone reads; with a key held, or while a character is composed, it does not", () => {
  assert.ok(reads({ key: "Enter" }));
  for (const held of ["shiftKey", "ctrlKey", "metaKey", "altKey", "isComposing"]) {
    assert.ok(!reads({ key: "Enter", [held]: true }), held);
  }
  assert.ok(!reads({ key: "a" }));
});

test("Enter elsewhere is left to what has the focus", () => {
  const left = { key: "Enter", target: { matches: () => false }, preventDefault: assert.fail };
  typed(left);
  typed({ ...left, target: {} });
});
