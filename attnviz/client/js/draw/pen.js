// A pen that writes SVG. It has what the large figure's drawing uses of a canvas's context, so that the picture that is
// saved is drawn by the same functions as the one that is shown.

import { FAMILY, FONT, widthOf } from "./paint.js";

/** @import { Box } from "./paint.js" */

/** @typedef {Record<string, string | number | undefined>} Attributes without those that are undefined */
/** @typedef {(pixels: Uint32Array, rows: number, columns: number) => string} Encode pixels to a picture's address */

const MOST_RECTANGLES = 10_000; // cells past which a matrix is a picture in the picture
const LOOKS = /** @type {const} */ ([
  "fillStyle",
  "strokeStyle",
  "lineWidth",
  "globalAlpha",
  "font",
  "textAlign",
  "textBaseline",
  "dash",
  "moves",
]);

export class SvgPen {
  /** @param {Encode} [encode] */
  constructor(encode = encoded) {
    this.encode = encode;
    this.fillStyle = "#000000";
    this.strokeStyle = "#000000";
    this.lineWidth = 1;
    this.globalAlpha = 1;
    this.font = FONT;
    /** @type {CanvasTextAlign} */
    this.textAlign = "left";
    /** @type {CanvasTextBaseline} */
    this.textBaseline = "alphabetic";
    /** @type {number[]} */
    this.dash = [];
    /** @type {string[]} */
    this.moves = []; // where its origin is
    this.path = "";
    /** @type {Record<string, unknown>[]} */
    this.saved = [];
    /** @type {string[]} */
    this.marks = []; // what is drawn, as SVG
  }

  save() {
    this.saved.push(Object.fromEntries(LOOKS.map((name) => [name, this[name]])));
  }

  restore() {
    Object.assign(this, this.saved.pop());
  }

  /** @type {(x: number, y: number) => void} */
  translate(x, y) {
    this.moves = [...this.moves, `translate(${rounded(x)} ${rounded(y)})`];
  }

  /** @type {(angle: number) => void} */
  rotate(angle) {
    this.moves = [...this.moves, `rotate(${rounded((180 * angle) / Math.PI)})`];
  }

  /** @type {(dash: number[]) => void} */
  setLineDash(dash) {
    this.dash = dash;
  }

  beginPath() {
    this.path = "";
  }

  /** @type {(x: number, y: number) => void} */
  moveTo(x, y) {
    this.path += `M${rounded(x)} ${rounded(y)}`;
  }

  /** @type {(x: number, y: number) => void} */
  lineTo(x, y) {
    this.path += `L${rounded(x)} ${rounded(y)}`;
  }

  stroke() {
    this.mark("path", { d: this.path, ...this.line() });
  }

  /** @type {(x: number, y: number, width: number, height: number) => void} */
  strokeRect(x, y, width, height) {
    this.mark("rect", { x, y, width, height, ...this.line() });
  }

  /** @type {(x: number, y: number, width: number, height: number) => void} */
  fillRect(x, y, width, height) {
    this.mark("rect", { x, y, width, height, fill: this.fillStyle });
  }

  /** @type {(text: string, x: number, y: number) => void} */
  fillText(text, x, y) {
    const { isBold, size } = sizeOf(this.font);
    // Many programs do not know dominant-baseline: the middle of small letters is about a third of the size up.
    const down = this.textBaseline === "middle" ? 0.35 * size : 0;
    const anchor = this.textAlign === "right" ? "end" : this.textAlign === "center" ? "middle" : "start";
    const look = { "font-size": size, "text-anchor": anchor, "font-weight": isBold ? "bold" : undefined };
    this.mark("text", { x, y: y + down, fill: this.fillStyle, ...look }, text);
  }

  /** @type {(text: string) => { width: number }} */
  measureText(text) {
    return { width: widthOf(text, this.font) };
  }

  // Rows × columns of colours over a box (paint.js, image).
  /** @type {(pixels: Uint32Array, rows: number, columns: number, box: Box) => void} */
  pixels(pixels, rows, columns, { x, y, width, height }) {
    if (rows * columns > MOST_RECTANGLES) {
      const href = this.encode(pixels, rows, columns);
      const look = { preserveAspectRatio: "none", style: "image-rendering:pixelated" };
      this.mark("image", { x, y, width, height, ...look, href });
      return;
    }
    const [across, down] = [width / columns, height / rows];
    for (let at = 0; at < rows * columns; at++) {
      const pixel = pixels[at];
      const [left, top] = [x + (at % columns) * across, y + Math.floor(at / columns) * down];
      const place = { x: left, y: top, width: across, height: down };
      const alpha = (pixel >>> 24) / 255;
      const look = { fill: hex(pixel), "shape-rendering": "crispEdges" };
      this.mark("rect", { ...place, ...look, "fill-opacity": alpha < 1 ? alpha : undefined });
    }
  }

  line() {
    const dash = this.dash.join(" ") || undefined;
    return { fill: "none", stroke: this.strokeStyle, "stroke-width": this.lineWidth, "stroke-dasharray": dash };
  }

  /** @type {(tag: string, attributes: Attributes, text?: string) => void} */
  mark(tag, attributes, text = "") {
    const opacity = this.globalAlpha < 1 ? this.globalAlpha : undefined;
    const all = written({ ...attributes, opacity, transform: this.moves.join(" ") || undefined });
    this.marks.push(text ? `<${tag} ${all}>${escaped(text)}</${tag}>` : `<${tag} ${all}/>`);
  }

  // All that was drawn, as a file.
  /** @type {(title: string, size: { width: number, height: number, ground: string }) => string} */
  toText(title, { width, height, ground }) {
    const box = { width, height, viewBox: `0 0 ${rounded(width)} ${rounded(height)}` };
    const look = written({ ...box, "font-family": FAMILY, direction: "ltr" });
    return `<svg xmlns="http://www.w3.org/2000/svg" ${look}>
<title>${escaped(title)}</title>
<rect ${written({ width, height, fill: ground })}/>
${this.marks.join("\n")}
</svg>`;
  }
}

/** @type {(attributes: Attributes) => string} */
function written(attributes) {
  /** @type {(value: string | number) => string | number} */
  const text = (value) => (typeof value === "number" ? rounded(value) : escaped(value));
  const given = Object.entries(attributes);
  return given.flatMap(([name, value]) => (value === undefined ? [] : [`${name}="${text(value)}"`])).join(" ");
}

// Text for XML, without the characters that XML does not have.
/** @type {(text: string) => string} */
export function escaped(text) {
  const known = text.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "");
  return known.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** @type {(value: number) => number} */
function rounded(value) {
  return Math.round(100 * value) / 100;
}

/** @type {(font: string) => { isBold: boolean, size: number }} */
function sizeOf(font) {
  return { isBold: /^bold /.test(font), size: Number(/([\d.]+)px/.exec(font)?.[1] ?? 12) };
}

// A pixel (draw/colors.js) as every program reads it.
/** @type {(pixel: number) => string} */
function hex(pixel) {
  const [r, g, b] = [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
  return `#${((r << 16) | (g << 8) | b).toString(16).padStart(6, "0")}`;
}

/** @type {Encode} */
function encoded(pixels, rows, columns) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [columns, rows];
  const buffer = /** @type {ArrayBuffer} */ (pixels.buffer);
  const bytes = new Uint8ClampedArray(buffer, pixels.byteOffset, 4 * rows * columns);
  canvas.getContext("2d")?.putImageData(new ImageData(bytes, columns, rows), 0, 0);
  return canvas.toDataURL("image/png");
}
