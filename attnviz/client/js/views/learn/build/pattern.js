// The weights of a head that is built by hand: each row a word that looks, dashed where its largest weight is wanted,
// with a tick where it is.

import { cellAt, drawHeatmap, drawLabels, frame, layout } from "../../../draw/heatmap.js";
import { BOLD, element, FAMILY, SMALL, surface, widthOf } from "../../../draw/paint.js";
import { short } from "../../../say/words.js";
import { cellAfter } from "../../../state/state.js";
import { createListeners, percent, vacate } from "../../view.js";

/** @import { Matrix } from "../../../model/run.js" */
/** @import { Cell, Context } from "../../../state/context.js" */
/** @import { Actions } from "../../view.js" */

/** @typedef {{ weights: Matrix, chosen: Cell, wanted: number[][], right: (boolean | null)[] }} Pattern */

const TICKS = 22; // pixels at the right
const CELL = 46;
const BELOW = 38; // pixels for how two words meet, where all is to be seen at once
const TICK = `bold 15px ${FAMILY}`;

/**
 * @param {HTMLElement} root
 * @param {string[]} names of the words
 * @param {{ context: Context, choose: (cell: Cell) => void, tip: Actions["tip"] }} tools
 */
export function createPattern(root, names, { context, choose, tip }) {
  const listeners = createListeners();
  const canvas = /** @type {HTMLCanvasElement} */ (element("canvas"));
  const target = element("div", "target", null, {
    role: "slider",
    tabindex: 0,
    "aria-roledescription": "heatmap",
    "aria-label": "Weights of the head",
    "aria-valuemin": 0,
    "aria-valuemax": 100,
    "aria-valuenow": 0,
  });
  root.replaceChildren(canvas, target);
  const groups = names.map((label, word) => ({ label, name: label, word, tokens: [word] }));
  const { length } = names;
  let width = 0;
  let tall = Infinity;
  let place = layout(length, length, 0);
  /** @type {Pattern | null} */
  let shown = null;

  listeners.on(target, "click", (event) => {
    const cell = under(event);
    if (cell) choose(cell);
  });
  listeners.points(
    target,
    (event) => {
      const cell = under(event);
      tip(cell && event, cell ? inWords(cell) : "");
    },
    () => tip(null),
  );
  listeners.on(target, "keydown", (event) => {
    const next = shown && cellAfter(event.key, [shown.chosen.row, shown.chosen.column], length, length);
    if (!next) return;
    event.preventDefault();
    event.stopPropagation(); // the explorer has shortcuts of its own
    choose({ row: next[0], column: next[1] });
  });

  /** @type {(event: MouseEvent) => Cell | null} */
  function under(event) {
    const around = target.getBoundingClientRect();
    const [x, y] = [event.clientX - around.left, event.clientY - around.top];
    const at = cellAt(place, length, length, x / context.zoom, y / context.zoom);
    return at && { row: at[0], column: at[1] };
  }

  /** @type {(cell: Cell) => string} */
  function inWords({ row, column }) {
    return `${names[row]} → ${names[column]}: ${short(shown?.weights.values[row * length + column] ?? 0)}`;
  }

  // Where a row's largest weight is wanted, and whether it is there.
  /** @type {(pen: CanvasRenderingContext2D, pattern: Pattern) => void} */
  function wishes(pen, { wanted, right }) {
    const at = { ...place, rows: length, columns: length };
    const { text: color } = context.palette;
    pen.fillStyle = color;
    pen.font = TICK;
    pen.textBaseline = "middle";
    pen.textAlign = "left";
    wanted.forEach((keys, row) => {
      const some = keys.length === length ? [] : keys; // of a whole row nothing stands out
      for (const column of some) frame(pen, at, { row, column }, { color, width: 1.2, dash: [3, 3] });
      const y = place.y + ((row + 0.5) * place.height) / length;
      if (right[row]) pen.fillText("✓", place.x + place.width + 8, y);
    });
  }

  return {
    measure() {
      width = root.clientWidth / context.zoom;
      tall = context.state.present ? context.room(root) / context.zoom - BELOW : Infinity;
    },
    /** @type {(pattern: Pattern) => void} */
    draw(pattern) {
      shown = pattern;
      if (!width) return;
      const { palette, zoom, ground, weightColors: colors } = context;
      const labels = Math.max(...names.map((name) => widthOf(name)));
      place = layout(length, length, width - TICKS, { labels, largest: CELL, tall });
      root.style.height = `${zoom * place.total}px`;
      const values = Float32Array.from(pattern.weights.values);
      const drawn = { rows: groups, columns: groups, palette, zoom };
      const box = { ...place, start: 0 };
      const pen = surface(canvas, { width, height: place.total, zoom }, SMALL);
      pen.font = SMALL;
      drawHeatmap(pen, { ...drawn, values, blocked: null, colors }, place);
      drawLabels(pen, drawn, box);
      wishes(pen, pattern);
      const { chosen } = pattern;
      pen.font = BOLD;
      drawLabels(pen, { ...drawn, ground, only: chosen }, box);
      frame(pen, { ...place, rows: length, columns: length }, chosen, { color: palette.accent, width: 3 });
      target.setAttribute("aria-valuenow", percent(pattern.weights.values[chosen.row * length + chosen.column]));
      target.setAttribute("aria-valuetext", inWords(chosen));
    },
    destroy: () => vacate(listeners, root),
  };
}
