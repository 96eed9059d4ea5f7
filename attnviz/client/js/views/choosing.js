// Cells of what is shown large, a picture of weights or a sound, chosen by a click, by pointing and by arrow keys.

import { cellAfter } from "../state/state.js";
import { strongestColumn } from "./cells.js";

/** @import { Cell, Context } from "../state/context.js" */
/** @import { Listeners, Tools } from "./view.js" */

/**
 * @typedef {object} Cells
 * @property {(event: MouseEvent) => Cell | null} under the cell at a place, -1 where it has no row or no column
 * @property {(event: MouseEvent) => void} pointed
 */

// A click chooses the word that looks and the word looked at, or the one of them that is there.
/** @type {(listeners: Listeners, target: HTMLElement, tools: Tools, cells: Cells) => void} */
export function chooseCells(listeners, target, { context, actions }, { under, pointed }) {
  listeners.on(target, "click", (event) => {
    const cell = under(event);
    if (cell) actions.choose(tokensOf(context, cell));
    target.focus({ preventScroll: true });
  });
  listeners.points(target, pointed, () => actions.point(null));
  listeners.on(target, "keydown", (event) => {
    const { rows, columns } = context.numbers.grouping;
    const { row, column } = context.chosen();
    const next = cellAfter(event.key, [row, column], rows.length, columns.length);
    if (!next) return;
    event.preventDefault();
    // The first arrow key shows where one is: at the strongest word of the row.
    const cell = column < 0 ? [row, strongestColumn(context, row)] : next;
    actions.choose(tokensOf(context, { row: cell[0], column: cell[1] }));
  });
}

// The first token of a cell's row, and that of its column.
/** @type {(context: Context, cell: Cell) => { query?: number, key?: number }} */
export function tokensOf({ numbers }, { row, column }) {
  const { rows, columns } = numbers.grouping;
  const query = row >= 0 ? { query: rows[row].tokens[0] } : {};
  return column >= 0 ? { ...query, key: columns[column].tokens[0] } : query;
}
