import assert from "node:assert/strict";
import { test } from "node:test";

import { halfUnder } from "../../attnviz/client/js/draw/heatmap.js";
import { legendOf } from "../../attnviz/client/js/say/legend.js";
import { cellInWords, matrixInWords, sizeOf } from "../../attnviz/client/js/say/matrix.js";

const MATRIX = { rows: 2, columns: 2, values: Float64Array.of(0.5, -Infinity, 0.001, -2) };
const WEIGHTS = /** @type {const} */ ("weights");
const SHOWN = { name: "A", title: "all weights", matrix: MATRIX, rows: null, columns: null, scale: WEIGHTS };

test("a cell is named by its words, or by its place where it has none", () => {
  const rows = ["cat", "sat"];
  const named = { ...SHOWN, rows, columns: rows };
  assert.equal(cellInWords(named, { row: 0, column: 1 }), "A of cat → sat: −∞");
  assert.equal(cellInWords({ ...SHOWN, rows }, { row: 1, column: 0 }), "A[0] of sat: 0.001");
  assert.equal(cellInWords({ ...SHOWN, columns: rows }, { row: 0, column: 0 }), "A of cat: 0.500");
  assert.equal(cellInWords(SHOWN, { row: 1, column: 1 }), "A[1] row 1: −2.00");
});

test("an id is a whole number", () => {
  const ids = { rows: 1, columns: 2, values: Float64Array.of(118, 0) };
  const shown = { ...SHOWN, name: "id", matrix: ids, columns: ["sat", "on"], scale: /** @type {const} */ ("plain") };
  assert.equal(cellInWords(shown, { row: 0, column: 0 }), "id of sat: 118");
  assert.equal(cellInWords(shown, { row: 0, column: 1 }), "id of on: 0");
});

test("a word that runs from the right stays where it stands", () => {
  const shown = { ...SHOWN, rows: ["قطة", "sat"], columns: ["قطة", "sat"] };
  assert.equal(cellInWords(shown, { row: 0, column: 1 }), "A of \u2068قطة\u2069 → sat: −∞");
});

test("a matrix is called by what it is and how large it is", () => {
  assert.equal(matrixInWords(SHOWN), "A, all weights, 2 by 2");
  assert.equal(sizeOf({ matrix: MATRIX, from: "training" }), "2 × 2 · from training");
});

test("names that lie half under a bold one are those nearer than a line", () => {
  assert.deepEqual(halfUnder([0, 2, 4], 1, 9.8), [9.8, 9.8]);
  assert.deepEqual(halfUnder([0, 3, 6], 1, 5), [5, 10]);
  assert.deepEqual(halfUnder([0, 1, 2], 1, 20), [0, 0], "where all have room, none is covered");
  assert.deepEqual(halfUnder([0, 2], 2, 9.8), [0, 0], "a name does not cover itself");
});

test("rows are spoken of under a sound where they are drawn", () => {
  const said = (isSquare) => legendOf({ shownAs: "sound", part: { isSquare } }, { scale: {} }).texts.join(" ");
  assert.match(said(false), /Each row under it/);
  assert.doesNotMatch(said(true), /row/);
});
