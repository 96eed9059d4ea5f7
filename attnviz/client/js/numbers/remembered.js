// The last few of what is computed for heads: all of a large model's would be too much to keep.

const KEPT = 6;

// What a name stands for, computed if it is not among the last few.
/**
 * @template T
 * @param {Map<string, T>} map
 * @param {string} name
 * @param {() => T} compute
 * @returns {T}
 */
export function remembered(map, name, compute) {
  let found = map.get(name);
  if (!found) {
    found = compute();
    map.set(name, found);
    if (map.size > KEPT) map.delete(/** @type {string} */ (map.keys().next().value));
  }
  return found;
}
