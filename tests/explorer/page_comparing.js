// What the page computes of two heads, told as JSON: test_page_comparing.py holds it against the package.
//
//     node page_comparing.js cases.json told.json
//
// A case: { a: path, b: path, comparison: path, at: head, beside: head, words, heads: [head], queries: [query] }, where
// a head is [layer, head].

import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";

import {
  compared,
  comparedRows,
  comparesRow,
  differingRows,
  largestDifference,
  meanOver,
  mostAlikeHead,
  mostUnlikeHead,
} from "../../attnviz/client/js/numbers/analysis/comparing.js";
import { Numbers } from "../../attnviz/client/js/numbers/numbers.js";
import { partOf } from "../../attnviz/client/js/numbers/part.js";
import { unpack } from "../../attnviz/client/js/numbers/unpack.js";
import { rowsIn } from "../../attnviz/client/js/state/both.js";

const read = (path) => unpack(new Uint8Array(readFileSync(path)));

function told({ a, b, comparison, at, beside, words, heads, queries }) {
  const [first, second] = [a, b].map((path) => new Numbers(partOf(read(path), "")));
  const rows = rowsIn(read(comparison).header.alignments[0], words);
  const side = { numbers: first, layer: at[0], head: at[1] };
  const found = compared(rows, side, { numbers: second, layer: beside[0], head: beside[1] });
  const shown = (specials) => [...rows.keys()].filter((row) => specials || !isSpecial(rows[row], first, second));
  return {
    ...found,
    of: [true, false].map((specials) => {
      const places = shown(specials);
      return {
        compared: comparedRows(found, places),
        differing: differingRows(found, places),
        largest: largestDifference(found, places),
        mean: meanOver(found, comparedRows(found, places)),
      };
    }),
    unlike: heads.map(([layer, head]) => mostUnlikeHead(first, layer, head)),
    alike: heads.map(([layer, head]) =>
      queries.map((query) => mostAlikeHead(rows, { numbers: first, layer, head }, second, query)),
    ),
    byRow: queries.map((query) => comparesRow(rows, side, second, query)),
  };
}

function isSpecial({ tokens: [ours, theirs] }, first, second) {
  return ours ? first.part.queries.tokens[ours[0]].special : second.part.queries.tokens[theirs[0]].special;
}

const plain = (_, value) => (ArrayBuffer.isView(value) ? [...value] : value);
const [, , casesPath, toldPath] = argv;
writeFileSync(toldPath, JSON.stringify(JSON.parse(readFileSync(casesPath, "utf8")).map(told), plain));
