// The large figure as a picture to take along: what is shown, drawn with a pen that writes SVG, with its title, what is
// said of the chosen row, the axes' names and the scale. A PNG is that SVG, painted by the browser.

import { axesInWords, legendOf, swatchInWords, titleOf } from "../say/legend.js";
import { joined } from "../say/reading.js";
import { saidOf } from "../say/summary.js";
import { indexOf } from "./colors.js";
import { BOLD, FONT, image, SMALL, widthOf } from "./paint.js";
import { SvgPen } from "./pen.js";
import { Lines, Matrices } from "./picture.js";
import { drawPicture } from "./seen.js";
import { drawSound } from "./sound.js";

/** @import { Legend } from "../say/legend.js" */
/** @import { Piece } from "../say/reading.js" */
/** @import { Context } from "../state/context.js" */
/** @import { Encode } from "./pen.js" */
/** @import { Size } from "./picture.js" */

/** @typedef {{ text: string, width: number, height: number }} Drawing */
/** @typedef {{ top: number, width: number, color: string }} Column where a text goes */

const PNG_SCALE = 2;
const LEAST = 480; // pixels across, on however narrow a page it is saved
const EDGE = 14;
const LINE = 17; // of text
const AXIS = 18; // for the name of an axis
const BAR = { width: 130, height: 10, steps: 65 };

