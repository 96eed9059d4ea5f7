// What one word's way through a head says, number by number: for hover, keyboard and screen readers.
//
// A way is q, k and v of all tokens, the steps of one query, the tokens that are listed and those that are not.

import { scoring } from "./formulas.js";
import { counted, isolated, number, whole } from "./words.js";

/** @import { Steps, Vectors } from "../numbers/equations/attention.js" */
/** @import { Layer } from "../state/schema.js" */

/** @typedef {number | "q" | "hidden" | "sum"} RowName a token, or what stands beside the tokens */

/** @type {Record<NonNullable<Layer["normalizer"]>, string>} */
const MAKES = {
  softmax: "turns the row into shares: none below 0, together 1",
  relu: "what is below 0 becomes 0, the rest is divided by the number of words that may be looked at: no shares",
  polynomial: "the third power, divided by the root of the number of words that may be looked at: no shares",
  hard: "1 for the largest, 0 for the rest",
};

/**
 * One query's way through a head.
 *
 * @typedef {Vectors & {
 *   name: string, names: string[], query: number, dValue: number, steps: Steps, layer: Layer,
 *   tokens: number[], hidden: number[], areStepsRounded: boolean,
 * }} Way areStepsRounded: whether they are computed of rounded vectors
 */

// What the page has or makes of rounded vectors has a sign.
/** @type {(isRounded: boolean) => string} */
export const about = (isRounded) => (isRounded ? "≈ " : "");

// What is hidden, as one row: its weights summed, and its weighted values.
/** @type {(way: Way) => { weight: number, values: Float32Array }} */
export function together({ hidden, steps: { weights }, v, dValue }) {
  const values = new Float32Array(dValue);
  let weight = 0;
  for (const token of hidden) {
    weight += weights[token];
    for (let c = 0; c < dValue; c++) values[c] += weights[token] * v[token * dValue + c];
  }
  return { weight, values };
}

/** @type {(way: Pick<Way, "hidden">) => string} */
export function hiddenName({ hidden }) {
  return counted(hidden.length, "hidden token");
}

// What a column holds, and why.
/** @type {(way: Pick<Way, "layer">, column: string) => string[]} */
export function columnInWords({ layer }, column) {
  const { scaled, masked, weight } = scoring(layer);
  const why = `divided by the root of d_head: sums of ${layer.dHead} products are large, and softmax of large numbers`;
  /** @type {Record<string, [string, string]>} */
  const said = {
    k: ["k", "the key of each word: what it is found by"],
    products: ["q · k, each", "number by number, the query of the word that looks times the key of each word"],
    score: ["sum", "of these products: how well the key fits the query"],
    scaled: [scaled, scaled.startsWith("÷") ? `${why} gives nearly all to one word` : "the sum, scaled"],
    masked: [masked, "what the model adds; −∞ where a word may not look"],
    weight: [weight, `${MAKES[layer.normalizer ?? "softmax"]}. These are the weights${byHand(layer)}`],
    v: ["weight · v", "the value of each word, as strong as its weight: what is handed over"],
  };
  return said[column] ?? [];
}

/** @type {(layer: Layer) => string} */
function byHand({ byHand: rows }) {
  return rows?.length ? ", but where a row was set by hand" : "";
}

// A row in a sentence.
/** @type {(way: Way, row: RowName) => string} */
export function rowInWords(way, row) {
  const { name, names, steps, layer } = way;
  const rounded = way.isRounded ? ", rounded" : "";
  if (row === "q") return `q of ${isolated(name)}: what it looks for, ${way.d} numbers${rounded}`;
  if (row === "sum") {
    const whose = isolated(name);
    const where = "before W_O puts all heads together";
    return `This head’s share of the new vector of ${whose}, ${where}: the sum of weight · v over all tokens`;
  }
  if (row === "hidden") return `${hiddenName(way)}: weight ${three(together(way).weight)} in all`;
  const { scores, masked, weights } = steps;
  const added = layer.added.length ? `, ${scoring(layer).masked} ${number(masked[row])}` : "";
  const scaled = `score ${number(scores[row])}, scaled ${number(scores[row] * layer.scale)}${added}`;
  return `${about(way.areStepsRounded)}${isolated(names[row])}: ${scaled}, weight ${three(weights[row])}`;
}

