// A matrix of the walk on a canvas: colours, words at its sides, and numbers in its cells where they fit.

import { largest } from "../numbers/analysis/measures.js";
import { number } from "../say/words.js";
import { drawHeatmap, drawLabels, frame } from "./heatmap.js";
import { cut, SMALL, surface, widthOf } from "./paint.js";

/** @import { Group } from "../numbers/grouping.js" */
/** @import { Context } from "../state/context.js" */
/** @import { Shown } from "../walk/steps/shown.js" */
/** @import { Box } from "./paint.js" */

const CELL = { numbered: 40, plain: 11, high: 18, least: 0.5 };
const READABLE = 14; // pixels that a number is high
const NUMBERED = 16; // columns in which numbers have room
const BROADEST = 460;
const TALLEST = 300;
const LABELS = 84;
const LONGEST = 104; // of a slanted word

/** @typedef {Pick<Context, "palette" | "zoom" | "weightColors" | "signedColors">} Look */

// Draws it in so many pixels of the page; where its cells stand then, in pixels of the canvas.
/** @type {(canvas: HTMLCanvasElement, shown: Shown, width: number, look: Look) => Box} */
export function drawMatrix(canvas, shown, width, { palette, zoom, weightColors, signedColors }) {
  const { matrix } = shown;
  const box = boxOf(shown, width / zoom);
  const pen = surface(canvas, { width: box.x + box.width + box.right, height: box.total, zoom }, SMALL);
  const values = Float32Array.from(matrix.values, (value) => (Number.isFinite(value) ? value : 0));
  const blocked = Uint8Array.from(matrix.values, (value) => (value === -Infinity ? 1 : 0));
  const [rows, columns] = [groups(shown.rows, matrix.rows), groups(shown.columns, matrix.columns)];
  const counted = { ...box, rows: matrix.rows, columns: matrix.columns };
  if (shown.scale === "plain") {
    const line = { color: palette.grid, width: 1 };
    for (let column = 0; column < matrix.columns; column++) frame(pen, counted, { column }, line);
    pen.fillStyle = palette.text;
    plainNumbers(pen, shown, box);
  } else {
    const isSigned = shown.scale === "signed";
    const most = isSigned ? largest(values) : 1;
    const colors = isSigned ? signedColors : weightColors;
    const isEvery = true; // a number of the walk can be computed with, also where it is nearly nothing
    drawHeatmap(pen, { values, rows, columns, blocked, palette, zoom, colors, signed: isSigned, most, isEvery }, box);
  }
  const named = { rows: shown.rows ? rows : [], columns: shown.columns ? columns : [], palette };
  drawLabels(pen, named, { ...box, start: 0 });
  const { row = -1, column = -1 } = shown.at ?? {};
  if (row >= 0) frame(pen, counted, { row }, { color: palette.accent, width: 2 });
  if (column >= 0) frame(pen, counted, { column }, { color: palette.accent, width: 2, dash: row >= 0 ? [4, 3] : [] });
  return box;
}

/** @type {(pen: import("./paint.js").Context2D, shown: Shown, box: Box) => void} */
function plainNumbers(pen, { matrix }, box) {
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  const wide = box.width / matrix.columns;
  for (let i = 0; i < matrix.columns; i++) {
    const value = matrix.values[i];
    const text = Number.isInteger(value) ? String(value) : number(value);
    pen.fillText(cut(pen, text, wide), box.x + (i + 0.5) * wide, box.y + box.height / 2);
  }
}

// Where its cells stand: numbers have room where there are few columns. The last word leans out at the right.
/** @type {(shown: Shown, width: number) => Box & { total: number, right: number }} */
export function boxOf({ matrix, rows, columns }, width) {
  /** @type {(label: string | undefined) => number} */
  const slanted = (label) => Math.ceil(Math.min(widthOf(label ?? "", SMALL), LONGEST) * Math.SQRT1_2);
  const labels = rows ? Math.min(LABELS, 10 + Math.max(...rows.map((label) => widthOf(label, SMALL)))) : 0;
  const head = columns ? Math.max(...columns.map(slanted)) + 18 : 4;
  const right = columns ? slanted(columns[columns.length - 1]) + 4 : 4;
  const room = Math.max(60, Math.min(width, rows || columns ? width : BROADEST) - labels - right);
  const high = Math.min(CELL.high, Math.max(CELL.least, TALLEST / matrix.rows));
  const isNumbered = matrix.columns <= NUMBERED && (matrix.rows === 1 || high >= READABLE);
  const cell = isNumbered ? CELL.numbered : CELL.plain;
  const wide = Math.min(room, Math.max(cell * matrix.columns, 60), columns ? room : BROADEST);
  const height = matrix.rows === 1 ? 24 : high * matrix.rows;
  return { x: labels, y: head, width: wide, height, total: head + height + 4, right };
}

/** @type {(labels: string[] | null, count: number) => Group[]} */
function groups(labels, count) {
  return Array.from({ length: count }, (_, i) => ({
    word: i,
    label: labels?.[i] ?? "",
    name: labels?.[i] ?? "",
    tokens: [i],
  }));
}
