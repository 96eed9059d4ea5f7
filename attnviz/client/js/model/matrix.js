// What is done with matrices in a run, in plain float64; attention's own equations stand in attention.js.

import { rowOf, zeros } from "./run.js";

/** @import { Matrix } from "./run.js" */

// a · b (+ bias of each column): [row, inner] and [inner, column] to [row, column].
/** @type {(a: Matrix, b: Matrix, bias?: Float64Array | null) => Matrix} */
export function product(a, b, bias = null) {
  const out = zeros(a.rows, b.columns);
  for (let i = 0; i < a.rows; i++) {
    const row = rowOf(out, i);
    if (bias) row.set(bias);
    for (let c = 0; c < a.columns; c++) {
      const factor = a.values[i * a.columns + c];
      const from = c * b.columns;
      for (let j = 0; j < b.columns; j++) row[j] += factor * b.values[from + j];
    }
  }
  return out;
}

// a · bᵀ (+ bias of each column): [row, inner] and [column, inner] to [row, column].
/** @type {(a: Matrix, b: Matrix, bias?: Float64Array | null) => Matrix} */
export function productTransposed(a, b, bias = null) {
  const out = zeros(a.rows, b.rows);
  const d = a.columns;
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.rows; j++) {
      let total = bias ? bias[j] : 0;
      for (let c = 0; c < d; c++) total += a.values[i * d + c] * b.values[j * d + c];
      out.values[i * b.rows + j] = total;
    }
  }
  return out;
}

// a + b, of one shape.
/** @type {(a: Matrix, b: Matrix) => Matrix} */
export function sum(a, b) {
  const out = zeros(a.rows, a.columns);
  for (let i = 0; i < out.values.length; i++) out.values[i] = a.values[i] + b.values[i];
  return out;
}

// Each number by itself.
/** @type {(a: Matrix, of: (value: number) => number) => Matrix} */
export function each(a, of) {
  const out = zeros(a.rows, a.columns);
  for (let i = 0; i < out.values.length; i++) out.values[i] = of(a.values[i]);
  return out;
}

// These rows of a matrix, one below the other.
/** @type {(a: Matrix, rows: number[]) => Matrix} */
export function rowsOf(a, rows) {
  const out = zeros(rows.length, a.columns);
  rows.forEach((row, i) => rowOf(out, i).set(rowOf(a, row)));
  return out;
}

// So many columns of a matrix, from one on: of [token, head · d_head] those of a head.
/** @type {(a: Matrix, from: number, count: number) => Matrix} */
export function columnsOf(a, from, count) {
  const out = zeros(a.rows, count);
  for (let i = 0; i < a.rows; i++) rowOf(out, i).set(rowOf(a, i).subarray(from, from + count));
  return out;
}

// The same, put back in their place.
/** @type {(into: Matrix, from: number, columns: Matrix) => void} */
export function putColumns(into, from, columns) {
  for (let i = 0; i < into.rows; i++) rowOf(into, i).set(rowOf(columns, i), from);
}

// Whether all numbers are finite.
/** @type {(a: Matrix) => boolean} */
export function allFinite(a) {
  for (const value of a.values) if (!Number.isFinite(value)) return false;
  return true;
}