// Element c of a row: lines, of which a column of the picture ("k", "products", "v") has its own; null where there is
// none.
/** @type {(way: Way, row: RowName, c: number, column?: string | null) => string[] | null} */
export function elementInWords(way, row, c, column = null) {
  const { name, names, q, k, v, d, dValue, query, steps } = way;
  const isRounded = row === "sum" ? way.areStepsRounded : way.isRounded;
  /** @type {string[]} */
  const lines = [];
  /** @type {(own: string, size: number, line: () => string) => void} */
  const say = (own, size, line) => {
    if (c < size && (column === null || column === own)) lines.push(about(isRounded) + line());
  };
  const ofQ = q[query * d + c];
  if (row === "q") say("k", d, () => `q[${c}] of ${isolated(name)}: ${number(ofQ)}`);
  else if (row === "sum") say("v", dValue, () => `sum[${c}] of weight · v[${c}]: ${number(steps.context[c])}`);
  else if (row === "hidden") {
    say("v", dValue, () => `weight · v[${c}] of ${hiddenName(way)}, summed: ${number(together(way).values[c])}`);
  } else {
    const [ofK, ofV, weight] = [k[row * d + c], v[row * dValue + c], steps.weights[row]];
    say("k", d, () => `k[${c}] of ${isolated(names[row])}: ${number(ofK)}`);
    say("products", d, () => `q[${c}] · k[${c}] = ${number(ofQ)} · ${number(ofK)} = ${number(ofQ * ofK)}`);
    say("v", dValue, () => {
      return `v[${c}] of ${isolated(names[row])}: ${three(weight)} · ${number(ofV)} = ${number(weight * ofV)}`;
    });
  }
  return lines.length ? lines : null;
}

// How many elements a row has: as many as the widest of what stands in it.
/** @type {(way: Pick<Way, "d" | "dValue">, row: RowName) => number} */
export function elementsOf({ d, dValue }, row) {
  if (row === "q") return d;
  return row === "sum" || row === "hidden" ? dValue : Math.max(d, dValue);
}

// The numbers of a row that is one vector; of a token's row, which is several, none.
/** @type {(way: Way, row: RowName) => number[]} */
export function valuesOf(way, row) {
  if (row === "q") return [...way.q.subarray(way.query * way.d, (way.query + 1) * way.d)];
  if (row === "sum") return [...way.steps.context];
  return row === "hidden" ? [...together(way).values] : [];
}

// The row that an arrow key leads to: q, the listed tokens, what is hidden, the sum; null at the ends.
/** @type {(way: Pick<Way, "tokens" | "hidden">, row: RowName, step: number) => RowName | null} */
export function rowAfter({ tokens, hidden }, row, step) {
  /** @type {RowName[]} */
  const between = hidden.length ? ["hidden"] : [];
  /** @type {RowName[]} */
  const rows = ["q", ...tokens, ...between, "sum"];
  return rows[rows.indexOf(row) + step] ?? null;
}

// What is out of sight above and below, and how much weight it has.
/** @type {(way: Way, first: number, last: number) => string} */
export function outOfSight({ tokens, steps: { weights } }, first, last) {
  /** @type {[string, number[]][]} */
  const told = [
    ["above", tokens.slice(0, first)],
    ["below", tokens.slice(last)],
  ];
  return told
    .filter(([, some]) => some.length)
    .map(([where, some]) => `${whole(some.length)} more ${where}, weight ${three(sum(some, weights))}`)
    .join(" · ");
}

// A weight with three decimals, and a true minus.
/** @type {(weight: number) => string} */
export function three(weight) {
  return weight.toFixed(3).replace(/^-0\.000$/, "0.000").replace("-", "−");
}

/** @type {(tokens: number[], weights: Float32Array) => number} */
function sum(tokens, weights) {
  return tokens.reduce((all, token) => all + weights[token], 0);
}
