// A step of the walk, as plain data: what is said, the formula, this sentence's numbers in it, and the matrices.
// Pure, so that each number can be recomputed in a test from the ones that are shown before it.

/** @import { HeadRun, LayerRun, Matrix, PageModel, Run } from "../../model/run.js" */
/** @import { Row } from "../../state/schema.js" */

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
 * @property {{ rows?: number[], columns?: number[] }} [tokens] which tokens its rows and columns stand for; not said:
 *   all of them, in order, where they have names
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
 * @property {number[]} [places] tokens to be shown as a row of cells, each with its place
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

/** @type {(of: Of) => import("../../model/run.js").LayerWeights} */
export function weightsOf({ model, layer }) {
  return model.layers.length === 1 ? model.layers[0] : model.layers[layer];
}

/** @type {(of: Of) => string[]} */
export function namesOf({ row }) {
  return row.tokens.map(({ name }) => name);
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

// A word in a formula: what somebody typed is text there, and nothing else. The place that tells apart two that are
// written alike stands below the line.
/** @type {(name: string) => string} */
export function word(name) {
  const [, before, place] = /^(.+?)\u200e?([₀-₉]+)$/su.exec(name) ?? ["", name, ""];
  const safe = before
    .replace(UNKNOWN_TO_TEX, "\ufffd")
    .replace(/[\\{}$&#^_%~`-]/g, (sign) => ESCAPES[sign] ?? `{${sign}}`) // in braces, two are no ligature
    .replace(/(^|\})(?=[\u0300-\u036f])/g, "$1◌"); // a mark stands on a letter, or on this
  const below = Array.from(place, (digit) => "₀₁₂₃₄₅₆₇₈₉".indexOf(digit)).join("");
  return `\\text{${safe}}${below && `_{${below}}`}`;
}

// What KaTeX refuses: private characters, separators of lines, halves of pairs.
const UNKNOWN_TO_TEX = /[\u2028\u2029\ue000-\uf8ff]|\p{Cs}|\p{Co}/gu;

/** @type {Record<string, string>} */
const ESCAPES = {
  "\\": "{\\textbackslash}",
  "{": "{\\{}",
  "}": "{\\}}",
  $: "{\\$}",
  "&": "{\\&}",
  "#": "{\\#}",
  "^": "{\\textasciicircum}",
  _: "{\\_}",
  "%": "{\\%}",
  "~": "{\\textasciitilde}",
};

// A row of numbers, or of what is said of each: all where they are few, else the first ones and the last.
/** @type {(count: number, write: (i: number) => string) => string} */
export function several(count, write) {
  return some(count, write).join(",\\; ");
}

// A sum of products, term by term: all where they are few, else the first ones and the last.
/** @type {(a: ArrayLike<number>, b: ArrayLike<number>) => string} */
export function products(a, b) {
  return terms(a.length, (i) => `${term(a[i])} \\cdot ${term(b[i])}`);
}

/** @type {(count: number, write: (i: number) => string) => string} */
export function terms(count, write) {
  return some(count, write).join(" + ");
}

/** @type {(count: number, write: (i: number) => string) => string[]} */
function some(count, write) {
  const all = [...Array(count).keys()];
  return count <= MOST_TERMS ? all.map(write) : [...all.slice(0, 3).map(write), "\\dots", write(count - 1)];
}

// The first numbers of a vector.
/** @type {(values: ArrayLike<number>, most?: number) => string} */
export function vector(values, most = 4) {
  const first = Array.from({ length: Math.min(values.length, most) }, (_, i) => tex(values[i]));
  return `(${[...first, ...(values.length > most ? ["\\dots"] : [])].join(",\\; ")})`;
}
