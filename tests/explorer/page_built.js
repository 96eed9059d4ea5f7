// What the page computes of heads that are built by hand, told as JSON: test_page_built.py holds it against
// the package.
//
//     node page_built.js cases.json told.json
//
// A case: { words, aim } or { words, w_q, w_k } (rows of numbers).

import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";

import { built, headFor, vectorsOf } from "../../attnviz/client/js/walk/built.js";

const [, , casesPath, toldPath] = argv;

function matrix(rows) {
  return { rows: rows.length, columns: rows[0].length, values: Float64Array.from(rows.flat()) };
}

function rowsOf({ rows, columns, values }) {
  return Array.from({ length: rows }, (_, i) => [...values.subarray(i * columns, (i + 1) * columns)]);
}

function told({ words, aim, w_q, w_k }) {
  const head = aim ? headFor(words, aim) : { w_q: matrix(w_q), w_k: matrix(w_k) };
  const all = { x: vectorsOf(words), ...head, ...built(words, head) };
  return Object.fromEntries(Object.entries(all).map(([name, one]) => [name, rowsOf(one)]));
}

writeFileSync(toldPath, JSON.stringify(JSON.parse(readFileSync(casesPath, "utf8")).map(told)));
