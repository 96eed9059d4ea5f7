// From the words' vectors to queries, keys and values.

import { rowOf } from "../model/run.js";
import { columnOf, columnsOf, headOf, layerOf, namesOf, products, tex, vector, weightsOf, word } from "./shown.js";

/** @import { Matrix } from "../model/run.js" */
/** @import { Of, Shown, Tells } from "./shown.js" */

/** @type {Tells} */
export function projections(of) {
  const { query, model, head } = of;
  const [layer, weights, made, names] = [layerOf(of), weightsOf(of), headOf(of), namesOf(of)];
  const { input } = layer;
  const shown = [
    ...(input ? [{ ...matrixOf("X", inputTitle(of), input, names, query), from: inputFrom(of) }] : []),
    ...["q", "k", "v"].flatMap((letter) => weightShown(of, /** @type {"q" | "k" | "v"} */ (letter))),
    { ...matrixOf("Q", "queries: what each word looks for", made.q, names, query), role: /** @type {const} */ ("q") },
    { ...matrixOf("K", "keys: what each word is found by", made.k, names), role: /** @type {const} */ ("k") },
    { ...matrixOf("V", "values: what each word hands on", made.v, names), role: /** @type {const} */ ("v") },
  ];
  const isTurned = made.projectedQ !== made.q;
  const numbers = [];
  if (input && weights.w_q) {
    const column = columnOf(weights.w_q, head * model.config.d_head);
    const bias = weights.b_q ? ` + ${tex(weights.b_q[head * model.config.d_head])}` : "";
    const sum = tex(rowOf(made.projectedQ, query)[0]);
    numbers.push(`${products(rowOf(input, query), column)}${bias} = ${sum} \\quad \\text{(first number of the query)}`);
  }
  if (isTurned) {
    const [before, after] = [rowOf(made.projectedQ, query), rowOf(made.q, query)];
    numbers.push(`R_{${query}}\\,${vector(before)} = ${vector(after)}`);
  } else numbers.push(`q_{${word(names[query])}} = ${vector(rowOf(made.q, query))}`);
  return {
    sentence: `Three products with learned matrices make three vectors of each word: a query, a key and a value. This is head ${head} of layer ${of.layer}; every head has matrices of its own.`,
    formula: isTurned
      ? "q_i = R_i\\,(x_i W_Q) \\qquad k_j = R_j\\,(x_j W_K) \\qquad v_j = x_j W_V"
      : `q_i = x_i W_Q${weights.b_q ? " + b_Q" : ""} \\qquad k_j = x_j W_K${weights.b_k ? " + b_K" : ""} \\qquad v_j = x_j W_V${weights.b_v ? " + b_V" : ""}`,
    numbers,
    shown,
    why: "Looking and being looked at are two things. A verb looks for a noun; it need not be like one.",
    otherwise: otherwiseOf(of, isTurned),
  };
}

/** @type {(of: Of, isTurned: boolean) => string} */
function otherwiseOf({ model }, isTurned) {
  if (isTurned) {
    return "R turns pairs of numbers by an angle that grows with the word's place (RoPE). Models that add places to X leave it out.";
  }
  if (model.config.kind === "pretrained") {
    return "BERT adds a bias b to each product; the small models that are trained here have none.";
  }
  return "Most newer models turn queries and keys by the word's place here (RoPE).";
}

/** @type {(of: Of) => string} */
function inputTitle({ model, layer }) {
  if (model.config.norm === "pre" && model.config.kind === "trained") {
    return `what layer ${layer} is given, each row brought to one size`;
  }
  return `what layer ${layer} is given`;
}

/** @type {(of: Of) => string} */
function inputFrom({ model, layer }) {
  const before = layer ? `layer ${layer - 1}` : "the words' vectors";
  return model.config.norm === "pre" && model.config.kind === "trained" ? `norm of ${before}` : before;
}

/** @type {(of: Of, letter: "q" | "k" | "v") => Shown[]} */
function weightShown(of, letter) {
  const all = weightsOf(of)[`w_${letter}`];
  if (!all) return [];
  const { d_head, d_value, heads, kv_heads } = of.model.config;
  const size = letter === "v" ? d_value : d_head;
  const head = letter === "q" ? of.head : Math.floor(of.head / (heads / kv_heads)); // which may be shared
  const matrix = columnsOf(all, head * size, size);
  const name = `W_${letter.toUpperCase()}`;
  return [
    { name, title: "learned", matrix, rows: null, columns: null, scale: "signed", role: letter, from: "training" },
  ];
}

/** @type {(name: string, title: string, matrix: Matrix, names: string[], row?: number) => Shown} */
export function matrixOf(name, title, matrix, names, row) {
  return {
    name,
    title,
    matrix,
    rows: names,
    columns: null,
    scale: "signed",
    ...(row === undefined ? {} : { at: { row } }),
  };
}
