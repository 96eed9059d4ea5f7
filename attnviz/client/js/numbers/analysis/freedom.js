// The part of a row of weights that cannot change anything, as attnviz/analysis/meanings/freedom.py has it: with
// T = [V, 1], what of the row is in the left null space of T (Brunner et al. 2020, section 3). In float64;
// tests/explorer/test_page_freedom.py holds it against the package.

const MOST_SPENT = 128; // keys that lose their weight on the way to the furthest row: on a long text it ends there
const LITTLE = 1e-6; // of a length: a direction that is too short to go along
const NOTHING = 1e-10; // of the longest column: what is left of one that the others make up

/** @typedef {Float64Array[]} Columns each of as many numbers as there are keys among which one looks */

/**
 * A row, and how it could be another with the same context and sum. All of [key]; keys that are not seen have 0.
 *
 * @typedef {object} Freedom
 * @property {Float64Array} row
 * @property {Float64Array} effective its projection on the columns of T: what has an effect
 * @property {Float64Array} null the rest: it adds nothing to context or sum
 * @property {number} rank how many columns of T are independent
 * @property {number} free in how many directions the row may move; 0: it is the only one
 * @property {number} share how much of the row's length changes nothing
 * @property {() => Float64Array} furthest a row far away, in which no weight has changed its sign; computed when asked
 * @property {(step?: number) => Float64Array} moved so much of the way there, 1 all of it
 * @property {(share?: number) => Float64Array} apart a row that is so much of the row's length away, weights below 0
 *   allowed
 * @property {(direction: ArrayLike<number>) => Float64Array} along what of a direction changes nothing
 */

// row [key], values [key, width] row after row, seen [key]: whether the query may look there (all keys, if not said).
/** @type {(row: ArrayLike<number>, values: ArrayLike<number>, width: number, seen?: ArrayLike<boolean | number>) =>
 *   Freedom} */
export function freedom(row, values, width, seen) {
  const weights = Float64Array.from(row);
  const keys = [...weights.keys()].filter((key) => !seen || seen[key]);
  const found = leftNull(values, width, weights, keys);
  const length = norm(weights);
  /** @type {Float64Array | null} */
  let kept = null;
  /** @type {(direction: ArrayLike<number>) => Float64Array} */
  const along = (direction) => leftNull(values, width, Float64Array.from(direction), keys).null;
  const furthest = () => (kept ??= furthestFrom(weights, values, width, keys));
  return {
    row: weights,
    effective: weights.map((weight, key) => weight - found.null[key]),
    null: found.null,
    rank: found.rank,
    free: keys.length - found.rank,
    share: length ? norm(found.null) / length : 0,
    furthest,
    moved: (step = 1) => weights.map((weight, key) => weight + step * (furthest()[key] - weight)),
    apart: (by = 0.5) => (keys.length > found.rank ? apartFrom(weights, found.null, keys, along, by) : weights.slice()),
    along,
  };
}

// Against the null part, or where the row has none along the first other direction there is, the least weights first.
/** @type {(row: Float64Array, nothing: Float64Array, keys: number[],
 *   along: (direction: ArrayLike<number>) => Float64Array, share: number) => Float64Array} */
function apartFrom(row, nothing, keys, along, share) {
  const size = norm(row);
  let away = /** @type {Float64Array} */ (nothing.map((one) => -one));
  for (const key of [...keys].sort((a, b) => row[a] - row[b])) {
    if (norm(away) > LITTLE * size) break;
    away = along(row.map((_, one) => (one === key ? size : 0)));
  }
  const times = (share * size) / norm(away);
  return row.map((weight, key) => weight + times * away[key]);
}

// Step by step: first away from the null part, then on away from the row, each time in the null space of the keys that
// still have weight, and until one of them has none left.
/** @type {(row: Float64Array, values: ArrayLike<number>, width: number, keys: number[]) => Float64Array} */
function furthestFrom(row, values, width, keys) {
  const moved = row.slice();
  const least = NOTHING * norm(row);
  let support = keys.filter((key) => row[key] !== 0);
  for (let spent = 0; spent < MOST_SPENT; spent++) {
    const away = moved.map((weight, key) => weight - row[key]);
    const wanted = away.some((one) => one !== 0) ? away : row.map((weight) => -weight);
    const step = leftNull(values, width, wanted, support).null;
    let [first, times] = [-1, Infinity];
    for (const key of support) {
      const until = step[key] * moved[key] < 0 ? -moved[key] / step[key] : Infinity;
      if (until < times) [first, times] = [key, until];
    }
    if (norm(step) <= least || first < 0) break;
    for (const key of support) moved[key] += times * step[key];
    moved[first] = 0;
    support = support.filter((key) => key !== first);
  }
  return moved;
}

// The part of a row that is orthogonal to all columns of T among these keys, and how many of these are independent.
/** @type {(values: ArrayLike<number>, width: number, row: Float64Array, keys: number[]) =>
 *   { null: Float64Array, rank: number }} */
function leftNull(values, width, row, keys) {
  const columns = Array.from({ length: width }, (_, c) => Float64Array.from(keys, (key) => values[key * width + c]));
  const basis = independent([...columns, new Float64Array(keys.length).fill(1)]);
  const own = Float64Array.from(keys, (key) => row[key]);
  for (let again = 0; again < 2; again++) takeAway(own, basis); // the second time, what rounding has left
  const rest = new Float64Array(row.length);
  keys.forEach((key, i) => (rest[key] = own[i]));
  return { null: rest, rank: basis.length };
}

// Orthonormal columns that span the same, by Gram and Schmidt's method, the longest of what is left first. The columns
// are used up.
/** @type {(columns: Columns) => Columns} */
export function independent(columns) {
  const least = NOTHING * Math.max(0, ...columns.map(norm));
  const most = Math.min(columns.length, columns[0].length);
  /** @type {Columns} */
  const found = [];
  while (found.length < most) {
    const lengths = columns.map(norm);
    const column = columns[lengths.indexOf(Math.max(...lengths))].slice();
    takeAway(column, found);
    const length = norm(column);
    if (length <= least) break;
    for (let i = 0; i < column.length; i++) column[i] /= length;
    found.push(column);
    for (const rest of columns) takeAway(rest, [column]);
  }
  return found;
}

// In place: what of a vector lies along orthonormal columns, taken away.
/** @type {(vector: Float64Array, columns: Columns) => void} */
function takeAway(vector, columns) {
  const shares = columns.map((column) => dot(column, vector));
  columns.forEach((column, c) => {
    for (let i = 0; i < vector.length; i++) vector[i] -= shares[c] * column[i];
  });
}

/** @type {(a: Float64Array, b: Float64Array) => number} */
function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** @type {(vector: Float64Array) => number} */
const norm = (vector) => Math.sqrt(dot(vector, vector));
