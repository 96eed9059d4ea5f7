// What is around a file of its own: nothing, or a notebook, which shows it in a frame. Of a notebook the colour behind
// everything is followed, and the frame made as high as what is in it; nothing else of it is read or changed.

import { isOpaque, lightness } from "./screen/theme.js";

const GROUNDS = { light: "#ffffff", dark: "#121212" };
const WATCHED = { attributes: true, attributeFilter: ["class", "style", "data-theme", "data-jp-theme-light"] };

/** @typedef {{ groundOf: () => string, watch: (changed: () => void) => void }} Around */

/** @type {() => Around} */
export function around() {
  const darkness = matchMedia("(prefers-color-scheme: dark)");
  const own = () => (darkness.matches ? GROUNDS.dark : GROUNDS.light);
  const frame = frameAround();
  let ground = settle();

  function settle() {
    const found = (frame && groundBehind(frame)) ?? own();
    const { style } = document.documentElement;
    style.colorScheme = frame ? (lightness(found) < 0.5 ? "dark" : "light") : "";
    if (frame) style.setProperty("--st-background-color", found);
    return found;
  }

  return {
    groundOf: () => ground,
    watch(changed) {
      // With the next picture: a notebook may hide its cells while it changes its theme, and nothing has a size then.
      const look = () =>
        requestAnimationFrame(() => {
          const before = ground;
          ground = settle();
          if (ground !== before) changed();
        });
      darkness.addEventListener("change", look);
      if (!frame) return;
      const { body, documentElement } = frame.ownerDocument;
      const observer = new MutationObserver(look);
      for (const element of [body, documentElement]) observer.observe(element, WATCHED);
      fit(frame);
    },
  };
}

// The frame that this page stands in; null where there is none, or one of a page that may not be looked at.
/** @type {() => HTMLElement | null} */
function frameAround() {
  try {
    return /** @type {HTMLElement | null} */ (window.frameElement);
  } catch {
    return null;
  }
}

// The nearest colour behind an element that hides what is behind it; null if all are clear.
/** @type {(element: Element) => string | null} */
function groundBehind(element) {
  for (let one = element.parentElement; one; one = one.parentElement) {
    const color = getComputedStyle(one).backgroundColor;
    if (isOpaque(color)) return color;
  }
  return null;
}

// As high as what is in it, so that nothing is scrolled in it: a scrollbar would come and go with the height.
/** @type {(frame: HTMLElement) => void} */
function fit(frame) {
  document.documentElement.style.overflowY = "hidden";
  const measure = () => {
    frame.style.height = `${Math.ceil(document.body.getBoundingClientRect().height)}px`;
  };
  // With the next picture: a height that is set while sizes are told changes what is yet to be told.
  new ResizeObserver(() => requestAnimationFrame(measure)).observe(document.body, { box: "border-box" });
}
