// From weights to what a layer's attention hands on.

import { rowOf } from "../model/run.js";
import { matrixOf } from "./projections.js";
import { across, line } from "./scores.js";
import { columnOf, headOf, layerOf, namesOf, products, rowAlone, tex, term, weightsOf, word } from "./shown.js";

/** @import { Matrix } from "../model/run.js" */
/** @import { Tells } from "./shown.js" */

/** @type {Tells} */
export function context(of) {
  const { query, key, upTo = Infinity } = of;
  const [made, names] = [headOf(of), namesOf(of)];
  const { v } = made;
  const weights = rowOf(made.weights, query).map((weight, j) => (j <= upTo ? weight : 0)); // what is not yet poured in
  const each = {
    rows: v.rows,
    columns: v.columns,
    values: v.values.map((x, i) => weights[Math.floor(i / v.columns)] * x),
  };
  const sum = Float64Array.from({ length: v.columns }, (_, c) => columnOf(each, c).reduce((all, x) => all + x, 0));
  const isWhole = upTo >= v.rows - 1;
  // The sum is written out with its largest terms.
  const order = [...weights.keys()].sort((a, b) => Math.abs(weights[b]) - Math.abs(weights[a]) || a - b).slice(0, 4);
  const said = order.map((j) => `${tex(weights[j])} \\cdot v_{${word(names[j])}}`);
  const rest = names.length > order.length ? " + \\dots" : "";
  const first = order.map((j) => `${tex(weights[j])} \\cdot ${term(v.values[j * v.columns])}`);
  return {
    sentence: `Each value is multiplied with its weight, and all are added up: the words that “${names[query]}” looks at pour what they have to say into one vector.`,
    formula: "c_i = \\sum_j a_{ij}\\,v_j",
    numbers: [
      `c_{${word(names[query])}} = ${said.join(" + ")}${rest}`,
      `${first.join(" + ")}${rest} = ${tex(sum[0])} \\quad \\text{(its first number${isWhole ? "" : ", so far"})}`,
    ],
    shown: [
      across("a", `the weights of ${names[query]}`, rowAlone(made.weights, query), names, "weights", key),
      { ...matrixOf("V", "values", v, names, key), role: "v" },
      matrixOf("a · v", "values, each times its weight", each, names, key),
      {
        ...line("c", isWhole ? "their sum" : `their sum, up to ${names[upTo]}`, {
          rows: 1,
          columns: v.columns,
          values: sum,
        }),
        role: "output",
      },
    ],
    why: "This is what attention is for: a word takes along what it needs from others, wherever they stand.",
  };
}

/** @type {Tells} */
export function heads(of) {
  const { model, head, query } = of;
  const names = namesOf(of);
  const { heads: count, d_value } = model.config;
  const layer = layerOf(of);
  return {
    sentence: `All that happens ${count} times side by side, in ${count} heads. Each has its own queries, keys and values, so each can look for something else.`,
    formula: "\\text{head}_h = \\text{softmax}\\!\\left(\\frac{Q_h K_h^{\\top}}{\\sqrt{d_{head}}}\\right) V_h",
    numbers: [
      `${count} \\text{ heads} \\times ${d_value} \\text{ numbers each} = ${count * d_value} \\text{ for each word}`,
    ],
    shown: [...Array(Math.min(count, 4)).keys()].map((one) => {
      const h = count <= 4 ? one : Math.min(Math.max(0, head - 1), count - 4) + one; // the chosen one among them
      const made = matrixOf(`head ${h}`, "what it hands on", layer.head(h).context, names, query);
      return h === head ? { ...made, role: /** @type {const} */ ("output") } : made;
    }),
    why: "One head would have to look at everything at once, and blend it. Several can do different jobs in the same step.",
    otherwise: count === 1 ? "This model has a single head." : undefined,
  };
}

/** @type {Tells} */
export function concatenated(of) {
  const { model, query } = of;
  const names = namesOf(of);
  const { concatenated: matrix } = layerOf(of);
  return {
    sentence: "What the heads hand on is laid side by side, head after head, into one row for each word.",
    formula: "C = \\left[\\,\\text{head}_0 \\;|\\; \\text{head}_1 \\;|\\; \\dots\\,\\right]",
    numbers: [
      `${model.config.heads} \\times ${model.config.d_value} = ${matrix.columns} \\text{ numbers for each word}`,
    ],
    shown: [{ ...matrixOf("C", "all heads, side by side", matrix, names, query), role: "output" }],
    why: "Nothing is mixed yet: the first numbers are head 0's, the next ones head 1's.",
  };
}

/** @type {Tells} */
export function output(of) {
  const { query } = of;
  const names = namesOf(of);
  const [layer, weights] = [layerOf(of), weightsOf(of)];
  const made = /** @type {Matrix} */ (layer.output);
  const { w_o: matrix, b_o: bias } = weights;
  const sum = tex(rowOf(made, query)[0]);
  const added = bias ? ` + ${term(bias[0])}` : "";
  return {
    sentence:
      "One more learned matrix mixes what the heads have found, and gives it the width that the words' vectors have.",
    formula: `O = C\\,W_O${bias ? " + b_O" : ""}`,
    numbers: matrix
      ? [
          `${products(rowOf(layer.concatenated, query), columnOf(matrix, 0))}${added} = ${sum} \\quad \\text{(first number of ${word(names[query]).replace("\\text", "")})}`,
        ]
      : [],
    shown: [
      ...(matrix
        ? [
            {
              name: "W_O",
              title: "learned",
              matrix,
              rows: null,
              columns: null,
              scale: /** @type {const} */ ("signed"),
              from: "training",
            },
          ]
        : []),
      matrixOf("O", "what attention gives each word", made, names, query),
    ],
    why: "Each head has filled numbers of its own. W_O says what of it is to go where.",
  };
}
