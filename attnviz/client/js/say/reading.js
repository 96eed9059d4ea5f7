// The chosen row, in words, and how much of it the chosen word can claim. Rule and sentences are the package's
// (attnviz/analysis/saying.py); they travel with the trace. A test holds what is said here against what is said there.

import { mayLookAt, rowAt } from "../numbers/cells.js";
import { placeOf } from "../numbers/grouping.js";
import { beside, strongest } from "../numbers/analysis/measures.js";
import { isLoose } from "../numbers/equations/normalizers.js";
import { element } from "../draw/paint.js";
import { headName, inQuotes, number, quoted, short } from "./words.js";

/** @import { Context } from "../state/context.js" */
/** @import { Sentences } from "../state/schema.js" */

/** @typedef {[text: string, isStrong: boolean]} Piece of a sentence */
/** @typedef {{ others: number | null, position: number | null }} Means beside a weight; null where there are none */

export const SAID = 3; // words looked at

// [text, isStrong] pairs: where the word looks, and whether that stands out from what is there anyway.
/** @type {(context: Context) => Piece[]} */
export function rowInWords(context) {
  const { state, numbers, trace } = context;
  const { layer, head } = state;
  const { rows, columns } = numbers.grouping;
  const { row } = context.chosen();
  if (row < 0) return [["No word of this sentence is shown.", false]];
  /** @type {(name: string) => Piece[]} */
  const strong = (name) => [[quoted(name), true]];
  /** @type {Said} */
  const said = (name, values) => filled(trace.header.sentences, name, { word: strong(rows[row].name), ...values });
  /** @type {Piece[]} */
  const whose = context.heads(true).length > 1 ? [[`In ${headName([layer, head])}: `, false]] : [];
  const may = numbers.mayLook(layer, head, rows[row].tokens);
  if (!may.length) return [...whose, ...said("nothing")];
  if (isLoose(context.part, layer)) return [...whose, ...looseInWords(context, row, said)];
  if (may.length === 1) return [...whose, ...said("forced", { key: strong(nameOf(context, may[0])) })];
  const values = rowAt(numbers, layer, head, row);
  const best = strongest(values, SAID).filter((j) => values[j] > 0);
  if (!best.length) return [...whose, ...said(ofKind(context, "hidden"))];
  const { times, most } = trace.header.sentences;
  const looks = looksInWords(context, row, values, best);
  // What is asked about is judged: the pinned word, else the strongest.
  const judged = pinnedIn(context, row) ?? best[0];
  // Of a long text the others' weights are known a little later.
  if (context.part.isTiled && !numbers.tiled.table(layer, head)) return [...whose, ...said("looks", { looks })];
  const means = meansBeside(context, layer, head, row, judged);
  const told = Object.entries(means).map(([name, mean]) => [name, [plain(mean === null ? "" : short(mean))]]);
  const isSpecial = context.part.keys.tokens[columns[judged].tokens[0]].special;
  const found = verdict(values[judged], means, times, isSpecial && values[judged] >= most);
  const more = said(ofKind(context, found), { key: strong(columns[judged].name), ...Object.fromEntries(told) });
  return [...whose, ...said("looks", { looks }), [" ", false], ...more];
}

// The template of what is looked at: a picture and a sound have some of their own.
/** @type {(context: Context, name: string) => string} */
export function ofKind({ part, trace }, name) {
  const own = `${name}_${part.picture ? "seen" : part.sound ? "heard" : ""}`;
  return own in trace.header.sentences.templates ? own : name;
}

// The column of the pinned word, where the row may look at it.
/** @type {(context: Context, row: number) => number | null} */
function pinnedIn({ state, numbers, chosen }, row) {
  const { column } = chosen();
  return column < 0 || !mayLookAt(numbers, state.layer, state.head, row, column) ? null : column;
}

