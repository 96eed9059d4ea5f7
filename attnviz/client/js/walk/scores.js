// From queries and keys to weights.

import { rowOf } from "../model/run.js";
import { headOf, namesOf, products, rowAlone, tex, term, terms, word } from "./shown.js";

/** @import { Matrix } from "../model/run.js" */
/** @import { Of, Shown, Tells } from "./shown.js" */

/** @type {Tells} */
export function score(of) {
  const { query, key } = of;
  const [made, names] = [headOf(of), namesOf(of)];
  const [q, k] = [rowOf(made.q, query), rowOf(made.k, key)];
  const each = { rows: 1, columns: q.length, values: q.map((value, i) => value * k[i]) };
  const s = rowOf(made.scores, query)[key];
  return {
    sentence: `How well does “${names[query]}” find “${names[key]}”? Its query meets the key, number by number; the products add up to the score.`,
    formula: "s_{ij} = q_i \\cdot k_j = \\sum_c q_{ic}\\,k_{jc}",
    numbers: [`s_{${word(names[query])},${word(names[key])}} = ${products(q, k)} = ${tex(s)}`],
    shown: [
      { ...line(`q of ${names[query]}`, "what it looks for", rowAlone(made.q, query)), role: "q" },
      { ...line(`k of ${names[key]}`, "what it is found by", rowAlone(made.k, key)), role: "k" },
      line("q · k", "number by number", each),
    ],
    why: "The sum is large where both point the same way, near zero where they have nothing to do with each other, and negative where they are opposed.",
  };
}

/** @type {Tells} */
export function row(of) {
  const { query } = of;
  const [made, names] = [headOf(of), namesOf(of)];
  const all = rowOf(made.scores, query);
  return {
    sentence: `The same for every word: one score of “${names[query]}” for each word of the sentence, itself too.`,
    formula: "s_i = q_i K^{\\top}",
    numbers: [listed(names, all)],
    shown: [across("s", `the scores of ${names[query]}`, rowAlone(made.scores, query), names, "signed", of.key)],
    why: "A word can only choose where to look once it has compared all.",
  };
}

/** @type {Tells} */
export function scores(of) {
  const [made, names] = [headOf(of), namesOf(of)];
  const n = names.length;
  return {
    sentence:
      "All words do this at the same time. One product of two matrices gives every score: a row for each word that looks, a column for each word looked at.",
    formula: "S = Q K^{\\top}",
    numbers: [
      `${n} \\times ${made.q.columns} \\;\\cdot\\; ${made.q.columns} \\times ${n} \\;=\\; ${n} \\times ${n} \\text{, so } ${n * n} \\text{ scores}`,
    ],
    shown: [square("S", "all scores", made.scores, names, of, "signed")],
    why: "Nothing waits for anything else: that is what makes transformers fast to train. And the number of scores grows with the square of the length.",
  };
}

/** @type {Tells} */
export function scaled(of) {
  const { query, key, model, run } = of;
  const [made, names] = [headOf(of), namesOf(of)];
  const [before, after] = [rowOf(made.scores, query)[key], rowOf(made.scaled, query)[key]];
  const { d_head: d } = model.config;
  const root =
    run.changes.root !== false && Math.abs(after * Math.sqrt(d) - before) <= 1e-6 * Math.max(1, Math.abs(before));
  const factor = before === 0 ? 1 : after / before;
  return {
    sentence: root
      ? `Every score is divided by the root of d_head, the number of numbers in a query: √${d} is ${Math.sqrt(d).toFixed(2)}.`
      : "In this run the scores are not divided by √d_head.",
    formula: "\\hat s_{ij} = \\frac{s_{ij}}{\\sqrt{d_{head}}}",
    numbers: [
      root
        ? `\\frac{${tex(before)}}{\\sqrt{${d}}} = ${tex(after)}`
        : `${term(before)} \\cdot ${tex(factor)} = ${tex(after)}`,
    ],
    shown: [square("Ŝ", "scaled scores", made.scaled, names, of, "signed")],
    why: "A sum of many products is large for no other reason than being long. Without the division softmax would give nearly everything to one word, and hardly learn.",
  };
}

/** @type {Tells} */
export function masked(of) {
  const { query, model } = of;
  const [made, names] = [headOf(of), namesOf(of)];
  const values = rowOf(made.masked, query);
  const hidden = values.filter((value) => value === -Infinity).length;
  const all = made.masked.values.filter((value) => value === -Infinity).length;
  return {
    sentence: all
      ? `Where a word may not look, the score becomes −∞: after softmax that is a weight of exactly 0. Of the ${values.length} words, “${names[query]}” may not look at ${hidden}.`
      : "This model lets every word look at every word, so nothing is masked: the scores stay as they are.",
    formula:
      "m_{ij} = \\begin{cases} \\hat s_{ij} & i \\text{ may look at } j \\\\ -\\infty & \\text{else} \\end{cases}",
    numbers: [
      `m_{${word(names[query])}} = (${terms(values.length, (i) => tex(values[i])).replaceAll(" + ", ",\\; ")})`,
    ],
    shown: [square("M", "masked scores", made.masked, names, of, "signed")],
    why: "A model that is to say the next word must not see it. Such a causal mask hides everything that comes later; other masks hide padding, or what is far away.",
    otherwise: model.config.causal
      ? "This model reads causally: each word sees only itself and what came before. BERT sees both sides."
      : "GPT has a causal mask here: each word sees only itself and what came before.",
  };
}

