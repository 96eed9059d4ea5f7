// What stands around attention in a block: adding back, bringing to one size, and the feed-forward.

import { rowOf } from "../model/run.js";
import { matrixOf } from "./projections.js";
import { columnOf, layerOf, namesOf, products, tex, term, weightsOf, word } from "./shown.js";

/** @import { Matrix } from "../model/run.js" */
/** @import { Of, Tells } from "./shown.js" */

export const EPSILON = 1e-5; // in layer norm, so that nothing is divided by zero

/** @type {Tells} */
export function residual(of) {
  const { query, model } = of;
  const names = namesOf(of);
  const layer = layerOf(of);
  const [before, output, attended] = [layer.before, layer.output, layer.attended].map(
    (one) => /** @type {Matrix} */ (one),
  );
  const isPre = model.config.norm === "pre";
  const sum = { ...before, values: before.values.map((value, i) => value + output.values[i]) };
  const normed = isPre ? layer.feedForwardInput : attended;
  const [x, o, y] = [before, output, sum].map((one) => rowOf(one, query));
  const { norm_1: first, norm_2: second } = weightsOf(of);
  const norm = isPre ? second : first;
  const hasNorm = normed && norm && (model.config.d_ff ?? 0) > 0;
  return {
    sentence: `What attention found is added to what the word was before${hasNorm ? "; then each row is brought to one size (layer norm)" : ""}. Nothing of the word gets lost.`,
    formula: hasNorm ? `x \\leftarrow x + O, \\qquad ${NORM}` : "x \\leftarrow x + O",
    numbers: [
      `${tex(x[0])} + ${term(o[0])} = ${tex(y[0])} \\quad \\text{(first number of }${word(names[query])}\\text{)}`,
      ...(hasNorm ? [normNumbers(y, rowOf(normed, query)[0], norm)] : []),
    ],
    shown: [
      matrixOf("x", "before", before, names, query),
      matrixOf("O", "what attention gives", output, names, query),
      matrixOf("x + O", "the sum", sum, names, query),
      ...(hasNorm ? [matrixOf("norm", "each row at one size", normed, names, query)] : []),
    ],
    why: "A word should change, not be replaced. Along this straight way training also reaches the first layers; and after a norm, what follows finds numbers of one size.",
    otherwise: isPre
      ? "This model norms before each part (pre-norm), as GPT does. The first transformer and BERT norm the sum itself (post-norm)."
      : "This model norms the sum itself (post-norm), as the first transformer and BERT do. GPT norms before each part (pre-norm).",
  };
}

const NORM =
  "\\mathrm{norm}(x) = \\frac{x - \\mathrm{mean}(x)}{\\sqrt{\\mathrm{var}(x) + \\varepsilon}} \\cdot \\gamma + \\beta";

/** @type {(row: Float64Array, result: number, norm: [scale: Float64Array, shift: Float64Array]) => string} */
export function normNumbers(row, result, [scale, shift]) {
  const mean = row.reduce((all, value) => all + value, 0) / row.length;
  const variance = row.reduce((all, value) => all + (value - mean) ** 2, 0) / row.length;
  const top = `${tex(row[0])} - ${term(mean)}`;
  return `\\frac{${top}}{\\sqrt{${tex(variance)} + 10^{-5}}} \\cdot ${term(scale[0])} + ${term(shift[0])} = ${tex(result)}`;
}

