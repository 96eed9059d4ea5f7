// The matrices of a step, as it shows them: with a row for each token, a column for each, both, or neither.

import { rowOf } from "../../model/run.js";

/** @import { Matrix, Norm } from "../../model/run.js" */
/** @import { Of, Shown } from "./shown.js" */

/** @typedef {Shown["scale"]} Scale */

// A row for each token.
/** @type {(name: string, title: string, matrix: Matrix, names: string[], row?: number) => Shown} */
export function matrixOf(name, title, matrix, names, row) {
  const at = row === undefined ? {} : { at: { row } };
  return { name, title, matrix, rows: names, columns: null, scale: "signed", tokens: { rows: all(names) }, ...at };
}

// One row, with a number for each token.
/** @type {(name: string, title: string, matrix: Matrix, names: string[], scale: Scale, column: number) => Shown} */
export function across(name, title, matrix, names, scale, column) {
  const tokens = { columns: all(names) };
  return { name, title, matrix, rows: null, columns: names, scale, tokens, at: { column } };
}

// A row and a column for each token.
/** @type {(name: string, title: string, matrix: Matrix, names: string[], of: Of, scale: Scale) => Shown} */
export function square(name, title, matrix, names, { query, key }, scale) {
  const tokens = { rows: all(names), columns: all(names) };
  return { name, title, matrix, rows: names, columns: names, scale, tokens, at: { row: query, column: key } };
}

// A vector, a column for each of its numbers; or a matrix whose rows stand for no tokens.
/** @type {(name: string, title: string, matrix: Matrix) => Shown} */
export function line(name, title, matrix) {
  return { name, title, matrix, rows: null, columns: null, scale: "signed", tokens: {} };
}

// A row for each word of the vocabulary.
/** @type {(name: string, title: string, matrix: Matrix, words: string[], row: number) => Shown} */
export function table(name, title, matrix, words, row) {
  return { ...line(name, title, matrix), rows: words, at: { row } };
}

// One row, with a number for each word of the vocabulary.
/** @type {(name: string, title: string, values: Float64Array, words: string[], column: number) => Shown} */
export function overWords(name, title, values, words, column) {
  return { ...line(name, title, vectorAsMatrix(values)), columns: words, at: { column } };
}

// What the model has learned, or what was drawn for it; nothing where it has none, or where that is not known.
/** @type {(of: Of, name: string, parameter: Matrix | Float64Array | null) => Shown[]} */
export function learned({ model }, name, parameter) {
  if (!parameter) return [];
  const matrix = "columns" in parameter ? parameter : vectorAsMatrix(parameter);
  const isRandom = model.config.kind === "random";
  return [{ ...line(name, isRandom ? "random" : "learned", matrix), from: isRandom ? "the seed" : "training" }];
}

// Scale and shift of a layer norm.
/** @type {(of: Of, norm: Norm) => Shown[]} */
export function ofNorm(of, [scale, shift]) {
  return [...learned(of, "γ", scale), ...learned(of, "β", shift)];
}

/** @type {(values: Float64Array) => Matrix} */
export function vectorAsMatrix(values) {
  return { rows: 1, columns: values.length, values };
}

// A row of a matrix, as a matrix.
/** @type {(matrix: Matrix, row: number) => Matrix} */
export function rowAlone(matrix, row) {
  return vectorAsMatrix(rowOf(matrix, row).slice());
}

// A column of a matrix.
/** @type {(matrix: Matrix, column: number) => Float64Array} */
export function columnOf({ rows, columns, values }, column) {
  return Float64Array.from({ length: rows }, (_, i) => values[i * columns + column]);
}

/** @type {(matrix: Matrix, made: (value: number, i: number) => number) => Matrix} */
export function mapped({ rows, columns, values }, made) {
  return { rows, columns, values: values.map(made) };
}

/** @type {(names: string[]) => number[]} */
function all(names) {
  return [...names.keys()];
}
