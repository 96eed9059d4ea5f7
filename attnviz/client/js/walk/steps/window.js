// A window of a long text: of its matrices those tokens that stand around the chosen ones. What a step says is of the
// whole text; only what is shown is cut, and that is said.

import { listed } from "./wording.js";

/** @import { Matrix } from "../../model/run.js" */
/** @import { Of, Shown, Tells, Told } from "./shown.js" */

export const MOST = 24; // tokens that a matrix shows

// A step that shows no more than a window.
/** @type {(tell: Tells) => Tells} */
export function inWindow(tell) {
  return (of) => windowed(tell(of), of);
}

// What a step has told, with a window of its matrices.
/** @type {(told: Told, of: Pick<Of, "row" | "query" | "key">) => Told} */
export function windowed(told, { row, query, key }) {
  const count = row.tokens.length;
  const isCut = count > MOST && told.shown.some(({ tokens }) => tokens?.rows || tokens?.columns);
  if (!isCut) return told;
  const tokens = windowOf(count, query, key);
  const which = listed(runsOf(tokens).map(([from, to]) => (from === to ? String(from) : `${from} to ${to}`)));
  const said = `The text has ${count} tokens; the matrices show ${tokens.length} of them, tokens ${which}.`;
  return { ...told, sentence: `${told.sentence} ${said}`, shown: told.shown.map((one) => cutTo(one, tokens)) };
}

// The tokens around both, MOST of them, in order: in one stretch where both have room in one, else half around each.
/** @type {(count: number, query: number, key: number) => number[]} */
export function windowOf(count, query, key) {
  const [first, last] = [Math.min(query, key), Math.max(query, key)];
  if (last - first < MOST) return stretch(count, Math.round((first + last) / 2), MOST);
  const both = new Set([first, last].flatMap((token) => stretch(count, token, MOST / 2)));
  return [...both].sort((a, b) => a - b);
}

// So many tokens with this one in their middle, as far as the text allows.
/** @type {(count: number, middle: number, most: number) => number[]} */
function stretch(count, middle, most) {
  const first = Math.max(0, Math.min(middle - Math.floor(most / 2), count - most));
  return Array.from({ length: Math.min(most, count) }, (_, i) => first + i);
}

// First and last of each run of neighbours.
/** @type {(tokens: number[]) => [first: number, last: number][]} */
function runsOf(tokens) {
  /** @type {[number, number][]} */
  const runs = [];
  for (const token of tokens) {
    const run = runs[runs.length - 1];
    if (run && run[1] === token - 1) run[1] = token;
    else runs.push([token, token]);
  }
  return runs;
}

// The matrix with those rows and columns alone that stand for one of these tokens, or for none at all.
/** @type {(shown: Shown, tokens: number[]) => Shown} */
function cutTo(shown, tokens) {
  const { matrix, at } = shown;
  const [rows, columns] = [shown.tokens?.rows && tokens, shown.tokens?.columns && tokens];
  return {
    ...shown,
    matrix: part(matrix, rows ?? counting(matrix.rows), columns ?? counting(matrix.columns)),
    rows: rows && shown.rows ? rows.map((token) => /** @type {string[]} */ (shown.rows)[token]) : shown.rows,
    columns: columns && shown.columns ? columns.map((token) => shown.columns?.[token] ?? "") : shown.columns,
    tokens: { rows, columns },
    at: at && { row: placeIn(rows, at.row), column: placeIn(columns, at.column) },
  };
}

/** @type {(tokens: number[] | undefined, token: number | undefined) => number | undefined} */
function placeIn(tokens, token) {
  return tokens && token !== undefined ? tokens.indexOf(token) : token;
}

/** @type {(matrix: Matrix, rows: number[], columns: number[]) => Matrix} */
function part({ columns: width, values }, rows, columns) {
  const cut = Float64Array.from(rows.flatMap((row) => columns.map((column) => values[row * width + column])));
  return { rows: rows.length, columns: columns.length, values: cut };
}

/** @type {(count: number) => number[]} */
function counting(count) {
  return [...Array(count).keys()];
}
