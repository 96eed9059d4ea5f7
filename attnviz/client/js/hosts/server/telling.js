// When the server hears of a choice. Where it alone can answer, or something on the page around follows the choice: at
// once. On a long text: when choices rest, since then its numbers are exact ones. Else it is not told at all until
// something is asked of it: whatever a person does outside the explorers tells it of the last choice first.

import { channel, shared } from "./channel.js";
import { createPatience } from "./patience.js";

/** @import { Answer, State } from "../../state/schema.js" */
/** @import { Request } from "../../views/view.js" */

/** @typedef {{ id: string, asked: Request }} Chosen of which trace, and what is asked with it */
/** @typedef {Chosen & { state: State, sequence: number, isRepeated?: boolean, isHandedOn?: boolean }} Choice */
/** @typedef {"at once" | "at rest" | "when asked"} When */

const RESTS = 120; // milliseconds without another choice
const BEFORE = ["pointerdown", "focusin"]; // what comes before something is asked of the server
const LEAVING = 2000; // milliseconds at most that a link to another page waits for the answer to what was told
const WITH = ["click", "keydown", "change", "focusout"]; // what may ask it at once
/** @type {WeakSet<HTMLAnchorElement>} */
const waited = new WeakSet(); // links that have waited long enough, for whatever explorer

/**
 * @param {string} side
 * @param {() => State} stateOf what is chosen: it is told as it is by then
 * @param {object} around
 * @param {() => void} around.tells the server is about to be told: the message bears the page's address
 * @param {() => void} around.left the browser went back or forward: what it led to comes from the server
 */
export function createTelling(side, stateOf, { tells, left }) {
  const { publish, last } = channel(side);
  /** @type {Omit<Choice, "state"> | null} */
  let pending = null; // what the server has not heard of
  /** @type {Choice | null} */
  let told = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {HTMLAnchorElement | null} */
  let clicked = null; // a link to another page, which waits
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let leaving;
  const ofAnswer = () => /** @type {{ header: Answer } | undefined} */ (last("answer"))?.header.sequence ?? 0;
  const isAnswered = () => ofAnswer() >= (told?.sequence ?? 0);
  const isSettled = () => pending === null && isAnswered();
  const patience = createPatience(isAnswered, () => {
    if (told) publish("choice", { ...told, isRepeated: true, isHandedOn: false });
    patience.look();
  });
  const controller = new AbortController();

  function tell() {
    clearTimeout(timer);
    if (!pending) return;
    tells();
    told = { ...pending, state: stateOf() };
    pending = null;
    shared().told = told.sequence;
    publish("choice", told);
    patience.look();
  }

  // The explorers are in shadows: what is done in them bears the name of what is around.
  /** @type {(types: string[], then: () => void) => void} */
  const outside = (types, then) => {
    for (const type of types) {
      const happens = (/** @type {Event} */ event) => {
        if (pending && !event.composedPath().some(isExplorer)) then();
      };
      document.addEventListener(type, happens, { capture: true, signal: controller.signal });
    }
  };
  outside(BEFORE, tell);
  // Of all that is set in one go Streamlit makes one message, for the part of the page that was set first: that has to
  // be what the person did.
  outside(WITH, () => setTimeout(tell));
  // Streamlit follows a link before it sends what was told in the same moment; and of what a busy server has not begun
  // with, and another page that is asked of it, it does the page alone. Either would undo what was told.
  const follow = (/** @type {Event} */ event) => {
    const link = event.composedPath().find((one) => one instanceof HTMLAnchorElement);
    if (!link || isSettled() || waited.has(link)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    tell();
    clicked = link;
    clearTimeout(leaving);
    leaving = setTimeout(() => {
      waited.add(link);
      go();
      waited.delete(link);
    }, LEAVING);
  };
  function stay() {
    clearTimeout(leaving);
    clicked = null;
  }
  function go() {
    const link = clicked;
    stay();
    link?.click();
  }
  document.addEventListener("click", follow, { capture: true, signal: controller.signal });
  const leave = () => {
    clearTimeout(timer);
    stay();
    pending = null;
    shared().sequence = ofAnswer(); // its next answer is what counts
    left();
  };
  window.addEventListener("popstate", leave, { signal: controller.signal });

  return {
    /** @type {(choice: Chosen, when: When) => void} */
    hear(choice, when) {
      const page = shared();
      page.sequence = (page.sequence ?? 0) + 1;
      pending = { ...choice, sequence: page.sequence };
      clearTimeout(timer);
      if (when === "at once") tell();
      else if (when === "at rest") timer = setTimeout(tell, RESTS);
    },
    // Whether the server knows what is chosen, and has said so.
    isSettled,
    // An answer has come.
    look() {
      patience.look();
      if (clicked && isAnswered()) setTimeout(go); // once it is drawn
    },
    stop() {
      clearTimeout(timer);
      stay();
      patience.stop();
      controller.abort();
    },
  };
}

/** @type {(one: EventTarget) => boolean} */
function isExplorer(one) {
  return one instanceof Element && one.matches(".explorer, .comparer");
}
