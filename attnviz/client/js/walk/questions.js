// Questions made from what was measured: each has exactly one right answer, and a margin that makes it a fair one.

import { rowOf } from "../model/run.js";
import { ranked } from "./prediction.js";

/** @import { Matrix } from "../model/run.js" */
/** @import { Row } from "../state/schema.js" */

/** @typedef {"most" | "spread" | "next word"} Kind */

/**
 * @typedef {object} Question
 * @property {Kind} kind
 * @property {string} prompt
 * @property {string[]} choices
 * @property {number} answer the place of the right one among the choices
 * @property {string} told what was measured, once it is answered
 * @property {number | null} query the word that it is about; null: none
 */

/**
 * What a question is made from.
 *
 * @typedef {object} Measured
 * @property {Matrix} weights of a head, [query, key]; -Infinity or 0 where a query may not look
 * @property {Row} row the tokens
 * @property {number} query
 * @property {() => number} random
 * @property {ArrayLike<number> | null} [probabilities] of each word, where the query's word is hidden, or after it
 * @property {string[]} [words] by id
 * @property {boolean} [isNext] the probabilities are of the next word
 */

const CHOICES = 4;
const MARGIN = { weight: 0.05, times: 1.2, bits: 0.15 };
const TRIED = 24; // sets of choices, until one has a clear answer

/** @type {(kind: Kind, measured: Measured) => Question | null} */
export function questionOf(kind, measured) {
  return { most, spread, "next word": nextWord }[kind](measured);
}

// Which word does this one look at most?
/** @type {(measured: Measured) => Question | null} */
function most({ weights, row, query, random }) {
  const own = rowOf(weights, query);
  const seen = distinct(
    row,
    [...own.keys()].filter((key) => own[key] > 0),
  );
  const [first, second] = ranked(own, 2);
  const isClear = own[first] - own[second] >= MARGIN.weight && own[first] >= MARGIN.times * own[second];
  if (seen.length < 2 || !isClear || !seen.includes(first)) return null;
  const wrong = drawn(
    seen.filter((key) => key !== first),
    CHOICES - 1,
    random,
  );
  const choices = drawn([first, ...wrong], CHOICES, random);
  const from = row.tokens[query].name;
  return {
    kind: "most",
    prompt: `Which word does “${from}” look at most in this head?`,
    choices: choices.map((key) => row.tokens[key].name),
    answer: choices.indexOf(first),
    told: `“${from}” gives ${own[first].toFixed(2)} of its weight to “${row.tokens[first].name}”.`,
    query,
  };
}

// Which of these words shares out its weight most evenly?
/** @type {(measured: Measured) => Question | null} */
function spread({ weights, row, random }) {
  const all = distinct(row, [...Array(weights.rows).keys()]);
  if (all.length < 2) return null;
  for (let tried = 0; tried < TRIED; tried++) {
    const choices = drawn(all, CHOICES, random);
    const bits = choices.map((query) => entropyOf(rowOf(weights, query)));
    const [first, second] = ranked(Float64Array.from(bits), 2);
    if (!(bits[first] - bits[second] >= MARGIN.bits)) continue;
    const names = choices.map((query) => row.tokens[query].name);
    const others = names.filter((_, i) => i !== first).map((name) => `“${name}”`);
    return {
      kind: "spread",
      prompt: "Which of these words shares out its weight most evenly in this head?",
      choices: names,
      answer: first,
      told: `The row of “${names[first]}” has the largest entropy, ${bits[first].toFixed(2)} bits: more than ${listed(others)}.`,
      query: null,
    };
  }
  return null;
}

// Which word does the model expect?
/** @type {(measured: Measured) => Question | null} */
function nextWord({ row, query, random, probabilities = null, words = [], isNext = false }) {
  if (!probabilities) return null;
  const shares = Float64Array.from(probabilities);
  const [first, second] = ranked(shares, 2);
  if (!(shares[first] >= MARGIN.times * shares[second] && shares[first] - shares[second] >= MARGIN.weight)) return null;
  const known = [...words.keys()].filter((id) => id !== first && !words[id].startsWith("["));
  const choices = drawn([first, ...drawn(known, CHOICES - 1, random)], CHOICES, random);
  const { name } = row.tokens[query];
  return {
    kind: "next word",
    prompt: isNext
      ? `Which word does the model expect after “${name}”?`
      : "Which word does the model expect at this place?",
    choices: choices.map((id) => words[id]),
    answer: choices.indexOf(first),
    told: `The model finds “${words[first]}” the most probable, ${shares[first].toFixed(2)}.`,
    query,
  };
}

// Tokens that no other among them is called like: a choice must be one thing.
/** @type {(row: Row, tokens: number[]) => number[]} */
function distinct({ tokens }, among) {
  return among.filter((one) => among.every((other) => other === one || tokens[other].name !== tokens[one].name));
}

// So many of them, in an order by chance.
/** @type {(all: number[], count: number, random: () => number) => number[]} */
function drawn(all, count, random) {
  const left = [...all];
  for (let i = left.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [left[i], left[j]] = [left[j], left[i]];
  }
  return left.slice(0, count);
}

/** @type {(row: Float64Array) => number} */
function entropyOf(row) {
  return row.reduce((bits, weight) => bits - (weight > 0 ? weight * Math.log2(weight) : 0), 0);
}

/** @type {(names: string[]) => string} */
function listed(names) {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names[names.length - 1]}`;
}