// The strongest words, where their weight is worth telling, and the pinned one, each with its weight.
/** @type {(context: Context, row: number, values: Float32Array, best: number[]) => Piece[]} */
function looksInWords(context, row, values, best) {
  const { least } = context.trace.header.sentences;
  const worthy = best.filter((j, i) => i === 0 || Math.abs(values[j]) >= least);
  const pinned = pinnedIn(context, row); // is always said
  if (pinned !== null && !worthy.includes(pinned)) worthy.push(pinned);
  const { columns } = context.numbers.grouping;
  return worthy.flatMap((j, i) => {
    /** @type {Piece[]} */
    const told = [[quoted(columns[j].name), true], plain(` ${short(values[j])}`)];
    return i ? [plain(", "), ...told] : told;
  });
}

/** @typedef {(name: string, values?: Record<string, Piece[]>) => Piece[]} Said a template with its words */

// Of weights that are no shares: the largest, and their sum. Whether one stands out is told by shares alone.
/** @type {(context: Context, row: number, said: Said) => Piece[]} */
function looseInWords(context, row, said) {
  const { numbers, state } = context;
  const { rows } = numbers.grouping;
  const values = rowAt(numbers, state.layer, state.head, row);
  const size = values.map(Math.abs);
  const best = strongest(size, SAID).filter((j) => size[j] > 0);
  const { tokens } = rows[row];
  const all = tokens.flatMap((token) => [...numbers.plainRow(state.layer, state.head, token)]);
  const total = all.reduce((sum, weight) => sum + weight, 0) / tokens.length;
  const largest = best.length ? said("loose", { looks: looksInWords(context, row, values, best) }) : said("loose_none");
  return [...largest, plain(" "), ...said("loose_sum", { sum: [plain(short(total))] })];
}

// What the model says for the chosen word, hidden, or for the one after it; and what it says without the chosen head.
/** @type {(context: Context) => Piece[]} */
export function guessInWords(context) {
  const { part, state, trace } = context;
  const guess = context.guess();
  if (!guess) return [];
  const { name, mask } = part.queries.tokens[state.query];
  const isWritten = trace.header.parts.some((one) => one.name === part.name && one.queries === "written");
  const next = isWritten ? "written_word" : "next_word";
  const hidden = mask ? "masked_word" : "hidden_word";
  const template = { next, answer: "answer", masked: hidden }[guess.predicts];
  const { sentences } = trace.header;
  const said = filled(sentences, template, { word: [[quoted(name), true]], told: listed(guess.told) });
  if (!guess.without) return said;
  return [...said, [" ", false], ...filled(sentences, "without_head", { told: listed(guess.without) })];
}

// How alike the picture and the text are to a model that reads both.
/** @type {(context: Context) => Piece[]} */
export function similarityInWords({ trace: { header } }) {
  const { similarity, sentences } = header;
  if (!similarity) return [];
  const { cosine, scale, logit } = similarity;
  return filled(sentences, "similarity", {
    cosine: [[number(cosine), true]],
    scale: [plain(number(scale))],
    logit: [plain(number(logit))],
  });
}

// Words and how probable they are.
/** @type {(told: [string, number][]) => Piece[]} */
function listed(told) {
  /** @type {Piece[]} */
  const pieces = [];
  for (const [word, probability] of told) {
    if (pieces.length) pieces.push(plain(", "));
    pieces.push([word, true], plain(` ${short(probability)}`));
  }
  return pieces;
}

// Which template holds: what other words give the same word comes first, then what they give at that distance.
/** @type {(weight: number, means: Means, times: number, isSpecial?: boolean) => string} */
export function verdict(weight, { others, position }, times, isSpecial = false) {
  if (others !== null && weight < times * others) return "common";
  if (position !== null && weight < times * position) return "distance";
  if (isSpecial) return "special";
  if (others === null) return position === null ? "alone" : "out_place";
  return position === null ? "out" : "out_both";
}

