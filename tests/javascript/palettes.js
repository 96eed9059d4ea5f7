// The project's own colours, and how well they can be told apart.

import { readFileSync } from "node:fs";

export { PALETTES } from "../../attnviz/client/js/state/schema.js";

const CONFIG = new URL("../../.streamlit/config.toml", import.meta.url);

// The grounds of Streamlit's page (.streamlit/config.toml), then those of the page in a file of its own.
const [light, dark] = [...readFileSync(CONFIG, "utf8").matchAll(/^backgroundColor = "(#[0-9a-f]{6})"/gm)];
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
