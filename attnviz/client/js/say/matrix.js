// A matrix of the walk in words: what it is, and each of its cells.

import { isolated, number, whole } from "./words.js";

/** @import { Shown } from "../walk/steps/shown.js" */

/** @typedef {{ row: number, column: number }} Cell */

/** @type {(shown: Pick<Shown, "matrix" | "from">) => string} */
export function sizeOf({ matrix: { rows, columns }, from }) {
  return `${whole(rows)} × ${whole(columns)}${from ? ` · from ${from}` : ""}`;
}

// What a screen reader calls it.
/** @type {(shown: Pick<Shown, "name" | "title" | "matrix">) => string} */
export function matrixInWords({ name, title, matrix: { rows, columns } }) {
  return `${name}, ${title}, ${whole(rows)} by ${whole(columns)}`;
}

/** @type {(shown: Pick<Shown, "name" | "matrix" | "rows" | "columns" | "scale">, cell: Cell) => string} */
export function cellInWords({ name, matrix, rows, columns, scale }, { row, column }) {
  const value = matrix.values[row * matrix.columns + column];
  const of = [rows?.[row], columns?.[column]].filter((one) => one !== undefined).map((one) => isolated(one));
  const place = columns ? "" : `[${column}]`;
  const said = scale === "plain" && Number.isInteger(value) ? String(value) : number(value);
  return `${name}${place}${of.length ? ` of ${of.join(" → ")}` : ` row ${row}`}: ${said}`;
}
