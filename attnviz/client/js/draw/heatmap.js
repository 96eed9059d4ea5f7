// One matrix of weights, large: words at its sides, numbers in its cells where they fit.

import { indexOf, shade } from "./colors.js";
import { maxPooled, strongestPooled } from "../numbers/grouping.js";
import { BOLD, cut, image, onScreen, widthOf, written } from "./paint.js";

/** @import { Group, Pooled } from "../numbers/grouping.js" */
/** @import { Cell } from "../state/context.js" */
/** @import { Palette } from "../state/schema.js" */
/** @import { Stops } from "./colors.js" */
/** @import { Box, Pen } from "./paint.js" */

/** @typedef {{ colors: Uint32Array, signed?: boolean, most?: number }} Scale from 0 to most; signed: from -most */

/**
 * @typedef {Scale & {
 *   values: Float32Array, rows: Group[], columns: Group[], blocked: Uint8Array | null, palette: Palette, zoom: number,
 *   isEvery?: boolean, cells?: [down: number, across: number],
 * }} Heatmap isEvery: every number is written, also one that reads 0.00; cells: of a picture of more rows and columns
 */

/**
 * @typedef {object} Numbered
 * @property {Float32Array} values
 * @property {Uint8Array | null} blocked
 * @property {{ stops: Stops, factor: number, shift: number }} scale
 * @property {boolean} isEvery
 */

/** @typedef {{ rows: Group[], columns: Group[], palette: Palette, ground?: string, only?: Cell }} Labels */
/** @typedef {{ color: string, width: number, dash?: number[] }} Look */
/** @typedef {Box & { rows: number, columns: number }} Counted */
/**
 * @typedef {object} Around
 * @property {number} [labels] pixels for words
 * @property {boolean} [top] whether they stand on top as well
 * @property {number} [tall] in so many pixels all is to be seen, as long as cells stay large enough to read
 * @property {number} [largest] side of a cell
 * @property {number} [least] so high a cell is at least, if `tall` is not to cut it
 */

const LONGEST_LABEL = 116;
const LARGEST_CELL = 64;
const READABLE_CELL = 18;
const BROADEST = 1.7; // times as broad as high, so that numbers find room
const SLANT = Math.PI / 4;
const LINE = 13; // pixels that a name is high
const SLANTED_ROOM = 20; // pixels along the axis that a slanted name needs

// Where cells stand in a box: the corner of the first, the size of all, the height with labels.
/** @type {(rows: number, columns: number, width: number, around?: Around) => Box & { total: number }} */
export function layout(rows, columns, width, around = {}) {
  const { labels = 60, top = true, tall = Infinity, largest: cell = LARGEST_CELL, least = READABLE_CELL } = around;
  const left = Math.min(labels + 14, LONGEST_LABEL);
  // The last column's slanted name leans out to the right.
  const right = top ? Math.min(labels * 0.6, 40) : 6;
  const room = Math.max(40, width - left - right);
  const head = top ? Math.ceil(labels * Math.sin(SLANT)) + 16 : 6;
  const largest = Math.min(cell, Math.max(least, (tall - head - 6) / rows));
  const side = Math.min(room / columns, cell, largest * BROADEST);
  const high = Math.min(Math.max(side, Math.min(least, room / rows)), largest);
  return {
    x: left,
    y: head,
    width: side * columns,
    height: Math.min(high * rows, room),
    total: head + Math.min(high * rows, room) + 6,
  };
}

// values [row, column]; signed: a difference, on the diverging scale from -most to most; else weights 0 to 1.
/** @type {(context: Pen, shown: Heatmap, box: Box) => void} */
export function drawHeatmap(context, shown, box) {
  const { values, rows, columns, blocked, palette, zoom, colors, signed, most, isEvery = false } = shown;
  const [down, across] = shown.cells ?? [rows.length, columns.length];
  const pool = signed ? strongestPooled : maxPooled;
  const small = pool(values, down, across, onScreen(box.height, zoom), onScreen(box.width, zoom));
  const pixels = new Uint32Array(small.rows * small.columns);
  const factor = (signed ? 0.5 : 1) / (most || 1);
  const shift = signed ? 0.5 : 0;
  for (let i = 0; i < pixels.length; i++) pixels[i] = colors[indexOf(small.values[i] * factor + shift)];
  if (blocked) coverBlocked(pixels, small, blocked, [down, across], palette.blocked);
  image(context, pixels, small.rows, small.columns, box);
  const [cellWidth, cellHeight] = [box.width / across, box.height / down];
  if (Math.min(cellWidth, cellHeight) >= 9) grid(context, palette, down, across, box);
  const roomy = cellWidth >= (signed ? 34 : 27) && cellHeight >= 14; // a minus needs room too
  const scale = { stops: signed ? palette.signed : palette.weights, factor, shift };
  if (roomy) numbers(context, { values, blocked, scale, isEvery }, down, across, box);
}

/** @type {(pixels: Uint32Array, small: Pooled, blocked: Uint8Array, size: [number, number], color: string) => void} */
function coverBlocked(pixels, small, blocked, [down, across], covered) {
  const grey = parseInt(covered.slice(1), 16);
  const color = (255 << 24) | ((grey & 255) << 16) | (grey & 0xff00) | (grey >> 16);
  for (let i = 0; i < small.rows; i++) {
    const row = Math.min(down - 1, Math.floor(((i + 0.5) * down) / small.rows)) * across;
    for (let j = 0; j < small.columns; j++) {
      if (blocked[row + Math.min(across - 1, Math.floor(((j + 0.5) * across) / small.columns))]) {
        pixels[i * small.columns + j] = color;
      }
    }
  }
}

