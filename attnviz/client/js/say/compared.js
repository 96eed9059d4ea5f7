// Two heads compared, in sentences: where they differ most, how much on average, and whose choice B's head is.

import {
  comparedRows,
  comparesRow,
  differingRows,
  isInBoth,
  largestDifference,
  meanOver,
  rowDifference,
} from "../numbers/analysis/comparing.js";
import { isSame } from "../state/state.js";
import { short } from "./words.js";

/** @import { Compared, Look, RowDifference } from "../numbers/analysis/comparing.js" */
/** @import { Both } from "../state/both.js" */
/** @import { ComparedRow } from "../state/schema.js" */

/** @typedef {"text" | "strong" | "word" | "index"} Kind how a piece is written */
/** @typedef {[text: string, kind: Kind]} Piece of a sentence */
/** @typedef {{ lines: Piece[][], remarks: Piece[][], rows: Piece[][] }} Told `rows` are those that differ most */

const WORTH_TELLING = 0.005; // bits: less would be written as 0.00
const SAME_TEXT = "B says the same as A: change a word in it, and see what that changes.";
const LOOSE = "Weights are no shares in this run, so how unlike rows are cannot be told in bits.";
const SAME_HEAD = "A and B are the same head: choose another one for either.";
const CROSSED = "A and B have other words in their rows or columns, so no difference is drawn.";
const ROUNDED = "Of so many tokens these numbers come from rounded vectors: their last digit may be off.";

/** @type {(both: Both) => Told} */
export function comparedInWords(both) {
  const { compared: found, comparison, all, allColumns, sides } = both;
  const notes = comparison.notes.map((note) => [plain(note)]);
  if (!found) return { lines: [[plain(CROSSED)]], remarks: notes, rows: [] };
  const shown = both.rows.map((row) => all.indexOf(row));
  const across = allColumns === all ? shown : both.columns.map((column) => allColumns.indexOf(column));
  const rows = differingRows(found, shown).filter(({ bits }) => bits >= WORTH_TELLING);
  const [a, b] = sides.map(({ state }) => state);
  const lines = [meanInWords(found, shown), pairThatDiffersMost(found, all, shown, allColumns, across)];
  if (comparison.mode === "sentences" && comparison.alike) lines.splice(0, 2, [plain(SAME_TEXT)]);
  else if (comparison.mode === "heads" && isSame([a.layer, a.head], [b.layer, b.head])) {
    lines.splice(0, 2, [plain(SAME_HEAD)]);
  }
  const chosen = both.chosen < 0 ? -1 : shown[both.chosen];
  if (chosen >= 0 && !rows.some(({ row }) => row === chosen)) {
    lines.push([plain("Chosen: "), ...chosenInWords(found, all, chosen, allColumns), plain(".")]);
  }
  const remarks = [...(both.follows && comparison.mode !== "sentences" ? [choiceInWords(both)] : []), ...notes];
  if (sides.some(({ numbers }) => numbers.isRounded)) remarks.push([plain(ROUNDED)]);
  return { lines, remarks, rows: rows.map((row) => rowInWords(all, row, allColumns)) };
}

// How unlike A and B are over all rows that are shown.
/** @type {(found: Compared, shown: number[]) => Piece[]} */
export function meanInWords(found, shown) {
  const rows = comparedRows(found, shown);
  const mean = meanOver(found, rows);
  if (!rows.length) return [plain("A and B have no row in common, so there is nothing to subtract.")];
  if (mean === null) return [plain(LOOSE)];
  const everyone = [...found.bits.keys()];
  const which = rows.length === comparedRows(found, everyone).length ? "" : "shown ";
  const hasForced = everyone.some((row) => !found.hasChoice[row] && isInBoth(found, row));
  const both = hasForced ? "in which both have a choice" : "that both have";
  const isOne = rows.length === 1;
  const whose = isOne ? `the one ${which}row ${both} differs` : `the ${rows.length} ${which}rows ${both} differ`;
  return [
    plain(`On average ${whose} by `),
    [bitsInWords(mean), "strong"],
    plain(" (0: alike, 1: nothing in common)."),
  ];
}

// The two words between which A and B differ most.
/** @type {(
 *   found: Compared, all: ComparedRow[], shown: number[], columns?: ComparedRow[], across?: number[],
 * ) => Piece[]} */
