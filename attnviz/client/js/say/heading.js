// What stands over the large figure: what is shown, and what it does.

import { summaryName } from "./summary.js";
import { capital, headName, isolated } from "./words.js";

/** @import { Context } from "../state/context.js" */

/** @type {(context: Context) => [name: string, does: string]} */
export function headingOf(context) {
  const { state, beside, shownAs, summary } = context;
  if (summary) return [capital(summaryName(summary)), ""];
  const sign = shownAs === "difference" ? "−" : "|";
  const second = beside && !["lines", "picture", "sound"].includes(shownAs) ? ` ${sign} ${headName(beside)}` : "";
  const character = context.notesOf(state.layer, state.head)?.character;
  const off = context.isOff(state.layer, state.head) ? " (off)" : "";
  const own = headName([state.layer, state.head]);
  const isLink = character?.includes(" → "); // of any words, not of the chosen one
  const said = isLink ? `strongest: ${character?.split(" → ").map(isolated).join(" → ")}` : character;
  const does = character && !second ? ` · ${said}` : "";
  return [`${capital(own)}${off}${second}`, does];
}
