// The colours of one theme: for canvases as tables, for the rest of the page as CSS variables.

import { rgb, table } from "../../draw/colors.js";
import { PALETTES } from "../../state/schema.js";

/** @import { Palette } from "../../state/schema.js" */

// What changes with the theme; nothing where it is still the one of that palette.
/** @type {(root: HTMLElement, dark: boolean, known: Palette | undefined) => object} */
export function themeOf(root, dark, known) {
  const palette = PALETTES[dark ? "dark" : "light"];
  if (palette === known) return {};
  root.classList.toggle("dark", dark);
  const { roles, accent, faint, text, weights } = palette;
  for (const [name, color] of Object.entries({ ...roles, accent, faint, text, "dark-bar": weights[3][1] })) {
    root.style.setProperty(`--${name}`, color);
  }
  return { dark, palette, weightColors: table(palette.weights), signedColors: table(palette.signed) };
}

// The colour behind an element on a Streamlit page, which says it to all that is in it.
/** @type {(element: Element) => string} */
export function groundOf(element) {
  return getComputedStyle(element).getPropertyValue("--st-background-color").trim() || "#ffffff";
}

// How light a colour is, 0 to 1.
/** @type {(color: string) => number} */
export function lightness(color) {
  const [r, g, b] = rgb(plain(color));
  return (0.299 * r + 0.587 * g + 0.114 * b) / 255;
}

// Whether a colour hides what is behind it.
/** @type {(color: string) => boolean} */
export function isOpaque(color) {
  return plain(color).startsWith("#");
}

// A colour as a canvas writes it: #rrggbb, or rgba() where it lets something through.
/** @type {(color: string) => string} */
function plain(color) {
  const context = new OffscreenCanvas(1, 1).getContext("2d");
  if (!context) return "#ffffff";
  context.fillStyle = color;
  return String(context.fillStyle);
}
