// Matrices of a step of the walk, beside one another: numbers in their cells where they fit, by pointing elsewhere.

import { drawHeatmap, drawLabels, frame } from "../draw/heatmap.js";
import { cut, element, SMALL, surface, widthOf } from "../draw/paint.js";
import { largest } from "../numbers/measures.js";
import { isolated, number } from "../say/words.js";

/** @import { Group } from "../numbers/grouping.js" */
/** @import { Context } from "../state/context.js" */
/** @import { Shown } from "../walk/shown.js" */
/** @import { Box } from "../draw/paint.js" */
/** @import { Actions } from "./view.js" */

const CELL = { numbered: 40, plain: 11, high: 18, least: 0.5 };
const READABLE = 14; // pixels that a number is high
const NUMBERED = 16; // columns in which numbers have room
const BROADEST = 460;
const TALLEST = 300;
const LABELS = 84;

/** @typedef {{ shown: Shown, box: Box, canvas: HTMLCanvasElement }} Placed */

/**
 * @param {HTMLElement} root
 * @param {{ context: Context, actions: Pick<Actions, "choose" | "tip"> }} tools
 */
export function createMatrices(root, { context, actions }) {
  /** @type {Placed[]} */
  let placed = [];

  /** @type {(event: MouseEvent) => { one: Placed, row: number, column: number } | null} */
  function under(event) {
    const at = event.target instanceof HTMLElement ? event.target.closest("[data-matrix]") : null;
    const one = at instanceof HTMLElement ? placed[Number(at.dataset.matrix)] : undefined;
    if (!one) return null;
    const { box, shown, canvas } = one;
    const outer = canvas.getBoundingClientRect();
    const x = (event.clientX - outer.left) / context.zoom - box.x;
    const y = (event.clientY - outer.top) / context.zoom - box.y;
    const { rows, columns } = shown.matrix;
    const [row, column] = [Math.floor((y / box.height) * rows), Math.floor((x / box.width) * columns)];
    const isIn = row >= 0 && row < rows && column >= 0 && column < columns;
    return isIn ? { one, row, column } : null;
  }

  root.addEventListener("pointermove", (event) => {
    const found = under(event);
    actions.tip(found ? event : null, found ? cellInWords(found.one.shown, found.row, found.column) : undefined);
  });
  root.addEventListener("pointerleave", () => actions.tip(null));
  root.addEventListener("click", (event) => {
    const found = under(event);
    if (!found) return;
    const { shown } = found.one;
    const { rows, columns } = tokensOf(shown);
    const [row, column] = [rows?.[found.row], columns?.[found.column]];
    if (row !== undefined && column !== undefined) actions.choose({ query: row, key: column });
    else if (column !== undefined) actions.choose(shown.name === "id" ? { query: column } : { key: column });
    else if (row !== undefined) {
      actions.choose(shown.role === "k" || shown.role === "v" ? { key: row } : { query: row });
    }
    actions.tip(event, cellInWords(shown, found.row, found.column));
  });

  return {
    /** @type {(all: Shown[], width: number) => void} */
    draw(all, width) {
      placed = all.map((shown, i) => drawn(shown, i, width));
      root.replaceChildren(...placed.map(({ shown, canvas }) => figureOf(shown, canvas)));
    },
  };

  /** @type {(shown: Shown, index: number, width: number) => Placed} */
  function drawn(shown, index, width) {
    const canvas = /** @type {HTMLCanvasElement} */ (
      element("canvas", "", null, { role: "img", "data-matrix": index, "aria-label": inWords(shown) })
    );
    const { palette, zoom, weightColors, signedColors } = context;
    const box = boxOf(shown, width / zoom);
    const pen = surface(
      canvas,
      { width: box.x + box.width + (shown.columns && shown.rows ? 44 : 4), height: box.total, zoom },
      SMALL,
    );
    const { matrix } = shown;
    const values = Float32Array.from(matrix.values, (value) => (Number.isFinite(value) ? value : 0));
    const blocked = Uint8Array.from(matrix.values, (value) => (value === -Infinity ? 1 : 0));
    const [rows, columns] = [groups(shown.rows, matrix.rows), groups(shown.columns, matrix.columns)];
    if (shown.scale === "plain") plainNumbers(pen, shown, box);
    else {
      const isSigned = shown.scale === "signed";
      const most = isSigned ? largest(values) : 1;
      const colors = isSigned ? signedColors : weightColors;
      drawHeatmap(pen, { values, rows, columns, blocked, palette, zoom, colors, signed: isSigned, most }, box);
    }
    const named = { rows: shown.rows ? rows : [], columns: shown.columns ? columns : [], palette };
    drawLabels(pen, named, { ...box, start: 0 });
    const { row = -1, column = -1 } = shown.at ?? {};
    const counted = { ...box, rows: matrix.rows, columns: matrix.columns };
    if (row >= 0) frame(pen, counted, { row }, { color: palette.accent, width: 2 });
    if (column >= 0) frame(pen, counted, { column }, { color: palette.accent, width: 2, dash: row >= 0 ? [4, 3] : [] });
    return { shown, box, canvas };
  }

  /** @type {(pen: CanvasRenderingContext2D, shown: Shown, box: Box) => void} */
  function plainNumbers(pen, { matrix, name }, box) {
    pen.fillStyle = context.palette.text;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    const wide = box.width / matrix.columns;
    for (let i = 0; i < matrix.columns; i++) {
      const text = name === "id" ? String(matrix.values[i]) : number(matrix.values[i]);
      pen.fillText(cut(pen, text, wide), box.x + (i + 0.5) * wide, box.y + box.height / 2);
    }
  }
}

