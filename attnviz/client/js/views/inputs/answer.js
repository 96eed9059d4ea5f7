// What a model answers about the picture, as bars; and what without the head that is looked at.

import { element } from "../../draw/paint.js";
import { short } from "../../say/words.js";
import { IDLE } from "../view.js";

/** @import { CreateView } from "../view.js" */

/** @type {CreateView} */
export const createAnswer = (root, { context }) => {
  let drawn = "";

  return {
    ...IDLE,
    draw() {
      const guess = context.part.picture ? context.guess() : null;
      const { layer, head } = context.state;
      const wanted = JSON.stringify([guess, guess && [layer, head]]);
      if (drawn === wanted) return;
      drawn = wanted;
      if (!guess) {
        root.replaceChildren();
        return;
      }
      const without = guess.without ? [element("p", "faint", "With this head switched off:"), bars(guess.without)] : [];
      root.replaceChildren(element("p", "", "The model answers:"), bars(guess.told), ...without);
    },
    destroy() {
      root.replaceChildren();
    },
  };
};

/** @type {(told: [word: string, probability: number][]) => HTMLElement} */
function bars(told) {
  const list = element("ol");
  for (const [word, probability] of told) {
    const item = element("li");
    const bar = element("i");
    bar.style.width = `${100 * probability}%`;
    item.append(element("span", "", word), bar, element("span", "value", short(probability)));
    list.append(item);
  }
  return list;
}
