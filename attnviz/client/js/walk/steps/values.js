// From weights to what a layer's attention hands on.

import { rowOf } from "../../model/run.js";
import { across, columnOf, learned, line, mapped, matrixOf, rowAlone, vectorAsMatrix } from "./matrices.js";
import { headOf, layerOf, namesOf, products, tex, term, weightsOf, word } from "./shown.js";
import { called } from "./wording.js";

/** @import { Matrix } from "../../model/run.js" */
/** @import { Of, Tells } from "./shown.js" */

const MOST_VALUES = 4; // that are written out in the sum: those with the largest weights

/** @type {Tells} */
export function context(of) {
  const { query, key, upTo = Infinity } = of;
  const [made, names] = [headOf(of), namesOf(of)];
  const { v } = made;
  const weights = rowOf(made.weights, query).map((weight, j) => (j <= upTo ? weight : 0)); // what is not yet poured in
  const each = mapped(v, (x, i) => weights[Math.floor(i / v.columns)] * x);
  const sum = Float64Array.from({ length: v.columns }, (_, c) => columnOf(each, c).reduce((all, x) => all + x, 0));
  const isWhole = upTo >= v.rows - 1;
  const bySize = [...weights.keys()].sort((a, b) => Math.abs(weights[b]) - Math.abs(weights[a]) || a - b);
  const written = bySize.slice(0, Math.min(MOST_VALUES, upTo + 1));
  const said = written.map((j) => `${term(weights[j])} \\cdot v_{${word(names[j])}}`);
  const first = written.map((j) => `${term(weights[j])} \\cdot ${term(v.values[j * v.columns])}`);
  const rest = Math.min(names.length, upTo + 1) > written.length ? " + \\dots" : "";
  const token = called(of.row, query);
  return {
    sentence:
      names.length === 1
        ? `Each value is multiplied by its weight, and all are added up. ${token} is alone here: what it takes along is its own value.`
        : `Each value is multiplied by its weight, and all are added up: the tokens that ${token} looks at pour what they have to say into one vector.`,
    formula: "c_i = \\sum_j a_{ij}\\,v_j",
    numbers: [
      `c_{${word(names[query])}} = ${said.join(" + ")}${rest}`,
      `${first.join(" + ")}${rest} = ${tex(sum[0])} \\quad \\text{(its first number${isWhole ? "" : ", so far"})}`,
    ],
    shown: [
      across("a", `the weights of ${names[query]}`, rowAlone(made.weights, query), names, "weights", key),
      { ...matrixOf("V", "values", v, names, key), role: "v" },
      matrixOf("a · v", "values, each times its weight", each, names, key),
      { ...line("c", isWhole ? "their sum" : `their sum, up to ${names[upTo]}`, vectorAsMatrix(sum)), role: "output" },
    ],
    why: "This is what attention is for: a token takes along what it needs from others, wherever they stand.",
  };
}

const MOST_HEADS = 4; // that are shown beside one another

/** @type {Tells} */
export function heads(of) {
  const { model, head, query } = of;
  const names = namesOf(of);
  const { heads: count, d_value } = model.config;
  const layer = layerOf(of);
  const few = Math.min(count, MOST_HEADS);
  const numbers = d_value === 1 ? "number" : "numbers";
  const first = Math.min(Math.max(0, head - 1), count - few); // the chosen one among them
  return {
    sentence: sentenceOf(of, first, few),
    formula: "\\text{head}_h = A_h V_h",
    numbers: [
      count === 1
        ? `${d_value} \\text{ ${numbers} for each token}`
        : `${count} \\text{ heads} \\times ${d_value} \\text{ ${numbers} each} = ${count * d_value} \\text{ for each token}`,
    ],
    shown: Array.from({ length: few }, (_, i) => {
      const made = matrixOf(`head ${first + i}`, "what it hands on", layer.head(first + i).context, names, query);
      return first + i === head ? { ...made, role: /** @type {const} */ ("output") } : made;
    }),
    why: "One head would have to look at everything at once, and blend it. Several can do different jobs in the same step.",
    otherwise: sharingOf(of),
  };
}

/** @type {(of: Of, first: number, few: number) => string} */
function sentenceOf({ model }, first, few) {
  const { heads: count, kv_heads: shared } = model.config;
  if (count === 1) return "This model has a single head in each layer. What it hands on is all that its attention finds.";
  const own =
    shared < count
      ? "Each has queries of its own, so each can look for something else; keys and values are shared by several."
      : "Each has its own queries, keys and values, so each can look for something else.";
  const some = count > few ? ` Shown are heads ${first} to ${first + few - 1}; choose a head to see others.` : "";
  return `All this happens ${count} times side by side, in ${count} heads. ${own}${some}`;
}

/** @type {(of: Of) => string | undefined} */
function sharingOf({ model: { config } }) {
  if (config.heads === 1) return "Most models have several heads in each layer, which look for different things side by side.";
  if (config.kv_heads < config.heads) {
    return "The first transformer gave each head keys and values of its own; sharing them saves memory when long texts are written.";
  }
  return "In many newer models several heads share their keys and values, which saves memory when long texts are written.";
}

/** @type {Tells} */
export function concatenated(of) {
  const { model, query } = of;
  const { heads: count, d_value } = model.config;
  const { concatenated: matrix } = layerOf(of);
  return {
    sentence: "What the heads hand on is laid side by side, head after head, into one row for each token.",
    formula: "C = \\left[\\,\\text{head}_0 \\;|\\; \\text{head}_1 \\;|\\; \\dots\\,\\right]",
    numbers: [`${count} \\times ${d_value} = ${matrix.columns} \\text{ numbers for each token}`],
    shown: [{ ...matrixOf("C", "all heads, side by side", matrix, namesOf(of), query), role: "output" }],
    why: "Nothing is mixed yet: the first numbers are head 0's, the next ones head 1's.",
  };
}

/** @type {Tells} */
export function output(of) {
  const { query, model } = of;
  const names = namesOf(of);
  const [layer, weights] = [layerOf(of), weightsOf(of)];
  const made = /** @type {Matrix} */ (layer.output);
  const matrix = /** @type {Matrix} */ (weights.w_o);
  const { b_o: bias } = weights;
  const sum = products(rowOf(layer.concatenated, query), columnOf(matrix, 0));
  const added = bias ? ` + ${term(bias[0])}` : "";
  const isRandom = model.config.kind === "random";
  const isSingle = model.config.heads === 1;
  const mixes = isSingle ? "mixes the numbers that the head has found" : "mixes what the heads have found";
  return {
    sentence: `One more ${isRandom ? "random" : "learned"} matrix ${mixes}, and gives it the width that the tokens' vectors have.`,
    formula: `O = ${isSingle ? "\\text{head}_0" : "C"}\\,W_O${bias ? " + b_O" : ""}`,
    numbers: [
      `${sum}${added} = ${tex(rowOf(made, query)[0])} \\quad \\text{(first number of }${word(names[query])}\\text{)}`,
    ],
    shown: [
      ...learned(of, "W_O", matrix),
      ...learned(of, "b_O", bias),
      matrixOf("O", "what attention gives each token", made, names, query),
    ],
    why: isSingle
      ? "What the head hands on is written in numbers of its own. W_O says what of it is to go where."
      : "Each head has filled numbers of its own. W_O says what of it is to go where.",
  };
}
