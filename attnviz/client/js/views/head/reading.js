// What is said of the chosen head and row, in three places of the page.

import { shapeInWords } from "../../say/formulas.js";
import { guessInWords, similarityInWords, write } from "../../say/reading.js";
import { saidOf } from "../../say/summary.js";
import { capital, headName } from "../../say/words.js";
import { nothing, within } from "../view.js";

/** @import { CreateView } from "../view.js" */
/** @import { Context } from "../../state/context.js" */

/** @type {CreateView} */
export const createReading = (root, { context }) => {
  const [about, reading, guess] = [".about", ".reading", ".guess"].map((name) => within(root, name));
  const shape = root.querySelector(".shape"); // of the vectors, where they are shown

  return { measure: nothing, draw, mark: nothing, describe: nothing, destroy };

  function draw() {
    const { layer, head, query, part, words } = context.state;
    // Of a long text what is told besides a row comes once its picture is whole.
    const { tiled } = context.numbers;
    if (context.part.isTiled && !tiled.table(layer, head)) tiled.whenWhole(draw);
    const { row, note } = saidOf(context);
    write(reading, row, note);
    // A picture's answer stands beside it.
    const told = context.shownAs === "picture" ? [] : guessInWords(context);
    write(guess, [...told, ...similarityInWords(context)], "");
    // Beside a mean it has to be said which head this is of.
    about.textContent = context.headInWords(layer, head).slice(context.summary ? 0 : 1).join(" · ");
    const pieces = words === "pieces" ? "" : " Vectors belong to pieces, not to words.";
    const whose = context.summary ? `${capital(headName([layer, head]))}: ` : ""; // that is not what is shown large
    if (shape) shape.textContent = `${whose}${sizeInWords(context)}. Blue negative, red positive.${pieces}`;
    root.dataset.chosen = `${part ? `${part}.` : ""}${layer}.${head}.${query}`;
  }

  function destroy() {
    for (const box of [about, reading, guess, shape]) box?.replaceChildren();
  }
};

// How many numbers Q, K and V have.
/** @type {(context: Context) => string} */
function sizeInWords({ state, part, numbers }) {
  const layer = part.layers[state.layer];
  const [rows, columns] = [numbers.all.rows, numbers.all.columns].map((groups) => {
    return groups.reduce((sum, { tokens }) => sum + tokens.length, 0);
  });
  if (part.isSquare) return shapeInWords(rows, layer);
  const plain = { ...layer, dValue: layer.dHead };
  const values = layer.dValue === layer.dHead ? "" : `, V ${layer.dValue} (d_value) wide`;
  return `Q: ${shapeInWords(rows, plain)}; K and V: ${shapeInWords(columns, plain)}${values}`;
}
