// What the page computes from packed traces, told as JSON: test_page_numbers.py holds it against the package.
//
//     node page_numbers.js cases.json told.json
//
// A case: { trace: path, heads: [[layer, head]], query, pairs: [[head, head]], groupings: [{ options, cells }], said:
// [{ layer, head, query, key, specials }] }, where a head is [layer, head] and a cell [row, column] of what is shown.

import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";

import { rowOf, vectorsOf, weightRow, weightsOf } from "../../attnviz/client/js/numbers/equations/attention.js";
import { linksOf } from "../../attnviz/client/js/views/heads/links.js";
import { ranked, rowDivergences, standsOut } from "../../attnviz/client/js/numbers/analysis/measures.js";
import { Numbers } from "../../attnviz/client/js/numbers/numbers.js";
import { mostOutstanding } from "../../attnviz/client/js/numbers/analysis/outstanding.js";
import { rowInWords, specialsInWords } from "../../attnviz/client/js/say/reading.js";
import { contextOf } from "../../attnviz/client/js/state/context.js";
import { partOf } from "../../attnviz/client/js/numbers/part.js";
import { settled } from "../../attnviz/client/js/state/state.js";
import { unpack } from "../../attnviz/client/js/numbers/unpack.js";

function told({ trace: path, heads, query, pairs, groupings, said }) {
  const trace = unpack(new Uint8Array(readFileSync(path))); // as the page gets it; a slice of a Buffer is no copy
  const part = partOf(trace, "");
  const numbers = new Numbers(part);
  return {
    tokens: part.queries.tokens.length,
    heads: heads.map(([layer, head]) => ({
      weights: weightsOf(part, layer, head),
      row: weightRow(part, layer, head, query),
      steps: rowOf(part, layer, head, query),
      v: vectorsOf(part, layer, head).v,
    })),
    early: early(`${path}.pictures`, query),
    groupings: groupings.map((one) => shownAs(numbers, one, heads, pairs)),
    outstanding: outstanding(numbers, query),
    said: said.map((one) => inWords(trace, numbers, one)),
  };
}

// In which head a word stands out most, at which word.
function outstanding(numbers, query) {
  numbers.group({ specials: true, words: "pieces", filter: "all" });
  return mostOutstanding(numbers, query, 2)[0] ?? null;
}

// What the page says of a row: the sentences, and the one on special tokens.
function inWords(trace, numbers, { layer, head, query, key, specials }) {
  const state = settled({ layer, head, query, key, specials }, trace);
  numbers.group(state);
  const selection = contextOf({ trace, part: partOf(trace, ""), numbers, state, hover: null, notes: null });
  const row = rowInWords(selection).map(([text]) => text);
  return [row.join(""), specialsInWords(selection)];
}

// What is drawn before the vectors of all heads have come.
function early(path, query) {
  const trace = unpack(new Uint8Array(readFileSync(path)));
  const part = partOf(trace, "");
  const numbers = new Numbers(part);
  numbers.answer(trace);
  numbers.group({ specials: true, words: "pieces", filter: "all" });
  return trace.header.heads.map(([layer, head]) => ({
    weights: numbers.weights(layer, head),
    row: numbers.row(layer, head, [query]),
    other: numbers.row(layer, head, [0]),
    context: rowOf(part, layer, head, query, numbers.vectors(layer, head)).context,
  }));
}

// How unlike the rows of two heads are, as they are shown.
function divergences(numbers, pair) {
  const [a, b] = pair.map(([layer, head]) => numbers.wholeRows(layer, head));
  return rowDivergences(a.values, b.values, numbers.grouping.rows.length, a.columns);
}

function shownAs(numbers, { options, cells }, heads, pairs) {
  numbers.group(options);
  const { rows, columns } = numbers.grouping;
  return {
    rows: rows.map(({ tokens }) => tokens),
    columns: columns.map(({ tokens }) => tokens),
    weights: heads.map(([layer, head]) => numbers.weights(layer, head)),
    blocked: heads.map(([layer, head]) => numbers.blocked(layer, head)),
    forced: heads.map(([layer, head]) => numbers.forced(layer, head)),
    divergences: pairs.map((pair) => divergences(numbers, pair)),
    cells: cells.map(([row, column]) => links(numbers, heads, row, column)),
  };
}

function links(numbers, heads, row, column) {
  const { rows } = numbers.grouping;
  const found = linksOf(heads, {
    row: (layer, head) => numbers.row(layer, head, rows[row].tokens, false),
    table: (layer, head) => numbers.table(layer, head),
    forced: (layer, head) => numbers.forced(layer, head),
    at: { row, column },
    rows: rows.length,
  });
  const order = (by) => ranked(found, by).map(({ layer, head }) => [layer, head]);
  const values = found.map((link) => [link.weight, link.others, link.position, standsOut(link)]);
  return { values, byWeight: order("weight"), byStanding: order("stands out") };
}

// JSON has neither arrays of one type nor −∞.
function plain(_, value) {
  if (ArrayBuffer.isView(value)) return [...value];
  return value === -Infinity ? "-inf" : value;
}

const [, , casesPath, toldPath] = argv;
const cases = JSON.parse(readFileSync(casesPath, "utf8"));
writeFileSync(toldPath, JSON.stringify(cases.map(told), plain));
