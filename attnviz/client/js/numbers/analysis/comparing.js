// Two heads on one set of rows and columns, and the head to set beside another, as attnviz.analysis.comparing has them:
// NaN where a side has no such word, or its word may not look there. tests/explorer/test_page_comparing.py holds this
// against the package.

import { addedOf } from "../equations/attention.js";
import { maskName, mayLook } from "../equations/masks.js";
import { rowDistances, rowDivergences } from "./measures.js";
import { hasLoose, isLoose } from "../equations/normalizers.js";

/** @import { ComparedRow } from "../../state/schema.js" */
/** @import { Place } from "../../state/state.js" */
/** @import { Numbers } from "../numbers.js" */

/** @typedef {{ numbers: Numbers, layer: number, head: number }} Side */
/** @typedef {[column: number, weight: number]} Look where a row looks most */
/** @typedef {{ row: number, a: Look, b: Look, bits: number }} RowDifference */

/**
 * @typedef {object} Compared
 * @property {Float32Array} first [row, column] of A
 * @property {Float32Array} second of B
 * @property {Float32Array} difference A − B
 * @property {Float32Array} bits [row]: the Jensen–Shannon divergence of the two rows
 * @property {boolean[]} hasChoice [row]: whether its word may look at more than one, on both sides
 */

const ROWS = 64; // of a long text, so many evenly spaced rows speak for all
const TOLD = 3; // rows that differ most
const LEAST = 1e-6; // bits: below, two rows do not differ

// (Columns are rows where a text looks at itself.)
/** @type {(rows: ComparedRow[], a: Side, b: Side, columns?: ComparedRow[]) => Compared} */
export function compared(rows, a, b, columns = rows) {
  const [first, second] = [spread(rows, columns, 0, a), spread(rows, columns, 1, b)];
  const [p, q] = [first, second].map((values) => values.map((value) => value || 0));
  const difference = first.map((value, i) => value - second[i]);
  /** @type {(values: Float32Array, row: number) => boolean} */
  const chooses = (values, row) => {
    return rowIn(values, row, columns.length).filter((value) => !Number.isNaN(value)).length > 1;
  };
  const hasChoice = rows.map((_, row) => chooses(first, row) && chooses(second, row));
  return { first, second, difference, bits: rowDivergences(p, q, rows.length, columns.length), hasChoice };
}

/** @type {(values: Float32Array, row: number, count: number) => Float32Array} */
function rowIn(values, row, count) {
  return values.subarray(row * count, (row + 1) * count);
}

/** @type {(found: Compared) => number} how many columns it has */
function columnCount({ first, bits }) {
  return first.length / bits.length;
}

// Whether both sides have a row, and look somewhere from it.
/** @type {(found: Compared, row: number) => boolean} */
export function isInBoth(found, row) {
  const count = columnCount(found);
  return [found.first, found.second].every((values) => {
    return rowIn(values, row, count).some((value) => value < 0 || value > 0);
  });
}

// The rows among these that are in both and have a choice; where none has a choice, all that are in both.
/** @type {(found: Compared, rows: number[]) => number[]} */
export function comparedRows(found, rows) {
  const both = rows.filter((row) => isInBoth(found, row));
  const free = both.filter((row) => found.hasChoice[row]);
  return free.length ? free : both;
}

// The mean divergence of these rows; null where none has one.
/** @type {(found: Compared, rows: number[]) => number | null} */
export function meanOver({ bits }, rows) {
  const told = rows.map((row) => bits[row]).filter((one) => !Number.isNaN(one));
  return told.length ? told.reduce((sum, one) => sum + one, 0) / told.length : null;
}

// The rows among these that differ most, the most unlike first.
/** @type {(found: Compared, rows: number[]) => RowDifference[]} */
export function differingRows(found, rows) {
  const { bits } = found;
  const unlike = comparedRows(found, rows).filter((row) => bits[row] > LEAST);
  unlike.sort((one, other) => bits[other] - bits[one] || one - other);
  return unlike.slice(0, TOLD).map((row) => rowDifference(found, row));
}

// A row, and where each side looks most in it.
/** @type {(found: Compared, row: number) => RowDifference} */
export function rowDifference(found, row) {
  const { first, second, bits } = found;
  /** @type {(values: Float32Array) => Look} */
  const most = (values) => {
    const own = rowIn(values, row, columnCount(found)).map((value) => value || 0);
    const column = own.indexOf(Math.max(...own));
    return [column, own[column]];
  };
  return { row, a: most(first), b: most(second), bits: bits[row] };
}

// The [row, column] in which A and B differ most, among these that are compared; null where they are alike.
/** @typedef {[row: number, column: number]} Cell */
/** @type {(found: Compared, places: number[], columns?: number[]) => Cell | null} */
export function largestDifference(found, places, columns = places) {
  const { difference } = found;
  let most = 0;
  /** @type {[number, number] | null} */
  let best = null;
  for (const row of comparedRows(found, places)) {
    for (const column of columns) {
      const size = Math.abs(difference[row * columnCount(found) + column]);
      if (size > most) [most, best] = [size, [row, column]];
    }
  }
  return best;
}

