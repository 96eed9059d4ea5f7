// The address of the page around: what is chosen is written into it here, so that copying it gives the same view, and
// the browser's Back leads to what was chosen before.

import { withParams } from "../state/address.js";

/** @import { Params } from "../state/address.js" */

const SOON = 40; // milliseconds: the browser takes its time over it, and what was chosen is to be drawn first
const PAUSE = 100; // between two addresses: browsers allow so many in a while, and no more

export function createAddress() {
  /** @type {Params} */
  let params = {};
  let isWritten = true;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let last = 0; // when one was written

  function push() {
    clearTimeout(timer);
    timer = undefined;
    if (isWritten) return;
    isWritten = true;
    const search = withParams(location.search, params);
    params = {};
    const isOther = search !== location.search.replace(/^\?/, "");
    if (!isOther) return;
    history.pushState({}, "", `${location.pathname}${search ? `?${search}` : ""}`);
    last = performance.now();
  }

  return {
    /** @type {(params: Params) => void} */
    write(next) {
      params = { ...params, ...next };
      isWritten = false;
      timer ??= setTimeout(push, Math.max(SOON, last + PAUSE - performance.now()));
    },
    // Writes what waits.
    push,
    // Another address has come: what was to be written is of the one before.
    forget() {
      params = {};
      isWritten = true;
    },
  };
}
