// A head built by hand: a few words as vectors that anyone can read, W_Q and W_K as tables of numbers, and the weights
// that they make, by the equations of attention itself.
//
//     X        a word's row: 1 at its word, 1 at its place, 1 that is always there     [word, feature]
//     q = X · W_Q                                                                      [word, d_head]
//     k = X · W_K
//     weights = softmax(q · kᵀ / √d_head)                                              [query, key]
//
// (Vaswani et al. 2017, equation 1; held against attnviz.attention in tests/explorer/test_page_built.py.)

import { dotProducts, rowWeights, scaledScores } from "../model/attention.js";
import { toldApart } from "../model/text/labels.js";
import { each, product } from "../model/matrix.js";
import { rowOf, zeros } from "../model/run.js";

/** @import { Matrix } from "../model/run.js" */

/** @typedef {{ w_q: Matrix, w_k: Matrix }} Head [feature, d_head] both */
/** @typedef {keyof Head} Which of the two */
/** @typedef {{ row: number, column: number, value: number }} NumberAt */
/** @typedef {{ q: Matrix, k: Matrix, scores: Matrix, scaled: Matrix, weights: Matrix }} Built all that it computes */
/** @typedef {"previous" | "first" | "same" | "alike" | "next"} AimName */

/**
 * What a head may be built for.
 *
 * @typedef {object} Aim
 * @property {string} title
 * @property {string} goal what each row is to do, in a sentence
 * @property {string} none of the word that has no such word; "" where all have one
 * @property {string} way how W_Q and W_K can do it
 * @property {(words: string[]) => number[][]} wanted by query, the keys that are to have its largest weights
 */

/** @type {readonly string[]} */
export const WORDS = Object.freeze(["the", "cat", "saw", "the", "black", "dog"]);
export const LARGEST = 100; // so that no score grows too large to be read
const SMALLEST = 0.1; // of a head's largest number: below, halving shows nothing more
const SIZE = 4; // of the numbers with which a head comes: with six columns, 4 · 4 / √6 makes a weight of 0.99
const NEAR = 1e-9; // weights nearer than this are alike
const ALWAYS = "always";
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** @type {Record<AimName, Aim>} */
export const AIMS = {
  previous: {
    title: "Previous word",
    goal: "Each word looks at the word before it.",
    none: "The first word has none, so its row may be anything.",
    way:
      "In W_K each place has a column of its own. In W_Q each place has its number in the column of the place before: " +
      "so a query meets just that key.",
    wanted: (words) => words.map((_, i) => (i ? [i - 1] : [])),
  },
  first: {
    title: "First word",
    goal: "Every word looks at the first word.",
    none: "",
    way: "Every query has the same number, from the row “always” of W_Q. Only the 1st place has a key that meets it.",
    wanted: (words) => words.map(() => [0]),
  },
  same: {
    title: "Same word",
    goal: "Each word looks at the same word, wherever it stands.",
    none: "",
    way: "Each word has a column of its own, the same one in W_Q and W_K; places count for nothing. “the” stands twice.",
    wanted: (words) => words.map((word) => [...words.keys()].filter((key) => words[key] === word)),
  },
  alike: {
    title: "All alike",
    goal: "Every word looks at all words alike.",
    none: "",
    way: "With no numbers at all every score is 0, and softmax shares each row out evenly.",
    wanted: (words) => words.map(() => [...words.keys()]),
  },
  next: {
    title: "Your turn: next word",
    goal: "Change the numbers until each word looks at the word after it.",
    none: "The last word has none, so its row may be anything.",
    way:
      "In “Previous word”, the query of the 3rd place has its number in column 2, where the key of the 2nd place has " +
      "its own. In which column must it be to meet the key of the 4th place?",
    wanted: (words) => words.map((_, i) => (i < words.length - 1 ? [i + 1] : [])),
  },
};

export const AIM_NAMES = /** @type {AimName[]} */ (Object.keys(AIMS));

// What a word's vector has a number for: each word once, each place, and one that is always 1.
/** @type {(words: readonly string[]) => string[]} */
export function featuresOf(words) {
  return [...new Set(words), ...words.map((_, i) => ordinal(i + 1)), ALWAYS];
}

// The three features of a word: its word, its place, always.
/** @type {(words: readonly string[], token: number) => [word: number, place: number, always: number]} */
export function featuresAt(words, token) {
  const different = [...new Set(words)];
  return [different.indexOf(words[token]), different.length + token, different.length + words.length];
}

// X, [word, feature].
/** @type {(words: readonly string[]) => Matrix} */
export function vectorsOf(words) {
  const x = zeros(words.length, featuresOf(words).length);
  for (const token of words.keys()) for (const feature of featuresAt(words, token)) rowOf(x, token)[feature] = 1;
  return x;
}

