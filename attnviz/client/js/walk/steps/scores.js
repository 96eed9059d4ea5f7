// From queries and keys to masked scores.

import { isCausal } from "../../model/changes.js";
import { rowOf } from "../../model/run.js";
import { across, line, mapped, rowAlone, square } from "./matrices.js";
import { headOf, namesOf, products, several, tex, term, word } from "./shown.js";
import { called } from "./wording.js";

/** @import { Matrix } from "../../model/run.js" */
/** @import { Of, Tells } from "./shown.js" */

/** @type {Tells} */
export function score(of) {
  const { query, key } = of;
  const [made, names] = [headOf(of), namesOf(of)];
  const [q, k] = [rowOf(made.q, query), rowOf(made.k, key)];
  const each = { rows: 1, columns: q.length, values: q.map((value, i) => value * k[i]) };
  const s = rowOf(made.scores, query)[key];
  const [from, to] = [called(of.row, query), called(of.row, key)];
  const asked = query === key ? `How well does ${from} fit what it looks for itself?` : `How well does ${to} fit what ${from} looks for?`;
  const met = query === key ? "Its query meets its own key" : `The query of ${from} meets the key of ${to}`;
  return {
    sentence: `${asked} ${met}, number by number; the products add up to the score.`,
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
  const token = called(of.row, query);
  return {
    sentence:
      names.length === 1
        ? `There is no other token here, so ${token} has one score: for itself.`
        : `The same for every token: ${token} gets one score for each token of the text, itself included.`,
    formula: "s_i = q_i K^{\\top}",
    numbers: [inWords(names, rowOf(made.scores, query))],
    shown: [across("s", `the scores of ${names[query]}`, rowAlone(made.scores, query), names, "signed", of.key)],
    why: "A token can only choose where to look once it has compared all.",
  };
}

/** @type {Tells} */
export function scores(of) {
  const [made, names] = [headOf(of), namesOf(of)];
  const n = names.length;
  return {
    sentence:
      n === 1
        ? "With more tokens this would be a square: a row for each token that looks, a column for each token looked at. Here it is a single score."
        : "All tokens do this at the same time. One product of two matrices gives every score: a row for each token that looks, a column for each token looked at.",
    formula: "S = Q K^{\\top}",
    numbers: [
      `${n} \\times ${made.q.columns} \\;\\cdot\\; ${made.q.columns} \\times ${n} \\;=\\; ${n} \\times ${n} \\text{, so } ${n * n} \\text{ ${n === 1 ? "score" : "scores"}}`,
    ],
    shown: [square("S", "all scores", made.scores, names, of, "signed")],
    why: "No token waits for another: that is what makes transformers fast to train. But the number of scores grows with the square of the length.",
  };
}

/** @type {Tells} */
export function scaled(of) {
  const { query, key, model, run } = of;
  const [made, names] = [headOf(of), namesOf(of)];
  const [before, result] = [rowOf(made.scores, query)[key], rowOf(made.scaled, query)[key]];
  const { d_head: d } = model.config;
  const factor = run.changes.root === false ? 1 : model.config.scale;
  const isRoot = Math.abs(factor * Math.sqrt(d) - 1) < 1e-6;
  const bias = mapped(made.scaled, (value, i) => value - made.scores.values[i] * factor);
  const isBiased = bias.values.some((value) => Math.abs(value) > 1e-9);
  const same = factor === 1 && !isRoot ? " They stay as they are." : "";
  const after = isBiased ? " Then a number is added that depends on where the two tokens stand." : same;
  const added = isBiased ? ` + ${term(rowOf(bias, query)[key])}` : "";
  const [formula, numbers] = isRoot
    ? ["\\frac{s_{ij}}{\\sqrt{d_{head}}}", `\\frac{${tex(before)}}{\\sqrt{${d}}}`]
    : factor === 1
      ? ["s_{ij}", tex(before)]
      : ["c \\cdot s_{ij}", `${tex(factor)} \\cdot ${term(before)}`];
  return {
    sentence: `${scalingOf(of, factor, isRoot)}${after}`,
    formula: `\\hat s_{ij} = ${formula}${isBiased ? " + b_{ij}" : ""}`,
    numbers: [`${numbers}${added} = ${tex(result)}`],
    shown: [
      ...(isBiased ? [square("b", "what is added", bias, names, of, "signed")] : []),
      square("Ŝ", "scaled scores", made.scaled, names, of, "signed"),
    ],
    why: "A sum of many products is large for no other reason than being long. Without the division softmax would give nearly everything to one token, and hardly learn.",
  };
}

/** @type {(of: Of, factor: number, isRoot: boolean) => string} */
function scalingOf({ model, run }, factor, isRoot) {
  const { d_head: d } = model.config;
  if (isRoot && d === 1) return "Every score is divided by the root of d_head, the number of numbers in a query. Here that is 1, and nothing changes.";
  if (isRoot) {
    return `Every score is divided by the root of d_head. A query has ${d} numbers here, so d_head is ${d}, and its root ${Number(Math.sqrt(d).toFixed(2))}.`;
  }
  if (run.changes.root === false) return "In this run the scores are not divided by √d_head.";
  if (factor === 1) return "This model does not divide its scores by √d_head.";
  return `Where others divide by √d_head, this model multiplies every score by ${Number(factor.toPrecision(3))}.`;
}

/** @type {Tells} */
export function masked(of) {
  const { query, model, run } = of;
  const [made, names] = [headOf(of), namesOf(of)];
  const values = rowOf(made.masked, query);
  return {
    sentence: maskingOf(of, made.masked),
    formula:
      "m_{ij} = \\begin{cases} \\hat s_{ij} & i \\text{ may look at } j \\\\ -\\infty & \\text{else} \\end{cases}",
    numbers: [`m_{${word(names[query])}} = (${several(values.length, (i) => tex(values[i]))})`],
    shown: [square("M", "masked scores", made.masked, names, of, "signed")],
    why: "A model that is to say the next word must not see it. A causal mask hides everything that comes later; other masks hide what is far away, or what only fills up a shorter text.",
    otherwise: isCausal(model.config, run.changes)
      ? "This model reads causally: each token sees itself and what came before. BERT sees both sides."
      : "GPT has a causal mask here: each token sees itself and what came before, and nothing after it.",
  };
}

/** @type {(of: Of, masked: Matrix) => string} */
function maskingOf({ row: words, query }, { values, columns }) {
  const { tokens } = words;
  const isMasked = (/** @type {number} */ value) => value === -Infinity;
  if (!values.some(isMasked)) {
    const [only, why] = tokens.length === 1 ? ["There is one token, and it", "itself"] : ["Here every token", "every token"];
    return `${only} may look at ${why}, so nothing is masked: the scores stay as they are.`;
  }
  const seen = columns - values.subarray(query * columns, (query + 1) * columns).filter(isMasked).length;
  const which = seen === columns ? `all ${columns} tokens` : `${seen} of the ${columns} tokens`;
  const token = called(words, query);
  return `Where a token may not look, the score becomes −∞, and later its weight is exactly 0. ${token} may look at ${which}.`;
}

/** @type {(names: string[], values: ArrayLike<number>) => string} */
function inWords(names, values) {
  const all = Array.from(values, (value, i) => `s_{${word(names[i])}} = ${tex(value)}`);
  return (all.length <= 6 ? all : [...all.slice(0, 5), "\\dots"]).join(",\\quad ");
}
