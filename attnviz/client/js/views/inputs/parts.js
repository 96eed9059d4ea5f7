// The parts of a model that has several, to choose one: the encoder, the decoder, and what the decoder sees of the
// encoder; or the tower that reads a picture, and the one that reads a text.

import { element } from "../../draw/paint.js";
import { createListeners, IDLE, vacate } from "../view.js";

/** @import { State } from "../../state/schema.js" */
/** @import { CreateView } from "../view.js" */

/** @type {Record<State["part"], string>} */
const TITLES = {
  "": "All",
  encoder: "Encoder",
  decoder: "Decoder",
  cross: "Cross-attention",
  image: "Picture",
  text: "Text",
};

let made = 0;

/** @type {CreateView} */
export const createParts = (root, { context, actions }) => {
  const listeners = createListeners();
  const group = `attnviz-part-${(made += 1)}`; // a page may have two of them
  /** @type {HTMLInputElement[]} */
  let choices = [];
  let drawn = "";
  listeners.on(root, "change", ({ target }) => {
    if (target instanceof HTMLInputElement) actions.choosePart(/** @type {State["part"]} */ (target.value));
  });

  return {
    ...IDLE,
    draw() {
      const names = context.trace.header.parts.map(({ name }) => name);
      root.hidden = names.length < 2;
      if (drawn !== names.join()) {
        drawn = names.join();
        const labels = names.map(() => element("label"));
        choices = names.map((name) => {
          const attributes = { type: "radio", name: group, value: name };
          return /** @type {HTMLInputElement} */ (element("input", "", null, attributes));
        });
        labels.forEach((label, i) => label.append(choices[i], element("span", "", TITLES[names[i]])));
        root.replaceChildren(...labels);
      }
      for (const choice of choices) choice.checked = choice.value === context.state.part;
    },
    destroy: () => vacate(listeners, root),
  };
};
