// What is measured on the spot beside a switch: how wide random scores spread by d, and words in another order.

import { element } from "../../draw/paint.js";
import { isCausal } from "../../model/changes.js";
import { entropiesByWidth, seeded, shuffledInWords, shuffledRun } from "../../walk/why.js";

/** @import { Of } from "../../walk/steps/shown.js" */
/** @import { TopicName } from "../../walk/topics.js" */

/** @type {(name: TopicName, of: Of, seed: number) => HTMLElement[]} */
export function measuredOf(name, of, seed) {
  if (name === "root") return spreadOf(of, seed);
  if (name === "places") return shuffles(of, seed);
  return [];
}

// Measured now, by random numbers: with √d the spread stays, without it one word gets nearly all.
/** @type {(of: Of, seed: number) => HTMLElement[]} */
function spreadOf(of, seed) {
  const words = of.row.tokens.length;
  const table = element("table", "measured");
  const scale = `in bits (even: ${Math.log2(words).toFixed(2)}; all to one word: 0)`;
  const caption = `Measured now: random queries and keys, ${words} words. The entropy of softmax, ${scale}`;
  const measured = entropiesByWidth(words, seeded(seed));
  for (const [heading, values] of /** @type {[string, (string | number)[]][]} */ ([
    ["d", measured.map(({ d }) => d)],
    ["divided by √d", measured.map(({ scaled }) => scaled.toFixed(2))],
    ["not divided", measured.map(({ plain }) => plain.toFixed(2))],
  ])) {
    const line = element("tr");
    line.append(
      element("th", "", heading, { scope: "row" }),
      ...values.map((value) => element("td", "", String(value))),
    );
    table.append(line);
  }
  const box = element("div", "scrolled", null, { tabindex: 0, role: "group", "aria-label": caption });
  box.append(table);
  return [element("p", "faint", `${caption}.`), box];
}

/** @type {(of: Of, seed: number) => HTMLElement[]} */
function shuffles(of, seed) {
  const shuffled = shuffledRun(of.model, of.run.ids, {}, seeded(seed));
  const words = shuffled.order.map((token) => of.row.tokens[token].label).join(" ");
  const line = element("p", "", "The words in another order: ");
  line.append(element("b", "", words));
  return [
    line,
    ...shuffledInWords(shuffled, isCausal(of.model.config, of.run.changes)).map((one) => element("p", "", one)),
    element("button", "again", "Another order", { type: "button" }),
  ];
}
