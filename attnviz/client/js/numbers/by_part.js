// The numbers of a trace, part by part.

import { Numbers } from "./numbers.js";
import { partOf } from "./part.js";

/** @import { Unpacked } from "./part.js" */

// Each part's are made once; after another trace has come, anew.
/** @type {(traceNow: () => Unpacked) => { of: (name: string) => Numbers, clear: () => void }} */
export function numbersByPart(traceNow) {
  /** @type {Map<string, Numbers>} */
  const made = new Map();
  return {
    of(name) {
      const found = made.get(name) ?? new Numbers(partOf(traceNow(), name));
      made.set(name, found);
      return found;
    },
    clear: () => made.clear(),
  };
}
