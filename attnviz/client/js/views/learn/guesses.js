// How probable the model finds the words at a place: before and after something was changed.

import { element } from "../../draw/paint.js";
import { short } from "../../say/words.js";

/** @import { Of } from "../../walk/steps/shown.js" */
/** @import { Difference } from "../../walk/why.js" */

// As long as a share is large.
/** @type {(share: number, name?: string) => HTMLElement} */
export function barOf(share, name = "") {
  const bar = element("i", name);
  bar.style.width = `${100 * share}%`;
  return bar;
}

/** @type {(words: Difference["words"], of: Of, isChanged: boolean) => HTMLElement} */
export function guessesOf(words, of, isChanged) {
  const table = element("table", "guesses");
  const said = of.row.tokens[of.query];
  const isNext = of.model.config.predicts === "next";
  const heading = isNext ? `After “${said.label}”` : said.mask ? "The hidden word" : `“${said.label}”, hidden`;
  if (words.length) table.append(element("caption", "", `${heading}: how probable the model finds`));
  for (const { word, before, after } of words) {
    const line = element("tr");
    const bars = element("td", "both");
    /** @type {[number, string][]} */
    const shares = [
      [before, isChanged ? "was" : "is"],
      ...(isChanged ? [/** @type {[number, string]} */ ([after, "is"])] : []),
    ];
    bars.append(...shares.map(([share, name]) => barOf(share, name)));
    const figures = isChanged ? `${short(before)} → ${short(after)}` : short(before);
    line.append(element("th", "", word, { scope: "row" }), bars, element("td", "figures", figures));
    table.append(line);
  }
  return table;
}
