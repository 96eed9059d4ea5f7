// A head's small picture among all of them: where it stands, and how it is painted.

import { onScreen } from "../draw/paint.js";
import { maxPooled } from "../numbers/grouping.js";
import { THUMBNAIL } from "../state/schema.js";

/** @import { Numeric } from "../numbers/part.js" */

/** @typedef {{ layer: number, head: number, x: number, y: number }} Tile a head, and its corner in pixels */
/** @typedef {{ x: number, y: number, side: number }} Square in pixels */

export const GAP = 3;
export const MARGIN = { left: 20, top: 18 };
const LARGEST = 84;
const SMALLEST = 6;
export const FINGER = 40; // pixels that a finger hits

// Where each tile stands on so many pixels' width: side, height of all, and each head's corner. None is smaller than
// `least`: then they are broader than the width.
/** @param {{ heads: number }[]} layers @param {number} width */
export function layout(layers, width, least = SMALLEST) {
  const across = Math.max(...layers.map(({ heads }) => heads));
  const side = Math.max(least, Math.min(LARGEST, Math.floor((width - MARGIN.left) / across) - GAP));
  const step = side + GAP;
  /** @type {Tile[]} */
  const places = layers.flatMap(({ heads }, layer) =>
    Array.from({ length: heads }, (_, head) => ({
      layer,
      head,
      x: MARGIN.left + head * step,
      y: MARGIN.top + layer * step,
    })),
  );
  return { side, across, places, width: MARGIN.left + across * step, height: MARGIN.top + layers.length * step };
}

// Rows and columns of bytes, each the root of a weight: each pixel the largest of what it stands for, in its colour.
/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Square} square
 * @param {{ bytes: Numeric, rows: number, columns: number, colors: Uint32Array, zoom: number }} shown
 */
export function paintTile(pen, { x, y, side }, { bytes, rows, columns, colors, zoom }) {
  const size = onScreen(side, zoom);
  const small = maxPooled(bytes, rows, columns, size, size);
  const pixels = new Uint32Array(size * size);
  for (let i = 0; i < size; i++) {
    const row = Math.floor((i * small.rows) / size) * small.columns;
    for (let j = 0; j < size; j++) {
      pixels[i * size + j] = colors[small.values[row + Math.floor((j * small.columns) / size)]];
    }
  }
  const data = new ImageData(new Uint8ClampedArray(pixels.buffer), size, size);
  pen.putImageData(data, onScreen(x, zoom), onScreen(y, zoom));
}

// A head that is switched off is crossed out.
/** @type {(pen: CanvasRenderingContext2D, square: Square, color: string) => void} */
export function crossOut(pen, { x, y, side }, color) {
  pen.strokeStyle = color;
  pen.lineWidth = 1.5;
  pen.beginPath();
  pen.moveTo(x + 2, y + 2);
  pen.lineTo(x + side - 2, y + side - 2);
  pen.moveTo(x + side - 2, y + 2);
  pen.lineTo(x + 2, y + side - 2);
  pen.stroke();
}

// Along how many cells a small picture shows so many tokens: in blocks of equal size (analysis/pooling.py).
/** @type {(tokens: number) => number} */
export function pooledSide(tokens) {
  return Math.ceil(tokens / Math.ceil(tokens / THUMBNAIL));
}
