// A trace that is shown ahead: in the moment of the press that asks for it, before the server has heard of the press.

/** @import { Unpacked } from "../numbers/part.js" */
/** @import { State } from "../state/schema.js" */
/** @import { Explorer } from "./explorer.js" */

// `standing`: the trace that the server sent last.
/** @type {(explorer: Pick<Explorer, "state" | "trace" | "show">, standing: () => Unpacked | undefined) => Ahead} */
export function createAhead(explorer, standing) {
  let shown = ""; // its id, while the server's own is on its way
  let before = explorer.state;
  return {
    show(trace) {
      const { part, layer, head, query, key } = /** @type {State} */ (trace.header.first);
      const { state } = explorer;
      shown = "";
      if (part !== state.part || layer !== state.layer || head !== state.head) return;
      [shown, before] = [trace.header.id, state];
      explorer.show(trace, { ...state, query, key });
    },
    takeBack() {
      const trace = standing();
      if (shown && trace) explorer.show(trace, before);
      shown = "";
    },
    hasShown(trace) {
      const isShown = shown === trace.header.id && explorer.trace?.header.id === trace.header.id;
      shown = "";
      return isShown;
    },
  };
}

/**
 * @typedef {object} Ahead
 * @property {(trace: Unpacked) => void} show what a press will bring; of another head than it was made for, the server
 *   has to say
 * @property {() => void} takeBack it was not asked for after all
 * @property {(trace: Unpacked) => boolean} hasShown whether the trace that the server sends now is shown already
 */
