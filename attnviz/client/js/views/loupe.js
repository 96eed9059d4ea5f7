// On a long text a cell of the large heatmap is smaller than a pixel: the cells around the one that is pointed at, or
// chosen, are drawn once more, with their words and numbers.

import { drawHeatmap, drawLabels, frame, layout } from "../draw/heatmap.js";
import { element, SMALL, surface, widthOf } from "../draw/paint.js";

const CELLS = 9; // along a side
const READABLE = 12; // pixels: from such a cell on, the large heatmap can be read by itself

export class Loupe {
  constructor(box, explorer) {
    this.explorer = explorer;
    this.box = box;
    this.canvas = element("canvas");
    this.names = element("canvas", "over");
    this.box.append(this.canvas, this.names);
  }

  // cell: { row, column } in the middle; which: the matrix of several. Nothing is drawn where there is no need.
  draw(picture, cell, which) {
    const { numbers, palette, ground } = this.explorer;
    const { rows, columns } = numbers.grouping;
    const isSmall = Boolean(picture.boxes) && picture.boxes[0].width / columns.length < READABLE;
    const isNeeded = isSmall && cell.row >= 0 && cell.column >= 0;
    if (this.box.hidden === isNeeded) this.box.hidden = !isNeeded;
    if (!isNeeded) return;
    const [top, left] = [startOf(cell.row, rows.length), startOf(cell.column, columns.length)];
    const part = { rows: rows.slice(top, top + CELLS), columns: columns.slice(left, left + CELLS) };
    const cut = (values) => cutOut(values, columns.length, top, left, part);
    const labels = Math.min(100, Math.max(...[...part.rows, ...part.columns].map(({ label }) => widthOf(label))));
    const box = { ...layout(part.rows.length, part.columns.length, this.width, { labels }), start: 0 };
    const context = surface(this.canvas, this.width, FULL, SMALL);
    const at = Math.min(which, picture.values.length - 1);
    const blocked = picture.blocked[at] && cut(picture.blocked[at]);
    drawHeatmap(context, { values: cut(picture.values[at]), ...part, blocked, palette, ...picture.scale }, box);
    this.name({ ...part, palette, ground }, box, JSON.stringify([top, left, this.width, palette.text]));
    const place = { row: cell.row - top, column: cell.column - left };
    const size = { ...box, rows: part.rows.length, columns: part.columns.length };
    frame(context, size, { row: place.row }, { color: palette.accent, width: 1.5 });
    frame(context, size, place, { color: palette.text, width: 2 });
  }

  // The words, on a canvas of their own: another head has the same ones.
  name(labels, box, wanted) {
    const { grouping } = this.explorer.numbers;
    if (this.named === wanted && this.namedIn === grouping) return;
    [this.named, this.namedIn] = [wanted, grouping];
    drawLabels(surface(this.names, this.width, FULL, SMALL), labels, box);
  }

  measure(width) {
    this.width = Math.min(width, 400);
    this.box.style.height = `${FULL}px`;
  }
}

const FULL = 380; // pixels: of the same height for all words, so that nothing below moves

// The first of `CELLS` places of which `middle` is in the middle, within `count`.
export function startOf(middle, count) {
  return Math.max(0, Math.min(middle - Math.floor(CELLS / 2), count - CELLS));
}

function cutOut(values, width, top, left, { rows, columns }) {
  const result = new Float32Array(rows.length * columns.length);
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < columns.length; j++) result[i * columns.length + j] = values[(top + i) * width + left + j];
  }
  return result;
}
