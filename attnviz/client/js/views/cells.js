// What is said of a cell of the large figure, and of a word's lines in it.

import { cellInWords, signed } from "../say/words.js";
import { isSame } from "../state/state.js";

/** @import { Cell, Context } from "../state/context.js" */
/** @import { Place } from "../state/state.js" */

const MOST_LINES = 5; // of a word's that are said

// Where a word looks most in the chosen head.
/** @type {(context: Context, row: number) => number} */
export function strongestColumn({ state, numbers }, row) {
  const { length } = numbers.grouping.columns;
  const values = numbers.weights(state.layer, state.head).subarray(row * length, (row + 1) * length);
  let best = 0;
  for (let j = 1; j < length; j++) if (values[j] > values[best]) best = j;
  return best;
}

// A cell, in words; one line for each head in the picture.
/** @type {(context: Context, cell: Cell) => string[]} */
export function cellSaid(context, { row, column }) {
  const { state, numbers, beside } = context;
  const { rows, columns } = numbers.grouping;
  const at = row * columns.length + column;
  const { tokens } = rows[row];
  const shown = shownIn(context, at);
  /** @type {(layer: number, head: number) => number} */
  const weightIn = (layer, head) => numbers.row(layer, head, tokens, false)[column];
  const said = context.heads(true).map(({ layer, head }) => {
    const weight = numbers.blocked(layer, head)?.[at] ? null : weightIn(layer, head);
    const cell = cellInWords(rows[row].name, columns[column].name, weight, [layer, head]);
    const whose = shown && isSame([layer, head], shown) ? " (shown in the cell)" : "";
    const forced = weight !== null && numbers.forced(layer, head)?.[row] ? " (it has no choice)" : "";
    return (numbers.isExact(layer, head, tokens) ? cell : `≈ ${cell}`) + forced + whose;
  });
  if (beside) said.push(`difference ${signed(weightIn(state.layer, state.head) - weightIn(...beside))}`);
  return said;
}

// A word's lines, in words: of the strongest cells, what a cell says.
/** @type {(context: Context, word: Cell, cells: [row: number, column: number][]) => string | string[]} */
export function lineSaid(context, word, cells) {
  const { rows, columns } = context.numbers.grouping;
  if (!cells.length) return `${(rows[word.row] ?? columns[word.column]).name}: no weight of 0.02 or more`;
  const said = cells.slice(0, MOST_LINES).flatMap(([row, column]) => cellSaid(context, { row, column }));
  const fainter = cells.length - MOST_LINES;
  return fainter > 0 ? [...said, `and ${fainter} fainter`] : said;
}

// Whose weight a cell shows where several heads lie over one another: the strongest one's.
/** @type {(context: Context, at: number) => Place | null} */
function shownIn(context, at) {
  const heads = context.shownAs === "heatmap" ? context.heads() : [];
  if (heads.length < 2) return null;
  const { layer, head } = heads.reduce((a, b) => (b.values[at] > a.values[at] ? b : a));
  return [layer, head];
}
