// Presentation, for a class: one card at a time over the whole window, in large type. Arrow keys and a presenter's keys
// go from card to card, and all else that can be chosen goes on being chosen.

import { element } from "../../draw/paint.js";
import { closest, createListeners, hasFocus, within } from "../../views/view.js";
import { lightness } from "./theme.js";

const LARGE = 1.7; // times the page's type: what has 12 pixels there has more than 20
const SCREEN = { width: 1024, height: 768 }; // on a larger one, type grows with it
const GROUNDS = { light: "#fbfbf9", dark: "#0f1218" };
// As a popover it stands over everything, wherever it is on the page.
const DIALOG = { role: "dialog", "aria-modal": "true", "aria-label": "Presentation" };
const PRESENTED = { popover: "manual", tabindex: "-1", ...DIALOG };
const HEADING = { role: "heading", "aria-level": "1", "aria-live": "polite" };
const BEGIN = "f";
/** @type {Record<string, number>} */
const STEPS = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 };
const SCROLLS = ["ArrowDown", "ArrowUp"]; // a card that does not fit, before they walk on
const FIELDS = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=true]";

/**
 * @typedef {object} Stage
 * @property {() => HTMLElement[]} cards what can be presented, one after another
 * @property {() => number} card which of them is, from 1; 0 for none
 * @property {(card: number) => void} go another is to be
 * @property {() => string} groundOf the colour behind everything on the page
 * @property {() => void} changed the switch of light and dark was used
 */

/** @typedef {ReturnType<typeof createPresenting>} Presenting */

const CARDS = [".card.head", ".card.heads", ".card.vectors", ".neuron", ".card.linking", ".card.heads-map"];

