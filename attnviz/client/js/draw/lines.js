// Weights as lines between two columns of words: from the word that looks (left) to the word looked at (right).

import { cut, written } from "./paint.js";

/** @import { Group } from "../numbers/grouping.js" */
/** @import { Cell } from "../state/context.js" */
/** @import { Palette } from "../state/schema.js" */
/** @import { Pen } from "./paint.js" */

/** @typedef {[row: number, column: number, weight: number]} Line */
/** @typedef {[row: number, column: number]} Pair */
/** @typedef {{ left: number, right: number, row: number, top: number, total: number }} Place of the words, in pixels */
/** @typedef {{ lines: Line[], color: string, dash: number[] }} Strand the lines of a head */
/** @typedef {{ heads: Strand[], rows: Group[], columns: Group[], palette: Palette }} Drawn */

const LEAST = 0.02; // weights below are not drawn
const MOST_LINES = 2500;
const ROW = 24;

// Where words stand: the columns' inner edges, the height of a row, the height of all.
/** @type {(count: number, width: number, labels: number, tall?: number) => Place} */
export function layout(count, width, labels, tall = 640) {
  const row = Math.max(3, Math.min(ROW, (tall - 20) / count));
  const side = Math.min(labels + 14, 130, width / 3);
  return { left: side, right: width - side, row, top: 10, total: 20 + row * count };
}

// The weights worth a line, as [row, column, weight], the faintest first: at least 2 %, at most 2,500 of them.
/** @type {(values: ArrayLike<number>, rows: number, columns: number, least?: number) => Line[]} */
export function linesOf(values, rows, columns, least = LEAST) {
  /** @type {Line[]} */
  let found = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const weight = values[i * columns + j];
      if (weight >= least) found.push([i, j, weight]);
    }
  }
  found.sort((a, b) => a[2] - b[2]);
  if (found.length > MOST_LINES) found = found.slice(-MOST_LINES);
  return found;
}

// heads: [{ values, color, dash }], each a set of lines; marked: { row, column } whose lines stand out.
/** @type {(context: Pen, shown: Drawn & { marked: Cell }, place: Place) => void} */
export function drawLines(context, { heads, rows, columns, palette, marked }, place) {
  /** @type {(i: number) => number} */
  const y = (i) => place.top + (i + 0.5) * place.row;
  const isSome = marked.row >= 0 || marked.column >= 0;
  for (const { lines, color, dash } of heads) {
    context.strokeStyle = color;
    context.setLineDash(dash);
    // Lines of about one strength are one path: a few strokes in all, however many lines.
    for (let step = 1; step <= 10; step++) {
      for (const strong of [false, true]) {
        const some = lines.filter(
          ([i, j, weight]) => Math.min(10, Math.ceil(weight * 10)) === step && isMarked(i, j, marked) === strong,
        );
        if (!some.length) continue;
        context.globalAlpha =
          (strong ? 0.25 + 0.75 * (step / 10) : 0.07 + 0.2 * (step / 10)) * (isSome || !strong ? 1 : 0.8);
        context.lineWidth = 0.6 + (step / 10) * 3.4;
        context.beginPath();
        for (const [i, j] of some) {
          context.moveTo(place.left, y(i));
          context.lineTo(place.right, y(j));
        }
        context.stroke();
      }
    }
  }
  context.globalAlpha = 1;
  context.setLineDash([]);
  context.fillStyle = palette.text;
  context.textBaseline = "middle";
  context.textAlign = "right";
  label(context, rows, marked.row, place.left - 6, place);
  context.textAlign = "left";
  label(context, columns, marked.column, place.right + 6, place);
}

// With a word marked on the left, its own lines; with one on the right alone, the lines that end there.
/** @type {(i: number, j: number, marked: Cell) => boolean} */
function isMarked(i, j, { row, column }) {
  if (row >= 0) return i === row;
  return column < 0 || j === column;
}

/** @type {(context: Pen, words: Group[], chosen: number, x: number, place: Place) => void} */
function label(context, words, chosen, x, place) {
  const plain = context.font;
  for (const i of written(words.length, place.row * words.length, 13, [chosen])) {
    context.font = i === chosen ? `bold ${plain}` : plain;
    context.fillText(cut(context, words[i].label, 116), x, place.top + (i + 0.5) * place.row);
  }
  context.font = plain;
}

// Which word a place is on: { row } at the left half, { column } at the right; null above and below.
/** @type {(place: Place, count: { rows: number, columns: number }, x: number, y: number) => Partial<Cell> | null} */
export function wordAt(place, count, x, y) {
  const index = Math.floor((y - place.top) / place.row);
  if (index < 0 || index >= count.rows + count.columns) return null;
  const isLeft = x < (place.left + place.right) / 2;
  if (isLeft) return index < count.rows ? { row: index } : null;
  return index < count.columns ? { column: index } : null;
}

// The line under a place between the words, as [row, column]: of those within a few pixels the strongest; null where
// there is none. Near the words there is none either: there one points at a word.
/** @type {(place: Place, heads: { lines: Line[] }[], x: number, y: number, near?: number) => Pair | null} */
export function lineAt(place, heads, x, y, near = 4) {
  const along = (x - place.left) / (place.right - place.left);
  if (along < 0.08 || along > 0.92) return null;
  /** @type {Line | null} */
  let best = null;
  for (const { lines } of heads) {
    for (const [i, j, weight] of lines) {
      const height = place.top + (i + 0.5 + (j - i) * along) * place.row;
      if (Math.abs(height - y) <= near && weight > (best?.[2] ?? 0)) best = [i, j, weight];
    }
  }
  return best && [best[0], best[1]];
}

// The cells of a word's lines, in any head, as [row, column], the strongest first.
/** @type {(heads: { lines: Line[] }[], word: Cell) => Pair[]} */
export function cellsOf(heads, { row, column }) {
  /** @type {Map<string, Line>} */
  const strongest = new Map();
  for (const { lines } of heads) {
    for (const [i, j, weight] of lines) {
      if (row >= 0 ? i !== row : j !== column) continue;
      const name = `${i} ${j}`;
      if (weight > (strongest.get(name)?.[2] ?? 0)) strongest.set(name, [i, j, weight]);
    }
  }
  return [...strongest.values()].sort((a, b) => b[2] - a[2]).map(([i, j]) => [i, j]);
}
