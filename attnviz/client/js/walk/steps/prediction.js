// The end of the walk: which word?

import { rowOf } from "../../model/run.js";
import { learned, matrixOf, ofNorm, overWords, table } from "./matrices.js";
import { normNumbers, NORM } from "./norm.js";
import { namesOf, products, tex, term, word } from "./shown.js";
import { called } from "./wording.js";

/** @import { Matrix } from "../../model/run.js" */
/** @import { Of, Tells, Told } from "./shown.js" */

const MOST_WORDS = 8;

/** @type {Tells} */
export function probabilities(of) {
  const { query, run, model } = of;
  const names = namesOf(of);
  const final = /** @type {Matrix} */ (run.final);
  const logits = rowOf(/** @type {Matrix} */ (run.logits), query);
  const shares = /** @type {Float64Array} */ (run.probabilities(query));
  const last = /** @type {Matrix} */ (run.layers[run.layers.length - 1].after);
  const vectors = /** @type {Matrix} */ (model.unembedding);
  const letter = model.config.tied ? "E" : "U";
  const best = ranked(shares, 1)[0];
  const name = word(model.words[best]);
  const isNext = model.config.predicts === "next";
  // Of large numbers the largest is taken away first, which changes no share.
  const most = Math.max(...logits);
  const total = logits.reduce((all, value) => all + Math.exp(value - most), 0);
  const bias = model.bias ? ` + ${term(model.bias[best])}` : "";
  
  return {
    sentence: `The last vector of ${called(of.row, query)} meets the vector of every word that the model knows, as a query meets keys. Softmax makes shares of the products: how probable each word is ${isNext ? "as the next one" : "at this place"}.`,
    formula: formulaOf(of, letter),
    numbers: [
      ...(model.norm ? [normNumbers(rowOf(last, query), rowOf(final, query)[0], model.norm)] : []),
      `z_{${name}} = ${products(rowOf(final, query), rowOf(vectors, best))}${bias} = ${tex(logits[best])}`,
      `p_{${name}} = \\frac{e^{${tex(logits[best])} - ${term(most)}}}{\\sum} = ` +
        `\\frac{${tex(Math.exp(logits[best] - most))}}{${tex(total)}} = ${tex(shares[best])}`,
    ],
    shown: [
      matrixOf("x", "what the last layer gives", last, names, query),
      ...(model.norm ? [...ofNorm(of, model.norm), matrixOf("norm(x)", "each row at one size", final, names, query)] : []),
      { ...table(letter, "a row for each word of the list", vectors, model.words, best), from: "training" },
      ...learned(of, "b", model.bias).map((shown) => ({ ...shown, columns: model.words })),
      overWords("z", `the products of ${names[query]}, one for each word`, logits, model.words, best),
      { ...overWords("p", "the shares", shares, model.words, best), scale: "weights" },
    ],
    bars: barsOf(of, shares, isNext),
    why: `The model has learned one thing: to say which word ${isNext ? "comes next" : "is hidden"}. All its matrices were moved, a little at a time, until it did.`,
    otherwise: model.config.tied
      ? "This model compares with the same vectors that it began with, the rows of E, as BERT and GPT-2 do. Others learn a second table."
      : "This model has a second table of vectors, U, for its answers. BERT and GPT-2 take the rows of E once more.",
  };
}

/** @type {(of: Of, letter: string) => string} */
function formulaOf({ model }, letter) {
  const x = model.norm ? "\\mathrm{norm}(x)" : "x";
  const formula = `z = ${x}\\,${letter}^{\\top}${model.bias ? " + b" : ""}, \\qquad p = \\mathrm{softmax}(z)`;
  return model.norm ? `\\begin{gathered} ${NORM} \\\\ ${formula} \\end{gathered}` : formula;
}

/** @type {(of: Of, shares: Float64Array, isNext: boolean) => Told["bars"]} */
function barsOf(of, shares, isNext) {
  const { query, row, model } = of;
  const { special, mask } = row.tokens[query];
  const name = called(row, query);
  const listed = (/** @type {Float64Array} */ all) =>
    ranked(all, MOST_WORDS).map((id) => /** @type {[string, number]} */ ([model.words[id], all[id]]));
  if (isNext) return [{ title: `What comes after ${name}?`, words: listed(shares) }];
  if (mask) return [{ title: "Which word is hidden?", words: listed(shares) }];
  const hidden = special ? null : of.hidden(query);
  return [
    { title: `At ${name}, which it can see`, words: listed(shares) },
    ...(hidden ? [{ title: `The same place, with ${name} hidden`, words: listed(hidden) }] : []),
  ];
}

// The ids of the largest, the first of equals first.
/** @type {(shares: Float64Array, most: number) => number[]} */
export function ranked(shares, most) {
  return [...shares.keys()].sort((a, b) => shares[b] - shares[a] || a - b).slice(0, most);
}
