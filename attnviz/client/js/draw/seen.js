// A picture as a head sees it: each patch in the light of its weight, so that what is looked at stands clear and the
// rest lies in the dark. Pure: from pixels and weights to pixels and marks.

import { image, SMALL } from "./paint.js";

/** @import { Picture } from "../numbers/part.js" */
/** @import { Token } from "../state/schema.js" */
/** @import { Box, Pen } from "./paint.js" */

/** @typedef {(token: number) => number} LightOf a patch, from 0 to 1 */
/** @typedef {{ color: string, width: number, dash?: number[] }} Stroke */

const DARK = 0.2; // of a pixel's light that stays where there is no weight
const LEAST = 0.005; // a weight that would be written as 0.00 is not
const ROOM = 30; // pixels of a patch's side that a number needs

// The pixels in that light. The root spends the light where most weights are: near 0.
/** @type {(picture: Picture, tokens: Token[], lightOf: LightOf) => Uint32Array} */
export function litPixels({ columns, rows, pixels, patches }, tokens, lightOf) {
  const lit = new Uint32Array(columns * rows);
  const light = new Float32Array(columns * rows).fill(DARK);
  for (const token of patches) {
    const share = DARK + (1 - DARK) * Math.sqrt(Math.min(1, Math.max(0, lightOf(token))));
    const [x, y, width, height] = /** @type {[number, number, number, number]} */ (tokens[token].box);
    for (let i = y; i < y + height; i++) light.fill(share, i * columns + x, i * columns + x + width);
  }
  for (let at = 0; at < lit.length; at++) {
    const [r, g, b] = [0, 1, 2].map((channel) => Math.round(pixels[3 * at + channel] * light[at]));
    lit[at] = ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  }
  return lit;
}

// Where a patch lies in a box that the whole picture fills.
/** @type {(picture: Picture, token: Token, box: Box) => Box} */
export function placeOfPatch({ columns, rows }, { box }, whole) {
  const [x, y, width, height] = /** @type {[number, number, number, number]} */ (box);
  const [across, down] = [whole.width / columns, whole.height / rows];
  return { x: whole.x + x * across, y: whole.y + y * down, width: width * across, height: height * down };
}

// The patch at a place in that box; -1 where there is none.
/** @type {(picture: Picture, tokens: Token[], whole: Box, x: number, y: number) => number} */
export function patchAt(picture, tokens, whole, x, y) {
  const found = picture.patches.find((token) => {
    const place = placeOfPatch(picture, tokens[token], whole);
    return x >= place.x && y >= place.y && x < place.x + place.width && y < place.y + place.height;
  });
  return found ?? -1;
}

/** @type {(pen: Pen, picture: Picture, pixels: Uint32Array, whole: Box) => void} */
export function drawLit(pen, { columns, rows }, pixels, whole) {
  image(pen, pixels, rows, columns, whole);
}

// The weights in their patches, where there is room.
/**
 * @param {Pen} pen
 * @param {Picture} picture
 * @param {Token[]} tokens
 * @param {Box} whole
 * @param {(token: number) => [weight: number, text: string]} said
 */
export function drawNumbers(pen, picture, tokens, whole, said) {
  pen.font = SMALL;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  for (const token of picture.patches) {
    const { x, y, width, height } = placeOfPatch(picture, tokens[token], whole);
    const [weight, text] = said(token);
    if (width < ROOM || Math.abs(weight) < LEAST) continue;
    const wide = pen.measureText(text).width + 6;
    pen.globalAlpha = 0.65;
    pen.fillStyle = "#000000";
    pen.fillRect(x + (width - wide) / 2, y + height - 17, wide, 15);
    pen.globalAlpha = 1;
    pen.fillStyle = "#ffffff";
    pen.fillText(text, x + width / 2, y + height - 9);
  }
}

// A frame around a patch, with a dark line around it, so that it is seen on every ground.
/** @type {(pen: Pen, place: Box, stroke: Stroke) => void} */
export function framePatch(pen, { x, y, width, height }, { color, width: line, dash = [] }) {
  for (const [style, wide] of /** @type {[string, number][]} */ ([["#000000", line + 2], [color, line]])) {
    pen.strokeStyle = style;
    pen.lineWidth = wide;
    pen.setLineDash(style === color ? dash : []);
    pen.strokeRect(x + line / 2, y + line / 2, width - line, height - line);
  }
  pen.setLineDash([]);
}
