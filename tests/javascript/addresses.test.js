// The address of the page in a file: what is chosen, after #.

import assert from "node:assert/strict";
import { test } from "node:test";

import { bytesOf, read, written } from "../../attnviz/client/js/hosts/standalone.js";
import { START } from "../../attnviz/client/js/state/state.js";

test("base64 becomes the bytes that it stands for", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  assert.deepEqual(bytesOf(Buffer.from(bytes).toString("base64")), bytes);
  assert.equal(bytesOf("").length, 0);
});

test("what is chosen goes into the address and comes back", () => {
  const states = [
    START,
    {
      ...START,
      layer: 3,
      second: [1, 2],
      over: [
        [0, 0],
        [4, 5],
      ],
      filter: "AB",
      scale: "own",
      key: 7,
    },
  ];
  for (const state of states) {
    assert.deepEqual(read(`#${written(state)}`), state);
    assert.match(written(state), /^[\w%.~!*'()-]*$/, "nothing that an address may not have");
  }
});

test("an address that says nothing of use leaves all as it is", () => {
  for (const hash of ["", "#", "#%E0%A4%A", "#{", "#null", "#7", '#"text"', "#undefined", "#%7B%22a%22"]) {
    assert.deepEqual(read(hash), {}, hash);
  }
});
