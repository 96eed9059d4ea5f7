// On a long text the package's own numbers of a row are asked for when somebody rests on it.

/** @import { Context } from "../../state/context.js" */
/** @import { Actions } from "../../views/view.js" */

const RESTS = 120; // milliseconds until a pointer is said to rest

/** @type {(context: Context, ask: Actions["request"], later: Actions["later"]) => Actions["requestRow"]} */
export function createRest(context, ask, later) {
  /** @type {number[]} */
  let rested = []; // the row that the pointer is on

  return (tokens) => {
    const isExact = () => {
      return context.heads(true).every(({ layer, head }) => context.numbers.isExact(layer, head, tokens));
    };
    if (context.summary || isExact()) return; // a mean is the page's own
    rested = tokens;
    const request = () => {
      if (rested === tokens && context.hover && !isExact()) ask({ rows: tokens });
    };
    later("row", request, RESTS);
  };
}
