// What is put away by a tap or click beside it, or by Escape: an open “?”, and what a finger has pointed at.

import { isTouch } from "../../views/view.js";

/** @typedef {ReturnType<typeof import("../../views/view.js").createListeners>} Listeners */

/** @param {HTMLElement} root @param {Listeners} listeners @param {() => void} forget what is pointed at */
export function createOutside(root, listeners, forget) {
  /** @type {(path: EventTarget[]) => void} */
  const close = (path) => {
    for (const one of root.querySelectorAll("details.help[open]")) {
      if (!path.includes(one)) one.removeAttribute("open");
    }
  };
  listeners.on(document.documentElement, "pointerdown", (event) => {
    close(event.composedPath());
    if (isTouch(event)) forget();
  });
  listeners.on(document.documentElement, "keydown", ({ key }) => key === "Escape" && close([]), { capture: true });
}