// The tokens that its rows and columns stand for.
/** @type {(shown: Shown) => NonNullable<Shown["tokens"]>} */
function tokensOf({ tokens, rows, columns }) {
  return tokens ?? { rows: rows ? [...rows.keys()] : undefined, columns: columns ? [...columns.keys()] : undefined };
}

// Where its cells stand: numbers have room where there are few columns.
/** @type {(shown: Shown, width: number) => Box & { total: number }} */
function boxOf({ matrix, rows, columns }, width) {
  const labels = rows ? Math.min(LABELS, 10 + Math.max(...rows.map((label) => widthOf(label, SMALL)))) : 0;
  const longest = columns ? Math.max(...columns.map((label) => widthOf(label, SMALL))) : 0;
  const head = columns ? Math.ceil(Math.min(longest, 104) * Math.SQRT1_2) + 18 : 4;
  const right = columns ? Math.min(longest * 0.75, 44) : 4;
  const room = Math.max(60, Math.min(width, rows || columns ? width : BROADEST) - labels - right);
  const high = Math.min(CELL.high, Math.max(CELL.least, TALLEST / matrix.rows));
  const isNumbered = matrix.columns <= NUMBERED && (matrix.rows === 1 || high >= READABLE);
  const cell = isNumbered ? CELL.numbered : CELL.plain;
  const wide = Math.min(room, Math.max(cell * matrix.columns, 60), columns ? room : BROADEST);
  const height = matrix.rows === 1 ? 24 : high * matrix.rows;
  return { x: labels, y: head, width: wide, height, total: head + height + 4 };
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

/** @type {(shown: Shown, canvas: HTMLCanvasElement) => HTMLElement} */
function figureOf(shown, canvas) {
  const made = element("figure", `shown ${shown.role ?? ""}`);
  const caption = element("figcaption");
  const { rows, columns } = shown.matrix;
  caption.append(
    element("b", "", shown.name),
    ` ${shown.title} `,
    element("span", "faint", sizeOf(shown, rows, columns)),
  );
  made.append(caption, canvas);
  return made;
}

/** @type {(shown: Shown, rows: number, columns: number) => string} */
function sizeOf({ from }, rows, columns) {
  return `${rows} × ${columns}${from ? ` · from ${from}` : ""}`;
}

/** @type {(shown: Shown, row: number, column: number) => string} */
function cellInWords({ name, matrix, rows, columns }, row, column) {
  const value = matrix.values[row * matrix.columns + column];
  const of = [rows?.[row], columns?.[column]].filter((one) => one !== undefined).map((one) => isolated(one));
  const place = rows && columns ? "" : columns ? "" : `[${column}]`;
  return `${name}${place}${of.length ? ` of ${of.join(" → ")}` : rows ? "" : ` row ${row}`}: ${number(value)}`;
}

// For a screen reader: the row that the formula speaks of, with its numbers.
/** @type {(shown: Shown) => string} */
function inWords({ name, title, matrix, rows, columns, at }) {
  const row = at?.row ?? 0;
  const values = Array.from(
    matrix.values.subarray(row * matrix.columns, (row + 1) * matrix.columns).slice(0, 64),
    number,
  );
  const told = columns ? values.map((value, i) => `${columns[i]} ${value}`) : values;
  return `${name}, ${title}, ${matrix.rows} by ${matrix.columns}. ${rows?.[row] ?? ""}: ${told.join(", ")}`;
}
