import assert from "node:assert/strict";
import { test } from "node:test";

import { NORMALIZERS } from "../../attnviz/client/js/model/attention.js";
import { MASKS } from "../../attnviz/client/js/model/changes.js";
import { readSwitched, writtenSwitched } from "../../attnviz/client/js/state/learn/switched.js";
import { seeded } from "../../attnviz/client/js/walk/why.js";

test("each switch is written as a word of the link", () => {
  assert.equal(writtenSwitched({}), "");
  assert.equal(writtenSwitched({ root: false, places: false }), "unscaled~unplaced");
  assert.equal(writtenSwitched({ mask: { kind: "causal" } }), "causal");
  assert.equal(writtenSwitched({ mask: { kind: "window", width: 2 } }), "window:2");
  assert.equal(writtenSwitched({ normalizer: "relu", temperature: 0.5 }), "temperature:0.5~relu");
  assert.equal(writtenSwitched({ mask: { kind: "dilated", width: 8, step: 4 } }), "dilated:8:4");
  assert.equal(writtenSwitched({ off: [[0, 1], [1, 3]] }), "off:0.1-1.3");
  const number = { layer: 1, matrix: "w_q", row: 3, column: 9, value: -0.25 };
  assert.equal(writtenSwitched({ numbers: [number] }), "number:1:w_q:3:9:-0.25");
  const row = { layer: 1, head: 0, query: 2, weights: [0.5, 1 / 3, 0] };
  assert.equal(writtenSwitched({ rows: [row] }), "row:1:0:2:0.5_0.333333333_");
});

test("what changes nothing is not written", () => {
  assert.equal(writtenSwitched({ root: true, places: true, temperature: 1, normalizer: "softmax", off: [] }), "");
});

// Changes of all kinds, by chance, with numbers that six digits hold.
function drawn(random) {
  const whole = (most) => Math.floor(random() * most);
  const digits = () => Number(((random() - 0.3) * 10 ** (whole(9) - 4)).toPrecision(6));
  const some = (of) => Array.from({ length: 1 + whole(3) }, of);
  const kinds = {
    root: () => false,
    places: () => false,
    temperature: () => Math.abs(digits()) + 2,
    normalizer: () => Object.keys(NORMALIZERS)[1 + whole(3)],
    mask: () => {
      const kind = MASKS[whole(4)];
      const wide = kind === "causal" || kind === "bidirectional" ? {} : { width: 1 + whole(40) };
      return { kind, ...wide, ...(kind === "dilated" ? { step: 1 + whole(9) } : {}) };
    },
    off: () => some(() => [whole(12), whole(16)]),
    numbers: () =>
      some(() => {
        const matrix = ["w_q", "w_k", "w_v", "w_o"][whole(4)];
        return { layer: whole(6), matrix, row: whole(400), column: whole(400), value: digits() };
      }),
    rows: () => some(() => ({ layer: whole(6), head: whole(9), query: whole(99), weights: some(digits) })),
  };
  const chosen = Object.entries(kinds).filter(() => random() < 0.5);
  return Object.fromEntries(chosen.map(([name, of]) => [name, of()]));
}

test("what is written is read again, whatever is switched together", () => {
  const random = seeded(5);
  for (let i = 0; i < 2000; i++) {
    const changes = drawn(random);
    const written = writtenSwitched(changes);
    const { temperature, ...read } = readSwitched(written);
    const { temperature: wanted, ...rest } = changes;
    assert.deepEqual(read, rest, written);
    assert.ok(wanted === undefined ? temperature === undefined : Math.abs(temperature / wanted - 1) < 1e-5, written);
    assert.equal(writtenSwitched(readSwitched(written)), written);
    assert.match(written, /^[\w.:,;~-]*$/); // what an address may hold (state.js)
  }
});

test("what cannot be read is left out, and the rest stays", () => {
  for (const one of [
    ...["constructor", "toString", "__proto__", "__defineGetter__:x", "hasOwnProperty:y", "valueOf", "unscaled2", " "],
    ...["temperature", "temperature:", "temperature:0", "temperature:-1", "temperature:x", "temperature:Infinity"],
    ...["normalizer:relu", "softmax", "sharp", "mask", "mask:causal", "windows", "all"],
    ...["off", "off:", "off:1", "off:a.b", "off:1.2.3", "off:1.5.", "off:--"],
    ...["number", "number:0:w_q:1:2", "number:0:w_q:1:2:", "number:0:w_x:1:2:3", "number:0:w_q:-1:2:3"],
    ...["number:0:w_q:1:2:NaN", "number:0:w_q:1e3:2:3", "number:9999999:w_q:1:2:3", "number:0:w_q:1:2:1e999"],
    ...["row", "row:0:0:0", "row:0:0:0:1,2", "row:0:0:0:1_x", "row:0:0:-1:1", "row:0:0:0:NaN"],
  ]) {
    assert.deepEqual(readSwitched(one), {}, one);
    assert.deepEqual(readSwitched(`unscaled~${one}~unplaced`), { root: false, places: false }, one);
  }
});

test("a mask without its numbers has the usual ones, and none is below 1", () => {
  assert.deepEqual(readSwitched("window"), { mask: { kind: "window", width: 4 } });
  assert.deepEqual(readSwitched("dilated:0:0"), { mask: { kind: "dilated", width: 4, step: 2 } });
  assert.equal(writtenSwitched({ mask: { kind: "dilated" } }), "dilated:4:2");
});

test("no string throws, whatever is in it", () => {
  const random = seeded(6);
  const pieces = [
    ...["number", "row", "off", "mask", "temperature", "relu", "window", "w_q", "0", "1", "-1", "1e9", "NaN"],
    ...[":", ":", "~", "_", ".", "-", "__proto__", "constructor", "toString", "\u0000", "🙂", "\ud800", " ", "{}", "[]"],
  ];
  for (let i = 0; i < 5000; i++) {
    const length = Math.floor(random() * 12);
    const told = Array.from({ length }, () => pieces[Math.floor(random() * pieces.length)]).join("");
    const read = readSwitched(told);
    assert.deepEqual(Object.getPrototypeOf(read), Object.prototype, told);
    const written = writtenSwitched(read);
    assert.equal(writtenSwitched(readSwitched(written)), written, told);
  }
});
