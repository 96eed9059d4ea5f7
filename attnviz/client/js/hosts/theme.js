// The colours of one theme: for canvases as tables, for the rest of the page as CSS variables.

import { table } from "../draw/colors.js";
import { PALETTES } from "../state/schema.js";

/** @import { Palette } from "../state/schema.js" */

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
