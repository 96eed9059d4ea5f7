// What stands around attention in a block: adding back, bringing to one size, and the feed-forward.

import { sum } from "../../model/matrix.js";
import { rowOf } from "../../model/run.js";
import { counted } from "../../say/words.js";
import { columnOf, learned, matrixOf, ofNorm } from "./matrices.js";
import { normNumbers, NORM } from "./norm.js";
import { layerOf, namesOf, products, terms, tex, term, weightsOf, word } from "./shown.js";
import { called } from "./wording.js";

/** @import { Matrix, Norm } from "../../model/run.js" */
/** @import { Of, Shown, Tells } from "./shown.js" */

const POST = "This model norms the sum itself (post-norm), as the first transformer and BERT do. GPT-2 norms before each part (pre-norm).";
const PRE = "This model norms before each part (pre-norm), as GPT-2 does. The first transformer and BERT norm the sum itself (post-norm).";

/** @type {Tells} */
export function residual(of) {
  const { query, model } = of;
  const names = namesOf(of);
  const layer = layerOf(of);
  const [before, output] = [layer.before, layer.output].map((one) => /** @type {Matrix} */ (one));
  const added = sum(before, output);
  const isPre = model.config.norm === "pre";
  const { norm_1: first, norm_2: second } = weightsOf(of);
  // In pre-norm what comes next is normed, if something comes next in this layer.
  const [norm, normed] = isPre ? [second, layer.feedForwardInput] : [first, layer.attended];
  const isNormed = norm !== null && normed !== null;
  const isLast = !hasFeedForward(of);
  return {
    sentence: `What attention found is added to what the token was before${isNormed ? "; then each row is brought to one size (layer norm)" : ""}. Nothing of the token gets lost.${isLast ? ` ${endOf(of)}` : ""}`,
    formula: isNormed ? `x \\leftarrow x + O, \\qquad ${NORM}` : "x \\leftarrow x + O",
    numbers: [
      sumNumbers(of, before, output, added),
      ...(isNormed ? [normNumbers(rowOf(added, query), rowOf(normed, query)[0], norm)] : []),
    ],
    shown: [
      matrixOf("x", "before", before, names, query),
      matrixOf("O", "what attention gives", output, names, query),
      matrixOf("x + O", "the sum", added, names, query),
      ...normShown(of, "norm(x + O)", isNormed ? [norm, normed] : null),
    ],
    why: "A token should change, not be replaced. Along this straight way training also reaches the first layers; and after a norm, what follows finds numbers of one size.",
    otherwise: isPre ? PRE : POST,
  };
}

// Scale, shift and what the norm makes; nothing where there is none.
/** @type {(of: Of, name: string, normed: [norm: Norm, made: Matrix] | null) => Shown[]} */
function normShown(of, name, normed) {
  if (!normed) return [];
  const [norm, made] = normed;
  return [...ofNorm(of, norm), matrixOf(name, "each row at one size", made, namesOf(of), of.query)];
}

// "0.3 + 0.4 = 0.7", of the first number of the chosen token.
/** @type {(of: Of, a: Matrix, b: Matrix, both: Matrix) => string} */
function sumNumbers(of, a, b, both) {
  const [x, y, z] = [a, b, both].map((one) => rowOf(one, of.query)[0]);
  const name = word(namesOf(of)[of.query]);
  return `${tex(x)} + ${term(y)} = ${tex(z)} \\quad \\text{(first number of }${name}\\text{)}`;
}

// What comes after a layer.
/** @type {(of: Of) => string} */
function endOf({ run, layer }) {
  const isLast = layer + 1 === run.layers.length;
  const last = run.layers.length === 1 ? "This model has no other." : "It was the last one.";
  return `That is one layer. ${isLast ? last : `Layer ${layer + 1} begins with what it gives.`}`;
}

