// The arrays of a packed model as matrices of plain numbers, by the names that attnviz/client/models.py gives them.

/** @import { Numeric } from "../numbers/part.js" */
/** @import { Row, Sentences } from "../state/schema.js" */
/** @import { Network } from "./transformer.js" */
/** @import { Config, LayerWeights, Matrix, Norm } from "./run.js" */

/** @typedef {{ text: string, ids: number[], row: Row, cut: number | null }} Known a text that was read in Python */

/**
 * What is said of a packed model beside its arrays.
 *
 * @typedef {object} ModelHeader
 * @property {"model"} kind
 * @property {Config} config
 * @property {string[]} words
 * @property {number} layers how many are here
 * @property {Sentences} sentences
 * @property {Record<string, { shape: number[] }>} arrays
 * @property {Known | null} known
 */

/** @typedef {{ header: ModelHeader, arrays: Record<string, Numeric> }} PackedModel */

// The matrix of that name; a wrong one is an error of who packed it.
/** @type {(packed: PackedModel, name: string) => Matrix} */
export function matrixOf({ header, arrays }, name) {
  const [rows, columns] = header.arrays[name].shape;
  return { rows, columns, values: Float64Array.from(arrays[name]) };
}

// [head, row, column] as a matrix of each head; none where that is not packed.
/** @type {(packed: PackedModel, name: string) => Matrix[]} */
export function headMatrices({ header, arrays }, name) {
  if (!(name in arrays)) return [];
  const [heads, rows, columns] = header.arrays[name].shape;
  const size = rows * columns;
  return Array.from({ length: heads }, (_, head) => ({
    rows,
    columns,
    values: Float64Array.from(arrays[name].subarray(head * size, (head + 1) * size)),
  }));
}

// All parameters; those that the model has not, or that are not known, are null.
/** @type {(packed: PackedModel) => Network} */
export function networkOf(packed) {
  const { arrays, header } = packed;
  /** @type {(name: string) => Matrix | null} */
  const matrix = (name) => (name in arrays ? matrixOf(packed, name) : null);
  /** @type {(name: string) => Float64Array | null} */
  const vector = (name) => (name in arrays ? Float64Array.from(arrays[name]) : null);
  /** @type {(name: string) => Norm | null} */
  const norm = (name) => {
    const [scale, shift] = [vector(`${name}.scale`), vector(`${name}.shift`)];
    return scale && shift && [scale, shift];
  };
  /** @type {(_: unknown, layer: number) => LayerWeights} */
  const layer = (_, at) => ({
    ...{ w_q: matrix(`${at}.w_q`), w_k: matrix(`${at}.w_k`), w_v: matrix(`${at}.w_v`), w_o: matrix(`${at}.w_o`) },
    ...{ b_q: vector(`${at}.b_q`), b_k: vector(`${at}.b_k`), b_v: vector(`${at}.b_v`), b_o: vector(`${at}.b_o`) },
    ...{ norm_1: norm(`${at}.norm_1`), norm_2: norm(`${at}.norm_2`) },
    ...{ w_1: matrix(`${at}.w_1`), b_1: vector(`${at}.b_1`), w_2: matrix(`${at}.w_2`), b_2: vector(`${at}.b_2`) },
  });
  const embedding = matrix("embedding");
  return {
    config: header.config,
    layers: Array.from({ length: header.layers }, layer),
    embedding,
    unembedding: matrix("unembedding") ?? embedding,
    bias: vector("bias"),
    norm: norm("norm"),
    places: matrix("places"),
  };
}
