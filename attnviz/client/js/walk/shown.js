// A step of the walk, as plain data: what is said, the formula, this sentence's numbers in it, and the matrices.
// Pure, so that each number can be recomputed in a test from the ones that are shown before it.

import { rowOf } from "../model/run.js";

/** @import { HeadRun, LayerRun, Matrix, PageModel, Run } from "../model/run.js" */
/** @import { Row } from "../state/schema.js" */

/**
 * What a step is made of: a run, and where one looks in it.
 *
 * @typedef {object} Of
 * @property {PageModel} model
 * @property {Run} run
 * @property {Row} row the tokens
 * @property {number} layer
 * @property {number} head
 * @property {number} query
 * @property {number} key
 * @property {number} [upTo] while it plays: the values of the words up to this one are in the sum
 * @property {(token: number) => Float64Array | null} hidden the probabilities of each word at a token that is hidden
 */

/**
 * A matrix on the page.
 *
 * @typedef {object} Shown
 * @property {string} name as the formula has it
 * @property {string} title what it is, in a few words
 * @property {Matrix} matrix
 * @property {string[] | null} rows their names; null: they have none
 * @property {string[] | null} columns
 * @property {"signed" | "weights" | "plain"} scale plain: the numbers, without colours
 * @property {"q" | "k" | "v" | "output"} [role] whose colour its name has
 * @property {{ row?: number, column?: number }} [at] what the formula speaks of
 * @property {string} [from] where it comes from
 */

/**
 * @typedef {object} Told
 * @property {string} sentence
 * @property {string} formula TeX
 * @property {string[]} numbers TeX: the same with this sentence's numbers, a line each
 * @property {Shown[]} shown
 * @property {string} [why] why the step is there
 * @property {string} [otherwise] what this model, or another, does otherwise
 * @property {{ title: string, words: [word: string, share: number][] }[]} [bars] the most probable words
 */

/** @typedef {(of: Of) => Told} Tells */

const MOST_TERMS = 8; // of a sum that are written out
const DIGITS = 3;

/** @type {(of: Of) => LayerRun} */
export function layerOf({ run, layer }) {
  return run.layers.length === 1 ? run.layers[0] : run.layers[layer];
}

/** @type {(of: Of) => HeadRun} */
export function headOf(of) {
  return layerOf(of).head(of.head);
}

/** @type {(of: Of) => import("../model/run.js").LayerWeights} */
export function weightsOf({ model, layer }) {
  return model.layers.length === 1 ? model.layers[0] : model.layers[layer];
}

/** @type {(of: Of) => string[]} */
export function namesOf({ row }) {
  return row.tokens.map((token) => token.label);
}

// A number in a formula: three digits, as everywhere in the walk.
/** @type {(value: number) => string} */
export function tex(value) {
  if (value === -Infinity) return "-\\infty";
  if (value === Infinity) return "\\infty";
  if (Number.isNaN(value)) return "\\text{no number}";
  const size = Math.abs(value);
  if (size >= 1e6) {
    return `${(value / 10 ** Math.floor(Math.log10(size))).toFixed(2)}\\cdot 10^{${Math.floor(Math.log10(size))}}`;
  }
  return value.toFixed(DIGITS).replace(/^-(0\.0+)$/, "$1");
}

// The same within a product or a sum: a negative one in brackets.
/** @type {(value: number) => string} */
export function term(value) {
  const written = tex(value);
  return written.startsWith("-") ? `(${written})` : written;
}

// A word in a formula. What somebody typed is text there, and nothing else.
/** @type {(label: string) => string} */
export function word(label) {
  const safe = label.replace(/[\\{}$&#^_%~]/g, (sign) => ESCAPES[sign] ?? sign);
  return `\\text{${safe}}`;
}

/** @type {Record<string, string>} */
const ESCAPES = {
  "\\": "\\textbackslash{}",
  "{": "\\{",
  "}": "\\}",
  $: "\\$",
  "&": "\\&",
  "#": "\\#",
  "^": "\\textasciicircum{}",
  _: "\\_",
  "%": "\\%",
  "~": "\\textasciitilde{}",
};

// A sum of products, term by term: all where they are few, else the first ones and the last.
/** @type {(a: ArrayLike<number>, b: ArrayLike<number>) => string} */
export function products(a, b) {
  return terms(a.length, (i) => `${term(a[i])} \\cdot ${term(b[i])}`);
}

/** @type {(count: number, write: (i: number) => string) => string} */
export function terms(count, write) {
  const all = [...Array(count).keys()];
  if (count <= MOST_TERMS) return all.map(write).join(" + ");
  return [...all.slice(0, 3).map(write), "\\dots", write(count - 1)].join(" + ");
}

// The first numbers of a vector.
/** @type {(values: ArrayLike<number>, most?: number) => string} */
export function vector(values, most = 4) {
  const first = Array.from({ length: Math.min(values.length, most) }, (_, i) => tex(values[i]));
  return `(${[...first, ...(values.length > most ? ["\\dots"] : [])].join(",\\; ")})`;
}

// A row of a matrix, as a matrix.
/** @type {(matrix: Matrix, row: number) => Matrix} */
export function rowAlone(matrix, row) {
  return { rows: 1, columns: matrix.columns, values: rowOf(matrix, row).slice() };
}

// A column of a matrix.
/** @type {(matrix: Matrix, column: number) => Float64Array} */
export function columnOf({ rows, columns, values }, column) {
  return Float64Array.from({ length: rows }, (_, i) => values[i * columns + column]);
}

// Columns of a matrix: those of one head.
/** @type {(matrix: Matrix, from: number, count: number) => Matrix} */
export function columnsOf({ rows, columns, values }, from, count) {
  const cut = new Float64Array(rows * count);
  for (let i = 0; i < rows; i++) cut.set(values.subarray(i * columns + from, i * columns + from + count), i * count);
  return { rows, columns: count, values: cut };
}

/** @type {(matrix: Matrix, made: (value: number, i: number) => number) => Matrix} */
export function mapped({ rows, columns, values }, made) {
  return { rows, columns, values: values.map(made) };
}
