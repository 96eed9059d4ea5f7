// From the words' vectors to queries, keys and values.

import { rowOf } from "../../model/run.js";
import { columnsOf } from "../../model/matrix.js";
import { normNumbers, NORM } from "./norm.js";
import { columnOf, learned, matrixOf, ofNorm } from "./matrices.js";
import { headOf, layerOf, namesOf, products, tex, term, vector, weightsOf, word } from "./shown.js";

/** @import { LayerWeights, Norm } from "../../model/run.js" */
/** @import { Of, Shown, Tells } from "./shown.js" */

/** @typedef {"q" | "k" | "v"} Letter */

const MADE = /** @type {const} */ ({
  q: "queries: what each token looks for",
  k: "keys: what each token is found by",
  v: "values: what each token hands on",
});

/** @type {Tells} */
export function projections(of) {
  const made = headOf(of);
  const weights = weightsOf(of);
  const names = namesOf(of);
  const isTurned = made.projectedQ !== made.q;
  const isKnown = layerOf(of).input !== null && weights.w_q !== null;
  const before = /** @type {const} */ ({ q: made.projectedQ, k: made.projectedK, v: made.v });
  const normed = normOf(of);
  const formula = isKnown ? formulaOf(weights, isTurned) : "X \\;\\to\\; Q,\\; K,\\; V";
  /** @type {(letter: Letter) => Shown[]} */
  const vectors = (letter) => {
    const row = letter === "q" ? of.query : undefined;
    const name = letter.toUpperCase();
    const isTurnedToo = isTurned && letter !== "v";
    return [
      ...(isTurnedToo ? [matrixOf(`X·W_${name}`, "not turned yet", before[letter], names, row)] : []),
      matrixOf(name, MADE[letter], made[letter], names, row),
    ].map((shown) => ({ ...shown, role: letter }));
  };
  const letters = /** @type {Letter[]} */ (["q", "k", "v"]);
  return {
    sentence: sentenceOf(of, isKnown),
    formula: normed ? `\\begin{gathered} X = ${NORM} \\\\ ${formula} \\end{gathered}` : formula,
    numbers: isKnown
      ? numbersOf(of, isTurned, normed)
      : [`q_{${word(names[of.query])}} = ${vector(rowOf(made.q, of.query))}`],
    shown: [...inputShown(of, normed), ...letters.flatMap((one) => weightShown(of, one)), ...letters.flatMap(vectors)],
    why: "Looking and being looked at are two things. A verb looks for a noun; it need not be like one.",
    otherwise: otherwiseOf(of, isTurned, isKnown),
  };
}

/** @type {(of: Of, isKnown: boolean) => string} */
function sentenceOf({ model, layer, head }, isKnown) {
  const { kind, heads, kv_heads: shared } = model.config;
  const matrices = kind === "random" ? "matrices that are drawn at random" : "learned matrices";
  const made = isKnown
    ? `Three products with ${matrices} make three vectors of each token`
    : "Three vectors are made of each token";
  const own =
    heads === 1
      ? "the only head"
      : shared < heads
        ? "every head has a W_Q of its own, while several share W_K and W_V"
        : "every head has matrices of its own";
  const why = isKnown || !model.config.unknown ? "" : ` ${model.config.unknown}`;
  return `${made}: a query, a key and a value. This is head ${head} of layer ${layer}; ${own}.${why}`;
}

/** @type {(weights: LayerWeights, isTurned: boolean) => string} */
function formulaOf({ b_q, b_k, b_v }, isTurned) {
  /** @type {(letter: string, i: string, bias: Float64Array | null) => string} */
  const product = (letter, i, bias) => `X_${i} W_${letter}${bias ? ` + b_${letter}` : ""}`;
  /** @type {(made: string, i: string) => string} */
  const turned = (made, i) => (isTurned ? `R_${i}\\,(${made})` : made);
  const [q, k, v] = [product("Q", "i", b_q), product("K", "j", b_k), product("V", "j", b_v)];
  return `q_i = ${turned(q, "i")} \\qquad k_j = ${turned(k, "j")} \\qquad v_j = ${v}`;
}

