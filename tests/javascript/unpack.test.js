import assert from "node:assert/strict";
import { test } from "node:test";

import { unpack } from "../../attnviz/client/js/numbers/unpack.js";

// As packing.py writes it: length, header, blanks up to a multiple of eight, arrays at multiples of eight.
function packed(header, arrays) {
  const places = {};
  let at = 0;
  for (const [name, [array, shape]] of Object.entries(arrays)) {
    places[name] = { at, type: TYPES.get(array.constructor), shape };
    at += Math.ceil(array.byteLength / 8) * 8;
  }
  const told = new TextEncoder().encode(JSON.stringify({ ...header, arrays: places }));
  const start = Math.ceil((4 + told.length) / 8) * 8;
  const bytes = new Uint8Array(start + at).fill(32, 0, start);
  new DataView(bytes.buffer).setUint32(0, start - 4, true);
  bytes.set(told, 4);
  for (const [name, [array]] of Object.entries(arrays)) {
    bytes.set(new Uint8Array(array.buffer), start + places[name].at);
  }
  return bytes;
}

const TYPES = new Map([
  [Float32Array, "float32"],
  [Int16Array, "int16"],
  [Uint8Array, "uint8"],
]);

const ARRAYS = {
  a: [Float32Array.from([1.5, -2, Infinity]), [1, 3]],
  b: [Int16Array.from([-32767, 32767]), [2]],
  c: [Uint8Array.from([0, 255, 7]), [3, 1, 1]],
};

test("header and arrays come back", () => {
  const { header, arrays } = unpack(packed({ text: "naïve <b> 猫" }, ARRAYS));
  assert.equal(header.text, "naïve <b> 猫");
  for (const [name, [array]] of Object.entries(ARRAYS)) assert.deepEqual(arrays[name], array);
});

test("bytes that begin anywhere in a larger buffer are read alike", () => {
  const bytes = packed({}, ARRAYS);
  for (const offset of [1, 2, 3, 5]) {
    const larger = new Uint8Array(bytes.length + 9);
    larger.set(bytes, offset);
    const { arrays } = unpack(larger.subarray(offset, offset + bytes.length));
    assert.deepEqual(arrays.a, ARRAYS.a[0]);
    assert.deepEqual(arrays.b, ARRAYS.b[0]);
  }
});

test("the arrays outlive the bytes", () => {
  const bytes = packed({}, ARRAYS);
  const { arrays } = unpack(bytes);
  bytes.fill(0);
  assert.deepEqual(arrays.a, ARRAYS.a[0]);
});

test("a header longer than a byte can count is read whole", () => {
  const text = "ä".repeat(70_000);
  assert.equal(unpack(packed({ text }, ARRAYS)).header.text, text);
});
