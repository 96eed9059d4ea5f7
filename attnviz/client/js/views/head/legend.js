// What stands under the large figure: its scale, and in a sentence how to read it.

import { legendGradient } from "../../draw/heatmap.js";
import { element } from "../../draw/paint.js";
import { legendOf, swatchInWords } from "../../say/legend.js";

/** @import { Difference, NamedScale } from "../../say/legend.js" */
/** @import { Context } from "../../state/context.js" */
/** @import { ShownHead } from "../../state/selectors.js" */

const SVG = "http://www.w3.org/2000/svg";

/** @type {(context: Context, difference: Difference) => HTMLElement[]} */
export function legend(context, difference) {
  const { scale, heads, texts } = legendOf(context, difference);
  const bar = scale ? [scaleOf(scale)] : [];
  return [...bar, ...heads.map(swatch), ...texts.map((text) => element("span", "", text))];
}

/** @type {(scale: NamedScale) => HTMLElement} */
function scaleOf({ stops, low, high }) {
  const box = element("span", "scale");
  const bar = element("i");
  bar.style.background = `linear-gradient(to right, ${legendGradient(stops)})`;
  box.append(element("span", "", low), bar, element("span", "", high));
  return box;
}

/** @type {(head: ShownHead) => HTMLElement} */
function swatch(head) {
  const box = element("span", "swatch");
  const line = document.createElementNS(SVG, "svg");
  line.setAttribute("width", "26");
  line.setAttribute("height", "8");
  const stroke = document.createElementNS(SVG, "path");
  for (const [name, value] of Object.entries({ d: "M0 4H26", stroke: head.color, "stroke-width": "3" })) {
    stroke.setAttribute(name, value);
  }
  stroke.setAttribute("stroke-dasharray", head.dash.join(" "));
  line.append(stroke);
  box.append(line, element("span", "", swatchInWords(head)));
  return box;
}
