// The first steps: from letters to rows of numbers.

import { rowOf } from "../model/run.js";
import { matrixOf } from "./projections.js";
import { mapped, namesOf, tex, vector, word } from "./shown.js";

/** @import { Tells } from "./shown.js" */

/** @type {Tells} */
export function words(of) {
  const names = namesOf(of);
  const unknown = of.row.tokens.filter((token) => token.unknown).length;
  return {
    sentence:
      "The text is cut into tokens: words, pieces of words, and signs. From here on the model sees no letters, only which token stands where.",
    formula: "\\text{text} \\;\\to\\; (t_0,\\, t_1,\\, \\dots,\\, t_{n-1})",
    numbers: [`n = ${names.length} \\text{ tokens}, \\quad t_{${of.query}} = ${word(names[of.query])}`],
    shown: [],
    why: "A network computes with numbers. It has to know first what the pieces are that get numbers.",
    otherwise: unknown
      ? `${unknown === 1 ? "One word is" : `${unknown} words are`} not among the words that this model knows: it reads [UNK] there.`
      : "Larger models cut rare words into pieces, so that no word is unknown to them.",
  };
}

/** @type {Tells} */
export function ids(of) {
  const { run, query, model } = of;
  const names = namesOf(of);
  const matrix = { rows: 1, columns: run.ids.length, values: Float64Array.from(run.ids) };
  const among = model.words.length ? `, one of ${model.words.length.toLocaleString("en")}` : "";
  return {
    sentence: `Each token has a number in the model's list of words: its id. An id is an address${among}, and says nothing about the word.`,
    formula: "i \\;\\mapsto\\; \\mathrm{id}(t_i)",
    numbers: [`\\mathrm{id}(${word(names[query])}) = ${run.ids[query]}`],
    shown: [
      { name: "id", title: "the ids", matrix, rows: null, columns: names, scale: "plain", at: { column: query } },
    ],
    why: "The next step looks something up at this address.",
  };
}

/** @type {Tells} */
export function embeddings(of) {
  const { run, query } = of;
  const embedded = /** @type {import("../model/run.js").Matrix} */ (run.embedded);
  const names = namesOf(of);
  const isDrawn = of.model.config.kind === "random";
  return {
    sentence: isDrawn
      ? "Each word gets a row of numbers, its vector. Here they are drawn at random: the same word always gets the same ones."
      : "At the address lies the word's vector, a row of numbers. Nobody wrote them: training has moved them until predictions became good.",
    formula: "x_i = E_{\\mathrm{id}(t_i)}",
    numbers: [`x_{${word(names[query])}} = E_{${run.ids[query]}} = ${vector(rowOf(embedded, query))}`],
    shown: [
      {
        name: "X",
        title: "the words' vectors",
        matrix: embedded,
        rows: names,
        columns: null,
        scale: "signed",
        at: { row: query },
        from: isDrawn ? "drawn by the seed and the word" : "rows of E, at the ids",
      },
    ],
    why: "One number could only say that a word is more than another. Many numbers can say many things at once: an animal, one of them, it can purr.",
  };
}

/** @type {Tells} */
export function positions(of) {
  const { run, query, model } = of;
  const names = namesOf(of);
  const [embedded, placed] = [run.embedded, run.placed].map((one) => one ?? run.layers[0].concatenated);
  const added = mapped(placed, (value, i) => value - embedded.values[i]);
  const { positions: kind } = model.config;
  const adds = kind !== "rotary" && kind !== "none" && run.changes.places !== false;
  const [x, p, y] = [rowOf(embedded, query), rowOf(added, query), rowOf(placed, query)];
  if (!adds) {
    const turns = kind === "rotary" && run.changes.places !== false;
    return {
      sentence: turns
        ? "So far nothing says where a word stands. This model adds nothing here: it will turn queries and keys by an angle that grows with the place."
        : "Nothing says where a word stands, and nothing will: this run does without places. Words in another order give the same vectors in another order.",
      formula: turns ? "\\text{angle}(i, m) = i \\cdot b^{-2m/d_{head}}" : "x_i = x_i",
      numbers: turns ? [angles(of)] : [],
      shown: [matrixOf("X", "unchanged", placed, names, query)],
      why: "Attention does not mind the order of its rows. Without places, “the cat saw the dog” and “the dog saw the cat” are one sentence.",
      otherwise: "The first transformer added a vector of sines and cosines here; BERT adds learned ones.",
    };
  }
  return {
    sentence:
      kind === "sinusoidal"
        ? "A vector of sines and cosines is added to each row, another one for each place."
        : "A learned vector is added to each row, another one for each place.",
    formula: "x_i \\leftarrow x_i + p_i",
    numbers: [
      `${tex(x[0])} + ${tex(p[0])} = ${tex(y[0])} \\quad \\text{(the first number of “}${word(names[query])}\\text{”)}`,
    ],
    shown: [matrixOf("P", "what is added", added, names, query), matrixOf("X", "with places", placed, names, query)],
    why: "Attention does not mind the order of its rows. Without places, “the cat saw the dog” and “the dog saw the cat” are one sentence.",
    otherwise: "Most newer models add nothing here, and turn queries and keys by the place instead.",
  };
}

/** @type {(of: import("./shown.js").Of) => string} */
function angles({ model, query }) {
  const d = model.config.d_head;
  const all = [...Array(d / 2).keys()].map((m) => query * 1000 ** ((-2 * m) / d));
  return `i = ${query},\\; b = 1000: \\quad ${vector(all, 4)} \\text{ radians}`;
}
