// A head's small picture among all of them: where it stands, and how it is painted.

import { onScreen } from "../../draw/paint.js";
import { cellsAlong, maxPooled } from "../../numbers/grouping.js";
import { THUMBNAIL } from "../../state/schema.js";

/** @import { Numeric, Part } from "../../numbers/part.js" */
/** @import { OfLayer } from "../../numbers/analysis/summary.js" */

/** @typedef {{ layer: number, head: number, x: number, y: number }} Tile a head, and its corner in pixels */
/** @typedef {{ layer: number, of: OfLayer, x: number, y: number }} BesideTile what stands beside a layer's heads */
/** @typedef {{ x: number, y: number, side: number }} Square in pixels */

export const GAP = 3;
export const MARGIN = { left: 20, top: 18 };
const LARGEST = 84;
/** @type {OfLayer[]} */
const KINDS = ["layer", "rollout"];
const SMALLEST = 6;
export const FINGER = 40; // pixels that a finger hits
const APART = 8; // pixels between heads and what stands beside them
const HEADED = 39; // pixels for the heading of such a column

/**
 * Where each tile stands on so many pixels' width: side, height of all, each head's corner, and the corners of what
 * stands beside the heads. None is smaller than `least`: then they are broader than the width.
 *
 * @param {{ heads: number }[]} layers
 * @param {number} width
 * @param {number} [least]
 * @param {(layer: number) => OfLayer[]} [besideHeads]
 */
export function layout(layers, width, least = SMALLEST, besideHeads = () => []) {
  const across = Math.max(...layers.map(({ heads }) => heads));
  const kinds = KINDS.filter((kind) => layers.some((_, layer) => besideHeads(layer).includes(kind)));
  const room = width - MARGIN.left - (kinds.length ? APART : 0);
  // As wide as a head's column, but no narrower than its heading.
  const shared = Math.floor(room / (across + kinds.length));
  const rest = Math.floor((room - kinds.length * HEADED) / across);
  const side = Math.max(least, Math.min(LARGEST, (shared < HEADED ? rest : shared) - GAP));
  const step = side + GAP;
  const headed = Math.max(step, HEADED);
  /** @type {Tile[]} */
  const places = layers.flatMap(({ heads }, layer) =>
    Array.from({ length: heads }, (_, head) => ({
      layer,
      head,
      x: MARGIN.left + head * step,
      y: MARGIN.top + layer * step,
    })),
  );
  const edge = MARGIN.left + across * step;
  const columns = kinds.map((of, i) => ({ of, x: edge + APART + i * headed + (headed - step) / 2 }));
  /** @type {BesideTile[]} */
  const beside = layers.flatMap((_, layer) => {
    const own = columns.filter(({ of }) => besideHeads(layer).includes(of));
    return own.map(({ of, x }) => ({ layer, of, x, y: MARGIN.top + layer * step }));
  });
  const broad = kinds.length ? edge + APART + kinds.length * headed : edge;
  return { side, across, places, columns, beside, width: broad, height: MARGIN.top + layers.length * step };
}

// The small picture of a head that came with the trace.
/** @type {(part: Part, tile: { layer: number, head: number }) => { bytes: Numeric, rows: number, columns: number }} */
export function sentBytes(part, { layer, head }) {
  const all = part.array(`thumbnails${layer}`);
  const size = all.length / part.layers[layer].heads;
  const [rows, columns] = [part.queries, part.keys].map(({ tokens }) => pooledSide(tokens.length));
  return { bytes: all.subarray(head * size, (head + 1) * size), rows, columns };
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

// Along how many cells a small picture shows so many tokens: in blocks of equal size (pooling.py).
/** @type {(tokens: number) => number} */
export function pooledSide(tokens) {
  return cellsAlong(tokens, THUMBNAIL);
}
