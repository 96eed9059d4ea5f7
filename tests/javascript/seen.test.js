// A picture's light and a sound's file, by hand.

import assert from "node:assert/strict";
import { test } from "node:test";

import { litPixels, patchAt, placeOfPatch } from "../../attnviz/client/js/draw/seen.js";
import { columnAtTime, placeOfTime, timeAt } from "../../attnviz/client/js/draw/sound.js";
import { wavOf } from "../../attnviz/client/js/views/inputs/player.js";

const TOKENS = [{}, { box: [0, 0, 2, 1] }, { box: [2, 0, 2, 1] }];
const PICTURE = { columns: 4, rows: 1, pixels: new Uint8Array(12).fill(200), patches: [1, 2], across: 2 };
const WHOLE = { x: 0, y: 0, width: 400, height: 100 };

test("a patch with all weight keeps its light, one without a fifth of it", () => {
  const lit = litPixels(PICTURE, TOKENS, (token) => (token === 1 ? 1 : 0));
  assert.deepEqual([...lit].map((pixel) => pixel & 255), [200, 200, 40, 40]);
  assert.ok([...lit].every((pixel) => pixel >>> 24 === 255));
});

test("a quarter of the weight gives half of the light between", () => {
  const [pixel] = litPixels(PICTURE, TOKENS, () => 0.25);
  assert.equal(pixel & 255, Math.round(200 * (0.2 + 0.8 * 0.5)));
});

test("a place in the picture is in the patch that lies there", () => {
  assert.deepEqual(placeOfPatch(PICTURE, TOKENS[2], WHOLE), { x: 200, y: 0, width: 200, height: 100 });
  assert.deepEqual([10, 199, 200, 399].map((x) => patchAt(PICTURE, TOKENS, WHOLE, x, 50)), [1, 1, 2, 2]);
  assert.equal(patchAt(PICTURE, TOKENS, WHOLE, 401, 50), -1);
});

test("a second has a place, and the place that second", () => {
  const plan = { heard: { x: 20, y: 0, width: 100, height: 10 }, from: 1, until: 3 };
  assert.equal(placeOfTime(plan, 2), 70);
  assert.equal(timeAt(plan, 70), 2);
  const tokens = [{ time: [0, 0.04] }, { time: [0.04, 0.08] }, {}];
  const columns = [{ tokens: [0] }, { tokens: [1] }, { tokens: [2] }];
  assert.deepEqual([0.01, 0.04, 0.9].map((seconds) => columnAtTime(columns, tokens, seconds)), [0, 1, -1]);
});

test("samples are a WAV file of sixteen bits", () => {
  const bytes = Buffer.from(wavOf([0, 1000, -1000], 8000));
  assert.equal(bytes.toString("latin1", 0, 4) + bytes.toString("latin1", 8, 16), "RIFFWAVEfmt ");
  assert.equal(bytes.readUInt32LE(4), bytes.length - 8);
  assert.deepEqual([bytes.readUInt16LE(22), bytes.readUInt32LE(24), bytes.readUInt16LE(34)], [1, 8000, 16]);
  assert.deepEqual([44, 46, 48].map((at) => bytes.readInt16LE(at)), [0, 1000, -1000]);
});
