// The sentence and the large figure alone, over the whole window, until Escape or the same button.

import { within } from "../views/view.js";

/** @typedef {ReturnType<typeof import("../views/view.js").createListeners>} Listeners */

/** @param {HTMLElement} root @param {Listeners} listeners @param {() => unknown} changed */
export function createFilling(root, listeners, changed) {
  const button = within(root, ".fill");

  /** @param {boolean} isFull */
  function fill(isFull) {
    if (isFull === root.classList.contains("full")) return;
    root.classList.toggle("full", isFull);
    button.setAttribute("aria-pressed", String(isFull));
    button.textContent = isFull ? "Back to the page" : "Fill the window";
    // As a popover it stands over everything, wherever it is on the page.
    if (isFull) {
      root.setAttribute("popover", "manual");
      root.showPopover();
    } else {
      root.hidePopover();
      root.removeAttribute("popover");
    }
    changed();
    button.focus();
  }

  listeners.on(button, "click", () => fill(!root.classList.contains("full")));
  // In the explorer, whose keys the page around does not hear; and beside it, where a click takes the focus away.
  for (const place of [root, document.documentElement]) {
    listeners.on(place, "keydown", (event) => {
      if (event.key === "Escape") fill(false);
    });
  }
}
