// What the Learn page shows: the way, why its steps are there, a row by hand, a head to build.

import { element } from "../../draw/paint.js";
import { CHOICES } from "../../state/schema.js";
import { createListeners, nothing } from "../view.js";

/** @import { State } from "../../state/schema.js" */
/** @import { CreateView } from "../view.js" */

/** @type {Record<string, string>} */
const TITLES = {
  way: "The way, step by step",
  explore: "All heads",
  why: "Why is it there?",
  row: "A row by hand",
  build: "Build a head",
};

/** @type {CreateView} */
export const createPanes = (root, { context, actions }) => {
  const listeners = createListeners();
  const name = `pane${Math.random()}`; // radios of two explorers in one document are not one group
  for (const pane of CHOICES.pane) {
    const label = element("label");
    label.append(element("input", "", null, { type: "radio", name, value: pane }), TITLES[pane]);
    root.append(label);
  }
  const inputs = /** @type {NodeListOf<HTMLInputElement>} */ (root.querySelectorAll("input"));
  listeners.on(root, "change", ({ target }) => {
    if (target instanceof HTMLInputElement) actions.choose({ pane: /** @type {State["pane"]} */ (target.value) });
  });

  return {
    measure: nothing,
    draw() {
      for (const input of inputs) input.checked = input.value === context.state.pane;
    },
    mark: nothing,
    describe: nothing,
    destroy() {
      listeners.stop();
      root.replaceChildren();
    },
  };
};