// The head of the same layer whose rows differ most from this one's on average; of a layer with one head, that head of
// the next. Rows that have no choice in either head are left out.
/** @type {(numbers: Numbers, layer: number, head: number) => Place} */
export function mostUnlikeHead(numbers, layer, head) {
  const { layers } = numbers.part;
  if (layers[layer].heads === 1) {
    const next = (layer + 1) % layers.length;
    return [next, Math.min(head, layers[next].heads - 1)];
  }
  const apart = isLoose(numbers.part, layer) ? rowDistances : rowDivergences;
  const [own, choosing] = [numbers.plain(layer, head), numbers.choosing(layer, head)];
  const unlike = Array.from({ length: layers[layer].heads }, (_, other) => {
    const bits = apart(numbers.plain(layer, other), own, numbers.n, numbers.m);
    const rows = [...new Set([...choosing, ...numbers.choosing(layer, other)])];
    // A row that looks nowhere in one of the two is half a bit from any.
    const sum = rows.reduce((all, row) => all + (Number.isNaN(bits[row]) ? 0.5 : bits[row]), 0);
    return sum / Math.max(1, rows.length);
  });
  return [layer, unlike.indexOf(Math.max(...unlike))];
}

// The head of B that reads the word of A's token `query` most as a head of A does; where B has no such word, or it has
// no choice, the head that reads most alike the rows in common. Rows that have no choice on a side are left out.
/** @type {(rows: ComparedRow[], a: Side, b: Numbers, query: number, columns?: ComparedRow[]) => Place} */
export function mostAlikeHead(rows, a, b, query, columns = rows) {
  const { places } = rowsGoneBy(rows, a, b, query, columns);
  const p = spread(rows, columns, 0, a, places).map((value) => value || 0);
  const choosing = choosingIn(rows, columns, 1, b);
  const unlike = hasLoose(a.numbers.part) || hasLoose(b.part) ? rowDistances : rowDivergences;
  /** @type {Place} */
  let best = [0, 0];
  let least = Infinity;
  for (const [layer, head] of b.heads) {
    const free = choosing(layer, head);
    const q = spread(rows, columns, 1, { numbers: b, layer, head }, places).map((value) => value || 0);
    const bits = unlike(p, q, places.length, columns.length).filter((_, i) => free[places[i]]);
    const mean = bits.reduce((sum, value) => sum + value, 0) / bits.length; // of none: NaN, which is less than nothing
    if (mean < least) [least, best] = [mean, [layer, head]];
  }
  return best;
}

// Whether that head is chosen by the row of the word itself.
/** @type {(rows: ComparedRow[], a: Side, b: Numbers, query: number, columns?: ComparedRow[]) => boolean} */
export function comparesRow(rows, a, b, query, columns = rows) {
  return rowsGoneBy(rows, a, b, query, columns).isOwn;
}

// The rows by which heads are found alike, and whether these are the word's own.
/** @type {(
 *   rows: ComparedRow[], a: Side, b: Numbers, query: number, columns: ComparedRow[],
 * ) => { places: number[], isOwn: boolean }} */
function rowsGoneBy(rows, { numbers, layer, head }, b, query, columns) {
  const own = choosingIn(rows, columns, 0, numbers)(layer, head);
  const choosing = choosingIn(rows, columns, 1, b);
  const heads = b.heads.map(([l, h]) => choosing(l, h));
  const both = [...rows.keys()].filter((row) => {
    return rows[row].tokens.every((tokens) => tokens !== null) && own[row] && heads.some((free) => free[row]);
  });
  const chosen = both.filter((row) => rows[row].tokens[0]?.includes(query));
  if (chosen.length) return { places: chosen, isOwn: true };
  const step = Math.max(1, Math.ceil(both.length / ROWS));
  return { places: both.filter((_, i) => i % step === 0), isOwn: false };
}

// [row] of a head: whether its word may look at more than one word of its side. Heads with one mask have one answer.
/** @type {(
 *   rows: ComparedRow[], columns: ComparedRow[], which: 0 | 1, numbers: Numbers,
 * ) => (layer: number, head: number) => boolean[]} */
function choosingIn(rows, columns, which, { part }) {
  /** @type {number[]} */
  const wordOf = [];
  columns.forEach(({ tokens }, column) => tokens[which]?.forEach((token) => (wordOf[token] = column)));
  /** @type {Map<string, boolean[]>} */
  const known = new Map();
  return (layer, head) => {
    const name = maskName(part, layer, head);
    const found =
      known.get(name) ?? rows.map(({ tokens }) => mayLook(part, layer, head, tokens[which] ?? [], wordOf).length > 1);
    known.set(name, found);
    return found;
  };
}

// A head's weights by the words that stand there, [row, column], of all rows or some: to a word summed over its pieces,
// from it averaged.
/** @type {(
 *   rows: ComparedRow[], columns: ComparedRow[], which: 0 | 1, side: Side, places?: number[],
 * ) => Float32Array} */
function spread(rows, columns, which, { numbers, layer, head }, places) {
  const added = addedOf(numbers.part, layer, head);
  const count = columns.length;
  const { m } = numbers;
  const weights = places ? null : numbers.plain(layer, head); // of some rows, those alone are computed
  const shown = places ?? [...rows.keys()];
  const values = new Float32Array(shown.length * count).fill(NaN);
  shown.forEach((place, i) => {
    const queries = rows[place].tokens[which];
    if (!queries) return;
    const extra = queries.map((query) => added?.row(query));
    const own = queries.map((query) => {
      return weights ? weights.subarray(query * m, (query + 1) * m) : numbers.plainRow(layer, head, query);
    });
    columns.forEach(({ tokens }, j) => {
      const keys = tokens[which];
      if (!keys) return;
      let [sum, isAllowed] = [0, false];
      own.forEach((row, at) => {
        for (const key of keys) {
          sum += row[key];
          isAllowed ||= extra[at]?.[key] !== -Infinity;
        }
      });
      if (isAllowed) values[i * count + j] = sum / queries.length;
    });
  });
  return values;
}
