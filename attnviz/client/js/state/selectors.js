// What is chosen and pointed at, in the terms that the views ask for: rows, columns, pairs of words, names. Pure: each
// takes what is seen (context.js), and gives the same for the same.

import { DASHES, OVERLAYS } from "../draw/colors.js";
import { placeOf } from "../numbers/grouping.js";
import { isLoose } from "../numbers/equations/normalizers.js";
import { addressOf } from "../numbers/part.js";
import { atSpecials, headName, short, whole } from "../say/words.js";
import { isSame } from "./state.js";
import { shownWeights } from "./summary.js";

/** @import { Guesses, HeadNotes, Links, PartNotes } from "./schema.js" */
/** @import { Place } from "./state.js" */
/** @import { Cell, Pair, Pointed, Seen } from "./context.js" */

/**
 * A head in the large picture: its weights as they are drawn (of a text that is not long: as grouped), and how it is
 * told from the others.
 *
 * @typedef {object} ShownHead
 * @property {number} layer
 * @property {number} head
 * @property {Float32Array} values
 * @property {string} color
 * @property {number[]} dash
 * @property {string} letter
 */

const LOOSE = "weights are no shares here: the small picture shows how far they are from 0, up to this head’s largest";

// Whether the weights of some head that is shown large are no shares.
/** @type {(seen: Seen) => boolean} */
export function looseOf(seen) {
  const { part } = seen;
  const beside = besideOf(seen);
  /** @type {Place[]} */
  const over = [[seen.state.layer, seen.state.head], ...seen.state.over, ...(beside ? [beside] : [])];
  return over.some(([layer]) => isLoose(part, layer));
}

// The pinned second head, unless it is the chosen one itself, or what is shown is not one head.
/** @type {(seen: Seen) => Place | null} */
export function besideOf({ state: { second, layer, head, of } }) {
  return second && of === "head" && !isSame(second, [layer, head]) ? second : null;
}

/** @typedef {"heatmap" | "lines" | "difference" | "picture" | "sound"} ShownAs */

// How the large figure is drawn: there is no difference without a second head. A picture or a sound is its own heatmap,
// and has no lines.
/** @type {(seen: Seen) => ShownAs} */
export function shownAsOf(seen) {
  const { show } = seen.state;
  const { picture, sound } = seen.part;
  const own = picture ? "picture" : sound ? "sound" : null;
  if (own && show !== "matrix") return show === "difference" && besideOf(seen) ? show : own;
  return show === "matrix" || (show === "difference" && !besideOf(seen)) ? "heatmap" : show;
}

// What has been told of the heads of the part that is shown.
/** @type {(seen: Seen) => PartNotes | undefined} */
export function partNotesOf({ notes, part }) {
  return notes?.parts[part.name];
}

/** @type {(seen: Seen, layer: number, head: number) => HeadNotes | undefined} */
export function notesOf(seen, layer, head) {
  return partNotesOf(seen)?.heads[layer]?.[head];
}

// A head's name, character and figures, and where the chosen word looks in it.
/** @type {(seen: Seen, layer: number, head: number) => string[]} */
export function headInWords(seen, layer, head) {
  const notes = notesOf(seen, layer, head);
  const character = notes?.character ? `: ${notes.character}` : "";
  const name = `${headName([layer, head])}${character}${isOff(seen, layer, head) ? " (off)" : ""}`;
  if (notes?.choosing === 0) return [name, "here each word may look at one word at most"];
  const loose = isLoose(seen.part, layer) ? [LOOSE] : [];
  return notes?.character ? [name, ...loose, ...figuresInWords(notes, seen)] : [name];
}

/** @type {(notes: HeadNotes, seen: Seen) => string[]} */
function figuresInWords({ choosing, ...notes }, { part: { picture, sound, queries }, trace }) {
  const tokens = queries.tokens.length;
  const isNothing = (notes.special ?? 0) < trace.header.sentences.least;
  // What needs one row of words is not there between two.
  /** @type {(name: string, share: number | null | undefined) => string[]} */
  const share = (name, value) => (value === null || value === undefined ? [] : [`${name} ${short(value)}`]);
  const { distance } = notes;
  const isKnown = distance !== null && distance !== undefined;
  return [
    ...(notes.entropy === null ? [] : [spread(notes.entropy, picture ? "tokens" : sound ? "moments" : "words")]),
    ...(isKnown ? [`looks ${distance.toFixed(1)} tokens away`] : []),
    ...share("at the token before", notes.previous),
    ...share("at the next", notes.following),
    ...share("at itself", notes.itself),
    ...(picture ? [] : share("at the first", notes.first)),
    ...((picture || sound) && isNothing ? [] : share(atSpecials(sound), notes.special)),
    choosing < tokens
      ? `means over the ${whole(choosing)} of ${whole(tokens)} tokens that have a choice`
      : "means over all tokens",
  ];
}

// How many words share the weight of a row: by its entropy, as a share of the largest possible one.
/** @type {(entropy: number, words: string) => string} */
function spread(entropy, words) {
  const many = entropy < 1 / 3 ? "few" : entropy < 2 / 3 ? "several" : "many";
  return `${many} ${words} share a row’s weight (spread ${short(entropy)} of 1)`;
}