// Names of the words, those that come again told apart by their places, from 1 on.
/** @type {(words: readonly string[]) => string[]} */
export function namesOf(words) {
  return toldApart([...words], words.map((_, i) => i + 1));
}

// All that the head computes of the words.
/** @type {(words: readonly string[], head: Head) => Built} */
export function built(words, { w_q, w_k }) {
  const x = vectorsOf(words);
  const [q, k] = [product(x, w_q), product(x, w_k)];
  const scores = dotProducts(q, k);
  const scaled = scaledScores(scores, 1 / Math.sqrt(w_q.columns), null);
  return { q, k, scores, scaled, weights: rowWeights(scaled, 1, "softmax") };
}

// A head without numbers: d_head is as large as there are words, so that each place can have a column.
/** @type {(words: readonly string[]) => Head} */
export function emptyHead(words) {
  const { length } = featuresOf(words);
  return { w_q: zeros(length, words.length), w_k: zeros(length, words.length) };
}

// A head that does exactly what is wanted; of what a learner is to build, an empty one.
/** @type {(words: readonly string[], aim: AimName) => Head} */
export function headFor(words, aim) {
  const head = emptyHead(words);
  /** @type {(which: Which, feature: number, column: number) => void} */
  const set = (which, feature, column) => (rowOf(head[which], feature)[column] = SIZE);
  for (const token of words.keys()) {
    const [word, place, always] = featuresAt(words, token);
    if (aim === "previous") {
      set("w_k", place, token);
      if (token) set("w_q", place, token - 1);
    } else if (aim === "same") {
      set("w_q", word, word);
      set("w_k", word, word);
    } else if (aim === "first" && token === 0) {
      set("w_q", always, 0);
      set("w_k", place, 0);
    }
  }
  return head;
}

// Of each query, whether its largest weights are those wanted, all alike; null where none is wanted.
/** @type {(weights: Matrix, wanted: number[][]) => (boolean | null)[]} */
export function reached(weights, wanted) {
  return wanted.map((keys, query) => {
    if (!keys.length) return null;
    const row = rowOf(weights, query);
    const [own, others] = [keys.map((key) => row[key]), [...row].filter((_, key) => !keys.includes(key))];
    const [least, most] = [Math.min(...own), Math.max(...own)];
    return most - least <= NEAR && (!others.length || least > Math.max(...others) + NEAR);
  });
}

// How much of a row lies where it is wanted, on average over the rows that want any.
/** @type {(weights: Matrix, wanted: number[][]) => number} */
export function shareWanted(weights, wanted) {
  const shares = wanted.flatMap((keys, query) =>
    keys.length ? [keys.reduce((sum, key) => sum + rowOf(weights, query)[key], 0)] : [],
  );
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

// The head with one number another.
/** @type {(head: Head, which: Which, set: NumberAt) => Head} */
export function withNumber(head, which, { row, column, value }) {
  const matrix = each(head[which], (number) => number);
  rowOf(matrix, row)[column] = value;
  return { ...head, [which]: matrix };
}

// What a click makes of a number: 0, 1, −1, and 0 again.
/** @type {(value: number) => number} */
export function clicked(value) {
  return value === 0 ? 1 : value === 1 ? -1 : 0;
}

// All numbers of a head so many times as large; null where they would grow too large, or too small to be seen.
/** @type {(head: Head, factor: number) => Head | null} */
export function timesAll({ w_q, w_k }, factor) {
  const most = factor * largestOf({ w_q, w_k });
  if (most > LARGEST || most < SMALLEST) return null;
  return { w_q: each(w_q, (value) => value * factor), w_k: each(w_k, (value) => value * factor) };
}

/** @type {(head: Head) => number} */
export function largestOf({ w_q, w_k }) {
  return [...w_q.values, ...w_k.values].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

// The number that somebody has typed. Throws an Error with a sentence where it is none, or too large.
/** @type {(text: string) => number} */
export function readNumber(text) {
  const typed = text.trim();
  const plain = typed.replace("−", "-").replace(",", ".");
  if (!NUMBER.test(plain)) {
    const told = typed ? `“${typed.slice(0, 20)}” is not a number.` : "There is no number in the field.";
    throw new Error(`${told} Type one such as 4, −1 or 0.5; what was there stays until then.`);
  }
  const value = Number(plain);
  if (Math.abs(value) > LARGEST) {
    throw new Error(`${typed.slice(0, 20)} is too large: numbers here go from −${LARGEST} to ${LARGEST}.`);
  }
  return value + 0; // not −0
}

/** @type {(place: number) => string} */
function ordinal(place) {
  return `${place}${["st", "nd", "rd"][place - 1] ?? "th"}`; // of up to 20
}
