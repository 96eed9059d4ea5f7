// The next word: with which shares it is drawn at a temperature, one that is drawn, and the text with it.

/** @import { Of } from "./steps/shown.js" */

// p^(1/T), as shares: softmax of the logits divided by T (as attnviz.generation). What is not `among` them gets none.
/** @type {(probabilities: ArrayLike<number>, temperature: number, among?: Set<number>) => Float64Array} */
export function tempered(probabilities, temperature, among) {
  /** @type {(p: number, i: number) => number} */
  const scaled = (p, i) => (among && !among.has(i) ? -Infinity : Math.log(p) / temperature);
  const logs = Float64Array.from(probabilities, scaled);
  const most = logs.reduce((a, b) => Math.max(a, b), -Infinity); // taken away first: nothing overflows
  const raised = logs.map((x) => Math.exp(x - most));
  const sum = raised.reduce((a, b) => a + b, 0);
  return raised.map((x) => x / sum);
}

// The index that a number from 0 to 1 falls on.
/** @type {(shares: Float64Array, chance: number) => number} */
export function drawnBy(shares, chance) {
  let left = chance;
  for (let i = 0; i < shares.length; i++) {
    left -= shares[i];
    if (left < 0) return i;
  }
  return shares.lastIndexOf(Math.max(...shares)); // what rounding has left over
}

// The ids of words that can stand in a text: no [MASK], no [CLS].
/** @type {(words: string[]) => Set<number>} */
export const sayable = (words) => new Set([...words.keys()].filter((id) => !words[id].startsWith("[")));

// The words up to the chosen one, and those more.
/** @type {(of: Pick<Of, "run" | "model" | "query">, more: number[]) => string} */
export function textWith({ run, model, query }, more) {
  return [...run.ids.slice(1, query + 1), ...more].map((id) => model.words[id]).join(" ");
}
