// e to a power of at most 0, in a quarter of Math.exp's time: a long text's head takes a quarter of a million of them.
//
// e^x = 2^(s / 256) · e^r with a whole s and a small rest r: two numbers from tables, and e^r by its series, of which
// the first missing term, r³ / 6, is below 4e-9. (Weights are float32, good to 6e-8.)

const STEPS = 256;
const PER_UNIT = STEPS / Math.LN2;
const LEAST = -700; // e to less than that is 0 in any sum with e^0
const MOST_HALVINGS = 1100;
const HALVINGS = Float64Array.from({ length: MOST_HALVINGS + 1 }, (_, i) => 2 ** (i - MOST_HALVINGS));
const FRACTIONS = Float64Array.from({ length: STEPS }, (_, i) => 2 ** (i / STEPS));

/** @type {(x: number) => number} */
export function exponential(x) {
  if (!(x > LEAST)) return 0;
  const s = (x * PER_UNIT) | 0;
  const r = x - s / PER_UNIT;
  return HALVINGS[MOST_HALVINGS + (s >> 8)] * FRACTIONS[s & 255] * (1 + r * (1 + r / 2));
}
