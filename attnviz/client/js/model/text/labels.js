// Tokens as labels, as attnviz/figures/labels.py has them: never invisible, never too long, each with a name of its
// own.

const LONGEST = 14; // characters, as a person counts them
const LONGEST_WORD = 16; // the same of tokens joined to a word
const MARKS = 4; // combining marks kept on one character
const MARKER = /^<\|(.+)\|>$/s; // as GPT-2, Llama and Whisper write their special tokens
const LEFT_MARK = "\u200e"; // without this mark the index of an Arabic word would stand before it

/** @type {Record<string, string>} what breaks a line or leaves a gap, as a sign */
const SIGNS = { "\n": "↵", "\r": "␍", "\t": "⇥" };
const DIRECTS = /[\u202a-\u202e\u2066-\u2069]/; // controls of writing direction

// What tells from where a text runs: letters and signs in the blocks of scripts that are written from right to left,
// and letters of the others. Some signs in these blocks have no direction, nor have some that count as letters.
const BLOCKS = String.raw`[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]`;
const ARABIC = String.raw`\u0606\u0607\u0609\u060a\u060c\u060e\u060f\u066a-\u066c\u06de\u06e9`;
const OTHERS =
  String.raw`\u07f6-\u07f9\ufb29\ufd3e-\ufd4f\ufdcf\ufdfd-\ufdff\u{1091f}\u{10b39}-\u{10b3f}\u{10e60}-\u{10e7e}`;
const LETTERS = String.raw`\u02b9\u02ba\u02c6-\u02cf\u02ec\u0374\u2e2f\ua67f\ua717-\ua71f\ua788`;
const FROM_RIGHT = new RegExp(
  String.raw`^(?:(?=${BLOCKS})(?![${ARABIC}${OTHERS}])[\p{L}\p{No}\p{P}\p{S}]|[\u200f\u061c])`,
  "u",
);
const FROM_LEFT = new RegExp(String.raw`^(?!${BLOCKS}|[${LETTERS}])[\p{L}\p{Mc}\p{Nl}\p{RI}]`, "u");

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

// A token as plain text for a person to read.
/** @type {(text: string) => string} */
export function tokenLabel(text) {
  return cut(visible(text), LONGEST);
}

// Whether a label cuts the text.
/** @type {(text: string) => boolean} */
export function isLong(text) {
  return cut(text, LONGEST) !== text;
}

// A word of several tokens.
/** @type {(text: string) => string} */
export function wordLabel(text) {
  return cut(visible(text), LONGEST_WORD);
}

// Labels that come more than once, with their places (their index, if not given) below the line.
/** @type {(labels: string[], places?: number[]) => string[]} */
export function toldApart(labels, places) {
  /** @type {Map<string, number>} */
  const count = new Map();
  for (const label of labels) count.set(label, (count.get(label) ?? 0) + 1);
  return labels.map((label, i) => {
    if (count.get(label) === 1) return label;
    return `${label}${runsFromRight(label) ? LEFT_MARK : ""}${subscript(places ? places[i] : i)}`;
  });
}

// Whether a text runs from right to left, as its first letter does (Unicode's bidirectional algorithm, rule P2).
/** @type {(text: string) => boolean} */
export function runsFromRight(text) {
  for (const character of text) {
    if (FROM_RIGHT.test(character)) return true;
    if (FROM_LEFT.test(character)) return false;
  }
  return false;
}

// The text with nothing that hides: space as ␣, a line break as ↵, a tab as ⇥, controls of writing direction dropped,
// more than a few marks on a letter dropped; a mark without its letter stands on ◌; what cannot be seen is named by its
// code point.
/** @type {(text: string) => string} */
export function visible(text) {
  let shown = "";
  let marks = 0;
  for (const character of text) {
    marks = /[\p{Mn}\p{Me}]/u.test(character) ? marks + 1 : 0;
    if (character in SIGNS) shown += SIGNS[character];
    else if (marks <= MARKS && !DIRECTS.test(character) && !/[\p{Cc}\p{Cs}]/u.test(character)) shown += character;
  }
  if (/^[\p{Cf}\p{Mn}\p{Me}\p{Z}]*$/u.test(shown)) return unseen(text);
  return /^\p{M}/u.test(shown) ? `◌${shown}` : shown;
}

// What cannot be seen: spaces as signs, all else by its code points.
/** @type {(text: string) => string} */
function unseen(text) {
  const characters = [...text];
  if (characters.length && characters.every(isSpace)) return "␣".repeat(characters.length);
  return characters.slice(0, 2).map(codePoint).join(" ");
}

/** @type {(character: string) => string} */
function codePoint(character) {
  return `U+${/** @type {number} */ (character.codePointAt(0)).toString(16).toUpperCase().padStart(4, "0")}`;
}

// As Python's str.isspace, to which a byte order mark is none.
/** @type {(text: string) => boolean} */
export function isSpace(text) {
  return /^(?:(?!\ufeff)\s)+$/u.test(text);
}

// The text in so many characters. A marker such as <|notimestamps|> that is longer goes without its bars, and what is
// cut of it is cut within its brackets: it stays a marker.
/** @type {(text: string, longest: number) => string} */
function cut(text, longest) {
  const characters = Array.from(segmenter.segment(text), ({ segment }) => segment);
  if (characters.length <= longest) return text;
  const marker = MARKER.exec(text);
  return marker ? `<${cut(marker[1], longest - 2)}>` : `${characters.slice(0, longest - 1).join("")}…`;
}

/** @type {(place: number) => string} */
function subscript(place) {
  return String(place).replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]);
}
