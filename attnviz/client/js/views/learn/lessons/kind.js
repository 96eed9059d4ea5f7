// One head of one part as a heatmap: the word that is linked with the other parts is marked in it wherever it stands,
// as one that looks and as one that is looked at.

import { cellAt, drawHeatmap, drawLabels, frame, layout } from "../../../draw/heatmap.js";
import { BOLD, element, SMALL, surface, widthOf } from "../../../draw/paint.js";
import { isolated, short } from "../../../say/words.js";
import { cellAfter } from "../../../state/state.js";
import { createListeners, percent, vacate } from "../../view.js";

/** @import { Look } from "../../../draw/heatmap.js" */
/** @import { Numbers } from "../../../numbers/numbers.js" */
/** @import { Cell, Context } from "../../../state/context.js" */
/** @import { Place } from "../../../state/state.js" */
/** @import { Actions } from "../../view.js" */

/**
 * @typedef {object} Kind
 * @property {Numbers} numbers of the part
 * @property {Place} head
 * @property {Cell} linked where the chosen words stand in it; -1 where they do not
 * @property {Cell} pointed the same of what is pointed at, in any of them
 */

/**
 * @typedef {object} Does
 * @property {(cell: Cell) => void} choose
 * @property {(cell: Cell | null) => void} point
 */

const LARGEST = 44; // pixels of a cell's side

/** @type {(kind: Kind, cell: Cell) => string} */
function inWords({ numbers, head }, { row, column }) {
  const { rows, columns } = numbers.grouping;
  const names = `${isolated(rows[row].name)} → ${isolated(columns[column].name)}`;
  const blocked = numbers.blocked(...head);
  if (blocked?.[row * columns.length + column]) return `${names}: it may not look there`;
  return `${names}: ${short(numbers.weights(...head)[row * columns.length + column])}`;
}

/** @param {HTMLElement} root @param {string} title @param {{ context: Context, tip: Actions["tip"] } & Does} tools */
export function createKind(root, title, { context, tip, choose, point }) {
  const listeners = createListeners();
  const [canvas, over] = ["", "over"].map((name) => /** @type {HTMLCanvasElement} */ (element("canvas", name)));
  const target = element("div", "target", null, {
    role: "slider",
    tabindex: 0,
    "aria-roledescription": "heatmap",
    "aria-label": `${title}: weights of the head`,
    "aria-valuemin": 0,
    "aria-valuemax": 100,
    "aria-valuenow": 0,
  });
  root.replaceChildren(canvas, over, target);
  let width = 0;
  let place = layout(1, 1, 0);
  /** @type {Kind | null} */
  let shown = null;
  /** @type {Cell} */
  let at = { row: 0, column: 0 }; // where the arrow keys are

  const sizes = () => {
    const { rows = [], columns = [] } = shown?.numbers.grouping ?? {};
    return { rows: rows.length, columns: columns.length };
  };

  listeners.on(target, "click", (event) => {
    const cell = under(event);
    if (cell) go(cell);
  });
  listeners.points(
    target,
    (event) => {
      const cell = under(event);
      point(cell);
      tip(cell && event, cell && shown ? inWords(shown, cell) : "");
    },
    () => point(null),
  );
  listeners.on(target, "keydown", (event) => {
    const { rows, columns } = sizes();
    const next = shown && cellAfter(event.key, [at.row, at.column], rows, columns);
    if (!next) return;
    event.preventDefault();
    event.stopPropagation(); // the explorer has shortcuts of its own
    go({ row: next[0], column: next[1] });
  });

  /** @type {(cell: Cell) => void} */
  function go(cell) {
    at = cell;
    choose(cell);
    describe();
  }

  /** @type {(event: MouseEvent) => Cell | null} */
  function under(event) {
    const around = target.getBoundingClientRect();
    const [x, y] = [event.clientX - around.left, event.clientY - around.top];
    const { rows, columns } = sizes();
    const found = cellAt(place, rows, columns, x / context.zoom, y / context.zoom);
    return found && { row: found[0], column: found[1] };
  }

  // What is chosen, and what is pointed at: the overlay alone.
  function mark() {
    if (!shown || !width) return;
    const { palette, zoom, ground } = context;
    const { rows, columns } = shown.numbers.grouping;
    const pen = surface(over, { width, height: place.total, zoom }, null);
    const box = { ...place, ...sizes() };
    const { linked, pointed } = shown;
    pen.font = BOLD;
    drawLabels(pen, { rows, columns, palette, ground, only: linked }, { ...place, start: 0 });
    /** @type {[Cell, Look][]} */
    const both = [
      [linked, { color: palette.accent, width: 3 }],
      [pointed, { color: palette.text, width: 1.5, dash: [4, 3] }],
    ];
    for (const [cell, look] of both) {
      if (cell.row >= 0) frame(pen, box, { row: cell.row }, look);
      if (cell.column >= 0) frame(pen, box, { column: cell.column }, look);
    }
  }

  function describe() {
    if (!shown) return;
    const { rows, columns } = sizes();
    at = { row: Math.min(at.row, rows - 1), column: Math.min(at.column, columns - 1) };
    const weight = shown.numbers.weights(...shown.head)[at.row * columns + at.column];
    target.setAttribute("aria-valuenow", percent(weight));
    target.setAttribute("aria-valuetext", inWords(shown, at));
  }

  return {
    measure() {
      width = root.clientWidth / context.zoom;
    },
    /** @type {(kind: Kind, isOther: boolean) => void} `isOther`: the weights are others than those that are drawn */
    draw(kind, isOther) {
      shown = kind;
      const { row } = kind.linked;
      if (row >= 0) at = { ...at, row };
      if (!width) return;
      if (isOther) paint(kind);
      mark();
      describe();
    },
    /** @type {(pointed: Cell) => void} */
    mark(pointed) {
      if (shown) shown.pointed = pointed;
      mark();
    },
    destroy: () => vacate(listeners, root),
  };

  /** @type {(kind: Kind) => void} */
  function paint({ numbers, head }) {
    const { palette, zoom, weightColors: colors } = context;
    const { rows, columns } = numbers.grouping;
    const labels = Math.max(...[...rows, ...columns].map(({ label }) => widthOf(label)));
    place = layout(rows.length, columns.length, width, { labels, largest: LARGEST });
    root.style.height = `${zoom * place.total}px`;
    const pen = surface(canvas, { width, height: place.total, zoom }, SMALL);
    const drawn = { rows, columns, palette, zoom };
    const [values, blocked] = [numbers.weights(...head), numbers.blocked(...head)];
    drawHeatmap(pen, { ...drawn, values, blocked, colors }, place);
    drawLabels(pen, drawn, { ...place, start: 0 });
  }
}