/** @type {Tells} */
export function feedForward(of) {
  const { query, model } = of;
  const names = namesOf(of);
  const layer = layerOf(of);
  const [input, hidden, made] = [layer.feedForwardInput, layer.hidden, layer.feedForward].map(
    (one) => /** @type {Matrix} */ (one),
  );
  const weights = weightsOf(of);
  const [w_1, w_2] = [weights.w_1, weights.w_2].map((one) => /** @type {Matrix} */ (one));
  const [b_1, b_2] = [weights.b_1, weights.b_2].map((one) => /** @type {Float64Array} */ (one));
  const row = rowOf(hidden, query);
  const at = Math.max(0, row.findIndex((value) => value > 0)); // the first that is not cut off
  const above = [...row.keys()].filter((i) => row[i] > 0); // the others add nothing to what comes out
  const active = above.length;
  const into = products(rowOf(input, query), columnOf(w_1, at));
  const out = terms(active, (i) => `${tex(row[above[i]])} \\cdot ${term(columnOf(w_2, 0)[above[i]])}`);
  const title = `${active} of ${counted(row.length, "number")} ${active === 1 ? "is" : "are"} above 0 for ${names[query]}`;
  return {
    sentence: `Now each token by itself, without looking around: its row becomes ${model.config.d_ff} numbers, those below 0 become 0, and the rest is brought back to ${model.config.d_model}.`,
    formula: "F = \\max(0,\\; x W_1 + b_1)\\,W_2 + b_2",
    numbers: [
      `\\max(0,\\; ${into} + ${term(b_1[at])}) = ${tex(row[at])} \\quad \\text{(number ${at} inside)}`,
      `${active ? `${out} + ` : ""}${active ? term(b_2[0]) : tex(b_2[0])} = ${tex(rowOf(made, query)[0])} \\quad \\text{(first number that comes out)}`,
    ],
    shown: [
      matrixOf("x", "what goes in", input, names, query),
      ...learned(of, "W_1", w_1),
      ...learned(of, "b_1", b_1),
      matrixOf("inside", title, hidden, names, query),
      ...learned(of, "W_2", w_2),
      ...learned(of, "b_2", b_2),
      matrixOf("F", "what comes out", made, names, query),
    ],
    why: "Attention only mixes what tokens have. Here each token can work on what it has got: two matrices with a bend between them can do what no single matrix can.",
    otherwise: "BERT and GPT round the corner off a little (GELU) instead of cutting at 0.",
  };
}

/** @type {Tells} */
export function secondResidual(of) {
  const { query, model } = of;
  const names = namesOf(of);
  const layer = layerOf(of);
  const [attended, made, after] = [layer.attended, layer.feedForward, layer.after].map(
    (one) => /** @type {Matrix} */ (one),
  );
  const added = sum(attended, made);
  const isPost = model.config.norm === "post";
  const { norm_2: norm } = weightsOf(of);
  const isNormed = isPost && norm !== null;
  const what = { ...matrixOf("x + F", isNormed ? "the sum" : "what the layer gives", added, names, query) };
  return {
    sentence: `Again the result is added to what was there${isNormed ? ", and brought to one size" : ""}. ${endOf(of)}`,
    formula: isNormed ? `x \\leftarrow \\mathrm{norm}(x + F), \\qquad ${NORM}` : "x \\leftarrow x + F",
    numbers: [
      sumNumbers(of, attended, made, added),
      ...(isNormed ? [normNumbers(rowOf(added, query), rowOf(after, query)[0], norm)] : []),
    ],
    shown: [
      matrixOf("x", "after attention", attended, names, query),
      matrixOf("F", "from the feed-forward", made, names, query),
      isNormed ? what : { ...what, role: "output" },
      ...normShown(of, "norm(x + F)", isNormed ? [norm, after] : null),
    ],
    why: `As before: what ${called(of.row, query)} was stays, and something is added.`,
    otherwise: isPost ? undefined : "In pre-norm the next layer brings its rows to one size itself, before it makes Q, K and V.",
  };
}

/** @type {Tells} */
export function layers(of) {
  const { query, run, model } = of;
  const names = namesOf(of);
  const [count, each] = [run.layers.length, model.config.heads];
  return {
    sentence: `The same steps again, with other matrices, in each of the ${count} layers. What one layer has gathered, the next can look for.`,
    formula: "x^{(l+1)} = \\text{layer}_l\\,(x^{(l)})",
    numbers: [
      `${count} \\text{ layers} \\times ${each} \\text{ ${each === 1 ? "head" : "heads"}} = ${count * each} \\text{ ways to look}`,
    ],
    shown: run.layers.map(({ after }, i) =>
      matrixOf(`layer ${i}`, "what it gives", /** @type {Matrix} */ (after), names, query),
    ),
    why: "A token that has learned in layer 0 what stands before it can be found for that in layer 1. No single layer can do both.",
  };
}

/** @type {(of: Of) => boolean} */
export function hasBlock(of) {
  return layerOf(of).attended !== null && layerOf(of).before !== null;
}

/** @type {(of: Of) => boolean} */
export function hasFeedForward(of) {
  return hasBlock(of) && layerOf(of).feedForward !== null;
}
