// What a switch in the run changes, as numbers: the head's weights, how evenly they are spread, the output, the
// prediction; and two measurements of their own: the spread of random scores, and words in another order.

import { rowOf } from "../model/run.js";
import { inQuotes, number } from "../say/words.js";
import { ranked } from "./steps/prediction.js";
import { layerOf } from "./steps/shown.js";

/** @import { Changes, Matrix, PageModel, Run } from "../model/run.js" */
/** @import { Of } from "./steps/shown.js" */

/**
 * @typedef {object} Difference
 * @property {[before: Matrix, after: Matrix]} weights of the chosen head
 * @property {[before: number, after: number]} entropy of its rows, in bits, their mean; NaN where rows are no shares
 * @property {[before: number, after: number]} ofRow the same of the chosen word's row alone
 * @property {number} moved how far the model's last vectors have moved, as a share of their length
 * @property {{ word: string, before: number, after: number }[]} words the most probable ones of either run
 */

// Before and after, of the same words.
/** @type {(before: Of, after: Of) => Difference} */
export function differenceOf(before, after) {
  const weights = /** @type {[Matrix, Matrix]} */ ([before, after].map((of) => layerOf(of).head(of.head).weights));
  const entropy = /** @type {[number, number]} */ (weights.map(meanEntropy));
  const ofRow = /** @type {[number, number]} */ (weights.map((all) => entropyOf(rowOf(all, before.query))));
  const moved = movedShare(lastOf(before.run), lastOf(after.run));
  return { weights, entropy, ofRow, moved, words: wordsOf(before, after) };
}

// How far the last vectors have moved, in words.
/** @type {(moved: number, run: Run) => string} */
export function movedText(moved, run) {
  const share = `${(100 * moved).toFixed(moved < 0.1 ? 1 : 0)}%`;
  return run.final
    ? `The model’s last vectors have moved by ${share} of their length.`
    : `What this layer’s attention gives has moved by ${share} of its length.`;
}

// How evenly the weights are spread, in words: of the chosen word's row, and of all.
/** @type {(found: Pick<Difference, "entropy" | "ofRow">, name: string, isChanged: boolean) => string} */
export function spreadText({ entropy, ofRow }, name, isChanged) {
  const [row, all] = [ofRow, entropy].map((pair) => {
    const [before, after] = pair.map((bits) => (Number.isNaN(bits) ? "no shares" : `${bits.toFixed(2)} bits`));
    return isChanged ? `${before} before, ${after} after` : before;
  });
  return `Entropy of the row of ${inQuotes(name)}: ${row}. Of all rows, on average: ${all}.`;
}

// The last vectors that a run has.
/** @type {(run: Run) => Matrix} */
export function lastOf(run) {
  const last = run.layers[run.layers.length - 1];
  return run.final ?? last.after ?? last.output ?? last.concatenated;
}

const NO_SHARES = 1e-4; // how far from 1 a row sums up to; one by hand is written with six digits

// The mean entropy of rows that are shares, in bits; NaN where they are none.
/** @type {(weights: Matrix) => number} */
export function meanEntropy(weights) {
  let sum = 0;
  for (let i = 0; i < weights.rows; i++) sum += entropyOf(rowOf(weights, i));
  return sum / weights.rows;
}

// The entropy of a row of shares, in bits (Shannon 1948); NaN where they are none.
/** @type {(row: Float64Array) => number} */
function entropyOf(row) {
  const total = row.reduce((all, value) => all + value, 0);
  if (row.some((value) => value < 0) || Math.abs(total - 1) > NO_SHARES) return NaN;
  return row.reduce((bits, value) => (value > 0 ? bits - value * Math.log2(value) : bits), 0);
}

// ‖b − a‖ / ‖a‖ over all numbers.
/** @type {(a: Matrix, b: Matrix) => number} */
export function movedShare(a, b) {
  let [apart, length] = [0, 0];
  a.values.forEach((value, i) => {
    apart += (b.values[i] - value) ** 2;
    length += value ** 2;
  });
  return length ? Math.sqrt(apart / length) : 0;
}

const MOST_WORDS = 5;

