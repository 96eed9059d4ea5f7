// What is derived from weights in the page: the same as attnviz.analysis.divergence and attnviz.analysis.linking.

const ROUNDING = 1e-3; // of a row's sum: long texts are computed from rounded vectors

/** @import { Link } from "../../state/schema.js" */

// [row]: the Jensen–Shannon divergence of each row of two matrices, in bits (Lin 1991, eq. 4.1). It is one of rows that
// sum to 1: all columns must be there. NaN where a row is empty on one side, or its weights are no shares
// (attnviz.analysis.comparing).
/** @type {(a: ArrayLike<number>, b: ArrayLike<number>, rows: number, columns: number) => Float32Array} */
export function rowDivergences(a, b, rows, columns) {
  const result = new Float32Array(rows);
  for (let i = 0; i < rows; i++) {
    let [bits, first, second, least] = [0, 0, 0, 0];
    for (let j = 0; j < columns; j++) {
      const [p, q] = [a[i * columns + j], b[i * columns + j]];
      const m = (p + q) / 2;
      first += p;
      second += q;
      if (p < least || q < least) least = Math.min(p, q);
      bits += entropyPart(m) - (entropyPart(p) + entropyPart(q)) / 2;
    }
    const areShares = least === 0 && Math.abs(first - 1) <= ROUNDING && Math.abs(second - 1) <= ROUNDING;
    result[i] = areShares ? Math.min(1, Math.max(0, bits / Math.LN2)) : NaN;
  }
  return result;
}

// [row]: half the sum of how far the weights of two rows are apart, for weights that are no shares.
/** @type {(a: ArrayLike<number>, b: ArrayLike<number>, rows: number, columns: number) => Float32Array} */
export function rowDistances(a, b, rows, columns) {
  return Float32Array.from({ length: rows }, (_, i) => {
    let sum = 0;
    for (let j = i * columns; j < (i + 1) * columns; j++) sum += Math.abs(a[j] - b[j]);
    return sum / 2;
  });
}

/** @type {(p: number) => number} */
function entropyPart(p) {
  return p > 0 ? -p * Math.log(p) : 0;
}

// Column sums [column], and sums and counts by distance [rows + columns - 1] (key - query, from 1 - rows): from these
// the mean of all other rows, and of all other cells at the same distance, for any cell. Where a row may not look
// at a key (blocked is 1 there; null: nowhere) it does not count; a row that has no choice (forced is 1 there) counts
// nowhere.
/**
 * @param {ArrayLike<number>} weights
 * @param {number} rows
 * @param {number} columns
 * @param {Uint8Array | null} blocked
 * @param {Uint8Array | null} [forced]
 */
export function tables(weights, rows, columns, blocked, forced = null) {
  const byKey = new Float64Array(columns);
  const lookers = new Float64Array(columns);
  const byOffset = new Float64Array(rows + columns - 1);
  const pairs = new Float64Array(rows + columns - 1);
  for (let i = 0; i < rows; i++) {
    if (forced !== null && forced[i]) continue;
    for (let j = 0; j < columns; j++) {
      if (blocked !== null && blocked[i * columns + j]) continue;
      const weight = weights[i * columns + j];
      byKey[j] += weight;
      lookers[j] += 1;
      byOffset[j - i + rows - 1] += weight;
      pairs[j - i + rows - 1] += 1;
    }
  }
  /** @type {(i: number) => boolean} */
  const isForced = (i) => forced !== null && forced[i] === 1;
  /** @type {(i: number, j: number) => boolean} */
  const isCounted = (i, j) => !isForced(i) && !(blocked !== null && blocked[i * columns + j] === 1);
  return { byKey, lookers, byOffset, pairs, isCounted };
}

/** @typedef {ReturnType<typeof tables>} Table */

// What stands beside a head's weight of one cell: the mean that the key gets from all other words, and what a guess
// from the distance alone gives; null where there is nothing to take a mean of.
/** @param {number} weight @param {Table} table @param {number} row @param {number} column @param {number} rows */
export function beside(weight, table, row, column, rows) {
  const at = column - row + rows - 1;
  const own = table.isCounted(row, column) ? 1 : 0; // where it may not look, or only there, it is not among them
  /** @type {(sum: number, count: number) => number | null} */
  const mean = (sum, count) => (count > own ? (sum - own * weight) / (count - own) : null);
  return {
    others: mean(table.byKey[column], table.lookers[column]),
    position: mean(table.byOffset[at], table.pairs[at]),
  };
}

// How far a weight stands out: above the better of the two guesses; not at all where the word has no choice.
/** @type {(link: Pick<Link, "weight" | "others" | "position" | "forced">) => number} */
export function standsOut({ weight, others, position, forced = false }) {
  return forced ? 0 : weight - Math.max(0, others ?? 0, position ?? 0);
}

// Links, the first the strongest, by "weight" or by "stands out". Equal ones keep the order of layers and heads.
/** @type {(links: Link[], by: string) => Link[]} */
export function ranked(links, by) {
  /** @type {(link: Link) => number} */
  const value = by === "weight" ? (link) => link.weight : standsOut;
  return [...links].sort((a, b) => value(b) - value(a) || a.layer - b.layer || a.head - b.head);
}

// The places of the `count` largest numbers, largest first.
/** @type {(values: ArrayLike<number>, count: number) => number[]} */
export function strongest(values, count) {
  /** @type {number[]} */
  const best = [];
  for (let i = 0; i < values.length; i++) {
    if (best.length === count && !(values[i] > values[best[count - 1]])) continue;
    let at = best.length;
    while (at > 0 && values[i] > values[best[at - 1]]) at--;
    best.splice(at, 0, i);
    if (best.length > count) best.pop();
  }
  return best;
}

// The largest magnitude among numbers; 1 where all are 0, to divide by.
/** @type {(values: ArrayLike<number>) => number} */
export function largest(values) {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]));
  return most || 1;
}

// a − b, and the largest magnitude in it, which is 0 where they are the same.
/** @type {(a: Float32Array, b: Float32Array) => { difference: Float32Array, most: number }} */
export function subtracted(a, b) {
  const difference = new Float32Array(a.length);
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    difference[i] = a[i] - b[i];
    most = Math.max(most, Math.abs(difference[i]));
  }
  return { difference, most };
}
