// What there is to say of a comparison, below its picture.

import { element } from "../../draw/paint.js";
import { comparedInWords } from "../../say/compared.js";
import { IDLE, within } from "../view.js";

/** @import { Piece } from "../../say/compared.js" */
/** @import { Both } from "../../state/both.js" */
/** @import { View } from "../view.js" */

/** @type {(root: HTMLElement, tools: { context: Both }) => View} */
export const createCompared = (root, { context }) => {
  const [said, most, list] = [".said", ".most", ".most ol"].map((name) => within(root, name));

  return {
    ...IDLE,
    draw() {
      const { lines, remarks, rows } = comparedInWords(context);
      said.replaceChildren(...lines.map((line) => filled("p", line)), ...remarks.map((line) => filled("small", line)));
      most.hidden = !rows.length;
      list.replaceChildren(...rows.map((row) => filled("li", row)));
    },
    destroy() {
      for (const box of [said, list]) box.replaceChildren();
    },
  };
};

/** @type {(tag: string, pieces: Piece[]) => HTMLElement} */
function filled(tag, pieces) {
  const box = element(tag);
  box.append(...pieces.map(written));
  return box;
}

// A piece of a sentence. (A word may be written from right to left, and stays where it stands.)
/** @type {(piece: Piece) => Node} */
function written([text, kind]) {
  if (kind === "text") return document.createTextNode(text);
  if (kind === "index") return element("sub", "", text);
  const strong = element("b", "", kind === "strong" ? text : null);
  if (kind === "word") strong.append(element("bdi", "", text));
  return strong;
}
