// The tokens of a text, as attnviz/texts.py cuts them for the from-scratch models: words as they were typed, runs of
// letters of any script, or single other characters. Places are counted in characters, as Python counts them.

import { isSpace } from "./labels.js";

/** @typedef {{ text: string, start: number, end: number }} Piece of a text, and where it stands */
/** @typedef {{ pieces: Piece[], cut: number | null }} Pieces `cut`: the character at which the text was cut */

const CHARACTER_LIMIT = 20_000; // what comes after so many characters is not read

// A Han character stands alone; letters, marks, digits and joiners make words, in which apostrophes and hyphens may
// stand (didn't, mother-in-law); anything else is one token as a person sees it. A typed [MASK] is one token.
const LETTER = String.raw`(?:(?!\p{Script=Han})[\p{L}\p{N}_][\p{M}\u200c\u200d]*)`;
const WORD = new RegExp(`${LETTER}+(?:['’-]${LETTER}+)*`, "uy");
const HIDDEN = /\[MASK\]/iuy;
const JOINERS = ["'", "’", "-", "‐", "‑"]; // apostrophes and hyphens

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

// The text with what cannot be shown replaced, one character for one: control characters by spaces, but for line breaks
// and tabs; halves of surrogate pairs by U+FFFD. Throws an Error with a sentence where nothing is left to read.
/** @type {(text: string) => string} */
export function checkedText(text) {
  const cleaned = text.replace(/(?![\n\t\r])\p{Cc}/gu, " ").replace(/\p{Cs}/gu, "\ufffd");
  if (!cleaned || isSpace(cleaned)) throw new Error(nothing(", for example “The cat sat on the mat”"));
  return cleaned;
}

// The tokens of a checked text, so many at most.
/** @type {(text: string, limit: number) => Pieces} */
export function piecesOf(text, limit) {
  const characters = [...text];
  const read = characters.slice(0, CHARACTER_LIMIT).join("");
  const signs = segmenter.segment(read);
  /** @type {Piece[]} */
  const pieces = [];
  let start = 0;
  for (let at = 0; at < read.length; ) {
    const found = matched(HIDDEN, read, at) ?? matched(WORD, read, at) ?? signAt(signs, at);
    const end = start + [...found].length;
    if (!isSpace(found)) {
      if (pieces.length === limit) return { pieces, cut: pieces[limit - 1].end };
      pieces.push({ text: found, start, end });
    }
    at += found.length;
    start = end;
  }
  if (!pieces.length) throw new Error(nothing(""));
  return { pieces, cut: characters.length > CHARACTER_LIMIT ? CHARACTER_LIMIT : null };
}

// What makes two words the same word: canonical composition, and case folded away. (Cherokee alone is folded otherwise
// in Python.)
/** @type {(word: string) => string} */
export function normalForm(word) {
  const folded = Array.from(word.normalize("NFC"), (character) =>
    character === "ı" ? character : character.toUpperCase().toLowerCase(), // letter by letter: ß is ss, ς is σ
  );
  return folded.join("").normalize("NFC");
}

// The tokens of each word: apostrophes and hyphens between letters, without a space, join their neighbours.
/** @type {(pieces: Piece[], characters: string[]) => number[][]} */
export function joinedWords(pieces, characters) {
  /** @type {number[][]} */
  const groups = [];
  pieces.forEach((piece, i) => {
    if (i > 0 && joins(pieces[i - 1], piece, characters)) groups[groups.length - 1].push(i);
    else groups.push([i]);
  });
  return groups;
}

// Whether the second of two neighbouring tokens belongs to the word of the first: no space between, one of them an
// apostrophe or hyphen, and letters on its other side.
/** @type {(first: Piece, second: Piece, characters: string[]) => boolean} */
function joins(first, second, characters) {
  if (first.end !== second.start) return false;
  if (JOINERS.includes(second.text)) return isLetter(characters[second.start - 1]) && isLetter(characters[second.end]);
  if (JOINERS.includes(first.text)) return isLetter(characters[first.start - 1]) && isLetter(characters[second.start]);
  return false;
}

/** @type {(character: string | undefined) => boolean} */
function isLetter(character) {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}

// What a pattern matches just there.
/** @type {(pattern: RegExp, text: string, at: number) => string | null} */
function matched(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

// One sign, as a person sees it, or what is left of it.
/** @type {(signs: Intl.Segments, at: number) => string} */
function signAt(signs, at) {
  const { index, segment } = /** @type {Intl.SegmentData} */ (signs.containing(at));
  return segment.slice(at - index);
}

/** @type {(example: string) => string} */
function nothing(example) {
  return `There is no word in this text. Type a sentence${example}.`;
}
