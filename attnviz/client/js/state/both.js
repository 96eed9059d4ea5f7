// What the difference and its sentences see of two explorers, A and B: their rows in common. Always of now, as each
// explorer's own context.

import { compared } from "../numbers/analysis/comparing.js";
import { remembered } from "./remembered.js";

/** @import { Compared } from "../numbers/analysis/comparing.js" */
/** @import { Cell, Context } from "./context.js" */
/** @import { Alignment, ComparedRow, Comparison, State } from "./schema.js" */

/**
 * What it is made of.
 *
 * @typedef {object} SeenOfBoth
 * @property {readonly [Context, Context]} sides
 * @property {Comparison} comparison
 * @property {boolean} follows whether B's head is still the page's to choose
 * @property {{ row: ComparedRow | null, column: ComparedRow | null }} hover
 */

/**
 * What is selected from it.
 *
 * @typedef {object} RowsOfBoth
 * @property {ComparedRow[]} all rows in common, in the order of the words
 * @property {ComparedRow[]} rows that are shown
 * @property {ComparedRow[]} allColumns the same of what is looked at: the rows, where a text looks at itself
 * @property {ComparedRow[]} columns that are shown
 * @property {number} chosen among the rows that are shown; -1 for none
 * @property {Cell} marked what is pointed at
 * @property {Compared | null} compared of all rows; null where there are none
 */

/** @typedef {Readonly<SeenOfBoth & RowsOfBoth>} Both */

/** @type {(seen: SeenOfBoth) => Both} */
export function bothOf(seen) {
  const sides = () => seen.sides.map(({ numbers, state: { layer, head } }) => ({ numbers, layer, head }));
  const all = () => {
    const [a, b] = seen.sides;
    return rowsIn(alignmentOf(seen.comparison, 0, a.state.part, b.state.part), a.state.words);
  };
  const allColumns = () => {
    const [a, b] = seen.sides;
    return columnsIn(alignmentOf(seen.comparison, 0, a.state.part, b.state.part), a.state.words);
  };
  /** @type {(found: ComparedRow[], side: "queries" | "keys") => ComparedRow[]} */
  const shown = (found, side) => {
    const [{ state }] = seen.sides;
    return found.filter((row) => state.specials || !isSpecial(row, seen.sides, side));
  };
  const rows = () => shown(all(), "queries");
  const columns = () => (allColumns() === all() ? rows() : shown(allColumns(), "keys"));
  const found = remembered(
    () => [all(), ...sides().flatMap(({ numbers, layer, head }) => [numbers, numbers.plain(layer, head)])],
    () => {
      const [a, b] = sides();
      return all().length ? compared(all(), a, b, allColumns()) : null;
    },
  );
  return Object.freeze({
    get sides() {
      return seen.sides;
    },
    get comparison() {
      return seen.comparison;
    },
    get follows() {
      return seen.follows;
    },
    get hover() {
      return seen.hover;
    },
    get all() {
      return all();
    },
    get rows() {
      return rows();
    },
    get allColumns() {
      return allColumns();
    },
    get columns() {
      return columns();
    },
    get chosen() {
      const [row, other] = seen.sides.map(({ state }, side) => rowWith(all(), state.query, side));
      // A word that B alone has is chosen there.
      const now = other && !other.tokens[0] ? other : row;
      return now ? rows().indexOf(now) : -1;
    },
    get marked() {
      const { row, column } = seen.hover;
      return { row: row ? rows().indexOf(row) : -1, column: column ? columns().indexOf(column) : -1 };
    },
    get compared() {
      return found();
    },
  });
}

/** @type {(row: ComparedRow, sides: SeenOfBoth["sides"], of: "queries" | "keys") => boolean} */
function isSpecial({ tokens: [a, b] }, sides, of) {
  const [side, [token]] = a ? [0, a] : [1, b ?? [0]];
  return sides[side].part[of].tokens[token].special;
}

/** @typedef {State["part"]} Name of a part */

// How the words of a side's part are aligned with those of the other's; where these two do not go together, with those
// of the part that does.
/** @type {(comparison: Comparison, side: number, part: Name, other: Name) => Alignment | undefined} */
export function alignmentOf({ alignments }, side, part, other) {
  const own = alignments.filter(({ parts }) => parts[side] === part);
  return own.find(({ parts }) => parts[1 - side] === other) ?? own[0];
}

const NONE = /** @type {ComparedRow[]} */ ([]);

// Its rows: of tokens, or of words where they are shown.
/** @type {(alignment: Alignment | undefined, words: State["words"]) => ComparedRow[]} */
export function rowsIn(alignment, words) {
  return (words === "pieces" ? null : alignment?.merged) ?? alignment?.rows ?? NONE;
}

// Its columns, the same way: the rows, where a text looks at itself.
/** @type {(alignment: Alignment | undefined, words: State["words"]) => ComparedRow[]} */
export function columnsIn(alignment, words) {
  const { columns } = alignment ?? {};
  return columns ? ((words === "pieces" ? null : columns.merged) ?? columns.rows) : rowsIn(alignment, words);
}

// The row in which a side has a token.
/** @type {(rows: ComparedRow[], token: number | null | undefined, side: number) => ComparedRow | null} */
export function rowWith(rows, token, side) {
  if (token === null || token === undefined) return null;
  return rows.find(({ tokens }) => tokens[side]?.includes(token)) ?? null;
}

// A side's token of a row; of a word, its first.
/** @type {(row: ComparedRow | null, side: number) => number | null} */
export function tokenOf(row, side) {
  return row?.tokens[side]?.[0] ?? null;
}