/** @type {(context: Context, kind: "png" | "svg", size: Size) => void} */
export function save(context, kind, size) {
  const drawing = toSvg(context, size);
  const { part, layer, head, of } = context.state;
  const what = { head: `head${head}`, layer: "mean", chosen: "mean-of-chosen", rollout: "rollout" }[of];
  const name = `attnviz-${part ? `${part}-` : ""}layer${layer}-${what}.${kind}`;
  if (kind === "svg") {
    download(new Blob([drawing.text], { type: "image/svg+xml" }), name);
    return;
  }
  const picture = new Image();
  picture.onload = () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [PNG_SCALE * drawing.width, PNG_SCALE * drawing.height];
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => blob && download(blob, name), "image/png");
  };
  picture.onerror = () => save(context, "svg", size); // better the drawing than nothing
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(drawing.text)}`;
}

// What is shown, as SVG text, with its size in pixels.
/** @type {(context: Context, size: Size, encode?: Encode) => Drawing} */
export function toSvg(context, { width, ...further }, encode) {
  const { palette, ground, shownAs } = context;
  const pen = new SvgPen(encode);
  const wide = Math.ceil(Math.max(width, LEAST));
  const texts = { width: wide, color: palette.text };
  const title = titleOf(context);
  let y = paragraph(pen, [[title, true]], { top: EDGE, ...texts });
  const { row, note } = saidOf(context);
  y = paragraph(pen, joined([...row, [` ${note}`, false]]), { top: y + 4, ...texts });

  const own = { picture: drawPicture, sound: drawSound }[/** @type {string} */ (shownAs)];
  if (own) {
    pen.save();
    pen.translate(EDGE, y + 8);
    y += 16 + own(pen, context, wide);
    pen.restore();
    for (const text of legendOf(context, NO_DIFFERENCE).texts) {
      y = paragraph(pen, [[text, false]], { ...texts, top: y, color: palette.faint });
    }
    const size = { width: wide + 2 * EDGE, height: Math.ceil(y) + EDGE, ground };
    return { text: pen.toText(title, size), width: size.width, height: size.height };
  }

  const picture = shownAs === "lines" ? new Lines(context) : new Matrices(context);
  picture.lay({ ...further, width: wide - AXIS });
  pen.save();
  pen.translate(EDGE + AXIS, y + AXIS + 4);
  for (const layer of /** @type {const} */ (["cells", "words", "marks"])) {
    pen.font = picture.fonts[layer];
    picture[layer](pen);
  }
  axes(pen, context, picture);
  pen.restore();

  y = legend(pen, context, picture, { top: y + AXIS + 4 + picture.height + 8, ...texts });
  const size = { width: wide + 2 * EDGE, height: Math.ceil(y) + EDGE, ground };
  return { text: pen.toText(title, size), width: size.width, height: size.height };
}

// The names of the axes: over the keys, and beside the queries.
/** @type {(pen: SvgPen, context: Context, picture: Matrices | Lines) => void} */
function axes(pen, context, picture) {
  const [query, key] = axesInWords(context);
  const top = -AXIS / 2;
  pen.font = SMALL;
  pen.fillStyle = context.palette.faint;
  pen.textBaseline = "middle";
  if (picture instanceof Lines) {
    pen.textAlign = "right";
    pen.fillText(query, picture.place.left - 6, top);
    pen.textAlign = "left";
    pen.fillText(key, picture.place.right + 6, top);
    return;
  }
  pen.textAlign = "center";
  for (const { x, width } of picture.boxes) pen.fillText(key, x + width / 2, top);
  const [{ y, height }] = picture.boxes;
  pen.translate(-AXIS / 2, y + height / 2);
  pen.rotate(-Math.PI / 2);
  pen.fillText(query, 0, 0);
}

// Scale, heads and how to read them; where it ends.
/** @type {(pen: SvgPen, context: Context, picture: Matrices | Lines, column: Column) => number} */
function legend(pen, context, picture, column) {
  const { scale, heads, texts } = legendOf(context, picture instanceof Lines ? NO_DIFFERENCE : picture);
  let { top } = column;
  if (scale) top = scaleBar(pen, scale, column);
  for (const head of heads) {
    pen.strokeStyle = head.color;
    pen.lineWidth = 3;
    pen.setLineDash(head.dash);
    pen.beginPath();
    pen.moveTo(EDGE, top + LINE / 2);
    pen.lineTo(EDGE + 26, top + LINE / 2);
    pen.stroke();
    write(pen, swatchInWords(head), EDGE + 34, top, column.color, FONT);
    top += LINE;
  }
  const faint = context.palette.faint;
  for (const text of texts) top = paragraph(pen, [[text, false]], { ...column, top, color: faint });
  return top;
}

const NO_DIFFERENCE = { most: 0, divergences: new Float32Array(), scale: {} };

/** @type {(pen: SvgPen, scale: NonNullable<Legend["scale"]>, column: Column) => number} */
function scaleBar(pen, { colors, low, high }, { top, color }) {
  write(pen, low, EDGE, top, color, FONT);
  const x = EDGE + widthOf(low, FONT) + 6;
  const pixels = Uint32Array.from({ length: BAR.steps }, (_, i) => colors[indexOf(i / (BAR.steps - 1))]);
  const box = { x, y: top + (LINE - BAR.height) / 2, width: BAR.width, height: BAR.height };
  image(pen, pixels, 1, BAR.steps, box);
  pen.strokeStyle = color;
  pen.lineWidth = 0.5;
  pen.setLineDash([]);
  pen.strokeRect(box.x, box.y, box.width, box.height);
  write(pen, high, x + BAR.width + 6, top, color, FONT);
  return top + LINE + 2;
}

// A text in lines, strong where it is: where it ends.
/** @type {(pen: SvgPen, pieces: Piece[], column: Column) => number} */
function paragraph(pen, pieces, { top, width, color }) {
  let [x, y] = [0, top];
  let run = "";
  let runStart = 0;
  let font = FONT;
  const flush = () => {
    const text = run.trimStart(); // SVG leaves blanks at a text's ends out
    const blank = widthOf(run, font) - widthOf(text, font);
    if (text) write(pen, text.trimEnd(), EDGE + runStart + blank, y, color, font);
    run = "";
    runStart = x;
  };
  for (const [text, isStrong] of pieces) {
    flush();
    font = isStrong ? BOLD : FONT;
    for (const word of text.match(/\s*\S+|\s+/g) ?? []) {
      const wide = widthOf(word, font);
      const isOver = x > 0 && x + wide > width;
      if (isOver) {
        flush();
        [x, y, runStart] = [0, y + LINE, 0];
      }
      run += isOver ? word.trimStart() : word;
      x = runStart + widthOf(run, font);
    }
  }
  flush();
  return y + LINE;
}

/** @type {(pen: SvgPen, text: string, x: number, top: number, color: string, font: string) => void} */
function write(pen, text, x, top, color, font) {
  pen.font = font;
  pen.fillStyle = color;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.fillText(text, x, top + LINE / 2);
}

/** @type {(blob: Blob, name: string) => void} */
function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
