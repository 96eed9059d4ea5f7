// From a request to a choice: made here, on the page around, or as soon as what it needs has come.

import { laidOver, pinnedBeside } from "./state.js";
import { withOf } from "./summary.js";

/** @import { State } from "./schema.js" */
/** @import { Place } from "./state.js" */
/** @import { Store } from "./store.js" */

/**
 * @typedef {object} Needs
 * @property {Store<State>} store
 * @property {(state: object) => State} settle the nearest state that the trace has
 * @property {(state: State) => boolean} canDraw whether the numbers of all its heads are here
 * @property {(state: State) => void} publish is told of every choice made here
 */

/** @param {Needs} needs */
export function createChoices({ store, settle, canDraw, publish }) {
  /** @type {Partial<State> | null} */
  let pending = null;

  // A head whose vectors are still on their way is chosen once they are here, and with it what was requested since.
  /** @type {(next: State, change: Partial<State>) => boolean} */
  function mustWait(next, change) {
    const isReady = canDraw(next);
    if (!isReady) pending = { ...pending, ...change };
    return !isReady;
  }

  /** @type {(asked: Partial<State>) => void} */
  function choose(asked) {
    const change = withOf(asked, { ...store.state, ...pending });
    const next = settle({ ...store.state, ...pending, ...change });
    if (mustWait(next, change)) return;
    pending = null;
    if (store.apply(next)) publish(store.state);
  }

  return {
    choose,
    // A choice made elsewhere: in the address, or on the page around.
    follow(/** @type {Partial<State>} */ state) {
      const next = settle({ ...store.state, ...state });
      if (!mustWait(next, state)) store.apply(next);
    },
    second(/** @type {Place} */ head) {
      choose(pinnedBeside(store.state, head));
    },
    over(/** @type {Place} */ head) {
      choose(laidOver(store.state, head));
    },
    // What a choice waited for has come.
    resume() {
      if (pending) choose({});
    },
    // Another trace: its first state, if it can be drawn by now; else `fallback`, and the rest when it can. What is of
    // many heads needs all vectors.
    /** @type {(state: Partial<State>, wanted: Partial<State>, fallback: object) => State} */
    begin(state, wanted, fallback) {
      pending = null;
      const next = settle(state);
      return mustWait(next, { of: next.of, ...wanted }) ? settle({ ...fallback, of: "head" }) : next;
    },
  };
}
