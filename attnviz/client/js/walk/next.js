// The next word: with which shares it is drawn at a temperature, one that is drawn, and the text with it.

/** @import { Of } from "./shown.js" */

// p^(1/T), as shares: softmax of the logits divided by T (as attnviz.generation).
/** @type {(probabilities: ArrayLike<number>, temperature: number) => Float64Array} */
export function tempered(probabilities, temperature) {
  const logs = Float64Array.from(probabilities, (p) => Math.log(p) / temperature);
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

// The words up to the chosen one, and those more.
/** @type {(of: Pick<Of, "run" | "model" | "query">, more: number[]) => string} */
export function textWith({ run, model, query }, more) {
  return [...run.ids.slice(1, query + 1), ...more].map((id) => model.words[id]).join(" ");
}
