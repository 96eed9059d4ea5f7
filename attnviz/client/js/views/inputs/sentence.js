// The words that look and are looked at: one row of them, or, between two texts, a row each with its heading.

import { headings } from "../../say/words.js";
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
      boxes.queries.row.setAttribute("aria-label", isSquare ? ONE : `${queries}: choose the word that looks`);
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
