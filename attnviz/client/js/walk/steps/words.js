// The first steps: from letters to rows of numbers.

import { isCausal } from "../../model/changes.js";
import { rowOf } from "../../model/run.js";
import { whole } from "../../say/words.js";
import { across, mapped, matrixOf, table } from "./matrices.js";
import { namesOf, tex, term, vector, word } from "./shown.js";
import { windowOf } from "./window.js";
import { listed } from "./wording.js";

/** @import { Matrix } from "../../model/run.js" */
/** @import { Of, Tells, Told } from "./shown.js" */

/** @type {Tells} */
export function words(of) {
  const { tokens } = of.row;
  const marks = [...new Set(tokens.filter(({ special }) => special).map(({ label }) => `“${label}”`))];
  const added = marks.length === 1 ? `${marks[0]} is a mark` : `${listed(marks)} are marks`;
  const said = marks.length ? ` ${added} that the model adds by itself.` : "";
  return {
    sentence: `The text is cut into tokens: words, pieces of words, and signs. From here on the model sees no letters, only which token stands where.${said}`,
    formula: "\\text{text} \\;\\to\\; (t_0,\\, t_1,\\, \\dots,\\, t_{n-1})",
    numbers: [
      `n = ${tokens.length} \\text{ ${tokens.length === 1 ? "token" : "tokens"}}, \\quad t_{${of.query}} = ${word(namesOf(of)[of.query])}`,
    ],
    shown: [],
    places: windowOf(tokens.length, of.query, of.key),
    why: "A network computes with numbers. It has to know first what the pieces are that get numbers.",
    otherwise: cutting(of),
  };
}

/** @type {(of: Of) => string} */
function cutting({ row, model }) {
  const unknown = row.tokens.filter((token) => token.unknown).length;
  if (unknown) {
    const which = unknown === 1 ? "One token is" : `${unknown} tokens are`;
    return `${which} not in the list of words that this model knows: it reads [UNK] there, “unknown”.`;
  }
  if (model.config.kind === "pretrained" && !model.words.length) {
    return "This model cuts a word that is not in its list into pieces that are, so that hardly any word is unknown to it.";
  }
  if (model.config.kind === "random") return "This model takes each word whole, whatever word it is.";
  return "Larger models cut rare words into pieces, so that hardly any word is unknown to them.";
}

/** @type {Tells} */
export function ids(of) {
  const { run, query, model } = of;
  const names = namesOf(of);
  const matrix = { rows: 1, columns: run.ids.length, values: Float64Array.from(run.ids) };
  const list = model.words.length ? ` of ${whole(model.words.length)} words` : " of words";
  const isDrawn = model.config.kind === "random";
  return {
    sentence: isDrawn
      ? "Each token gets a number, its id. This model has no list of words: it makes the number of the letters, so that the same word always gets the same one."
      : `Each token has a number in the model's list${list}: its id. An id is an address, and says nothing about what the word means.`,
    formula: "i \\;\\mapsto\\; \\mathrm{id}(t_i)",
    numbers: [`\\mathrm{id}(${word(names[query])}) = ${run.ids[query]}`],
    shown: [across("id", "the ids", matrix, names, "plain", query)],
    why: isDrawn ? "From this number the word's vector is drawn." : "At this address the model looks up the word's vector.",
  };
}

/** @type {Tells} */
export function embeddings(of) {
  const { run, query, model } = of;
  const embedded = /** @type {Matrix} */ (run.embedded);
  const names = namesOf(of);
  const isDrawn = model.config.kind === "random";
  const from = isDrawn ? "drawn by the seed and the id" : "rows of E, at the ids";
  const row = isDrawn ? "" : `E_{${run.ids[query]}} = `;
  return {
    sentence: isDrawn
      ? "Each word gets a row of numbers, its vector. Here they are drawn at random: the same word always gets the same ones."
      : "At the address lies the word's vector, a row of numbers in a table. Nobody wrote them: training has moved them until predictions became good.",
    formula: isDrawn ? "x_i = \\mathrm{drawn}(\\text{seed},\\, \\mathrm{id}(t_i))" : "x_i = E_{\\mathrm{id}(t_i)}",
    numbers: [`x_{${word(names[query])}} = ${row}${vector(rowOf(embedded, query))}`],
    shown: [
      ...(model.embedding
        ? [{ ...table("E", "a row for each word of the list", model.embedding, model.words, run.ids[query]), from: "training" }]
        : []),
      { ...matrixOf("X", "the tokens' vectors", embedded, names, query), from },
    ],
    why: "One number could only say that a word is more than another. Many numbers can say many things at once: that it is an animal, that it is only one, that it is alive.",
  };
}

