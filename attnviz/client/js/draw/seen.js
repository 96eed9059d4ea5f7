// A picture as a head sees it: each patch in the light of its weight, so that what is looked at stands clear and the
// rest lies in the dark. Pure: from pixels and weights to pixels and marks.

import { rowOnPatches } from "../state/seen_picture.js";
import { short } from "../say/words.js";
import { image, SMALL } from "./paint.js";

/** @import { Picture } from "../numbers/part.js" */
/** @import { Context } from "../state/context.js" */
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

// The weights in their patches, where there is room.
/**
 * @param {Pen} pen
 * @param {Picture} picture
 * @param {Token[]} tokens
 * @param {Box} whole
 * @param {(token: number) => [weight: number, text: string]} said
 */
function drawNumbers(pen, picture, tokens, whole, said) {
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

const LARGEST = 480; // pixels of its longer side

// How large a picture is shown on so many pixels.
/** @type {(picture: Picture, wide: number, tall: number) => Box} */
export function boxOf({ columns, rows }, wide, tall) {
  const scale = Math.min(wide, LARGEST, Math.max(240, tall)) / Math.max(columns, rows);
  return { x: 0, y: 0, width: Math.floor(columns * scale), height: Math.floor(rows * scale) };
}

// All of it, in a box of so many pixels' width: lit, with its numbers, the patch that looks and the one looked at; how
// high it is.
/** @type {(pen: Pen, context: Context, wide: number) => number} */
export function drawPicture(pen, context, wide) {
  const { picture, keys } = context.part;
  if (!picture) return 0;
  const whole = boxOf(picture, wide, LARGEST);
  drawSeen(pen, context, whole);
  frameChosen(pen, context, (token) => placeOfPatch(picture, keys.tokens[token], whole));
  return whole.height;
}

// The picture in the light of the chosen row, and its numbers.
/** @type {(pen: Pen, context: Context, whole: Box) => void} */
export function drawSeen(pen, context, whole) {
  const { picture, keys } = context.part;
  if (!picture) return;
  const { weights, most } = rowOnPatches(context);
  /** @type {(token: number) => number} */
  const weightOf = (token) => weights.get(token) ?? 0;
  const pixels = litPixels(picture, keys.tokens, (token) => Math.abs(weightOf(token)) / most);
  image(pen, pixels, picture.rows, picture.columns, whole);
  drawNumbers(pen, picture, keys.tokens, whole, (token) => {
    const weight = weightOf(token);
    return [weight, weight < 0 ? short(weight) : weight.toFixed(2)];
  });
}

// Frames around the patch that looks, and the one that is looked at.
/** @type {(pen: Pen, context: Context, placeOf: (token: number) => Box) => void} */
export function frameChosen(pen, { part, state, palette }, placeOf) {
  const { tokens } = part.keys;
  const { key } = state;
  if (key !== null && tokens[key].box) framePatch(pen, placeOf(key), { color: palette.accent, width: 3 });
  if (!tokens[state.query]?.box) return;
  framePatch(pen, placeOf(state.query), { color: palette.roles.q, width: 3, dash: [6, 3] });
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