/** @type {(seen: Seen, layer: number, head: number) => boolean} */
export function isOff({ part }, layer, head) {
  return part.isOff(layer, head);
}

// The heads in the large picture; those laid over, and with the pinned one where all are drawn in one. A mean or a
// rollout stands there alone, for the chosen one.
/** @type {(seen: Seen, withSecond?: boolean) => ShownHead[]} */
export function headsOf(seen, withSecond = false) {
  const { state, numbers } = seen;
  const { layer, head } = state;
  const beside = besideOf(seen);
  /** @type {Place} */
  const chosen = [layer, head];
  if (state.of !== "head") return [{ layer, head, values: shownWeights(seen), ...overlayOf(seen, 0) }];
  const over = state.over.filter((one) => !isSame(one, chosen));
  const further = withSecond && beside && !over.some((one) => isSame(one, beside)) ? [beside] : [];
  const all = [chosen, ...over, ...further];
  return all.map(([l, h], i) => {
    return { layer: l, head: h, values: numbers.tiled.drawn(l, h).values, ...overlayOf(seen, i) };
  });
}

/** @type {(seen: Seen, i: number) => { color: string, dash: number[], letter: string }} */
export function overlayOf({ dark }, i) {
  const colors = OVERLAYS[dark ? "dark" : "light"];
  return { color: colors[i % colors.length], dash: DASHES[i % DASHES.length], letter: "abcdef"[i] };
}

// The pair of words in question: the pinned one, or the strongest that is no special token.
/** @type {(seen: Seen) => Pair} */
export function pairOf({ state, numbers, part }) {
  const { query, key, layer, head } = state;
  if (key !== null) return { query, key };
  const { rows, columns } = numbers.grouping;
  const { tokens } = part.keys;
  const row = placeOf(rows, query);
  const itself = part.isSquare ? query : null;
  if (row < 0) return { query, key: itself };
  const weights = numbers.row(layer, head, rows[row].tokens, false);
  let best = -1;
  for (let i = 0; i < columns.length; i++) {
    const isItself = part.isSquare && columns[i].word === rows[row].word;
    if (tokens[columns[i].tokens[0]].special || isItself) continue;
    if (weights[i] > (best < 0 ? 0 : weights[best])) best = i;
  }
  return { query, key: best < 0 ? itself : columns[best].tokens[0] };
}

// Where two tokens stand among what is shown: -1 where they do not.
/** @type {(seen: Seen, pair: Pointed) => Cell} */
export function placedOf({ numbers }, { query, key }) {
  const { rows, columns } = numbers.grouping;
  return {
    row: query === undefined || query === null ? -1 : placeOf(rows, query),
    column: key === undefined || key === null ? -1 : placeOf(columns, key),
  };
}

/** @type {(seen: Seen) => Cell} */
export function chosenOf(seen) {
  return placedOf(seen, { query: seen.state.query, key: seen.state.key });
}

// What is pointed at, else what is chosen.
/** @type {(seen: Seen) => Cell} */
export function markedOf(seen) {
  return seen.hover ? placedOf(seen, seen.hover) : chosenOf(seen);
}

// What the chosen word is called among the rows; nothing where it is not shown.
/** @type {(seen: Seen) => string} */
export function fromOf(seen) {
  const { row } = chosenOf(seen);
  return row < 0 ? "" : seen.numbers.grouping.rows[row].name;
}

// The weights of one row of words in every head, by address.
/** @type {(seen: Seen, tokens: number[]) => Map<string, Float32Array>} */
export function rowsOf({ numbers }, tokens) {
  return new Map(
    numbers.heads.map(([layer, head]) => [`${layer}.${head}`, numbers.row(layer, head, tokens, false)]),
  );
}

/** @typedef {[word: string, probability: number][]} Foretold */

// What a model says for the chosen word, and what without the chosen head, where that is shown, once it is here.
/** @type {(seen: Seen) => { predicts: Guesses["predicts"], told: Foretold, without?: Foretold } | null} */
export function guessOf(seen) {
  const { answer, state, part } = seen;
  const own = answer?.part === part.name ? answer.guesses : undefined;
  const all = [partNotesOf(seen)?.guesses, own];
  // An answer is the picture's, whatever looks at it.
  const answered = all.find((one) => one?.predicts === "answer");
  const at = answered ? Number(Object.keys(answered.words)[0]) : state.query;
  const found = all.find((one) => one?.words[at]);
  if (!found) return null;
  const address = addressOf(part.name, [state.layer, state.head]);
  const without = state.of === "head" ? found.without?.[address]?.[at] : undefined;
  return { predicts: found.predicts, told: found.words[at], without };
}

// The package's own answer to which heads link the two words, once it is here.
/** @type {(seen: Seen, pair: Pair) => Links["heads"] | null} */
export function answeredLinks(seen, { query, key }) {
  const { answer, state, numbers, part } = seen;
  if (state.words !== "pieces" || !state.specials || !numbers.grouping.isPlain) return null;
  const own = answer?.part === part.name ? answer.links : undefined;
  const found = [own, partNotesOf(seen)?.links].find((one) => one?.query === query && one.key === key);
  return found?.heads ?? null;
}
