// From masked scores to weights.

import { rowOf } from "../../model/run.js";
import { across, rowAlone, square, vectorAsMatrix } from "./matrices.js";
import { headOf, namesOf, tex, term, word } from "./shown.js";
import { called, percent } from "./wording.js";

/** @import { Of, Shown, Tells, Told } from "./shown.js" */

const LOW = -1; // where e^m of the largest score has no digits left, or
const HIGH = 9; // too many, the largest is taken away first

/** @type {Tells} */
export function softmax(of) {
  const { query, key } = of;
  const [made, names] = [headOf(of), namesOf(of)];
  const kind = of.run.changes.normalizer ?? "softmax";
  const logits = logitsOf(of);
  if (kind !== "softmax") return otherNormalizer(of, kind, logits);
  const weights = rowOf(made.weights, query);
  const most = Math.max(...logits);
  const shift = most > HIGH || most < LOW ? most : 0;
  const powers = logits.map((value) => Math.exp(value - shift));
  const sum = powers.reduce((all, value) => all + value, 0);
  const minus = shift ? `${tex(logits[key])} - ${term(shift)}` : tex(logits[key]);
  const less = shift ? " First the largest score of the row is taken away from all of them: that changes no share." : "";
  return {
    sentence: `Softmax makes shares of the scores of a row: e to the power of each, divided by the sum of all. The shares are never negative, and add up to 1: ${shareInWords(of, weights[key])}.${less}${hotter(of)}`,
    formula: `a_{ij} = \\frac{e^{${POWER[Number(temperatureOf(of) !== 1)]}}}{\\sum_l e^{${POWER[Number(temperatureOf(of) !== 1)].replaceAll("j", "l")}}}`,
    numbers: [
      ...heated(of, logits[key]),
      `e^{${minus}} = ${tex(powers[key])} \\qquad \\textstyle\\sum = ${tex(sum)}`,
      `a_{${word(names[query])},${word(names[key])}} = \\frac{${tex(powers[key])}}{${tex(sum)}} = ${tex(weights[key])}`,
    ],
    shown: [
      ...scoresShown(of, logits),
      across(shift ? "e^(m−max)" : "e^m", "to the power", vectorAsMatrix(powers), names, "plain", key),
      across("a", "its weights", rowAlone(made.weights, query), names, "weights", key),
      square("A", "all weights", made.weights, names, of, "weights"),
    ],
    why: "Shares can be compared between tokens and heads. The power makes the best stand out, without cutting the others off, so that training can still move them.",
  };
}

const POWER = ["m_{ij}", "m_{ij}/T"];

/** @type {(of: Of) => number} */
function temperatureOf({ model, run }) {
  return model.config.temperature * (run.changes.temperature ?? 1);
}

// The masked scores of the row, over the temperature.
/** @type {(of: Of) => Float64Array} */
function logitsOf(of) {
  const temperature = temperatureOf(of);
  return rowOf(headOf(of).masked, of.query).map((value) => value / temperature);
}

/** @type {(of: Of, weight: number) => string} */
function shareInWords({ row, query, key, ...of }, weight) {
  const [from, to] = [called(row, query), query === key ? "itself" : called(row, key)];
  const isMasked = rowOf(headOf({ row, query, key, ...of }).masked, query)[key] === -Infinity;
  return isMasked ? `${from} gives nothing to ${to}, where it may not look` : `${from} gives ${percent(weight)} to ${to}`;
}

/** @type {(of: Of) => string} */
function hotter(of) {
  const temperature = temperatureOf(of);
  if (temperature === 1) return "";
  const effect = temperature > 1 ? "makes the shares more even" : "makes the best stand out more";
  return ` Before that the scores are divided by the temperature, ${Number(temperature.toPrecision(3))}, which ${effect}.`;
}

/** @type {(of: Of, logit: number) => string[]} */
function heated(of, logit) {
  const temperature = temperatureOf(of);
  if (temperature === 1) return [];
  const score = rowOf(headOf(of).masked, of.query)[of.key];
  return [`\\frac{m}{T} = \\frac{${tex(score)}}{${tex(temperature)}} = ${tex(logit)}`];
}

/** @type {(of: Of, logits: Float64Array) => Shown[]} */
function scoresShown(of, logits) {
  const names = namesOf(of);
  const masked = rowAlone(headOf(of).masked, of.query);
  const isHeated = temperatureOf(of) !== 1;
  return [
    across("m", `scores of ${names[of.query]}`, masked, names, "signed", of.key),
    ...(isHeated ? [across("m/T", "over the temperature", vectorAsMatrix(logits), names, "signed", of.key)] : []),
  ];
}

/** @type {Record<string, [sentence: string, formula: string]>} */
const NORMALIZERS = {
  relu: [
    "In this run ReLU stands in softmax's place: what is negative becomes 0, the rest is divided by the number of tokens that are seen. The row need not add up to 1.",
    "a_{ij} = \\frac{\\max(0, m_{ij})}{n}",
  ],
  polynomial: [
    "In this run a third power stands in softmax's place. Weights may be negative, and the row need not add up to 1.",
    "a_{ij} = \\frac{m_{ij}^3}{\\sqrt n}",
  ],
  hard: [
    "In this run the hard maximum stands in softmax's place: everything goes to the best token, nothing to the others.",
    "a_{ij} = \\begin{cases} 1 & j = \\arg\\max_l m_{il} \\\\ 0 & \\text{else} \\end{cases}",
  ],
};

/** @type {(of: Of, kind: string, logits: Float64Array) => Told} */
function otherNormalizer(of, kind, logits) {
  const { query, key } = of;
  const [made, names] = [headOf(of), namesOf(of)];
  const weight = rowOf(made.weights, query)[key];
  const n = logits.filter((value) => value !== -Infinity).length;
  const isMasked = logits[key] === -Infinity;
  /** @type {Record<string, string>} */
  const numbers = {
    relu: `\\frac{\\max(0,\\; ${tex(logits[key])})}{${n}} = ${tex(weight)}`,
    polynomial: `\\frac{${term(logits[key])}^3}{\\sqrt{${n}}} = ${tex(weight)}`,
    hard: `\\max m = ${tex(Math.max(...logits))}, \\quad m = ${tex(logits[key])}, \\quad a = ${tex(weight)}`,
  };
  return {
    sentence: `${NORMALIZERS[kind][0]}${hotter(of)}`,
    formula: NORMALIZERS[kind][1],
    numbers: [...heated(of, logits[key]), isMasked ? `m = -\\infty, \\quad a = ${tex(weight)}` : numbers[kind]],
    shown: [
      ...scoresShown(of, logits),
      across("a", "its weights", rowAlone(made.weights, query), names, "signed", key),
      square("A", "all weights", made.weights, names, of, kind === "hard" ? "weights" : "signed"),
    ],
  };
}
