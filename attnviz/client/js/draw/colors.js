// Colours from the palette that attnviz/figures/palette.py sends: tables for canvases, CSS for everything else.

const STEPS = 1023;

// A table of colours for numbers 0 to 1, as 32-bit pixels.
export function table(stops) {
  const colors = new Uint32Array(STEPS + 1);
  for (let i = 0; i <= STEPS; i++) {
    const [r, g, b] = mixed(stops, i / STEPS);
    colors[i] = (255 << 24) | (b << 16) | (g << 8) | r;
  }
  return colors;
}

export function indexOf(share) {
  return share <= 0 ? 0 : share >= 1 ? STEPS : (share * STEPS + 0.5) | 0; // rounded, in a third of the time
}

// The pixels of signed numbers, from -most to most.
export function signedPixels(values, most, colors) {
  const pixels = new Uint32Array(values.length);
  const factor = 0.5 / most;
  for (let i = 0; i < values.length; i++) pixels[i] = colors[indexOf(0.5 + values[i] * factor)];
  return pixels;
}

// For one byte that holds the root of a weight: its colour.
export function rootTable(stops) {
  const colors = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    const [r, g, b] = mixed(stops, (i / 255) ** 2);
    colors[i] = (255 << 24) | (b << 16) | (g << 8) | r;
  }
  return colors;
}

// The colour between the stops around it, as [r, g, b].
export function mixed(stops, place) {
  const at = Math.min(Math.max(place, 0), 1);
  let upper = stops.findIndex(([stop]) => stop >= at);
  if (upper < 1) upper = 1;
  const [[low, first], [high, second]] = [stops[upper - 1], stops[upper]];
  const share = (at - low) / (high - low);
  const [a, b] = [rgb(first), rgb(second)];
  return a.map((from, i) => Math.round(from + (b[i] - from) * share));
}

// Black or white, whichever can be read on a colour (relative luminance, WCAG 2.1).
export function inkOn([r, g, b]) {
  const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b) > 0.179 ? "#000000" : "#ffffff";
}

const known = new WeakMap(); // stops → the shades made of them

// The colour of a number 0 to 1, as CSS, and the ink that can be read on it.
export function shade(stops, place) {
  if (!known.has(stops)) known.set(stops, []);
  const at = indexOf(place);
  return (known.get(stops)[at] ??= shadeOf(mixed(stops, at / STEPS)));
}

function shadeOf(color) {
  return { color: css(color), ink: inkOn(color) };
}

export function css([r, g, b]) {
  return `rgb(${r} ${g} ${b})`;
}

function rgb(color) {
  return [1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16));
}

// Heads over one another, told apart by colour, dash and letter. The colours are Okabe and Ito's (2008), made for
// colour-blind eyes; those too faint on white are darkened.
export const OVERLAYS = {
  light: ["#0072b2", "#b34700", "#00775a", "#a0417c", "#6b5900", "#1d1f24"],
  dark: ["#56b4e9", "#ff8f3f", "#2fd3a4", "#e79cc8", "#f0e442", "#f5f6f8"],
};
export const DASHES = [[], [7, 4], [2, 3], [9, 3, 2, 3], [4, 2], [12, 3]];
