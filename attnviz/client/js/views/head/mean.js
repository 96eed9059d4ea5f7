// Where heads lie over one another: a button that shows their mean instead.

import { averaged } from "../../state/summary.js";
import { createListeners, IDLE, within } from "../view.js";

/** @import { CreateView } from "../view.js" */

/** @type {CreateView} */
export const createMean = (root, { context, actions }) => {
  const listeners = createListeners();
  const button = within(root, ".mean");
  listeners.on(button, "click", () => actions.choose(averaged(context.state)));

  return {
    ...IDLE,
    draw: () => actions.afterwards(offer),
    destroy: listeners.stop,
  };

  function offer() {
    const { over, layer, head, of } = context.state;
    const further = over.filter(([l, h]) => l !== layer || h !== head);
    button.hidden = context.headsAlone || !further.length;
    const said = `Mean of these ${further.length + 1} heads`;
    if (button.textContent !== said) button.textContent = said;
    button.setAttribute("aria-pressed", String(of === "chosen"));
  }
};
