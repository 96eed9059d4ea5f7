// The words that look and are looked at: one row of them, or, between two texts, a row each with its heading.

import { headings, headName } from "../../say/words.js";
import { within } from "../view.js";
import { createWords } from "./words.js";

/** @import { CreateView } from "../view.js" */

const ONE = "The sentence: choose the word that looks";

/** @type {CreateView} */
export const createSentence = (root, tools) => {
  const { context } = tools;
  const boxes = {
    queries: { heading: within(root, ".queries-heading"), row: within(root, ".words.queries") },
    keys: { heading: within(root, ".keys-heading"), row: within(root, ".words.keys") },
  };
  const rows = [createWords(boxes.queries.row, tools, "queries"), createWords(boxes.keys.row, tools, "keys")];

  // Of a long text also whose weights its words tell (words.js), and whether the page has computed them of rounded
  // vectors.
  function one() {
    const { state, numbers, part, from, covered } = context;
    if (!part.isTiled || covered) return ONE;
    const about = numbers.isExact(state.layer, state.head, [state.query]) ? "" : "about ";
    return `${ONE}; each tells ${about}how much ${from()} looks at it in ${headName([state.layer, state.head])}`;
  }

  return {
    measure(isAnew) {
      for (const row of rows) row.measure(isAnew);
    },
    draw() {
      const { isSquare, name } = context.part;
      const [queries, keys] = headings(context.trace.header.parts, name);
      boxes.queries.heading.textContent = queries;
      boxes.keys.heading.textContent = keys;
      const areWords = !isSquare && !context.part.sound; // a sound is not written out
      boxes.queries.heading.hidden = isSquare;
      boxes.keys.heading.hidden = boxes.keys.row.hidden = !areWords;
      boxes.queries.row.setAttribute("aria-label", isSquare ? one() : `${queries}: choose the word that looks`);
      boxes.keys.row.setAttribute("aria-label", isSquare ? "" : `${keys}: what is looked at`);
      for (const row of rows) row.draw();
    },
    mark() {
      for (const row of rows) row.mark();
    },
    describe() {
      for (const row of rows) row.describe();
    },
    destroy() {
      for (const row of rows) row.destroy();
    },
  };
};
