// The project's own colours, read where they are written, so that tests check what is shown.

import { readFileSync } from "node:fs";

const ROOT = new URL("../../", import.meta.url);
const read = (path) => readFileSync(new URL(path, ROOT), "utf8");
const hexes = (text) => text.match(/#[0-9a-f]{6}/g);

function paletteNamed(name) {
  const source = read("attnviz/figures/palette.py");
  const places = source
    .match(/_STOPS = \(([^)]*)\)/)[1]
    .split(",")
    .map(Number);
  const body = source.match(new RegExp(`^${name} = Palette\\(([\\s\\S]*?)^\\)`, "m"))[1];
  const weights = hexes(body.match(/weights=.*/)[0]).map((color, i) => [places[i], color]);
  const signed = [...body.match(/signed=.*/)[0].matchAll(/\((\d\.\d+), "(#[0-9a-f]{6})"\)/g)];
  const single = (field) => body.match(new RegExp(`^ *${field}="(#[0-9a-f]{6})"`, "m"))[1];
  const plain = Object.fromEntries(["text", "faint", "grid", "blocked", "accent"].map((key) => [key, single(key)]));
  return { ...plain, weights, signed: signed.map(([, place, color]) => [Number(place), color]) };
}

export const PALETTES = { light: paletteNamed("LIGHT"), dark: paletteNamed("DARK") };

// The grounds of Streamlit's page (.streamlit/config.toml), then those of the page in a file of its own.
const [light, dark] = [...read(".streamlit/config.toml").matchAll(/^backgroundColor = "(#[0-9a-f]{6})"/gm)];
export const GROUNDS = { light: [light[1], "#ffffff"], dark: [dark[1], "#121212"] };

export function rgb(color) {
  return [1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16));
}

// The contrast of two colours [r, g, b], 1 to 21 (WCAG 2.1).
export function contrast(a, b) {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

function luminance(color) {
  const [r, g, b] = color.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
