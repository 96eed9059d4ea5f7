// The buttons that say how the chosen head is shown: of a picture and a sound, which are their own heatmaps, others
// than of words.

import { capital } from "../../say/words.js";

/** @import { Context } from "../../state/context.js" */

/** @type {(buttons: HTMLButtonElement[], context: Context, isPinned: boolean) => void} */
export function labelShows(buttons, { part, shownAs }, isPinned) {
  const own = part.picture ? "picture" : part.sound ? "sound" : "";
  for (const button of buttons) {
    const { show = "" } = button.dataset;
    const shown = own && show !== "difference" ? { heatmap: own, matrix: "heatmap" }[show] : show;
    button.setAttribute("aria-pressed", String(shown === shownAs));
    button.disabled = show === "difference" && !isPinned;
    button.hidden = show === (own ? "lines" : "matrix") || (part.isTiled && show !== "heatmap");
    if (show === "heatmap") button.textContent = capital(own || show);
  }
}
