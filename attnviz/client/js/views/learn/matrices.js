// Matrices of a step of the walk, beside one another: numbers stand in their cells where they fit, and are read
// everywhere by pointing, by a tap or by arrow keys. Each is one stop of the Tab key.

import { boxOf, drawMatrix } from "../../draw/matrix.js";
import { element } from "../../draw/paint.js";
import { cellInWords, matrixInWords, sizeOf } from "../../say/matrix.js";
import { closest, createListeners, hasFocus, isTouch, vacate, within } from "../view.js";

/** @import { Box } from "../../draw/paint.js" */
/** @import { Cell } from "../../say/matrix.js" */
/** @import { Context } from "../../state/context.js" */
/** @import { Shown } from "../../walk/steps/shown.js" */
/** @import { Actions } from "../view.js" */

/** @typedef {{ shown: Shown, box: Box, figure: HTMLElement, at: Cell }} Placed at: the cell that the keys are at */
/** @typedef {{ one: Placed, cell: Cell }} Found */
/** @typedef {{ canvas: HTMLCanvasElement, box: Box, as: string }} Drawn as: how large, and for which theme */

/**
 * @param {HTMLElement} root
 * @param {{ context: Context, actions: Pick<Actions, "choose" | "tip"> }} tools
 */
export function createMatrices(root, { context, actions }) {
  const listeners = createListeners();
  /** @type {Placed[]} */
  let placed = [];
  /** @type {WeakMap<Shown, Drawn>} */
  const drawn = new WeakMap(); // those of now, and those that come next

  /** @type {(event: Event) => Placed | undefined} */
  const around = (event) => placed[Number(closest(event, "[data-matrix]")?.dataset.matrix ?? -1)];

  /** @type {(event: MouseEvent) => Found | null} */
  function under(event) {
    const one = around(event);
    if (!one) return null;
    const { box, shown, figure } = one;
    const outer = within(figure, "canvas").getBoundingClientRect();
    const x = (event.clientX - outer.left) / context.zoom - box.x;
    const y = (event.clientY - outer.top) / context.zoom - box.y;
    const { rows, columns } = shown.matrix;
    const [row, column] = [Math.floor((y / box.height) * rows), Math.floor((x / box.width) * columns)];
    const isIn = row >= 0 && row < rows && column >= 0 && column < columns;
    return isIn ? { one, cell: { row, column } } : null;
  }

  listeners.on(root, "pointermove", (event) => {
    if (isTouch(event)) return;
    const found = under(event);
    actions.tip(found ? event : null, found ? cellInWords(found.one.shown, found.cell) : undefined);
  });
  listeners.on(root, "pointerleave", (event) => !isTouch(event) && actions.tip(null));
  listeners.on(root, "click", (event) => {
    const found = under(event);
    if (!found) return;
    found.one.at = found.cell;
    choose(found);
    mark(around(event) ?? found.one);
    actions.tip(event, cellInWords(found.one.shown, found.cell));
  });
  listeners.on(root, "focusin", (event) => {
    const one = around(event);
    if (one && closest(event, "[data-matrix]")?.matches(":focus-visible")) say(one);
  });
  listeners.on(root, "focusout", () => actions.tip(null));
  listeners.on(root, "keydown", (event) => {
    const one = around(event);
    if (!one || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = after(event.key, one);
    if (!next && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    if (next) one.at = next;
    else choose({ one, cell: one.at });
    const now = around(event); // drawn anew where something was chosen
    if (now) say(now);
  });

  // The tokens that a cell stands for.
  /** @type {(found: Found) => void} */
  function choose({ one: { shown }, cell }) {
    const { rows, columns } = tokensOf(shown);
    const [row, column] = [rows?.[cell.row], columns?.[cell.column]];
    if (row !== undefined && column !== undefined) actions.choose({ query: row, key: column });
    else if (column !== undefined) actions.choose(shown.scale === "plain" ? { query: column } : { key: column });
    else if (row !== undefined) {
      actions.choose(shown.role === "k" || shown.role === "v" ? { key: row } : { query: row });
    }
  }

  // Where the keys are, framed, beside it its number, and in sight.
  /** @type {(one: Placed) => void} */
  function say(one) {
    const cursor = mark(one);
    cursor.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
    const { left, width, bottom } = cursor.getBoundingClientRect();
    actions.tip({ clientX: left + width / 2, clientY: bottom - 8 }, cellInWords(one.shown, one.at));
  }

  /** @type {(one: Placed) => HTMLElement} */
  function mark({ shown, box, figure, at }) {
    const [cells, cursor] = [within(figure, ".cells"), within(figure, ".cursor")];
    const { rows, columns } = shown.matrix;
    const [wide, high] = [box.width / columns, box.height / rows];
    Object.assign(cursor.style, {
      left: `${context.zoom * (box.x + at.column * wide)}px`,
      top: `${context.zoom * (box.y + at.row * high)}px`,
      width: `${context.zoom * wide}px`,
      height: `${context.zoom * high}px`,
    });
    cells.setAttribute("aria-label", matrixInWords(shown));
    cells.setAttribute("aria-valuemax", String(rows * columns - 1));
    cells.setAttribute("aria-valuenow", String(at.row * columns + at.column));
    cells.setAttribute("aria-valuetext", cellInWords(shown, at));
    return cursor;
  }

  // A canvas is drawn before it stands on the page: on one that does, each font that is set makes the browser lay out
  // the page.
  /** @type {(shown: Shown, width: number) => Drawn} */
  function drawnOf(shown, width) {
    const { dark, zoom } = context;
    const as = JSON.stringify([boxOf(shown, width / zoom), zoom, dark]);
    const before = drawn.get(shown);
    if (before?.as === as) return before;
    const canvas = /** @type {HTMLCanvasElement} */ (element("canvas"));
    const made = { canvas, box: drawMatrix(canvas, shown, width, context), as };
    drawn.set(shown, made);
    return made;
  }

  return {
    // Draws what is shown next, so that it needs only to be put on the page.
    /** @type {(all: Shown[], width: number) => void} */
    prepare(all, width) {
      for (const shown of all) drawnOf(shown, width);
    },
    // The matrices of now, in so many pixels. Figures stay where they are, so that none loses the focus.
    /** @type {(all: Shown[], width: number) => void} */
    draw(all, width) {
      const isFocused = hasFocus(root);
      const before = placed;
      placed = all.map((shown, i) => {
        const figure = before[i]?.figure ?? figureAt(i);
        figure.className = `shown ${shown.role ?? ""}`;
        within(figure, "b").textContent = shown.name;
        within(figure, ".what").textContent = ` ${shown.title} `;
        within(figure, ".faint").textContent = sizeOf(shown);
        const { canvas, box } = drawnOf(shown, width);
        const one = { shown, box, figure, at: cellOf(shown, before[i]) };
        within(figure, "canvas").replaceWith(canvas);
        mark(one);
        return one;
      });
      for (const { figure } of before.slice(all.length)) figure.remove();
      root.append(...placed.slice(before.length).map(({ figure }) => figure));
      if (isFocused && !hasFocus(root)) {
        const last = placed[placed.length - 1];
        const next = last ? within(last.figure, ".cells") : root.closest(".explorer")?.querySelector("[tabindex='0']");
        if (next instanceof HTMLElement) next.focus({ preventScroll: true });
      }
    },
    destroy() {
      placed = [];
      vacate(listeners, root);
    },
  };
}

// Where the keys are: where they were, in the same matrix; else at what the formula speaks of.
/** @type {(shown: Shown, before: Placed | undefined) => Cell} */
function cellOf(shown, before) {
  const { rows, columns } = shown.matrix;
  const isSame = before && before.shown.name === shown.name;
  const isThere = isSame && before.at.row < rows && before.at.column < columns;
  return isThere ? before.at : { row: Math.max(0, shown.at?.row ?? 0), column: Math.max(0, shown.at?.column ?? 0) };
}

/** @type {Record<string, [down: number, across: number]>} */
const STEPS = {
  ArrowDown: [1, 0],
  ArrowUp: [-1, 0],
  ArrowRight: [0, 1],
  ArrowLeft: [0, -1],
  Home: [0, -Infinity],
  End: [0, Infinity],
};

// The cell that a key leads to; null for any other key.
/** @type {(key: string, one: Placed) => Cell | null} */
function after(key, { at, shown: { matrix } }) {
  if (!STEPS[key]) return null;
  const [down, across] = STEPS[key];
  return {
    row: Math.min(Math.max(at.row + down, 0), matrix.rows - 1),
    column: Math.min(Math.max(at.column + across, 0), matrix.columns - 1),
  };
}

// The tokens that its rows and columns stand for.
/** @type {(shown: Shown) => NonNullable<Shown["tokens"]>} */
function tokensOf({ tokens, rows, columns }) {
  return tokens ?? { rows: rows ? [...rows.keys()] : undefined, columns: columns ? [...columns.keys()] : undefined };
}

/** @type {(index: number) => HTMLElement} */
function figureAt(index) {
  const figure = element("figure", "shown");
  const caption = element("figcaption");
  caption.append(element("b"), element("span", "what"), element("span", "faint"));
  const role = { role: "slider", tabindex: 0, "aria-roledescription": "matrix", "aria-valuemin": 0 };
  const cells = element("div", "cells", null, { ...role, "data-matrix": index });
  cells.append(element("canvas"), element("i", "cursor"));
  figure.append(caption, cells);
  return figure;
}
