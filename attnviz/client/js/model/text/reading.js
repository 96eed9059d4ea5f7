// A text as a model in the page reads it: the ids of its words, and the row of tokens as client/rows.py gives it. Held
// against TrainedModel's reading in tests/explorer/test_page_model.py.

import { isLong, runsFromRight, tokenLabel, toldApart, wordLabel } from "./labels.js";
import { checkedText, joinedWords, normalForm, piecesOf } from "./tokens.js";

/** @import { Row, Token } from "../../state/schema.js" */
/** @import { Known } from "../packed.js" */
/** @import { Read } from "../run.js" */
/** @import { Piece } from "./tokens.js" */

/** @typedef {Piece & { id: number, piece: string, isMarker: boolean }} Word as the model knows it */
/** @typedef {Record<number, [string, string]>} Merged */

// The ids of [MASK], [UNK] and [CLS] in every vocabulary (attnviz/training/vocabulary.py).
const MASK = 1;
const UNKNOWN = 2;
const START = 3;

// What reads any text, up to so many words: [CLS] and the words; [UNK] for those that it does not know.
/** @type {(words: string[], limit: number) => (text: string) => Read} */
export function readerOf(words, limit) {
  const ids = new Map(words.map((word, id) => [word, id]));
  return (text) => {
    const content = checkedText(text);
    const { pieces, cut } = piecesOf(content, limit);
    const known = pieces.map((piece) => wordOf(piece, ids, words));
    return { ids: [START, ...known.map(({ id }) => id)], row: rowOf(known, words[START], content), cut };
  };
}

// What reads one text alone; of another it says why not.
/** @type {(known: Known, why: string) => (text: string) => Read} */
export function readOnly({ text: own, ids, row, cut }, why) {
  return (text) => {
    if (checkedText(text) === own) return { ids, row, cut };
    const said = own.length > 60 ? `${own.slice(0, 60)}…` : own;
    throw new Error(`${why}, so the page can read no other text than “${said}”.`);
  };
}

// A word with the id that it has here. A word that is the name of a special token was typed as that token.
/** @type {(piece: Piece, ids: Map<string, number>, words: string[]) => Word} */
function wordOf(piece, ids, words) {
  const word = normalForm(piece.text);
  const isMarker = words.slice(0, START + 1).includes(word.toUpperCase());
  const id = ids.get(isMarker ? word.toUpperCase() : word) ?? UNKNOWN;
  return { ...piece, id, piece: words[id], isMarker };
}

// The row of [CLS] and these words.
/** @type {(known: Word[], start: string, content: string) => Row} */
function rowOf(known, start, content) {
  const labels = [start, ...known.map(({ text }) => tokenLabel(text))];
  const names = toldApart(labels);
  const ofAll = { continues: false, segment: 0 };
  const first = { special: true, unknown: false, mask: false, word: null };
  const tokens = [{ label: start, name: names[0], title: `token 0 · id ${START} · ${ADDED}`, ...first, ...ofAll }];
  const rest = known.map((word, i) => ({ label: labels[i + 1], name: names[i + 1], ...described(word, i), ...ofAll }));
  const characters = [...content];
  const groups = [[0], ...joinedWords(known, characters).map((group) => group.map((i) => i + 1))];
  return {
    tokens: [...tokens, ...rest],
    words: { words: labels.map((_, i) => i), joined: groups.flatMap((group, i) => group.map(() => i)) },
    merged: { words: {}, joined: mergedOf(groups, labels, known, characters) },
    fromRight: runsFromRight(content),
  };
}

const ADDED = "a mark that the model adds, no word";

// A word's id and where it stands, in words; and what it is.
/** @type {(word: Word, i: number) => Omit<Token, "label" | "name" | "continues" | "segment">} */
function described({ text, id, piece, isMarker, start, end }, i) {
  const unknown = id === UNKNOWN && !isMarker;
  const said = [
    piece === text && !isLong(piece) ? "" : ` “${piece}”`,
    unknown ? " (a word that the model does not know)" : "",
    isMarker ? " (read as a special token that the model knows)" : "",
  ];
  const title = `token ${i + 1} · id ${id}${said.join("")} · characters ${start} to ${end}, word ${i}`;
  return { title, special: false, unknown, mask: id === MASK, word: i };
}

// Of the words that are more than a token, by their first one: label and name.
/** @type {(groups: number[][], labels: string[], known: Word[], characters: string[]) => Merged} */
function mergedOf(groups, labels, known, characters) {
  const own = groups.map((group) => {
    const [first, last] = [group[0], group[group.length - 1]];
    if (group.length === 1) return labels[first];
    return wordLabel(characters.slice(known[first - 1].start, known[last - 1].end).join(""));
  });
  const names = toldApart(
    own,
    groups.map(([first]) => first),
  );
  /** @type {Record<number, [string, string]>} */
  const merged = {};
  groups.forEach((group, i) => {
    if (group.length > 1) merged[group[0]] = [own[i], names[i]];
  });
  return merged;
}

// The ids with one of them hidden: what a model that predicts masked words is to read, to tell what stands there. (One
// that predicts the next word reads the ids as they are.)
/** @type {(ids: number[], at: number) => number[]} */
export function hidden(ids, at) {
  return ids.map((id, token) => (token === at ? MASK : id));
}
