// The tokens as a row of cells: below each the place where it stands.

import { element } from "../../../draw/paint.js";

/** @import { Row } from "../../../state/schema.js" */

// `places`: those that are shown; `now`: the one that is chosen.
/** @type {(row: Row, places: number[], now: number) => HTMLElement} */
export function placesOf({ tokens, fromRight }, places, now) {
  const made = element("figure", "places");
  const cells = element("ol", "", null, { dir: fromRight ? "rtl" : "ltr" });
  for (const place of places) {
    const cell = element("li", place === now ? "now" : "");
    cell.append(element("bdi", "", tokens[place].label), element("span", "faint", String(place)));
    cells.append(cell);
  }
  const isCut = places.length < tokens.length;
  const caption = `The tokens and their places${isCut ? `, ${places.length} of ${tokens.length}` : ""}`;
  made.append(element("figcaption", "", caption), cells);
  return made;
}