/** @type {Tells} */
export function feedForward(of) {
  const { query, model } = of;
  const names = namesOf(of);
  const layer = layerOf(of);
  const [input, hidden, made] = [layer.feedForwardInput, layer.hidden, layer.feedForward].map(
    (one) => /** @type {Matrix} */ (one),
  );
  const { w_1, b_1, w_2, b_2 } = weightsOf(of);
  const row = rowOf(hidden, query);
  const at = Math.max(
    0,
    row.findIndex((value) => value > 0),
  );
  const numbers = [];
  if (w_1 && b_1) {
    const terms = products(rowOf(input, query), columnOf(w_1, at));
    numbers.push(`\\max(0,\\; ${terms} + ${term(b_1[at])}) = ${tex(row[at])} \\quad \\text{(number ${at} inside)}`);
  }
  if (w_2 && b_2) {
    const terms = products(row, columnOf(w_2, 0));
    numbers.push(
      `${terms} + ${term(b_2[0])} = ${tex(rowOf(made, query)[0])} \\quad \\text{(first number that comes out)}`,
    );
  }
  const active = row.filter((value) => value > 0).length;
  return {
    sentence: `Now each word by itself, without looking around: its row is widened to ${model.config.d_ff} numbers, the negative ones become 0, and the rest is brought back to ${model.config.d_model}.`,
    formula: "F = \\max(0,\\; x W_1 + b_1)\\,W_2 + b_2",
    numbers,
    shown: [
      matrixOf("x", "what goes in", input, names, query),
      ...(w_1 ? [{ ...matrixOf("W_1", "learned", w_1, [], undefined), rows: null, from: "training" }] : []),
      matrixOf("inside", `${active} of ${row.length} are above 0 for ${names[query]}`, hidden, names, query),
      ...(w_2 ? [{ ...matrixOf("W_2", "learned", w_2, [], undefined), rows: null, from: "training" }] : []),
      matrixOf("F", "what comes out", made, names, query),
    ],
    why: "Attention only mixes what words have. Here each word can think about what it has got: two matrices with a bend between them can do what no single matrix can.",
    otherwise: "BERT and GPT round the corner off a little (GELU) instead of cutting at 0.",
  };
}

/** @type {Tells} */
export function secondResidual(of) {
  const { query, model, layer: index, run } = of;
  const names = namesOf(of);
  const layer = layerOf(of);
  const [attended, made, after] = [layer.attended, layer.feedForward, layer.after].map(
    (one) => /** @type {Matrix} */ (one),
  );
  const sum = { ...attended, values: attended.values.map((value, i) => value + made.values[i]) };
  const isPost = model.config.norm === "post";
  const [x, f, y] = [attended, made, sum].map((one) => rowOf(one, query));
  const { norm_2: norm } = weightsOf(of);
  const next = index + 1 < run.layers.length ? `Layer ${index + 1} begins with it.` : "It was the last layer.";
  return {
    sentence: `Again the result is added to what was there${isPost ? ", and brought to one size" : ""}. That is one layer. ${next}`,
    formula: isPost ? `x \\leftarrow \\mathrm{norm}(x + F)` : "x \\leftarrow x + F",
    numbers: [
      `${tex(x[0])} + ${term(f[0])} = ${tex(y[0])} \\quad \\text{(first number of }${word(names[query])}\\text{)}`,
      ...(isPost && norm ? [normNumbers(y, rowOf(after, query)[0], norm)] : []),
    ],
    shown: [
      matrixOf("x", "after attention", attended, names, query),
      matrixOf("F", "from the feed-forward", made, names, query),
      { ...matrixOf(isPost ? "norm(x + F)" : "x + F", "what the layer gives", after, names, query), role: "output" },
    ],
    why: "As before: what a word was stays, and something is added.",
    otherwise: isPost
      ? undefined
      : "In pre-norm the next layer brings its rows to one size itself, before it makes Q, K and V.",
  };
}

/** @type {Tells} */
export function layers(of) {
  const { query, run, model } = of;
  const names = namesOf(of);
  const count = run.layers.length;
  const shown = run.layers.map((layer, i) =>
    matrixOf(`layer ${i}`, "what it gives", /** @type {Matrix} */ (layer.after), names, query),
  );
  return {
    sentence:
      count === 1
        ? "This model has one layer: nothing follows."
        : `The same steps again, with other matrices, in each of the ${count} layers. What one layer has gathered, the next can look for.`,
    formula: "x^{(l+1)} = \\text{layer}_l\\,(x^{(l)})",
    numbers: [
      `${count} \\text{ layers} \\times ${model.config.heads} \\text{ heads} = ${count * model.config.heads} \\text{ ways to look}`,
    ],
    shown,
    why: "A word that has learned in layer 0 what stands before it can be found for that in layer 1. No single layer can do both.",
  };
}

/** @type {(of: Of) => boolean} */
export function hasBlock(of) {
  return layerOf(of).attended !== null && layerOf(of).before !== null;
}