// What all other words that have a choice give a word, and what they give the one at the same distance; null: none may.
/** @type {(context: Context, layer: number, head: number, row: number, column: number) => Means} */
function meansBeside({ numbers, part }, layer, head, row, column) {
  const table = part.isTiled ? numbers.tiled.table(layer, head) : null;
  if (table) return beside(rowAt(numbers, layer, head, row)[column], table, row, column, numbers.n);
  const weights = numbers.weights(layer, head);
  const [blocked, forced] = [numbers.blocked(layer, head), numbers.forced(layer, head)];
  const { rows, columns } = numbers.grouping;
  /** @type {(columnOf: (row: number) => number) => number | null} */
  const meanOf = (columnOf) => {
    let [sum, count] = [0, 0];
    for (let i = 0; i < rows.length; i++) {
      const j = columnOf(i);
      if (i === row || forced?.[i] || j < 0 || j >= columns.length || blocked?.[i * columns.length + j]) continue;
      sum += weights[i * columns.length + j];
      count += 1;
    }
    return count ? sum / count : null;
  };
  // Between two rows of words there is no distance.
  return { others: meanOf(() => column), position: part.isLine ? meanOf((i) => i + column - row) : null };
}

// A word's name, be it shown or not.
/** @type {(context: Context, token: number) => string} */
function nameOf({ numbers, part }, token) {
  const { columns } = numbers.grouping;
  return (columns[placeOf(columns, token)] ?? part.keys.tokens[token]).name;
}

// How much weight special tokens hold; nothing where there are none, or where they are seen to hold nothing. The mean
// is over the tokens that have a choice.
/** @type {(context: Context) => string} */
export function specialsInWords(context) {
  const { state, numbers, trace, part } = context;
  const { sentences } = trace.header;
  const { tokens } = part.keys;
  const specials = tokens.map((token, i) => (token.special ? i : -1)).filter((i) => i >= 0);
  if (!specials.length || isLoose(part, state.layer)) return "";
  if (part.isTiled) return ""; // a mean over all words takes all weights
  const weights = numbers.plain(state.layer, state.head);
  /** @type {(query: number) => number} */
  const of = (query) => specials.reduce((sum, key) => sum + weights[query * tokens.length + key], 0);
  /** @type {(queries: number[]) => number} */
  const mean = (queries) => queries.reduce((sum, query) => sum + of(query), 0) / queries.length;
  const chosen = numbers.all.rows[placeOf(numbers.all.rows, state.query)] ?? { tokens: [state.query], name: "it" };
  const choosing = numbers.choosing(state.layer, state.head);
  const everybody = choosing.length ? choosing : [...part.queries.tokens.keys()];
  const [own, all] = [mean(chosen.tokens), mean(everybody)];
  if (state.specials && Math.max(own, all) < sentences.least) return "";
  const whose = choosing.length < part.queries.tokens.length ? "choosing" : "everybody";
  const told = {
    own: short(own),
    word: inQuotes(chosen.name),
    all: short(all),
    whose: sentences.templates[ofKind(context, whose)],
  };
  const values = Object.fromEntries(Object.entries(told).map(([name, text]) => [name, [plain(text)]]));
  return filled(sentences, ofKind(context, state.specials ? "specials" : "specials_hidden"), values)
    .map(([text]) => text)
    .join("");
}

// A text that is not strong.
/** @type {(text: string) => Piece} */
function plain(text) {
  return [text, false];
}

// A template with its words and numbers: [text, isStrong] pairs.
/** @type {(sentences: Pick<Sentences, "templates">, name: string, values: Record<string, Piece[]>) => Piece[]} */
export function filled({ templates }, name, values) {
  return templates[name]
    .split(/(\{\w+\})/)
    .flatMap((piece) => (piece.startsWith("{") ? values[piece.slice(1, -1)] : piece ? [plain(piece)] : []));
}

// What is not strong and stands side by side is one element.
/** @type {(told: Piece[]) => Piece[]} */
export function joined(told) {
  /** @type {Piece[]} */
  const parts = [];
  for (const [text, isStrong] of told) {
    const before = parts[parts.length - 1];
    if (before && !before[1] && !isStrong) before[0] += text;
    else parts.push([text, isStrong]);
  }
  return parts;
}

/** @type {(box: HTMLElement, told: Piece[], last: string) => void} */
export function write(box, told, last) {
  box.replaceChildren(...joined(told).map(([text, isStrong]) => element(isStrong ? "b" : "span", "", text)));
  if (last) box.append(element("span", "faint", ` ${last}`));
}
