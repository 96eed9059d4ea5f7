// Questions made from what was measured: each has exactly one right answer, and a margin that makes it a fair one.

import { rowOf } from "../model/run.js";
import { grouping } from "../numbers/grouping.js";
import { blockedCells } from "../numbers/equations/masks.js";
import { short } from "../say/words.js";
import { ranked } from "./steps/prediction.js";
import { headOf } from "./steps/shown.js";
import { called } from "./steps/wording.js";

/** @import { Matrix } from "../model/run.js" */
/** @import { Numbers } from "../numbers/numbers.js" */
/** @import { Row } from "../state/schema.js" */
/** @import { Place } from "../state/state.js" */
/** @import { Of } from "./steps/shown.js" */

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
 * @property {Matrix} weights of a head, [query, key]
 * @property {Matrix} masked its scores, -Infinity where a query may not look
 * @property {Row} row the tokens that look
 * @property {Row} [keys] those that are looked at, where they are others
 * @property {number} query
 * @property {() => number} random
 * @property {ArrayLike<number> | null} [probabilities] of each word, where the query's word is hidden, or after it
 * @property {string[]} [words] by id
 * @property {boolean} [isNext] the probabilities are of the next word
 */

export const KINDS = /** @type {Kind[]} */ (["most", "spread", "next word"]);

const CHOICES = 4;
const MARGIN = { weight: 0.05, times: 1.2, bits: 0.15 };
const TRIED = 24; // sets of choices, until one has a clear answer

// A question about the head that is looked at, of one of these kinds; of another word where there is none of this one.
/** @type {(of: Of, kinds: Kind[], random: () => number) => Question | null} */
export function anyQuestion(of, kinds, random) {
  const count = of.row.tokens.length;
  const first = Math.floor(random() * count);
  const turn = Math.floor(random() * kinds.length);
  for (let i = 0; i < count * kinds.length; i++) {
    const kind = kinds[(turn + Math.floor(i / count)) % kinds.length];
    const found = questionAt({ ...of, query: (first + i) % count }, kind, random);
    if (found) return found;
  }
  return null;
}

// Which word one looks at most, in a head whose numbers alone are here: of a model that does not run in the page.
/** @type {(numbers: Numbers, head: Place, query: number, random: () => number) => Question | null} */
export function questionOfHead(numbers, head, query, random) {
  const { part, n: rows, m: columns } = numbers;
  const everyone = grouping(part, { specials: true, words: "pieces", filter: "all" });
  const blocked = blockedCells(part, ...head, everyone);
  const masked = Float64Array.from({ length: rows * columns }, (_, i) => (blocked?.[i] ? -Infinity : 0));
  const weights = { rows, columns, values: Float64Array.from(numbers.plain(...head)) };
  const { queries: row, keys } = part;
  return questionOf("most", { weights, masked: { rows, columns, values: masked }, row, keys, query, random });
}

// The same of the word that looks.
/** @type {(of: Of, kind: Kind, random: () => number) => Question | null} */
export function questionAt(of, kind, random) {
  const { model, run, row, query } = of;
  const isNext = model.config.predicts === "next";
  const isTold = kind === "next word" && model.config.predicts && !row.tokens[query].special;
  const probabilities = !isTold ? null : isNext ? run.probabilities(query) : of.hidden(query);
  const { weights, masked } = headOf(of);
  return questionOf(kind, { weights, masked, row, query, random, probabilities, words: model.words, isNext });
}

/** @type {(kind: Kind, measured: Measured) => Question | null} */
export function questionOf(kind, measured) {
  return { most, spread, "next word": nextWord }[kind](measured);
}

// Which word does this one look at most? A word that it may not look at is no choice. Of a row with weights below 0 it
// is not asked: the largest may be weaker than one of those.
/** @type {(measured: Measured) => Question | null} */
function most({ weights, masked, row, keys = row, query, random }) {
  const own = rowOf(weights, query);
  const scores = rowOf(masked, query);
  const seen = [...own.keys()].filter((key) => scores[key] !== -Infinity);
  const alone = distinct(keys, seen);
  const [first, second] = seen.sort((a, b) => own[b] - own[a]);
  const isClear = own[first] - own[second] >= MARGIN.weight && own[first] >= MARGIN.times * own[second];
  if (!isClear || !alone.includes(first) || alone.length < 2 || own.some((weight) => weight < 0)) return null;
  const wrong = drawn(without(alone, first), CHOICES - 1, random);
  const choices = drawn([first, ...wrong], CHOICES, random);
  const [from, to] = [called(row, query), called(keys, first)];
  const weight = short(own[first]);
  return {
    kind: "most",
    prompt: `Which word does ${from} look at most in this head?`,
    choices: choices.map((key) => keys.tokens[key].name),
    answer: choices.indexOf(first),
    told: areShares(own)
      ? `${from} gives ${weight} of its weight to ${to}.`
      : `The weight of ${from} on ${to} is ${weight}, the largest in its row.`,
    query,
  };
}

// Which of these words shares out its weight most evenly? Asked of rows that are shares.
/** @type {(measured: Measured) => Question | null} */
function spread({ weights, row, random }) {
  const rows = [...Array(weights.rows).keys()].filter((query) => areShares(rowOf(weights, query)));
  const all = distinct(row, rows);
  if (all.length < 2) return null;
  for (let tried = 0; tried < TRIED; tried++) {
    const choices = drawn(all, CHOICES, random);
    const bits = choices.map((query) => entropyOf(rowOf(weights, query)));
    const [first, second] = ranked(Float64Array.from(bits), 2);
    if (!(bits[first] - bits[second] >= MARGIN.bits)) continue;
    const names = choices.map((query) => called(row, query));
    return {
      kind: "spread",
      prompt: "Which of these words shares out its weight most evenly in this head?",
      choices: choices.map((query) => row.tokens[query].name),
      answer: first,
      told: `The row of ${names[first]} has the largest entropy, ${bits[first].toFixed(2)} bits: more than ${either(without(names, names[first]))}.`,
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
  const isClear = shares[first] >= MARGIN.times * shares[second] && shares[first] - shares[second] >= MARGIN.weight;
  const known = [...words.keys()].filter((id) => !words[id].startsWith("["));
  if (!isClear || !known.includes(first) || known.length < 2) return null;
  const choices = drawn([first, ...drawn(without(known, first), CHOICES - 1, random)], CHOICES, random);
  const at = called(row, query);
  return {
    kind: "next word",
    prompt: isNext
      ? `Which word does the model expect after ${at}?`
      : `If ${at} were hidden, which word would the model expect there?`,
    choices: choices.map((id) => words[id]),
    answer: choices.indexOf(first),
    told: `The model finds “${words[first]}” the most probable, ${short(shares[first])}.`,
    query,
  };
}

// Whether the weights of a row are shares of one whole. With ReLU, a third power or a row by hand they may not be.
/** @type {(row: Float64Array) => boolean} */
function areShares(row) {
  const sum = row.reduce((all, weight) => all + weight, 0);
  return Math.abs(sum - 1) <= 1e-4 && row.every((weight) => weight >= 0);
}

/** @type {<T>(all: T[], one: T) => T[]} */
const without = (all, one) => all.filter((other) => other !== one);

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

// "a", "a or b", "a, b or c".
/** @type {(names: string[]) => string} */
function either(names) {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names[names.length - 1]}`;
}
