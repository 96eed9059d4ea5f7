// What is said of a head that is built by hand.

import { short } from "../say/words.js";
import { rowOf } from "../model/run.js";
import { AIMS, featuresOf, namesOf } from "./built.js";

/** @import { AimName, Built } from "./built.js" */

const SHARP = 0.9; // of a row where it is wanted: from there on nothing is said of sharpness

// What the words and the two matrices are.
/** @type {(words: readonly string[]) => string} */
export function introduction(words) {
  return (
    `This head reads “${words.join(" ")}”, not the sentence above. Each word is a vector of ${featuresOf(words).length} numbers: 1 at its word, 1 at its place, 1 that is always there, and 0 elsewhere. ` +
    "So its query is the sum of three rows of W_Q, and its key the sum of three rows of W_K. " +
    `Query · key is a score; a row of weights is the softmax of its scores ÷ √${words.length}.`
  );
}

// What each row is to do, how many rows do, and what else there is to know. `right` and `share` as `reached` and
// `shareWanted` have them.
/** @type {(aim: AimName, right: (boolean | null)[], share: number) => { goal: string, count: string, more: string }} */
export function goalSaid(aim, right, share) {
  const asked = right.filter((one) => one !== null);
  const isDone = asked.every(Boolean);
  const count = `${asked.filter(Boolean).length} of ${asked.length} rows do`;
  const { goal, none } = AIMS[aim];
  const isSoft = isDone && aim !== "alike" && share < SHARP;
  const soft = `But only ${short(share)} of a row lies there on average: larger numbers make rows sharper.`;
  return {
    goal,
    count: aim !== "next" ? `${count}.` : isDone ? `Done: ${count}.` : `So far ${count}.`,
    more: [none, ...(isSoft ? [soft] : [])].filter(Boolean).join(" "),
  };
}

// How a query meets a key: the score, from product to product, up to the weight.
/** @type {(words: readonly string[], found: Built, pair: { row: number, column: number }) => string[]} */
export function meetingSaid(words, { q, k, scores, scaled, weights }, { row, column }) {
  const names = namesOf(words);
  const at = row * words.length + column;
  const [query, key] = [rowOf(q, row), rowOf(k, column)];
  const products = [...query].flatMap((value, i) => (value && key[i] ? [`${plain(value)} · ${plain(key[i])}`] : []));
  const sum = products.length ? `${products.join(" + ")} = ${plain(scores.values[at])}` : "0, since no column has a number in both";
  return [
    `${names[row]} → ${names[column]}`,
    `: q · k = ${sum}; ÷ √${q.columns} = ${plain(scaled.values[at])}; softmax over the row: `,
    short(weights.values[at]),
  ];
}

// A number as short as can be, with a true minus.
/** @type {(value: number) => string} */
export function plain(value) {
  return String(Number(value.toPrecision(3))).replace("-", "−");
}
