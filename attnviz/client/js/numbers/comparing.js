// Two heads on one set of rows and columns, as attnviz.analysis.comparing has them: NaN where a side has no such word,
// or its word may not look there. tests/browser/test_compare.py holds this against the package.

import { addedOf } from "./attention.js";
import { rowDivergences } from "./measures.js";

/** @import { ComparedRow } from "../state/schema.js" */
/** @import { Numbers } from "./numbers.js" */

/** @typedef {{ first: Float32Array, second: Float32Array, difference: Float32Array, bits: Float32Array }} Compared */
/** @typedef {{ numbers: Numbers, layer: number, head: number }} Side */

// [row, column] of A, of B, and A − B; and of each row the Jensen–Shannon divergence.
/** @type {(rows: ComparedRow[], a: Side, b: Side) => Compared} */
export function compared(rows, a, b) {
  const [first, second] = [a, b].map((side, which) => {
    return spread(
      side,
      rows.map(({ tokens }) => tokens[which]),
    );
  });
  const [p, q] = [first, second].map((values) => values.map((value) => value || 0));
  const difference = first.map((value, i) => value - second[i]);
  return { first, second, difference, bits: rowDivergences(p, q, rows.length, rows.length) };
}

// A head's weights by the words that stand there: to a word summed over its pieces, from it averaged.
/** @type {(side: Side, groups: (number[] | null)[]) => Float32Array} */
function spread({ numbers, layer, head }, groups) {
  const weights = numbers.plain(layer, head);
  const added = addedOf(numbers.part, layer, head);
  const count = groups.length;
  const values = new Float32Array(count * count).fill(NaN);
  groups.forEach((queries, i) => {
    if (!queries) return;
    const extra = queries.map((query) => added?.row(query));
    groups.forEach((keys, j) => {
      if (!keys) return;
      let [sum, isAllowed] = [0, false];
      queries.forEach((query, at) => {
        for (const key of keys) {
          sum += weights[query * numbers.m + key];
          isAllowed ||= extra[at]?.[key] !== -Infinity;
        }
      });
      if (isAllowed) values[i * count + j] = sum / queries.length;
    });
  });
  return values;
}
