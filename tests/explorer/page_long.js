// What the page computes of a long text, told as JSON: test_page_long.py holds it against the package.
//
//     node page_long.js pictures vectors asked.json told.json
//
// Asked: { heads: [[layer, head]], queries }.

import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";

import { Numbers } from "../../attnviz/client/js/numbers/numbers.js";
import { mayLookAt, rowAt } from "../../attnviz/client/js/numbers/cells.js";
import { partOf } from "../../attnviz/client/js/numbers/part.js";
import { rowInWords } from "../../attnviz/client/js/say/reading.js";
import { contextOf } from "../../attnviz/client/js/state/context.js";
import { settled } from "../../attnviz/client/js/state/state.js";
import { unpack } from "../../attnviz/client/js/numbers/unpack.js";

const [, , picturesPath, vectorsPath, askedPath, toldPath] = argv;
const { heads, queries } = JSON.parse(readFileSync(askedPath, "utf-8"));
const read = (path) => unpack(new Uint8Array(readFileSync(path)));
const trace = read(picturesPath);
const wanted = { show: "lines", over: [[0, 1]], of: "layer", words: "words", specials: false };
const state = settled({ ...trace.header.first, ...wanted }, trace);
const numbers = new Numbers(partOf(trace, ""));
numbers.answer(trace);
numbers.group(state);

// What is there before the vectors of all heads are: the chosen head's own.
const [chosen] = trace.header.heads;
const { isRounded, ...vectors } = numbers.vectors(...chosen);
const early = {
  rough: [...numbers.tiled.of(...chosen).values],
  row: [...rowAt(numbers, ...chosen, queries[0])],
  isRounded,
  ...Object.fromEntries(["q", "k", "v"].map((name) => [name, [...vectors[name]]])),
};
const said = (layer, head, query) => {
  const now = { ...state, layer, head, query };
  const seen = { trace, part: numbers.part, numbers, state: now, hover: null, notes: null };
  return rowInWords(contextOf(seen))
    .map(([text]) => text)
    .join("");
};
const before = said(...chosen, queries[0]);

const { header, arrays } = read(vectorsPath);
Object.assign(trace.arrays, arrays);
trace.header.scales = header.scales;

const told = heads.map(([layer, head]) => {
  let turns = 0;
  while (!numbers.tiled.goOn(layer, head, performance.now() + 1)) turns += 1;
  const { values, rows, columns } = numbers.tiled.of(layer, head);
  const { byKey, byOffset, lookers, pairs } = numbers.tiled.table(layer, head);
  return {
    turns,
    picture: { values: [...values], rows, columns },
    covered: [...numbers.blocked(layer, head)],
    rows: queries.map((query) => [...rowAt(numbers, layer, head, query)]),
    may: queries.map((query) => mayLookAt(numbers, layer, head, query, queries[0])),
    byKey: [...byKey],
    lookers: [...lookers],
    byOffset: [...byOffset],
    pairs: [...pairs],
    said: said(layer, head, queries[0]),
  };
});
writeFileSync(toldPath, JSON.stringify({ state, early, before, heads: told, block: numbers.tiled.block }));
