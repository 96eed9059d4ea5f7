// What is said of a cell of the large figure, and of a word's lines in it.

import { mayLookAt } from "../numbers/cells.js";
import { cellInWords as summaryCell } from "../say/summary.js";
import { cellInWords, signed } from "../say/words.js";
import { isSame } from "../state/state.js";

/** @import { Cell, Context } from "../state/context.js" */
/** @import { Place } from "../state/state.js" */

const MOST_LINES = 5; // of a word's that are said

// Where a word looks most in what is shown: of heads over one another, in the chosen one.
/** @type {(context: Context, row: number) => number} */
export function strongestColumn(context, row) {
  const values = context.rowAt(row);
  let best = 0;
  for (let j = 1; j < values.length; j++) if (values[j] > values[best]) best = j;
  return best;
}

// A weight of what is shown, in words: of the chosen head, of a mean or a rollout; null where there can be none. What
// the page computed itself of rounded vectors has a sign.
/** @type {(context: Context, from: string, to: string, weight: number | null, tokens: number[]) => string} */
export function weightSaid({ state, numbers, summary }, from, to, weight, tokens) {
  const { layer, head } = state;
  const said = summary ? summaryCell(from, to, weight, summary) : cellInWords(from, to, weight, [layer, head]);
  const isExact = summary ? !numbers.isRounded : numbers.isExact(layer, head, tokens);
  return isExact ? said : `≈ ${said}`;
}

// A cell, in words; one line for each head in the picture.
/** @type {(context: Context, cell: Cell) => string[]} */
export function cellSaid(context, { row, column }) {
  const { state, numbers, beside } = context;
  const { rows, columns } = numbers.grouping;
  const at = row * columns.length + column;
  const { tokens } = rows[row];
  if (context.summary) {
    const weight = context.mayLookAt(row, column) ? context.rowAt(row)[column] : null;
    return [weightSaid(context, rows[row].name, columns[column].name, weight, tokens)];
  }
  const shown = shownIn(context, at);
  /** @type {(layer: number, head: number) => number} */
  const weightIn = (layer, head) => numbers.row(layer, head, tokens, false)[column];
  const said = context.heads(true).map(({ layer, head }) => {
    const weight = mayLookAt(numbers, layer, head, row, column) ? weightIn(layer, head) : null;
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
  const least = context.loose ? "no weight worth a line" : "no weight of 0.02 or more";
  if (!cells.length) return `${(rows[word.row] ?? columns[word.column]).name}: ${least}`;
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
