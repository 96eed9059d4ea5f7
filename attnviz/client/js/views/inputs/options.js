// What of the sentence is shown: special tokens, word pieces merged, one direction of a pair. Only what it has.

import { hasSides } from "../../state/state.js";
import { createListeners, IDLE, selectWithin, within } from "../view.js";

/** @import { State } from "../../state/schema.js" */
/** @import { CreateView } from "../view.js" */

/** @type {CreateView} */
export const createOptions = (root, { context, actions }) => {
  const listeners = createListeners();
  const specials = /** @type {HTMLInputElement} */ (within(root, ".specials input"));
  const words = selectWithin(root, ".words-pick select");
  const filter = selectWithin(root, ".filter select");
  listeners.on(specials, "change", () => actions.choose({ specials: specials.checked }));
  listeners.on(words, "change", () => actions.choose({ words: /** @type {State["words"]} */ (words.value) }));
  listeners.on(filter, "change", () => actions.choose({ filter: /** @type {State["filter"]} */ (filter.value) }));

  return {
    ...IDLE,
    draw() {
      const { state, part } = context;
      const rows = part.isSquare ? [part.queries] : [part.queries, part.keys];
      specials.checked = state.specials;
      words.value = state.words;
      filter.value = state.filter;
      const hasSpecials = rows.some(({ tokens }) => tokens.some((token) => token.special));
      const hasPieces = rows.some((row) => {
        return [row.words.words, row.words.joined].some((way) => new Set(way).size < row.tokens.length);
      });
      show(specials, hasSpecials && !part.isTiled);
      show(words, hasPieces && !part.isTiled);
      show(filter, hasSides(part) && !part.isTiled);
    },
    destroy: listeners.stop,
  };
};

/** @type {(control: HTMLElement, isUsed: boolean) => void} */
function show(control, isUsed) {
  const label = control.closest("label");
  if (label) label.hidden = !isUsed;
}
