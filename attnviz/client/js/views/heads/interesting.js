// Heads that are worth a look on this text: a button each, which leads there, and what is to be seen in a sentence.

import { element } from "../../draw/paint.js";
import { hasLoose } from "../../numbers/equations/normalizers.js";
import { createListeners, IDLE, indexOfEvent, vacate, within } from "../view.js";

/** @import { Interesting } from "../../state/schema.js" */
/** @import { CreateView } from "../view.js" */

const NONE = "Nothing in particular here. A longer sentence shows more.";
const LOOSE = "What stands out is told by shares, and the weights of this run are none.";
/** @type {Interesting[]} */
const NOTHING = []; // before the notes come

/** @type {CreateView} */
export const createInteresting = (root, { context, actions }) => {
  const listeners = createListeners();
  const [row, said] = [".chips", ".chip-said"].map((name) => within(root, name));
  /** @type {Interesting[]} */
  let shown = NOTHING;

  listeners.on(row, "click", (event) => {
    const chosen = shown[indexOfEvent(event, "button")];
    if (!chosen) return;
    const { layer, head, query } = chosen;
    actions.choose({ layer, head, query, key: null });
  });

  return {
    ...IDLE,
    draw() {
      const found = context.partNotes?.interesting ?? NOTHING;
      if (found !== shown) {
        shown = found;
        const buttons = found.map((one, i) => {
          return element("button", "", one.kind, { type: "button", "data-index": i, title: one.said });
        });
        const none = hasLoose(context.part) ? LOOSE : NONE;
        const heading = found.length ? "Interesting here:" : context.partNotes ? none : "";
        row.replaceChildren(element("span", "faint", heading), ...buttons);
      }
      const { layer, head, query, of } = context.state;
      const isNow = (/** @type {Interesting} */ one) => one.layer === layer && one.head === head && one.query === query;
      const now = of === "head" ? shown.findIndex(isNow) : -1;
      row.querySelectorAll("button").forEach((button, i) => button.setAttribute("aria-pressed", String(i === now)));
      said.textContent = shown[now]?.said ?? "";
    },
    destroy: () => vacate(listeners, row, said),
  };
};
