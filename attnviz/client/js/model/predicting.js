// What a page asks of predictions.

import { MASK } from "./text/reading.js";

/** @typedef {{ id: number, probability: number }} Guess */

// The ids with one of them hidden: what a model that predicts masked words is to read, to tell what stands there. (One
// that predicts the next word reads the ids as they are.)
/** @type {(ids: number[], at: number) => number[]} */
export function hidden(ids, at) {
  return ids.map((id, token) => (token === at ? MASK : id));
}

// The k most probable words, the most probable first.
/** @type {(probabilities: ArrayLike<number>, k: number) => Guess[]} */
export function topWords(probabilities, k) {
  const guesses = Array.from(probabilities, (probability, id) => ({ id, probability }));
  return guesses.sort((a, b) => b.probability - a.probability || a.id - b.id).slice(0, k);
}
