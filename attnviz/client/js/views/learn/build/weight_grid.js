// A small matrix of weights that is edited: rows are features of a word, columns the numbers of a query or key. A grid
// of which one cell has the focus; below it the sum of the rows that make up one word.

import { element } from "../../../draw/paint.js";
import { rowOf } from "../../../model/run.js";
import { cellAfter } from "../../../state/state.js";
import { plain } from "../../../walk/built_said.js";
import { closest, createListeners, vacate } from "../../view.js";

/** @import { Matrix } from "../../../model/run.js" */

/** @typedef {{ row: number, column: number }} At */

/**
 * @typedef {object} Does
 * @property {(at: At) => void} choose a cell has got the focus
 * @property {(at: At) => void} click
 * @property {(at: At) => void} clear
 * @property {(at: At, typed: string) => void} type somebody begins to type a number; "": to change what is there
 */

/**
 * @typedef {object} Drawn
 * @property {Matrix} matrix [feature, column]
 * @property {number} most the size of the number in the strongest colour
 * @property {number[]} used the features of the word whose sum is shown
 * @property {string} sumName
 * @property {ArrayLike<number>} sum
 */

const BEGINS = /^[-+−.,\d]$/;

/**
 * @typedef {object} Of
 * @property {string} name
 * @property {string} title
 * @property {string[]} rows the features
 * @property {number[]} starts those above which there is a gap
 * @property {number} columns
 */

/** @param {HTMLElement} root @param {Of} of @param {Does} does */
export function createWeightGrid(root, { name, title, rows, starts, columns }, does) {
  const listeners = createListeners();
  /** @type {At} */
  let at = { row: 0, column: 0 };

  const grid = element("div", "numbers", null, { role: "grid", "aria-label": `${name}: ${title}` });
  const head = element("div", "columns", null, { role: "row" });
  const corner = element("span", "", null, { role: "columnheader" });
  corner.append(element("span", "unseen", "1 at"));
  head.append(corner);
  for (let column = 0; column < columns; column++) {
    head.append(element("span", "", String(column + 1), { role: "columnheader" }));
  }
  const cells = rows.map((_, row) =>
    Array.from({ length: columns }, (_none, column) =>
      element("span", "", "0", { role: "gridcell", tabindex: -1, "data-row": row, "data-column": column }),
    ),
  );
  const lines = rows.map((label, row) => {
    const line = element("div", starts.includes(row) ? "begins" : "", null, { role: "row" });
    line.append(element("span", "feature", label, { role: "rowheader" }), ...cells[row]);
    return line;
  });
  grid.append(head, ...lines);
  const sums = Array.from({ length: columns }, () => element("span"));
  const sumName = element("span", "feature");
  const sum = element("div", "sum");
  sum.append(sumName, ...sums);
  const caption = element("p", "caption");
  caption.append(element("b", "", name), ` ${title}`);
  root.replaceChildren(caption, grid, sum);
  cells[0][0].tabIndex = 0;

  listeners.on(grid, "focusin", (event) => {
    const found = cellOf(event);
    if (!found) return;
    move(found);
    does.choose(found);
  });
  listeners.on(grid, "click", (event) => {
    const found = cellOf(event);
    if (!found) return;
    cells[found.row][found.column].focus({ preventScroll: true });
    does.click(found);
  });
  listeners.on(grid, "keydown", (event) => {
    const found = cellOf(event);
    if (!found || event.ctrlKey || event.metaKey || event.altKey || !handled(event.key, found)) return;
    event.preventDefault();
    event.stopPropagation(); // the explorer has shortcuts of its own
  });

  // Whether a key means something in a cell.
  /** @type {(key: string, found: At) => boolean} */
  function handled(key, found) {
    const next = cellAfter(key, [found.row, found.column], rows.length, columns);
    if (next) cells[next[0]][next[1]].focus();
    else if (key === " ") does.click(found);
    else if (key === "Delete" || key === "Backspace") does.clear(found);
    else if (key === "Enter" || key === "F2") does.type(found, "");
    else if (BEGINS.test(key)) does.type(found, key);
    else return false;
    return true;
  }

  /** @type {(event: Event) => At | null} */
  function cellOf(event) {
    const cell = closest(event, "[role=gridcell]");
    return cell && { row: Number(cell.dataset.row), column: Number(cell.dataset.column) };
  }

  /** @type {(next: At) => void} */
  function move(next) {
    cells[at.row][at.column].tabIndex = -1;
    at = next;
    cells[at.row][at.column].tabIndex = 0;
  }

  return {
    /** @type {(shown: Drawn) => void} */
    draw({ matrix, most, used, sumName: said, sum: summed }) {
      cells.forEach((line, row) => {
        lines[row].classList.toggle("used", used.includes(row));
        line.forEach((cell, column) => {
          const value = rowOf(matrix, row)[column];
          paint(cell, value, most);
          cell.setAttribute("aria-label", `${name}, ${rows[row]}, column ${column + 1}: ${plain(value)}`);
        });
      });
      sumName.textContent = said;
      sums.forEach((cell, column) => paint(cell, summed[column], most));
    },
    // The chosen cell, with a frame or without: the other matrix may have it.
    /** @type {(isChosen: boolean) => void} */
    mark(isChosen) {
      for (const cell of grid.querySelectorAll(".chosen")) cell.classList.remove("chosen");
      cells[at.row][at.column].classList.toggle("chosen", isChosen);
    },
    focus() {
      cells[at.row][at.column].focus();
    },
    destroy: () => vacate(listeners, root),
  };
}

/** @type {(cell: HTMLElement, value: number, most: number) => void} */
function paint(cell, value, most) {
  cell.textContent = plain(value);
  cell.classList.toggle("none", value === 0);
  cell.classList.toggle("minus", value < 0);
  cell.style.setProperty("--size", String(value === 0 ? 0 : 12 + 34 * Math.min(1, Math.abs(value) / most)));
}
