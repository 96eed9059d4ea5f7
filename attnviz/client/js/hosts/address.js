// The address of the page around: what is chosen is written into it here, so that copying it gives the same view, and
// the browser's Back leads to what was chosen before.

import { withParams } from "../state/address.js";

/** @import { Params } from "../state/address.js" */

const PAUSE = 100; // milliseconds between two addresses: browsers allow so many in a while, and no more

export function createAddress() {
  /** @type {Params} */
  let params = {};
  let isWritten = true;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  function push() {
    if (isWritten) return;
    isWritten = true;
    const search = withParams(location.search, params);
    params = {};
    const isOther = search !== location.search.replace(/^\?/, "");
    if (isOther) history.pushState({}, "", `${location.pathname}${search ? `?${search}` : ""}`);
    timer = setTimeout(() => {
      timer = undefined;
      push();
    }, PAUSE);
  }

  return {
    /** @type {(params: Params) => void} */
    write(next) {
      params = { ...params, ...next };
      isWritten = false;
      if (timer === undefined) push();
    },
    // Another address has come: what was to be written is of the one before.
    forget() {
      params = {};
      isWritten = true;
    },
  };
}
