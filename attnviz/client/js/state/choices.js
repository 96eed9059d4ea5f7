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
 * @property {(state: State) => boolean} [fetch] asks for those that are not, where they do not come by themselves;
 *   whether it did
 * @property {(state: State) => void} publish is told of every choice made here
 * @property {(change: Partial<State>) => boolean} [leads] makes a choice by itself; whether it did
 */

/** @param {Needs} needs */
export function createChoices({ store, settle, canDraw, fetch, publish, leads }) {
  /** @type {Partial<State> | null} */
  let pending = null;
  let isNews = false; // whether what is pending was chosen here: then it is told

  // A head whose vectors are still on their way is chosen once they are here, and with it what was requested since.
  /** @type {(next: State, change: Partial<State>, isOwn: boolean) => boolean} */
  function mustWait(next, change, isOwn) {
    if (canDraw(next)) return false;
    pending = { ...pending, ...change };
    // Who asks tells what is chosen by now, so what was pending is news once it can be drawn.
    isNews = Boolean(fetch?.(next)) || isNews || isOwn;
    return true;
  }

  /** @type {(asked: Partial<State>) => void} */
  function choose(asked) {
    if (leads?.(asked)) return;
    const change = withOf(asked, { ...store.state, ...pending });
    const next = settle({ ...store.state, ...pending, ...change });
    if (mustWait(next, change, true)) return;
    [pending, isNews] = [null, false];
    if (store.apply(next)) publish(store.state);
  }

  return {
    choose,
    // A choice made elsewhere: in the address, or on the page around.
    follow(/** @type {Partial<State>} */ state) {
      const next = settle({ ...store.state, ...state });
      if (!mustWait(next, state, false)) store.apply(next);
    },
    second(/** @type {Place} */ head) {
      choose(pinnedBeside(store.state, head));
    },
    over(/** @type {Place} */ head) {
      choose(laidOver(store.state, head));
    },
    // What a choice waited for has come.
    resume() {
      if (!pending) return;
      if (isNews) choose({});
      else {
        const next = settle({ ...store.state, ...pending });
        if (mustWait(next, {}, false)) return;
        pending = null;
        store.apply(next);
      }
    },
    // Another trace: its first state, if it can be drawn by now; else `fallback`, and the rest when it can. What is of
    // many heads needs all vectors.
    /** @type {(state: Partial<State>, wanted: Partial<State>, fallback: object) => State} */
    begin(state, wanted, fallback) {
      [pending, isNews] = [null, false];
      const next = settle(state);
      const isOwn = JSON.stringify(next) !== JSON.stringify(settle(fallback));
      return mustWait(next, { of: next.of, ...wanted }, isOwn) ? settle({ ...fallback, of: "head" }) : next;
    },
  };
}
