// On a long text a cell of the large heatmap is smaller than a pixel: the cells around the one that is pointed at, or
// chosen, are drawn once more, with their words and numbers.

import { drawHeatmap, drawLabels, frame, layout } from "../../draw/heatmap.js";
import { mayLookAt, rowAt } from "../../numbers/cells.js";
import { element, SMALL, surface, widthOf } from "../../draw/paint.js";

/** @import { Matrices } from "../../draw/picture.js" */
/** @import { Group } from "../../numbers/grouping.js" */
/** @import { Cell, Context } from "../../state/context.js" */

/** @typedef {{ rows: Group[], columns: Group[] }} Cut what is drawn of them */

const CELLS = 9; // along a side
const READABLE = 12; // pixels: from such a cell on, the large heatmap can be read by itself
const FULL = 380; // pixels: of the same height for all words, so that nothing below moves

/** @param {HTMLElement} box @param {Context} context */
export function createLoupe(box, context) {
  const canvas = /** @type {HTMLCanvasElement} */ (element("canvas"));
  const names = /** @type {HTMLCanvasElement} */ (element("canvas", "over"));
  box.append(canvas, names);
  let width = 0;
  let named = "";
  const sizeNow = () => ({ width, height: FULL, zoom: context.zoom });
  /** @type {unknown} */
  let namedIn = null;

  // The words, on a canvas of their own: another head has the same ones.
  /** @type {(wanted: string, write: (pen: CanvasRenderingContext2D) => void) => void} */
  function name(wanted, write) {
    const { grouping } = context.numbers;
    if (named === wanted && namedIn === grouping) return;
    [named, namedIn] = [wanted, grouping];
    write(surface(names, sizeNow(), SMALL));
  }

  return {
    // The matrices of the large figure, or null where it shows none; cell: in the middle; which: of several matrices.
    // Nothing is drawn where there is no need.
    /** @type {(picture: Matrices | null, cell: Cell, which: number) => void} */
    draw(picture, cell, which) {
      const { numbers, palette, ground, zoom } = context;
      const { rows, columns } = numbers.grouping;
      const isSmall = picture !== null && picture.boxes[0].width / columns.length < READABLE;
      const isNeeded = isSmall && cell.row >= 0 && cell.column >= 0;
      if (box.hidden === isNeeded) box.hidden = !isNeeded;
      if (!isNeeded) return;
      const [top, left] = [startOf(cell.row, rows.length), startOf(cell.column, columns.length)];
      const part = { rows: rows.slice(top, top + CELLS), columns: columns.slice(left, left + CELLS) };
      const labels = Math.min(100, Math.max(...[...part.rows, ...part.columns].map(({ label }) => widthOf(label))));
      const at = { ...layout(part.rows.length, part.columns.length, width, { labels }), start: 0 };
      const shown = Math.min(which, picture.values.length - 1);
      const whole = picture.blocked[shown];
      const { values, blocked } = context.part.isTiled
        ? computed(context, shown, top, left, part)
        : {
            values: cutOut(picture.values[shown], columns.length, top, left, part),
            blocked: whole && Uint8Array.from(cutOut(whole, columns.length, top, left, part)),
          };
      const pen = surface(canvas, sizeNow(), SMALL);
      drawHeatmap(pen, { values, ...part, blocked, palette, zoom, ...picture.scale }, at);
      const wanted = JSON.stringify([top, left, width, palette.text]);
      name(wanted, (labelled) => drawLabels(labelled, { ...part, palette, ground }, at));
      const place = { row: cell.row - top, column: cell.column - left };
      const size = { ...at, rows: part.rows.length, columns: part.columns.length };
      frame(pen, size, { row: place.row }, { color: palette.accent, width: 1.5 });
      frame(pen, size, place, { color: palette.text, width: 2 });
    },

    measure(/** @type {number} */ room) {
      width = Math.min(room, 400);
      box.style.height = `${context.zoom * FULL}px`;
      named = "";
    },

    destroy() {
      box.replaceChildren();
    },
  };
}

// The first of `CELLS` places of which `middle` is in the middle, within `count`.
/** @type {(middle: number, count: number) => number} */
export function startOf(middle, count) {
  return Math.max(0, Math.min(middle - Math.floor(CELLS / 2), count - CELLS));
}

// Of a long text the large picture has no weights of single words: these rows are computed.
/** @type {(context: Context, which: number, top: number, left: number, part: Cut) =>
 *   { values: Float32Array, blocked: Uint8Array }} */
function computed({ numbers, state, beside }, which, top, left, { rows, columns }) {
  const [layer, head] = which && beside ? beside : [state.layer, state.head];
  const values = new Float32Array(rows.length * columns.length);
  const blocked = new Uint8Array(values.length);
  rows.forEach((_row, i) => {
    const weights = rowAt(numbers, layer, head, top + i);
    values.set(weights.subarray(left, left + columns.length), i * columns.length);
    columns.forEach((_column, j) => {
      blocked[i * columns.length + j] = Number(!mayLookAt(numbers, layer, head, top + i, left + j));
    });
  });
  return { values, blocked };
}

/**
 * @param {ArrayLike<number>} values
 * @param {number} width
 * @param {number} top
 * @param {number} left
 * @param {Cut} part
 */
function cutOut(values, width, top, left, { rows, columns }) {
  const result = new Float32Array(rows.length * columns.length);
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < columns.length; j++) result[i * columns.length + j] = values[(top + i) * width + left + j];
  }
  return result;
}
