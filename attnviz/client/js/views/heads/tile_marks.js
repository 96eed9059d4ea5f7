// What is chosen and pointed at in all tiles: a line through each for the words, and frames.

/** @import { Context } from "../../state/context.js" */
/** @import { State } from "../../state/schema.js" */
/** @import { Place } from "../../state/state.js" */
/** @import { BesideTile, Tile } from "./tile.js" */

/** @typedef {Pick<State, "of" | "layer" | "head">} Chosen */
/** @typedef {{ side: number, places: Tile[], beside: BesideTile[] }} Laid */

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Context} context
 * @param {Laid} laid
 * @param {(chosen: Chosen) => Tile | BesideTile | undefined} tileOf
 */
export function markTiles(pen, context, { side, places, beside }, tileOf) {
  const { state, palette, numbers } = context;
  const { rows, columns } = numbers.grouping;
  const at = context.part.picture ? { row: -1, column: -1 } : context.marked(); // there a tile is one row
  pen.fillStyle = palette.accent;
  pen.globalAlpha = 0.6;
  const thin = Math.max(1, Math.min(2, side / Math.max(rows.length, columns.length)));
  for (const { x, y } of [...places, ...beside]) {
    if (at.row >= 0) pen.fillRect(x, y + ((at.row + 0.5) * side) / rows.length - thin / 2, side, thin);
    const along = x + ((at.column + 0.5) * side) / columns.length - thin / 2;
    if (at.column >= 0) pen.fillRect(along, y, thin, side);
  }
  pen.globalAlpha = 1;
  /** @type {(chosen: Chosen, color: string, lineWidth: number, dash?: number[]) => void} */
  const frame = (chosen, color, lineWidth, dash = []) => {
    const tile = tileOf(chosen);
    if (!tile) return;
    pen.strokeStyle = color;
    pen.lineWidth = lineWidth;
    pen.setLineDash(dash);
    pen.strokeRect(tile.x - 1.5, tile.y - 1.5, side + 3, side + 3);
  };
  /** @type {(place: Place) => Chosen} */
  const headAt = ([layer, head]) => ({ of: "head", layer, head });
  state.over.forEach((place, i) => {
    const { color, dash } = context.overlay(i + 1);
    frame(headAt(place), color, 2.5, dash);
  });
  if (state.second) frame(headAt(state.second), palette.text, 2.5, [2, 2]);
  frame(state, palette.accent, 3);
  // Beside a mean, Q, K and V stay those of the chosen head.
  if (state.of !== "head") frame(headAt([state.layer, state.head]), palette.accent, 1.2);
}