const ORDER =
  "Attention does not mind the order of its rows. Without places, “the cat saw the dog” and “the dog saw the cat” are the same to it.";

/** @type {Tells} */
export function positions(of) {
  const { model, run } = of;
  const { positions: kind } = model.config;
  if (run.changes.places === false || kind === "none") return unplaced(of);
  return kind === "rotary" ? turning(of) : adding(of);
}

// Nothing says where a token stands, but a mask may.
/** @type {(of: Of) => Told} */
function unplaced(of) {
  const placed = /** @type {Matrix} */ (of.run.placed);
  return {
    sentence: isCausal(of.model.config, of.run.changes)
      ? "Nothing is added to say where a token stands. Only the mask, further on, tells a little: each token sees what came before it, and nothing else."
      : "Nothing says where a token stands, and nothing will: this run does without places. The same words in another order give the same vectors in that other order.",
    formula: "x_i \\leftarrow x_i",
    numbers: [],
    shown: [matrixOf("X", "unchanged", placed, namesOf(of), of.query)],
    why: ORDER,
    otherwise: "The first transformer added a vector of sines and cosines here; BERT and GPT-2 add learned ones.",
  };
}

// Rotary positions: the angles by which queries and keys will be turned.
/** @type {(of: Of) => Told} */
function turning(of) {
  const { model, run, query } = of;
  const { d_head: d, rotary_base: base } = model.config;
  const names = namesOf(of);
  const angles = { rows: names.length, columns: d / 2, values: new Float64Array((names.length * d) / 2) };
  const theta = mapped(angles, (_, i) => Math.floor(i / angles.columns) * base ** ((-2 * (i % angles.columns)) / d));
  return {
    sentence:
      "So far nothing says where a token stands. This model adds nothing here: it will turn queries and keys, two numbers at a time, by angles that grow with the place.",
    formula: "\\theta_{im} = i \\cdot b^{-2m/d_{head}}",
    numbers: [`i = ${query},\\; b = ${base},\\; d_{head} = ${d}: \\quad \\theta_i = ${vector(rowOf(theta, query))}`],
    shown: [
      matrixOf("X", "unchanged", /** @type {Matrix} */ (run.placed), names, query),
      matrixOf("θ", "the angles of each place, in radians", theta, names, query),
    ],
    why: ORDER,
    otherwise: "The first transformer added a vector of sines and cosines here; BERT and GPT-2 add learned ones.",
  };
}

// Sinusoidal or learned positions: a vector for each place.
/** @type {(of: Of) => Told} */
function adding(of) {
  const { model, run, query } = of;
  const names = namesOf(of);
  const [embedded, placed] = [run.embedded, run.placed].map((one) => /** @type {Matrix} */ (one));
  const added = mapped(placed, (value, i) => value - embedded.values[i]);
  const [x, p, y] = [embedded, added, placed].map((one) => rowOf(one, query)[0]);
  const isSine = model.config.positions === "sinusoidal";
  const wave = "10000^{2m/d_{model}}";
  return {
    sentence: isSine
      ? "A vector of sines and cosines is added to each row, another one for each place."
      : "A learned vector is added to each row, another one for each place.",
    formula: isSine
      ? `x_i \\leftarrow x_i + p_i, \\qquad p_{i,2m} = \\sin\\frac{i}{${wave}}, \\quad p_{i,2m+1} = \\cos\\frac{i}{${wave}}`
      : "x_i \\leftarrow x_i + p_i",
    numbers: [
      ...(isSine ? [`p_{${query},0} = \\sin ${query} = ${tex(p)}`] : []),
      `${tex(x)} + ${term(p)} = ${tex(y)} \\quad \\text{(first number of }${word(names[query])}\\text{)}`,
    ],
    shown: [
      { ...matrixOf("P", "what is added", added, names, query), ...(isSine ? {} : { from: "training" }) },
      matrixOf("X", "with places", placed, names, query),
    ],
    why: ORDER,
    otherwise: "Most newer models add nothing here, and turn queries and keys by the place instead.",
  };
}
