// Colours from the palette that attnviz/figures/palette.py sends: tables for canvases, CSS for everything else.

/** @typedef {[place: number, color: string][]} Stops of a scale */
/** @typedef {[r: number, g: number, b: number]} Rgb */
/** @typedef {{ color: string, ink: string }} Shade a colour as CSS, and what can be read on it */

const STEPS = 1023;

// A table of colours for numbers 0 to 1, as 32-bit pixels.
/** @type {(stops: Stops) => Uint32Array} */
export function table(stops) {
  const colors = new Uint32Array(STEPS + 1);
  for (let i = 0; i <= STEPS; i++) colors[i] = pixelOf(stops, i / STEPS);
  return colors;
}

/** @type {(share: number) => number} */
export function indexOf(share) {
  return share <= 0 ? 0 : share >= 1 ? STEPS : (share * STEPS + 0.5) | 0; // rounded, in a third of the time
}

// The pixels of signed numbers, from -most to most.
/** @type {(values: ArrayLike<number>, most: number, colors: Uint32Array) => Uint32Array} */
export function signedPixels(values, most, colors) {
  const pixels = new Uint32Array(values.length);
  const factor = 0.5 / most;
  for (let i = 0; i < values.length; i++) pixels[i] = colors[indexOf(0.5 + values[i] * factor)];
  return pixels;
}

// For one byte that holds the root of a weight: its colour.
/** @type {(stops: Stops) => Uint32Array} */
export function rootTable(stops) {
  const colors = new Uint32Array(256);
  for (let i = 0; i < 256; i++) colors[i] = pixelOf(stops, (i / 255) ** 2);
  return colors;
}

// The colour between the stops around it, as [r, g, b].
/** @type {(stops: Stops, place: number) => Rgb} */
export function mixed(stops, place) {
  const pixel = pixelOf(stops, place);
  return [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
}

// The same as a pixel.
/** @type {(stops: Stops, place: number) => number} */
function pixelOf(stops, place) {
  const at = Math.min(Math.max(place, 0), 1);
  let upper = 1;
  while (upper < stops.length - 1 && stops[upper][0] < at) upper++;
  const low = stops[upper - 1][0];
  const share = (at - low) / (stops[upper][0] - low);
  const colors = partsOf(stops);
  const [from, to] = [colors[upper - 1], colors[upper]];
  const r = Math.round(from[0] + (to[0] - from[0]) * share);
  const g = Math.round(from[1] + (to[1] - from[1]) * share);
  const b = Math.round(from[2] + (to[2] - from[2]) * share);
  return (255 << 24) | (b << 16) | (g << 8) | r;
}

/** @type {WeakMap<Stops, Rgb[]>} */
const read = new WeakMap();

// The stops' colours as numbers, read once: a table mixes them a thousand times.
/** @type {(stops: Stops) => Rgb[]} */
function partsOf(stops) {
  let found = read.get(stops);
  if (!found) read.set(stops, (found = stops.map(([, color]) => rgb(color))));
  return found;
}

// Black or white, whichever can be read on a colour (relative luminance, WCAG 2.1).
/** @type {(color: Rgb) => string} */
export function inkOn([r, g, b]) {
  /** @type {(c: number) => number} */
  const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b) > 0.179 ? "#000000" : "#ffffff";
}

/** @type {WeakMap<Stops, Shade[]>} stops → the shades made of them */
const known = new WeakMap();

// The colour of a number 0 to 1, as CSS, and the ink that can be read on it.
/** @type {(stops: Stops, place: number) => Shade} */
export function shade(stops, place) {
  let shades = known.get(stops);
  if (!shades) known.set(stops, (shades = []));
  const at = indexOf(place);
  return (shades[at] ??= shadeOf(mixed(stops, at / STEPS)));
}

/** @type {(color: Rgb) => Shade} */
function shadeOf(color) {
  return { color: css(color), ink: inkOn(color) };
}

/** @type {(color: Rgb) => string} */
export function css([r, g, b]) {
  return `rgb(${r} ${g} ${b})`;
}

/** @type {(color: string) => Rgb} */
export function rgb(color) {
  return /** @type {Rgb} */ ([1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16)));
}

// Heads over one another, told apart by colour, dash and letter. The colours are Okabe and Ito's (2008), made for
// colour-blind eyes; those too faint on white are darkened.
export const OVERLAYS = {
  light: ["#0072b2", "#b34700", "#00775a", "#a0417c", "#6b5900", "#1d1f24"],
  dark: ["#56b4e9", "#ff8f3f", "#2fd3a4", "#e79cc8", "#f0e442", "#f5f6f8"],
};
/** @type {number[][]} */
export const DASHES = [[], [7, 4], [2, 3], [9, 3, 2, 3], [4, 2], [12, 3]];
