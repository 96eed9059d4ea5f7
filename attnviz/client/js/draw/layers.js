// The canvases that the large figure is shown on: cells, words and marks each have one of their own, since another head
// has the same words, and often the same marks.

import { surface } from "./paint.js";

/** @import { Context } from "../state/context.js" */
/** @import { Lines, Matrices, Size } from "./picture.js" */

/** @typedef {{ canvas: HTMLCanvasElement, names: HTMLCanvasElement, marks: HTMLCanvasElement }} Canvases */

/** @param {Context} context @param {Canvases} canvases */
export function createLayers(context, { canvas, names, marks }) {
  /** @type {WeakMap<HTMLCanvasElement, string>} */
  const fonts = new WeakMap();
  // What words and marks are drawn from, and of which words.
  const drawn = { words: "", marks: "" };
  /** @type {{ words: unknown, marks: unknown }} */
  const drawnIn = { words: null, marks: null };

  /** @type {(on: HTMLCanvasElement, picture: Matrices | Lines, font: string) => CanvasRenderingContext2D} */
  function penOn(on, { width, height }, font) {
    const pen = surface(on, { width, height, zoom: context.zoom }, font);
    if (fonts.get(on) !== font) pen.font = font;
    fonts.set(on, font);
    return pen;
  }

  /** @type {(layer: "words" | "marks", picture: Matrices | Lines) => boolean} */
  function isDrawn(layer, picture) {
    const [wanted, wantedIn] = [picture.drawnFrom()[layer], context.numbers.grouping];
    if (wanted && drawn[layer] === wanted && drawnIn[layer] === wantedIn) return true;
    [drawn[layer], drawnIn[layer]] = [wanted, wantedIn];
    return false;
  }

  return {
    /** @type {(picture: Matrices | Lines, size: Size) => void} */
    draw(picture, size) {
      picture.lay(size);
      picture.cells(penOn(canvas, picture, picture.fonts.cells));
      if (!isDrawn("words", picture)) picture.words(penOn(names, picture, picture.fonts.words));
    },

    /** @type {(picture: Matrices | Lines) => void} */
    mark(picture) {
      if (!isDrawn("marks", picture)) picture.marks(penOn(marks, picture, picture.fonts.marks));
    },
  };
}
