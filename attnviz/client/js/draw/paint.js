// Canvases: sized to the screen's pixels, matrices painted as pictures.

/** @import { SvgPen } from "./pen.js" */

/** @typedef {CanvasRenderingContext2D} Context2D */
/** @typedef {Context2D | SvgPen} Pen what the large figure is drawn with: shown, or saved */
/** @typedef {{ x: number, y: number, width: number, height: number }} Box in pixels */
/** @typedef {{ width: number, height: number, zoom: number }} Shown in pixels, and how many times as large */
/** @typedef {Record<string, string | number | boolean>} Attributes */

export const FAMILY = '"Source Sans", "Source Sans 3", "Noto Sans", system-ui, sans-serif';
export const FONT = `12px ${FAMILY}`;
export const SMALL = `12px ${FAMILY}`;
export const BOLD = `bold 12px ${FAMILY}`;

// A cleared canvas of so many pixels, shown `zoom` times as large. (Its font is set when it gets another size, not each
// time: setting it makes the browser bring all styles on the page up to date first. Where nothing is written, it is
// null.)
/** @type {(canvas: HTMLCanvasElement, size: Shown, font?: string | null) => Context2D} */
export function surface(canvas, { width, height, zoom }, font = FONT) {
  const ratio = zoom * (globalThis.devicePixelRatio || 1);
  const [across, down] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  const context = /** @type {Context2D} */ (canvas.getContext("2d"));
  if (canvas.width !== across || canvas.height !== down) {
    canvas.width = across;
    canvas.height = down;
    canvas.style.width = `${zoom * width}px`;
    canvas.style.height = `${zoom * height}px`;
    if (font) context.font = font;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

// A picture of rows × columns pixels, stretched over a box without smoothing.
/** @type {(context: Pen, pixels: Uint32Array, rows: number, columns: number, box: Box) => void} */
export function image(context, pixels, rows, columns, box) {
  if ("pixels" in context) {
    context.pixels(pixels, rows, columns, box);
    return;
  }
  const buffer = /** @type {ArrayBuffer} */ (pixels.buffer);
  const bytes = new Uint8ClampedArray(buffer, pixels.byteOffset, 4 * rows * columns);
  const { canvas, pen } = scratchOf(rows, columns);
  pen.putImageData(new ImageData(bytes, columns, rows), 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, box.x, box.y, box.width, box.height);
}

const SCRATCHES = 12;
/** @type {Map<string, ReturnType<typeof scratchOf>>} */
const scratches = new Map();

// A canvas of exactly that size, to be drawn from: the last few sizes are kept, since making one takes a while.
/** @type {(rows: number, columns: number) => { canvas: OffscreenCanvas, pen: OffscreenCanvasRenderingContext2D }} */
function scratchOf(rows, columns) {
  const name = `${rows} ${columns}`;
  let found = scratches.get(name);
  if (!found) {
    const canvas = new OffscreenCanvas(columns, rows);
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    found = { canvas, pen: /** @type {OffscreenCanvasRenderingContext2D} */ (pen) };
    scratches.set(name, found);
    if (scratches.size > SCRATCHES) scratches.delete(/** @type {string} */ (scratches.keys().next().value));
  }
  return found;
}

// As many pixels as a box has on the screen.
/** @type {(length: number, zoom: number) => number} */
export function onScreen(length, zoom) {
  return Math.max(1, Math.round(length * zoom * (globalThis.devicePixelRatio || 1)));
}

// Which of `count` labels along `length` pixels have room; the chosen ones always.
/** @type {(count: number, length: number, room: number, chosen?: number[]) => number[]} */
export function written(count, length, room, chosen = []) {
  const step = Math.max(1, Math.ceil((count * room) / Math.max(length, 1)));
  const shown = chosen.filter((i) => i >= 0);
  /** @type {(i: number) => boolean} */
  const clear = (i) => shown.every((c) => c === i || Math.abs(c - i) >= step);
  const places = [];
  for (let i = 0; i < count; i++) if (shown.includes(i) || (i % step === 0 && clear(i))) places.push(i);
  return places;
}

const CUTS = 2000; // texts whose width, or what is left of them, is remembered
/** @type {Map<string, number>} */
const widths = new Map();
/** @type {OffscreenCanvasRenderingContext2D | null} */
let ruler = null;

// How wide a text is drawn.
/** @type {(text: string, font?: string) => number} */
export function widthOf(text, font = FONT) {
  const name = `${font} ${text}`;
  let found = widths.get(name);
  if (found === undefined) {
    ruler ??= /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(1, 1).getContext("2d"));
    ruler.font = font;
    found = ruler.measureText(text).width;
    if (widths.size > CUTS) widths.clear();
    widths.set(name, found);
  }
  return found;
}

/** @type {Map<string, string>} */
const cuts = new Map();

// A text cut to so many pixels.
/** @type {(context: Pen, text: string, width: number) => string} */
export function cut(context, text, width) {
  const name = `${Math.round(width)} ${text}`;
  let found = cuts.get(name);
  if (found === undefined) {
    found = text;
    const characters = [...text];
    while (characters.length > 1 && context.measureText(found).width > width) {
      characters.pop();
      found = `${characters.join("")}…`;
    }
    if (cuts.size > CUTS) cuts.clear();
    cuts.set(name, found);
  }
  return found;
}

// An element with a class and a text (never markup).
/** @type {(tag: string, name?: string, text?: string | null, attributes?: Attributes) => HTMLElement} */
export function element(tag, name = "", text = null, attributes = {}) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== null) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

// As many children as are needed. Those that stay keep their place, so that none loses the focus.
/** @type {(root: Element, count: number, make: () => Element) => Element[]} */
export function childrenOf(root, count, make) {
  while (root.children.length > count) root.lastElementChild?.remove();
  while (root.children.length < count) root.append(make());
  return [...root.children];
}