/** @type {Tells} */
export function softmax(of) {
  const { query, key, run } = of;
  const [made, names] = [headOf(of), namesOf(of)];
  const temperature = run.changes.temperature ?? of.model.config.temperature ?? 1;
  const logits = rowOf(made.masked, query).map((value) => value / temperature);
  const weights = rowOf(made.weights, query);
  const kind = run.changes.normalizer ?? "softmax";
  if (kind !== "softmax") return otherNormalizer(of, kind, logits);
  const most = Math.max(...logits);
  const shift = most > 20 || most < -20 ? most : 0; // e^m of large numbers is no number to show
  const powers = logits.map((value) => Math.exp(value - shift));
  const sum = powers.reduce((all, value) => all + value, 0);
  const minus = shift ? `${tex(logits[key])} - ${term(shift)}` : tex(logits[key]);
  return {
    sentence: `Softmax makes shares of the scores of a row: e to the power of each, divided by the sum of all. They are positive and add up to 1: “${names[query]}” gives ${(100 * weights[key]).toFixed(0)} % to “${names[key]}”.`,
    formula: "a_{ij} = \\frac{e^{m_{ij}}}{\\sum_l e^{m_{il}}}",
    numbers: [
      `e^{${minus}} = ${tex(powers[key])} \\qquad \\textstyle\\sum = ${tex(sum)}`,
      `a_{${word(names[query])},${word(names[key])}} = \\frac{${tex(powers[key])}}{${tex(sum)}} = ${tex(weights[key])}`,
    ],
    shown: [
      across(
        "m",
        `scores of ${names[query]}`,
        { rows: 1, columns: logits.length, values: logits },
        names,
        "signed",
        key,
      ),
      across(
        shift ? "e^(m−max)" : "e^m",
        "to the power",
        { rows: 1, columns: powers.length, values: powers },
        names,
        "plain",
        key,
      ),
      across("a", "its weights", rowAlone(made.weights, query), names, "weights", key),
      square("A", "all weights", made.weights, names, of, "weights"),
    ],
    why: "Shares can be compared between words and heads. The power makes the best stand out, without cutting the others off, so that training can still move them.",
  };
}

/** @type {Record<string, [sentence: string, formula: string]>} */
const NORMALIZERS = {
  relu: [
    "In this run ReLU stands in softmax's place: what is negative becomes 0, the rest is divided by the number of words. The row need not add up to 1.",
    "a_{ij} = \\frac{\\max(0, m_{ij})}{n}",
  ],
  polynomial: [
    "In this run a third power stands in softmax's place. Weights may be negative, and the row need not add up to 1.",
    "a_{ij} = \\frac{m_{ij}^3}{\\sqrt n}",
  ],
  hard: [
    "In this run the hard maximum stands in softmax's place: everything goes to the best word, nothing to the others.",
    "a_{ij} = \\begin{cases} 1 & j = \\arg\\max_l m_{il} \\\\ 0 & \\text{else} \\end{cases}",
  ],
};

/** @type {(of: Of, kind: string, logits: Float64Array) => import("./shown.js").Told} */
function otherNormalizer(of, kind, logits) {
  const { query, key } = of;
  const [made, names] = [headOf(of), namesOf(of)];
  const weight = rowOf(made.weights, query)[key];
  const n = logits.filter((value) => value !== -Infinity).length;
  /** @type {Record<string, string>} */
  const numbers = {
    relu: `\\frac{\\max(0,\\; ${tex(logits[key])})}{${n}} = ${tex(weight)}`,
    polynomial: `\\frac{${term(logits[key])}^3}{\\sqrt{${n}}} = ${tex(weight)}`,
    hard: `\\max m = ${tex(Math.max(...logits))}, \\quad a_{${word(names[query])},${word(names[key])}} = ${tex(weight)}`,
  };
  return {
    sentence: NORMALIZERS[kind][0],
    formula: NORMALIZERS[kind][1],
    numbers: [numbers[kind]],
    shown: [
      across(
        "m",
        `scores of ${names[query]}`,
        { rows: 1, columns: logits.length, values: logits },
        names,
        "signed",
        key,
      ),
      across("a", "its weights", rowAlone(made.weights, query), names, "signed", key),
      square("A", "all weights", made.weights, names, of, kind === "hard" ? "weights" : "signed"),
    ],
  };
}

/** @type {(names: string[], values: ArrayLike<number>) => string} */
function listed(names, values) {
  const all = Array.from(values, (value, i) => `s_{${word(names[i])}} = ${tex(value)}`);
  return (all.length <= 6 ? all : [...all.slice(0, 5), "\\dots"]).join(",\\quad ");
}

// A vector, a column for each of its numbers.
/** @type {(name: string, title: string, matrix: Matrix) => Shown} */
export function line(name, title, matrix) {
  return { name, title, matrix, rows: null, columns: null, scale: "signed" };
}

// A row with a number for each word.
/** @typedef {Shown["scale"]} Scale */
/** @type {(name: string, title: string, matrix: Matrix, names: string[], scale: Scale, column: number) => Shown} */
export function across(name, title, matrix, names, scale, column) {
  return { name, title, matrix, rows: null, columns: names, scale, at: { column } };
}

// A row and a column for each word.
/** @type {(name: string, title: string, matrix: Matrix, names: string[], of: Of, scale: Shown["scale"]) => Shown} */
function square(name, title, matrix, names, { query, key }, scale) {
  return { name, title, matrix, rows: names, columns: names, scale, at: { row: query, column: key } };
}