// Scale and shift of the norm before attention; null where there is none.
/** @type {(of: Of) => Norm | null} */
function normOf(of) {
  return of.model.config.norm === "pre" && layerOf(of).before ? weightsOf(of).norm_1 : null;
}

/** @type {(of: Of, isTurned: boolean, normed: Norm | null) => string[]} */
function numbersOf(of, isTurned, normed) {
  const { query, head, model } = of;
  const { d_head: d } = model.config;
  const [made, weights, layer] = [headOf(of), weightsOf(of), layerOf(of)];
  const input = rowOf(/** @type {import("../../model/run.js").Matrix} */ (layer.input), query);
  const column = columnOf(/** @type {import("../../model/run.js").Matrix} */ (weights.w_q), head * d);
  const bias = weights.b_q ? ` + ${term(weights.b_q[head * d])}` : "";
  const [before, after] = [rowOf(made.projectedQ, query), rowOf(made.q, query)];
  const first = `${products(input, column)}${bias} = ${tex(before[0])}`;
  const what = isTurned ? "first number of the query, not turned yet" : "first number of the query";
  const lines = [`${first} \\quad \\text{(${what})}`];
  if (normed && layer.before) lines.unshift(normNumbers(rowOf(layer.before, query), input[0], normed));
  if (isTurned) {
    const [x, y] = [term(before[0]), term(before[d / 2])]; // a pair, and the first angle is the place itself
    lines.push(`${x} \\cdot \\cos ${query} - ${y} \\cdot \\sin ${query} = ${tex(after[0])} \\quad \\text{(turned)}`);
  }
  return [...lines, `q_{${word(namesOf(of)[query])}} = ${vector(after)}`];
}

/** @type {(of: Of, normed: Norm | null) => Shown[]} */
function inputShown(of, normed) {
  const { query, layer } = of;
  const { input, before } = layerOf(of);
  const names = namesOf(of);
  const from = layer ? `layer ${layer - 1}` : "the tokens' vectors";
  const given = `what layer ${layer} is given`;
  if (!input) return [];
  if (!normed || !before) return [{ ...matrixOf("X", given, input, names, query), from }];
  return [
    { ...matrixOf("x", given, before, names, query), from },
    ...ofNorm(of, normed),
    matrixOf("X", "norm(x): each row at one size", input, names, query),
  ];
}

// A head's columns of W_Q, W_K or W_V, and of its bias.
/** @type {(of: Of, letter: Letter) => Shown[]} */
function weightShown(of, letter) {
  const weights = weightsOf(of);
  const [matrix, bias] = [weights[`w_${letter}`], weights[`b_${letter}`]];
  if (!matrix || !layerOf(of).input) return [];
  const { d_head, d_value, heads, kv_heads } = of.model.config;
  const size = letter === "v" ? d_value : d_head;
  const head = letter === "q" ? of.head : Math.floor(of.head / (heads / kv_heads)); // which may be shared
  const name = letter.toUpperCase();
  return [
    ...learned(of, `W_${name}`, columnsOf(matrix, head * size, size)),
    ...learned(of, `b_${name}`, bias && bias.slice(head * size, (head + 1) * size)),
  ].map((shown) => ({ ...shown, role: letter }));
}

/** @type {(of: Of, isTurned: boolean, isKnown: boolean) => string} */
function otherwiseOf(of, isTurned, isKnown) {
  if (!isKnown) return "The first transformer and BERT make them by three products: X·W_Q, X·W_K and X·W_V.";
  if (isTurned) {
    return "R turns pairs of numbers by the angles of the token's place (RoPE). Models that add places to X leave it out.";
  }
  if (weightsOf(of).b_q) {
    return "This model adds a bias b to each product, as BERT and GPT-2 do; the small models that are trained here have none.";
  }
  return "Most newer models turn queries and keys by the token's place here (RoPE).";
}