// The cards of an explorer, the largest first. (Of a single head there is no map.)
/** @type {(root: HTMLElement) => HTMLElement[]} */
export function cardsOf(root) {
  const found = CARDS.flatMap((name) => [.../** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(name))]);
  return found.filter((one) => !root.classList.contains("single") || !one.matches(".heads-map"));
}

/** @param {HTMLElement} root what fills the window @param {Stage} stage */
export function createPresenting(root, { cards, card, go, groundOf, changed }) {
  const listeners = createListeners();
  const bar = within(root, ":scope > .presenting");
  const [back, which, after, light, leave] = ["Back", "", "Next", "", "Leave"].map((text, i) => {
    return i === 1 ? element("p", "which", "", HEADING) : element("button", "", text, { type: "button" });
  });
  bar.replaceChildren(back, which, after, light, leave);
  let shown = 0;
  /** @type {HTMLElement | undefined} */
  let now; // the card that is presented
  /** @type {string | null} */
  let ground = null; // as the switch has set it
  let isTabbed = false; // arrow keys are then for what has the focus

  const groundNow = () => (shown && ground) || groundOf();
  const isDark = () => lightness(groundNow()) < 0.5;

  /** @type {(steps: number) => void} */
  function walk(steps) {
    const next = shown + steps;
    if (next >= 1 && next <= cards().length) go(next);
  }

  listeners.on(back, "click", () => walk(-1));
  listeners.on(after, "click", () => walk(1));
  listeners.on(leave, "click", () => go(0));
  listeners.on(light, "click", () => {
    ground = isDark() ? GROUNDS.light : GROUNDS.dark;
    paint();
    changed();
  });
  listeners.on(root, "click", (event) => {
    const button = closest(event, "[data-present]");
    if (button) go(Math.max(1, cards().findIndex((one) => one.contains(button)) + 1));
  });
  listeners.on(root, "pointerdown", () => (isTabbed = false));
  // Before anything in a card hears of it; and where a click on nothing has taken the focus away.
  listeners.on(document.documentElement, "keydown", typed, { capture: true });

  /** @type {(event: KeyboardEvent) => void} */
  function typed(event) {
    const { key } = event;
    if (isMeantElsewhere(event)) return;
    if (key === "Tab") isTabbed = true;
    if (key.toLowerCase() === BEGIN) go(shown ? 0 : 1);
    else if (key === "Escape" && shown) go(0);
    if (!shown || !STEPS[key] || (isTabbed && key.startsWith("Arrow"))) return;
    event.preventDefault();
    event.stopPropagation();
    if (!SCROLLS.includes(key) || !scrolled(STEPS[key])) walk(STEPS[key]);
  }

  // What does not fit is scrolled first.
  /** @type {(direction: number) => boolean} */
  function scrolled(direction) {
    const full = cards()[shown - 1];
    const one = [full, full.closest(".card") ?? full].find(({ scrollHeight, clientHeight }) => {
      return scrollHeight > clientHeight + 1;
    });
    if (!one) return false;
    const before = one.scrollTop;
    one.scrollBy({ top: direction * 0.8 * one.clientHeight, behavior: "instant" });
    return one.scrollTop !== before;
  }

  // A key that is part of another, or typed into a field. (A list has the arrows and letters alone.)
  /** @type {(event: KeyboardEvent) => boolean} */
  function isMeantElsewhere(event) {
    const [target] = event.composedPath();
    const isOurs = shown && (event.key === "Escape" || event.key.startsWith("Page"));
    const isField = target instanceof Element && target.matches(FIELDS) && !isOurs;
    return event.ctrlKey || event.metaKey || event.altKey || isField || !root.isConnected;
  }

  // Light or dark as the switch has it, else as the page is.
  function paint() {
    const { style } = root;
    if (ground && shown) {
      style.setProperty("--st-background-color", ground);
      style.colorScheme = ground === GROUNDS.dark ? "dark" : "light";
    } else for (const name of ["--st-background-color", "color-scheme"]) style.removeProperty(name);
  }

  // What is behind it is not there meanwhile.
  /** @type {(isOn: boolean) => void} */
  function fill(isOn) {
    root.classList.toggle("presented", isOn);
    document.body.classList.toggle("presenting", isOn);
    if (isOn) {
      for (const [name, value] of Object.entries(PRESENTED)) root.setAttribute(name, value);
      root.showPopover();
      root.focus({ preventScroll: true });
    } else {
      root.hidePopover();
      for (const name of Object.keys(PRESENTED)) root.removeAttribute(name);
      const buttons = /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-present]"));
      [...buttons].find((one) => one.checkVisibility())?.focus({ preventScroll: true });
      root.style.removeProperty("--type");
    }
    isTabbed = false;
  }

  return {
    // How many times as large as on the page everything is drawn.
    get zoom() {
      return shown ? LARGE * Math.max(1, Math.min(innerWidth / SCREEN.width, innerHeight / SCREEN.height)) : 1;
    },
    // The colour behind everything.
    get ground() {
      return groundNow();
    },
    // The page brought to what is to be presented; before anything is measured.
    settle() {
      const all = cards();
      const before = shown;
      shown = Math.min(card(), all.length);
      if (Boolean(before) !== Boolean(shown)) fill(shown > 0);
      if (before || shown) paint();
      if (!shown) return;
      root.style.setProperty("--type", String(this.zoom));
      now?.classList.remove("now"); // also one that was presented before, and is not among these
      now = all[shown - 1];
      now.classList.add("now");
      now.querySelector("details:not(.help)")?.setAttribute("open", "");
      which.textContent = `${shown} of ${all.length}`;
      light.textContent = isDark() ? "Light" : "Dark";
      [back, after].forEach((button, i) => {
        const isLast = i ? shown === all.length : shown === 1;
        if (isLast && hasFocus(button)) root.focus({ preventScroll: true });
        /** @type {HTMLButtonElement} */ (button).disabled = isLast;
      });
    },
    // The element leaves the page: what is behind it is there again.
    stop() {
      if (shown) fill(false);
      shown = 0;
      listeners.stop();
    },
  };
}
