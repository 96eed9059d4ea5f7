// Where a word stands in each kind of attention, and what is drawn next, told as JSON for test_page_kinds.py.
//
//     node page_kinds.js cases.json told.json

import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";

import { grouping } from "../../attnviz/client/js/numbers/grouping.js";
import { linkedIn, pairAt } from "../../attnviz/client/js/walk/kinds.js";
import { drawnBy, tempered, textWith } from "../../attnviz/client/js/walk/next.js";

const [, , casesPath, toldPath] = argv;
const { probabilities, temperatures } = JSON.parse(readFileSync(casesPath, "utf8"));

const row = (count) => ({
  tokens: Array.from({ length: count }, (_, i) => ({ label: `${i}`, name: `${i}`, special: i === 0 })),
});
const [source, target, written] = [row(4), row(3), { tokens: row(4).tokens.slice(1) }];
const parts = { encoder: [source, source], decoder: [target, target], cross: [written, source] };
const marked = (pair, specials = true) =>
  Object.entries(parts).map(([name, [queries, keys]]) => {
    const isSquare = queries === keys;
    const grouped = grouping({ queries, keys, isSquare }, { specials, words: "pieces", filter: "all" });
    const { row: r, column: c } = linkedIn(name, pair, grouped);
    return [r, c];
  });
const of = { run: { ids: [3, 1, 2, 0] }, model: { words: ["a", "b", "c", "[CLS]"] }, query: 2 };

writeFileSync(
  toldPath,
  JSON.stringify({
    both: marked({ row: 1, column: 3 }),
    none: marked({ row: -1, column: -1 }),
    last: marked({ row: 2, column: 0 }),
    without: marked({ row: 1, column: 3 }, false),
    back: Object.keys(parts).map((name) => pairAt(name, { row: 2, column: 1 })),
    start: pairAt("decoder", { row: 0, column: 0 }),
    tempered: temperatures.map((one) => [...tempered(probabilities, one)]),
    among: [...tempered(probabilities, 1, new Set([0, 2]))],
    drawn: [0, 0.49, 0.5, 0.999, 1].map((chance) => drawnBy(Float64Array.from([0.5, 0.25, 0.25]), chance)),
    text: textWith(of, [1]),
  }),
);