/** @type {(before: Of, after: Of) => Difference["words"]} */
function wordsOf(before, after) {
  const { model, row, query } = before;
  const isHidden = model.config.predicts === "masked" && !row.tokens[query].mask && !row.tokens[query].special;
  const [one, other] = [before, after].map((of) => (isHidden ? of.hidden(query) : of.run.probabilities(query)));
  if (!one || !other) return [];
  const ids = [...new Set([...ranked(one, MOST_WORDS), ...ranked(other, MOST_WORDS)])];
  const sorted = ids.sort((a, b) => one[b] - one[a] || other[b] - other[a]).slice(0, 2 * MOST_WORDS - 2);
  return sorted.map((id) => ({ word: model.words[id], before: one[id], after: other[id] }));
}

/**
 * @typedef {object} Shuffled
 * @property {number[]} order [place]: the token that stands there now
 * @property {number} without the largest difference from the outputs shuffled likewise, in a run without places
 * @property {number} with the same in a run with places
 */

// Words in another order. Without places each output goes with its word, and nothing else happens.
/** @type {(model: PageModel, ids: number[], changes: Changes, random: () => number) => Shuffled} */
export function shuffledRun(model, ids, changes, random) {
  const order = shuffledOrder(ids.length, random);
  const other = order.map((token) => ids[token]);
  /** @type {(places: boolean) => number} */
  const apart = (places) => {
    const all = places ? changes : { ...changes, places: false };
    return largestApart(lastOf(model.run(ids, all)), lastOf(model.run(other, all)), order);
  };
  return { order, without: apart(false), with: apart(true) };
}

// The same in words. A causal mask tells what came before, also where nothing else does.
/** @type {(shuffled: Shuffled, isCausal: boolean) => string[]} */
export function shuffledInWords({ without, with: placed }, isCausal) {
  const apart = without.toExponential(0);
  return [
    isCausal
      ? `Without positions they differ all the same, by up to ${number(without)}: this model's mask tells each word what came before it.`
      : `Without positions the outputs are the same, in that order: no number differs by more than ${apart}.`,
    `With positions they differ by up to ${number(placed)}.`,
  ];
}

/** @type {(a: Matrix, b: Matrix, order: number[]) => number} */
function largestApart(a, b, order) {
  let most = 0;
  order.forEach((token, place) => {
    const [one, other] = [rowOf(a, token), rowOf(b, place)];
    for (let c = 0; c < a.columns; c++) most = Math.max(most, Math.abs(one[c] - other[c]));
  });
  return most;
}

// Another order, in which some word has moved (Fisher and Yates 1938).
/** @type {(count: number, random: () => number) => number[]} */
export function shuffledOrder(count, random) {
  const order = [...Array(count).keys()];
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return count > 1 && order.every((token, place) => token === place) ? [...order.slice(1), order[0]] : order;
}

const ROWS = 40; // random queries, each with so many random keys as there are words
export const WIDTHS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

// The mean entropy, in bits, of softmax over the products of random queries and keys of d numbers each, standard
// normal: as they are, and divided by √d.
/** @type {(words: number, random: () => number) => { d: number, plain: number, scaled: number }[]} */
export function entropiesByWidth(words, random) {
  return WIDTHS.map((d) => {
    let [plain, scaled] = [0, 0];
    for (let i = 0; i < ROWS; i++) {
      const scores = Float64Array.from({ length: words }, () => {
        let sum = 0;
        for (let c = 0; c < d; c++) sum += normal(random) * normal(random);
        return sum;
      });
      plain += entropyOfSoftmax(scores, 1) / ROWS;
      scaled += entropyOfSoftmax(scores, 1 / Math.sqrt(d)) / ROWS;
    }
    return { d, plain, scaled };
  });
}

/** @type {(scores: Float64Array, scale: number) => number} */
function entropyOfSoftmax(scores, scale) {
  const most = Math.max(...scores) * scale;
  const powers = scores.map((score) => Math.exp(score * scale - most));
  const sum = powers.reduce((all, value) => all + value, 0);
  return powers.reduce((bits, power) => bits - (power > 0 ? (power / sum) * Math.log2(power / sum) : 0), 0);
}

// A standard normal number (Box and Muller 1958).
/** @type {(random: () => number) => number} */
function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

// Random numbers from a seed (mulberry32, Tommy Ettinger, public domain).
/** @type {(seed: number) => () => number} */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
