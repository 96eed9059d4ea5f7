// What is chosen, kept in one place: whoever subscribes hears of every change, in the same event.

/**
 * @template T
 * @typedef {object} Store
 * @property {T} state plain data, frozen
 * @property {(next: T) => boolean} apply whether that is another state
 * @property {(listener: (state: T, before: T) => void) => () => void} subscribe returns how to unsubscribe
 */

/**
 * @template {object} T
 * @param {T} first
 * @returns {Store<T>}
 */
export function createStore(first) {
  let state = Object.freeze({ ...first });
  /** @type {Set<(state: T, before: T) => void>} */
  const listeners = new Set();
  return Object.freeze({
    get state() {
      return state;
    },
    apply(/** @type {T} */ next) {
      if (JSON.stringify(next) === JSON.stringify(state)) return false;
      const before = state;
      state = Object.freeze({ ...next });
      for (const listener of [...listeners]) listener(state, before);
      return true;
    },
    subscribe(/** @type {(state: T, before: T) => void} */ listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
}
