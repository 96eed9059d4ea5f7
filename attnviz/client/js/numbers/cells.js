// A head's weights a row or a cell at a time, as they are grouped: of a long text no more is ever here.

/** @import { Numbers } from "./numbers.js" */

// [column]
/** @type {(numbers: Numbers, layer: number, head: number, row: number) => Float32Array} */
export function rowAt(numbers, layer, head, row) {
  if (numbers.part.isTiled) return numbers.plainRow(layer, head, row);
  const { length } = numbers.grouping.columns;
  return numbers.weights(layer, head).subarray(row * length, (row + 1) * length);
}

// Whether some token of the row may look at some of the column.
/** @type {(numbers: Numbers, layer: number, head: number, row: number, column: number) => boolean} */
export function mayLookAt(numbers, layer, head, row, column) {
  if (numbers.part.isTiled) return numbers.part.layers[layer].extra === null || column <= row;
  return !numbers.blocked(layer, head)?.[row * numbers.grouping.columns.length + column];
}
