// One head says one thing of a word: in which of all heads the chosen word has most to say, and a way to it.

import { element } from "../draw/paint.js";
import { mostOutstanding } from "../numbers/outstanding.js";
import { headName, quoted, short } from "../say/words.js";
import { WHOLE } from "../state/schema.js";
import { createListeners, nothing } from "./view.js";

/** @import { Outstanding } from "../numbers/outstanding.js" */
/** @import { CreateView } from "./view.js" */

/** @type {CreateView} */
export const createOutstanding = (root, { context, actions }) => {
  const listeners = createListeners();
  /** @type {Outstanding | null} */
  let found = null;
  /** @type {unknown[]} */
  let foundFor = [];

  listeners.on(root, "click", (event) => {
    if (!found || !(event.target instanceof HTMLButtonElement)) return;
    const { layer, head, column } = found;
    actions.choose({ layer, head, key: context.numbers.grouping.columns[column].tokens[0] });
  });

  // Every head's weights are computed for it: on a short text, and when nothing else is to be done.
  function look() {
    const { numbers, state, trace } = context;
    const now = [numbers, numbers.grouping, state.query];
    if (now.every((one, i) => one === foundFor[i])) return;
    foundFor = now;
    found = mostOutstanding(numbers, state.query, trace.header.sentences.times);
    write();
  }

  function write() {
    const { numbers, state } = context;
    const { length } = numbers.heads;
    const word = element("b", "", quoted(context.from()));
    if (!found) {
      root.replaceChildren(`In none of the ${length} heads does a link from `, word, " to another word stand out.");
      return;
    }
    const { layer, head, column, weight } = found;
    const link = [word, " → ", element("b", "", quoted(numbers.grouping.columns[column].name))];
    const isHere = layer === state.layer && head === state.head;
    const where = isHere ? "here" : element("button", "", headName([layer, head]), { type: "button" });
    root.replaceChildren(`Over all ${length} heads, `, ...link, ` ${short(weight)} stands out most: `, where);
  }

  return {
    measure: nothing,
    draw() {
      const { numbers, trace } = context;
      const isShort = Object.values(trace.header.rows).every(({ tokens }) => tokens.length <= WHOLE);
      const isAsked = isShort && numbers.isWhole && numbers.heads.length > 1 && context.from() !== "";
      root.hidden = !isAsked;
      if (!isAsked) return;
      if (foundFor[1] === numbers.grouping && foundFor[2] === context.state.query) write();
      else actions.later("outstanding", look);
    },
    mark: nothing,
    describe: nothing,
    destroy() {
      listeners.stop();
      root.replaceChildren();
    },
  };
};
