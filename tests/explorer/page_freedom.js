// What the page finds of rows that could be others, told as JSON: test_page_freedom.py holds it against the package.
//
//     node page_freedom.js cases.json told.json
//
// A case: { row, values, width, seen, direction }.

import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";

import { freedom } from "../../attnviz/client/js/numbers/analysis/freedom.js";

const [, , casesPath, toldPath] = argv;

function told({ row, values, width, seen, direction }) {
  const found = freedom(row, values, width, seen);
  const { effective, rank, free, share } = found;
  const rows = [effective, found.null, found.furthest(), found.moved(0.5), found.along(direction), found.apart(0.4)];
  return { rows: rows.map((one) => [...one]), rank, free, share };
}

writeFileSync(toldPath, JSON.stringify(JSON.parse(readFileSync(casesPath, "utf8")).map(told)));
