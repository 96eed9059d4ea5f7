// Which tokens are shown, and which of them stand together as one word: [query, key] of tokens to [row, column].

/** @import { State, Row } from "../state/schema.js" */
/** @import { Numeric, Part } from "./part.js" */

/** @typedef {{ word: number, tokens: number[], label: string, name: string }} Group the tokens of a row or column */
/** @typedef {{ rows: Group[], columns: Group[], isPlain: boolean }} Grouping plain: each token stands for itself */
/** @typedef {Pick<State, "specials" | "words" | "filter">} Options */

// specials: whether special tokens are shown; words: "pieces", "words" or "joined" (with apostrophes and hyphens);
// filter: "all", or of a pair of sentences "AA", "AB", "BA", "BB" (from → to).
/** @type {(part: Part, options: Options) => Grouping} */
export function grouping({ queries, keys, isSquare }, { specials, words, filter }) {
  const looking = groupsOf(queries, specials, words);
  const lookedAt = isSquare ? looking : groupsOf(keys, specials, words);
  const rows = looking.filter(inSentence(queries, filter, filter[0]));
  const columns = lookedAt.filter(inSentence(keys, filter, filter[1]));
  const isPlain = rows.length === queries.tokens.length && columns.length === keys.tokens.length;
  return { rows, columns, isPlain };
}

// A row of tokens, as it is shown.
/** @type {(row: Row, specials: boolean, words: State["words"]) => Group[]} */
function groupsOf(row, specials, words) {
  const wordOf = words === "pieces" ? row.tokens.map((_, i) => i) : row.words[words];
  /** @type {{ word: number, tokens: number[] }[]} */
  const groups = [];
  row.tokens.forEach((token, i) => {
    if (token.special && !specials) return;
    const last = groups[groups.length - 1];
    if (last && last.word === wordOf[i]) last.tokens.push(i);
    else groups.push({ word: wordOf[i], tokens: [i] });
  });
  return groups.map((group) => ({ ...group, ...namesOf(row, group.tokens, words) }));
}

/** @type {(row: Row, filter: string, letter: string) => (group: Group) => boolean} */
function inSentence({ tokens }, filter, letter) {
  return (group) => filter === "all" || (tokens[group.tokens[0]].segment ?? 0) === (letter === "A" ? 0 : 1);
}

// How a word is written, and what it is called where its place does not show which one is meant: two commas are ,₃ and
// ,₇. Both are the package's (figures/labels.py).
/** @type {(row: Row, tokens: number[], words: State["words"]) => { label: string, name: string }} */
function namesOf(row, tokens, words) {
  if (tokens.length > 1 && words !== "pieces") {
    const [label, name] = row.merged[words][tokens[0]];
    return { label, name };
  }
  const { label, name } = row.tokens[tokens[0]];
  return { label, name };
}

// Weights *to* a word are summed over its pieces, weights *from* it averaged: rows of whole words still sum to 1
// (Clark et al. 2019, section 4.1). The same as attnviz.analysis.merging.merged.
/** @type {(weights: Float32Array, keys: number, grouping: Grouping) => Float32Array} */
export function grouped(weights, keys, { rows, columns, isPlain }) {
  if (isPlain) return weights;
  const width = columns.length;
  const result = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    const share = 1 / row.tokens.length;
    for (const query of row.tokens) {
      for (let j = 0; j < width; j++) {
        let sum = 0;
        for (const key of columns[j].tokens) sum += weights[query * keys + key];
        result[i * width + j] += share * sum;
      }
    }
  });
  return result;
}

/** @type {WeakMap<Group[], Map<number, number>>} */
const placed = new WeakMap();

// The place among groups of the one that holds the token; -1 if none does. (Asked of every word of a long text.)
/** @type {(groups: Group[], token: number) => number} */
export function placeOf(groups, token) {
  let known = placed.get(groups);
  if (!known) {
    known = new Map(groups.flatMap(({ tokens }, i) => tokens.map((one) => [one, i])));
    placed.set(groups, known);
  }
  return known.get(token) ?? -1;
}

// Along how many cells so many tokens are shown, in blocks of equal size: at most so many (attnviz/pooling.py).
/** @type {(tokens: number, most: number) => number} */
export function cellsAlong(tokens, most) {
  return Math.ceil(tokens / Math.ceil(tokens / most));
}

/** @typedef {{ values: ArrayLike<number>, rows: number, columns: number }} Pooled */

// [down, across] to at most [rows, columns], each cell the largest of its block: a sharp head stays visible.
/** @type {(values: Numeric, down: number, across: number, rows: number, columns: number) => Pooled} */
export function maxPooled(values, down, across, rows, columns) {
  if (down <= rows && across <= columns) return { values, rows: down, columns: across };
  const [height, width] = [Math.min(down, rows), Math.min(across, columns)];
  const pooled = new Float32Array(height * width).fill(-Infinity);
  const places = placesOf(across, width);
  for (let i = 0; i < down; i++) {
    const row = Math.floor((i * height) / down) * width;
    for (let j = 0; j < across; j++) {
      const value = values[i * across + j];
      if (value > pooled[row + places[j]]) pooled[row + places[j]] = value;
    }
  }
  return { values: pooled, rows: height, columns: width };
}

// The same for signed numbers: each cell the number of largest magnitude.
/** @type {(values: Numeric, down: number, across: number, rows: number, columns: number) => Pooled} */
export function strongestPooled(values, down, across, rows, columns) {
  if (down <= rows && across <= columns) return { values, rows: down, columns: across };
  const [height, width] = [Math.min(down, rows), Math.min(across, columns)];
  const pooled = new Float32Array(height * width);
  const places = placesOf(across, width);
  for (let i = 0; i < down; i++) {
    const row = Math.floor((i * height) / down) * width;
    for (let j = 0; j < across; j++) {
      const value = values[i * across + j];
      const best = pooled[row + places[j]];
      if ((value < 0 ? -value : value) > (best < 0 ? -best : best)) pooled[row + places[j]] = value;
    }
  }
  return { values: pooled, rows: height, columns: width };
}

/** @type {(across: number, width: number) => Uint32Array} */
function placesOf(across, width) {
  return Uint32Array.from({ length: across }, (_, j) => Math.floor((j * width) / across));
}
