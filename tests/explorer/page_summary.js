// Means of heads and rollouts as the page computes them from packed traces, told as JSON: test_page_summary.py holds
// them against the package.
//
//     node page_summary.js cases.json told.json
//
// A case: { trace: path, states: [state] }, where a state is what is chosen in the explorer.

import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";

import { Numbers } from "../../attnviz/client/js/numbers/numbers.js";
import { partOf } from "../../attnviz/client/js/numbers/part.js";
import { unpack } from "../../attnviz/client/js/numbers/unpack.js";
import { saidOf } from "../../attnviz/client/js/say/summary.js";
import { contextOf } from "../../attnviz/client/js/state/context.js";
import { settled } from "../../attnviz/client/js/state/state.js";

function told({ trace: path, states }) {
  const trace = unpack(new Uint8Array(readFileSync(path)));
  const part = partOf(trace, "");
  const numbers = new Numbers(part);
  return states.map((wanted) => {
    const state = settled(wanted, trace);
    numbers.group(state);
    const context = contextOf({ trace, part, numbers, state, hover: null, notes: null, headsAlone: false });
    const { row, note } = saidOf(context);
    const blocked = context.blocked();
    return {
      of: state.of,
      weights: [...context.weights()],
      blocked: blocked && [...blocked],
      rows: numbers.grouping.rows.map(({ tokens }) => tokens),
      said: row.map(([text]) => text).join(""),
      note,
    };
  });
}

const [, , casesPath, toldPath] = argv;
const cases = JSON.parse(readFileSync(casesPath, "utf8"));
writeFileSync(toldPath, JSON.stringify(cases.map(told)));
