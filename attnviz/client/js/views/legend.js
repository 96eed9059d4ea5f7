// What stands under the large figure: its scale, and in a sentence how to read it.

import { legendGradient } from "../draw/heatmap.js";
import { element } from "../draw/paint.js";
import { headName, quoted, signed } from "../say/words.js";

/** @import { Matrices } from "../draw/picture.js" */
/** @import { Context } from "../state/context.js" */
/** @import { ShownHead } from "../state/selectors.js" */

const WORTH_TELLING = 0.005; // bits: less would be written as 0.00
const SVG = "http://www.w3.org/2000/svg";

/** @type {(context: Context, picture: Matrices) => HTMLElement[]} */
export function legend(context, picture) {
  const { state, palette, shownAs, beside } = context;
  if (shownAs === "lines") {
    const all = context.heads(true);
    const items = all.length > 1 ? all.map(swatch) : [];
    return [...items, element("span", "", "Left: the word that looks. Right: the word looked at. Weights from 2 %.")];
  }
  if (shownAs === "difference" && beside) {
    const less = `Weight in ${headName([state.layer, state.head])} minus weight in ${headName(beside)}.`;
    return [
      scale(palette.signed, signed(-picture.most), signed(picture.most)),
      element("span", "", less),
      element("span", "", mostDifferent(context, picture.divergences)),
    ];
  }
  const heads = context.heads();
  const items = heads.length > 1 ? heads.map(swatch) : [];
  const largest = heads.length > 1 ? " A cell has the largest weight of these heads; its strip says whose." : "";
  const how = `Row: the word that looks (query). Column: the word looked at (key).${largest}`;
  return [scale(palette.weights, "0", "1"), ...items, element("span", "", how)];
}

// The rows in which two heads are least alike, in words: over all words, be they shown or not, as Compare has it.
/** @type {(context: Context, divergences: Float32Array) => string} */
function mostDifferent(context, divergences) {
  const { rows } = context.numbers.grouping;
  const differ = [...divergences.keys()].filter((i) => divergences[i] >= WORTH_TELLING);
  if (!differ.length) return "The two are alike in every row.";
  const order = differ.sort((a, b) => divergences[b] - divergences[a]).slice(0, 3);
  const said = order.map((i) => `${quoted(rows[i].name)} ${divergences[i].toFixed(2)}`);
  return `Least alike, in bits (0 alike, 1 nothing in common): ${said.join(", ")}.`;
}

/** @type {(stops: [number, string][], low: string, high: string) => HTMLElement} */
function scale(stops, low, high) {
  const box = element("span", "scale");
  const bar = element("i");
  bar.style.background = `linear-gradient(to right, ${legendGradient(stops)})`;
  box.append(element("span", "", low), bar, element("span", "", high));
  return box;
}

/** @type {(head: ShownHead) => HTMLElement} */
function swatch({ color, dash, letter, layer, head }) {
  const box = element("span", "swatch");
  const line = document.createElementNS(SVG, "svg");
  line.setAttribute("width", "26");
  line.setAttribute("height", "8");
  const stroke = document.createElementNS(SVG, "path");
  for (const [name, value] of Object.entries({ d: "M0 4H26", stroke: color, "stroke-width": "3" })) {
    stroke.setAttribute(name, value);
  }
  stroke.setAttribute("stroke-dasharray", dash.join(" "));
  line.append(stroke);
  box.append(line, element("span", "", `${letter}: ${headName([layer, head])}`));
  return box;
}
