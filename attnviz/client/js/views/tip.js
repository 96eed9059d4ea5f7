// What pointing at something says, beside the pointer.

import { element } from "../draw/paint.js";
import { within } from "./view.js";

/** @import { At, Lines } from "./view.js" */

/** @param {HTMLElement} root what it stays within */
export function createTip(root) {
  const box = within(root, ".tip");
  /** @type {Lines | (() => Lines)} */
  let said = "";

  function write() {
    const now = typeof said === "function" ? said() : said;
    const lines = Array.isArray(now) ? now : [now];
    box.replaceChildren(...lines.map((line, i) => element(i ? "span" : "b", "", line)));
  }

  return {
    // A text, lines of which the first is the heading, or a function that gives either; without a place, nothing.
    /** @type {(at: At | null, text?: Lines | (() => Lines)) => void} */
    show(at, text = "") {
      box.style.transform = ""; // longer than what it said before, it would be wider than a phone where it stands
      box.hidden = at === null;
      if (at === null) return;
      said = text;
      write();
      const frame = root.getBoundingClientRect();
      const { offsetWidth, offsetHeight } = box;
      const x = Math.min(at.clientX - frame.left + 14, frame.width - offsetWidth - 4);
      const y = at.clientY - frame.top + 18;
      const isLow = at.clientY + 24 + offsetHeight > globalThis.innerHeight;
      box.style.transform = `translate(${Math.max(0, x)}px, ${isLow ? y - offsetHeight - 28 : y}px)`;
    },

    // The numbers may be others by now.
    refresh() {
      if (!box.hidden && typeof said === "function") write();
    },
  };
}
