// What the Learn page shows: the way, why its steps are there, a row by hand, a head to build.

import { element } from "../../draw/paint.js";
import { CHOICES } from "../../state/schema.js";
import { isKinds } from "../../walk/kinds.js";
import { createListeners, IDLE, vacate } from "../view.js";

/** @import { Context } from "../../state/context.js" */
/** @import { State } from "../../state/schema.js" */
/** @import { CreateView } from "../view.js" */

/** @type {Record<string, string>} */
const TITLES = {
  way: "The way, step by step",
  explore: "All heads",
  why: "Why is it there?",
  row: "A row by hand",
  build: "Build a head",
  kinds: "Three kinds, side by side",
  next: "The next word",
  tries: "What breaks?",
};

// What the page can show of what was read: of several parts no way step by step; the last three are a lesson's.
/** @type {(context: Context) => State["pane"][]} */
function offered({ trace, course, state, inPage }) {
  if (!trace) return [];
  const { header } = trace;
  const isOfWords = !Object.values(header.rows).some(({ picture, sound }) => picture || sound);
  const step = course?.steps[state.at];
  /** @type {State["pane"][]} */
  const way = header.parts.length > 1 || !isOfWords ? ["explore"] : ["way", "explore", "why", "row", "build"];
  if (step && isOfWords && isKinds(header)) way.push("kinds");
  if (step && inPage.lecture?.model.config.predicts === "next") way.push("next");
  if (step?.tries.length) way.push("tries");
  return way;
}

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
    ...IDLE,
    draw() {
      const panes = offered(context);
      for (const input of inputs) {
        const pane = /** @type {State["pane"]} */ (input.value);
        input.checked = pane === context.state.pane;
        /** @type {HTMLElement} */ (input.parentElement).hidden = !panes.includes(pane);
      }
    },
    destroy: () => vacate(listeners, root),
  };
};
