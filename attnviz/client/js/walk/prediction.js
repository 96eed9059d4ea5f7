// The end of the walk: which word?

import { rowOf } from "../model/run.js";
import { normNumbers } from "./block.js";
import { matrixOf } from "./projections.js";
import { namesOf, products, tex, term, word } from "./shown.js";

/** @import { Matrix } from "../model/run.js" */
/** @import { Of, Tells } from "./shown.js" */

const MOST_WORDS = 8;

/** @type {Tells} */
export function probabilities(of) {
  const { query, run, model } = of;
  const names = namesOf(of);
  const final = /** @type {Matrix} */ (run.final);
  const logits = rowOf(/** @type {Matrix} */ (run.logits), query);
  const shares = /** @type {Float64Array} */ (run.probabilities(query));
  const table = model.unembedding ?? model.embedding;
  const best = ranked(shares, 1)[0];
  const isNext = model.config.predicts === "next";
  const numbers = [];
  const last = run.layers[run.layers.length - 1].after;
  if (model.norm && last) numbers.push(normNumbers(rowOf(last, query), rowOf(final, query)[0], model.norm));
  if (table) {
    const bias = model.bias ? ` + ${term(model.bias[best])}` : "";
    const sum = products(rowOf(final, query), rowOf(table, best));
    numbers.push(`z_{${word(model.words[best])}} = ${sum}${bias} = ${tex(logits[best])}`);
  }
  // As with weights: of large numbers the largest is taken away first, which changes no share.
  const most = Math.max(...logits);
  const total = logits.reduce((all, value) => all + Math.exp(value - most), 0);
  numbers.push(
    `p_{${word(model.words[best])}} = \\frac{e^{${tex(logits[best])} - ${term(most)}}}{\\sum} = ` +
      `\\frac{${tex(Math.exp(logits[best] - most))}}{${tex(total)}} = ${tex(shares[best])}`,
  );
  return {
    sentence: isNext
      ? `The last vector of “${names[query]}” is compared with every word that the model knows. Softmax makes shares of it: how probable each word is as the next one.`
      : `The last vector of “${names[query]}” is compared with every word that the model knows. Softmax makes shares of it: how probable each word is at this place.`,
    formula: `z = \\mathrm{norm}(x)\\,${model.config.tied ? "E" : "U"}^{\\top} + b, \\qquad p = \\mathrm{softmax}(z)`,
    numbers,
    shown: [matrixOf("x", model.norm ? "the last vectors, at one size" : "the last vectors", final, names, query)],
    bars: barsOf(of, shares, isNext),
    why: isNext
      ? "The model has learned one thing: to say which word comes next. All that stands above was moved, a little at a time, until it did."
      : "The model has learned one thing: to say which word is hidden. All that stands above was moved, a little at a time, until it did.",
  };
}

/** @type {(of: Of, shares: Float64Array, isNext: boolean) => import("./shown.js").Told["bars"]} */
function barsOf(of, shares, isNext) {
  const { query, row, model } = of;
  const { label, special, mask } = row.tokens[query];
  const listed = (/** @type {Float64Array} */ all) =>
    ranked(all, MOST_WORDS).map((id) => /** @type {[string, number]} */ ([model.words[id], all[id]]));
  if (isNext) return [{ title: `What comes after “${label}”?`, words: listed(shares) }];
  if (mask) return [{ title: "Which word is hidden?", words: listed(shares) }];
  const hidden = special ? null : of.hidden(query);
  return [
    { title: `At “${label}”, which it can see`, words: listed(shares) },
    ...(hidden ? [{ title: `The same place, with “${label}” hidden`, words: listed(hidden) }] : []),
  ];
}

// The ids of the largest, the first of equals first.
/** @type {(shares: Float64Array, most: number) => number[]} */
export function ranked(shares, most) {
  return [...shares.keys()].sort((a, b) => shares[b] - shares[a] || a - b).slice(0, most);
}