export function pairThatDiffersMost(found, all, shown, columns = all, across = shown) {
  const cell = largestDifference(found, shown, across);
  if (!cell) return [plain("No two words get different weight.")];
  const [row, column] = cell;
  const at = row * columns.length + column;
  const [a, b] = [found.first[at], found.second[at]].map(short);
  const minus = found.difference[at];
  const signed = `${minus < 0 ? "−" : "+"}${Math.abs(minus).toFixed(2)}`;
  return [
    plain("The pair that differs most: "),
    ...pair(all, row),
    plain(" → "),
    ...pair(columns, column),
    plain(`, A ${a}, B ${b}, A − B = `),
    [signed, "strong"],
    plain("."),
  ];
}

// Where each side looks from a word, and how unlike that is.
/** @type {(all: ComparedRow[], row: RowDifference, columns?: ComparedRow[]) => Piece[]} */
export function rowInWords(all, { row, a, b, bits }, columns = all) {
  /** @type {(which: 0 | 1, look: Look) => Piece[]} */
  const look = (which, [column, weight]) => [...word(columns, which, column), plain(` ${short(weight)}`)];
  const isOne = a[0] === b[0] && !columns[a[0]].changed;
  const where = isOne
    ? [plain("both look at "), ...word(columns, 0, a[0]), plain(`, A ${short(a[1])}, B ${short(b[1])}`)]
    : [plain("A looks at "), ...look(0, a), plain(", B at "), ...look(1, b)];
  const unlike = Number.isNaN(bits) ? [] : [plain(` · ${bitsInWords(bits)}`)];
  return [...pair(all, row), plain(": "), ...where, ...unlike];
}

// The chosen word's row, be it a gap on one side.
/** @type {(found: Compared, all: ComparedRow[], row: number, columns?: ComparedRow[]) => Piece[]} */
export function chosenInWords(found, all, row, columns = all) {
  const gap = all[row].tokens.indexOf(null);
  if (gap >= 0) return [...pair(all, row), plain(` stands only in ${"BA"[gap]}`)];
  if (!isInBoth(found, row)) {
    return [...pair(all, row), plain(" may look at nothing on one side, so there is nothing to compare")];
  }
  const forced = ", but on one side it has no choice: it may look at one word at most";
  return [...rowInWords(all, rowDifference(found, row), columns), ...(found.hasChoice[row] ? [] : [plain(forced)])];
}

// What the page itself chooses for B.
/** @type {(both: Both) => Piece[]} */
function choiceInWords({ comparison, sides: [a, b], all, allColumns }) {
  const { layer, head, query } = a.state;
  const until = plain(", until you choose one.");
  if (comparison.mode === "heads") return [plain("B is the head of A’s layer that is most unlike it"), until];
  const { label, name } = a.part.queries.tokens[query];
  const isByRow = comparesRow(all, { numbers: a.numbers, layer, head }, b.numbers, query, allColumns);
  const own = name.startsWith(label) ? label : name; // a patch has another name than its label
  const what = isByRow ? written(own, own === name ? null : query) : [plain("the sentence")];
  return [plain("B is the head of its model that reads "), ...what, plain(" most as A’s does"), until];
}

// A divergence, as far as its digits tell something.
/** @type {(bits: number) => string} */
export function bitsInWords(bits) {
  return bits >= WORTH_TELLING ? `${bits.toFixed(2)} bits` : "less than 0.01 bits";
}

// A row's or column's word: of A, and where B has another one there, of both.
/** @type {(all: ComparedRow[], place: number) => Piece[]} */
export function pair(all, place) {
  const { changed, words } = all[place];
  if (changed) return [...word(all, 0, place), plain(" / "), ...word(all, 1, place)];
  return word(all, words[0] === null ? 1 : 0, place);
}

// A word of one side, and if this side has another that is written alike, which of its words it is.
/** @type {(all: ComparedRow[], which: 0 | 1, place: number) => Piece[]} */
export function word(all, which, place) {
  const label = all[place].words[which] ?? "";
  const isTwice = all.filter(({ words }) => words[which] === label).length > 1;
  const index = all.slice(0, place).filter(({ words }) => words[which] !== null).length;
  return written(label, isTwice ? index : null);
}

// A label in running text: a sign in quotes; with an index below the line, where it needs one.
/** @type {(label: string, index: number | null) => Piece[]} */
function written(label, index) {
  const shown = /[\p{L}\p{N}]/u.test(label) ? label : `“${label}”`;
  return [[shown, "word"], ...(index === null ? [] : [/** @type {Piece} */ ([String(index), "index"])])];
}

/** @type {(text: string) => Piece} */
function plain(text) {
  return [text, "text"];
}