/** @type {(context: Pen, palette: Palette, down: number, across: number, box: Box) => void} */
function grid(context, palette, down, across, box) {
  context.strokeStyle = palette.grid;
  context.lineWidth = 1;
  context.beginPath();
  for (let i = 0; i <= down; i++) {
    const y = box.y + (i * box.height) / down;
    context.moveTo(box.x, y);
    context.lineTo(box.x + box.width, y);
  }
  for (let j = 0; j <= across; j++) {
    const x = box.x + (j * box.width) / across;
    context.moveTo(x, box.y);
    context.lineTo(x, box.y + box.height);
  }
  context.stroke();
}

/** @type {(context: Pen, shown: Numbered, down: number, across: number, box: Box) => void} */
function numbers(context, { values, blocked, scale, isEvery }, down, across, box) {
  context.save();
  context.textAlign = "center";
  context.textBaseline = "middle";
  const { stops, factor, shift } = scale;
  for (let i = 0; i < down; i++) {
    for (let j = 0; j < across; j++) {
      const at = i * across + j;
      if (blocked?.[at]) continue;
      const value = values[at];
      // What would read 0.00 is left to the colour: the strong ones stand out.
      if (Math.abs(value) < 0.005 && !isEvery) continue;
      context.fillStyle = shade(stops, value * factor + shift).ink;
      context.fillText(
        (Math.abs(value) < 0.005 ? 0 : value).toFixed(2).replace("-", "−"),
        box.x + ((j + 0.5) * box.width) / across,
        box.y + ((i + 0.5) * box.height) / down,
      );
    }
  }
  context.restore();
}

// The words at the left (queries) and on top (keys), as many as fit; or `only` those of one row and column, bold, over
// what was written before. The box knows where its part of the canvas starts.
/** @type {(context: Pen, shown: Labels, box: Box & { start: number }) => void} */
export function drawLabels(context, { rows, columns, palette, ground, only }, box) {
  context.save();
  context.textBaseline = "middle";
  /** @type {(label: string, align: "left" | "right", width: number, near: [number, number]) => void} */
  const write = (label, align, width, [before, after]) => {
    const text = cut(context, label, width);
    context.textAlign = align;
    if (only) {
      const wide = before || after ? width : widthOf(text, BOLD);
      context.fillStyle = ground ?? palette.grid;
      const from = align === "left" ? -before : -wide; // slanted names begin beside one another
      context.fillRect(from - 1, -7 - before, (align === "left" ? before : 0) + wide + 2, 14 + before + after);
    }
    context.fillStyle = palette.text;
    context.fillText(text, 0, 0);
  };
  const [fitting, high] = [written(rows.length, box.height, LINE), box.height / rows.length];
  const down = only ? [only.row] : fitting;
  for (const i of down.filter((row) => row >= 0)) {
    context.save();
    context.translate(box.x - 6, box.y + (i + 0.5) * high);
    write(rows[i].label, "right", box.x - box.start - 8, halfUnder(fitting, i, high));
    context.restore();
  }
  const [fits, wide] = [written(columns.length, box.width, SLANTED_ROOM), box.width / columns.length];
  const across = only ? [only.column] : fits;
  for (const j of across.filter((column) => column >= 0)) {
    context.save();
    context.translate(box.x + (j + 0.5) * wide, box.y - 7);
    context.rotate(-SLANT);
    write(columns[j].label, "left", LONGEST_LABEL - 12, halfUnder(fits, j, wide * Math.sin(SLANT)));
    context.restore();
  }
  context.restore();
}

// How far from a name, on either side, the names stand that would lie half under it: they are covered whole.
/** @type {(names: number[], one: number, step: number) => [before: number, after: number]} */
export function halfUnder(names, one, step) {
  /** @type {(sign: number) => number} */
  const reach = (sign) => Math.max(0, ...names.map((i) => sign * (i - one) * step).filter((far) => far < LINE));
  return [reach(-1), reach(1)];
}

// The [row, column] under a place; null outside the cells.
/** @type {(box: Box, rows: number, columns: number, x: number, y: number) => [row: number, column: number] | null} */
export function cellAt(box, rows, columns, x, y) {
  const [row, column] = [
    Math.floor(((y - box.y) / box.height) * rows),
    Math.floor(((x - box.x) / box.width) * columns),
  ];
  return row >= 0 && row < rows && column >= 0 && column < columns ? [row, column] : null;
}

// A band over a row or a column, or a frame around a cell. The box knows how many rows and columns are in it.
/** @type {(context: Pen, box: Counted, cell: Partial<Cell>, look: Look) => void} */
export function frame(context, box, { row = -1, column = -1 }, { color, width, dash = [] }) {
  const [cellHeight, cellWidth] = [box.height / box.rows, box.width / box.columns];
  context.strokeStyle = color;
  context.lineWidth = width;
  context.setLineDash(dash);
  const y = row >= 0 ? box.y + row * cellHeight : box.y;
  const x = column >= 0 ? box.x + column * cellWidth : box.x;
  const across = column >= 0 ? Math.max(cellWidth, 2) : box.width;
  context.strokeRect(x, y, across, row >= 0 ? Math.max(cellHeight, 2) : box.height);
  context.setLineDash([]);
}

/** @type {(stops: Stops) => string} */
export function legendGradient(stops) {
  return stops.map(([place, color]) => `${color} ${(100 * place).toFixed(1)}%`).join(", ");
}
