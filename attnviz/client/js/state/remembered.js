// What is computed once for the same things.

// What is computed once for the same things, and again for others.
/**
 * @template T
 * @param {() => unknown[]} things
 * @param {() => T} compute
 * @returns {() => T}
 */
export function remembered(things, compute) {
  /** @type {unknown[] | null} */
  let before = null;
  /** @type {T} */
  let found;
  return () => {
    const now = things();
    if (!before || now.some((one, i) => one !== before?.[i])) {
      found = compute();
      before = now;
    }
    return found;
  };
}
