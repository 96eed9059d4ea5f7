// The contract of views, declared here alone, and what all of them use.
//
// A view fills one element of the page. It sees what is chosen, pointed at and computed through its context, which it
// cannot change; it changes things by actions; and it knows no other view.

/** @import { Context, Pointed } from "../state/context.js" */
/** @import { State } from "../state/schema.js" */
/** @import { Place } from "../state/state.js" */

/** @typedef {{ clientX: number, clientY: number }} At a place in the window */
/** @typedef {string | string[]} Lines a text, or lines of which the first is the heading */
/**
 * What only the server can tell, or do.
 *
 * @typedef {object} Request
 * @property {boolean} [map]
 * @property {number[]} [rows]
 * @property {[part: string, layer: number] | null} [vectors] null asks for all
 * @property {[from: number, to: number]} [move] what stands in one cell of a picture goes to another
 * @property {string} [text] another one is to be read
 */

/**
 * What a view can do.
 *
 * @typedef {object} Actions
 * @property {(change: Partial<State>) => void} choose
 * @property {(part: State["part"]) => void} choosePart
 * @property {(head: Place) => void} second pin a head beside the chosen one, or let it go
 * @property {(head: Place) => void} over lay a head over the others, or take it away
 * @property {(pointed: Pointed | null) => void} point mark tokens in every view; null: none
 * @property {(at: At | null, said?: Lines | (() => Lines)) => void} tip what stands beside the pointer; null: nothing
 * @property {(covered: boolean) => void} cover what a question is about, until it is answered
 * @property {(asked: Request) => void} request something of the server
 * @property {(tokens: number[]) => void} requestRow the package's own numbers of a row, once somebody rests on it
 * @property {(change: () => void) => void} afterwards change the document once all canvases are painted
 * @property {(name: string, task: () => void, milliseconds?: number) => void} later what can wait; the last of a name
 */

/**
 * @typedef {object} View
 * @property {(isAnew: boolean) => void} measure read sizes, and forget what was drawn: all of it is drawn anew (another
 *   trace, part, theme or grouping); else what has another size
 * @property {() => void} draw bring everything to what is now, and leave what is so already
 * @property {() => void} mark what is pointed at
 * @property {() => void} describe for a screen reader; when there is time
 * @property {() => void} destroy leave the element as it was
 */

/** @typedef {{ context: Context, actions: Actions }} Tools */

/**
 * @template {View} [Made=View]
 * @typedef {(root: HTMLElement, tools: Tools) => Made} CreateView
 */

/** @type {() => void} */
export const nothing = () => {};

// What a view does of the contract where there is nothing to do.
export const IDLE = { measure: nothing, mark: nothing, describe: nothing };

// The element inside another that a selector finds; it has to be there.
/** @type {(root: Element, selector: string) => HTMLElement} */
export function within(root, selector) {
  const found = root.querySelector(selector);
  if (!found) throw new Error(`there is no ${selector} in ${root.className || root.tagName}`);
  return /** @type {HTMLElement} */ (found);
}

// The same for a select.
/** @type {(root: Element, selector: string) => HTMLSelectElement} */
export function selectWithin(root, selector) {
  return /** @type {HTMLSelectElement} */ (within(root, selector));
}

// The element around an event's that a selector finds.
/** @type {(event: Event, selector: string) => HTMLElement | null} */
export function closest(event, selector) {
  return event.target instanceof Element ? event.target.closest(selector) : null;
}

// The index that is written on the element around an event's; -1 for none.
/** @type {(event: Event, selector: string) => number} */
export function indexOfEvent(event, selector) {
  return Number(closest(event, selector)?.dataset.index ?? -1);
}

// Whether the focus is in an element. (What is in a shadow has its own.)
/** @type {(element: Element) => boolean} */
export function hasFocus(element) {
  const root = element.getRootNode();
  return root instanceof Document || root instanceof ShadowRoot ? element.contains(root.activeElement) : false;
}

// Back and Next, which `name` marks, at one of so many steps. Where there is none further, the focus goes to the other.
/** @type {(root: Element, name: string, at: number, count: number) => void} */
export function enable(root, name, at, count) {
  const [back, next] = ["back", "next"].map((go) => {
    return /** @type {HTMLButtonElement} */ (within(root, `[${name}=${go}]`));
  });
  [back.disabled, next.disabled] = [false, false];
  if (at === 0 && hasFocus(back)) next.focus({ preventScroll: true });
  if (at === count - 1 && hasFocus(next)) back.focus({ preventScroll: true });
  [back.disabled, next.disabled] = [at === 0, at === count - 1];
}

/** @type {(event: Event) => boolean} */
export function isTouch(event) {
  return event instanceof PointerEvent && event.pointerType === "touch";
}

// What a screen reader is told of a picture until there is time to say what is in it.
/** @type {(label: string) => Record<string, string>} */
export function undescribed(label) {
  return { "aria-label": label, "aria-valuenow": "0", "aria-valuetext": "not yet described" };
}

// A weight as a slider's value, which lies between 0 and 100.
/** @type {(weight: number) => string} */
export function percent(weight) {
  return (100 * Math.min(1, Math.max(0, weight))).toFixed(1);
}

/** @typedef {ReturnType<typeof createListeners>} Listeners */

// Elements as they were before a view filled them: nobody listens, and they are empty.
/** @type {(listeners: Listeners, ...boxes: Element[]) => void} */
export function vacate(listeners, ...boxes) {
  listeners.stop();
  for (const box of boxes) box.replaceChildren();
}

// Listeners that go together.
export function createListeners() {
  const controller = new AbortController();
  return {
    /**
     * @template {keyof GlobalEventHandlersEventMap} K
     * @param {HTMLElement | SVGElement} element
     * @param {K} type
     * @param {(event: GlobalEventHandlersEventMap[K]) => void} listener
     * @param {{ capture?: boolean }} [options]
     */
    on(element, type, listener, options = {}) {
      const called = /** @type {EventListener} */ (listener);
      element.addEventListener(type, called, { ...options, signal: controller.signal });
    },
    // Pointing at an element: with a mouse as it moves there, with a finger once it has tapped. What a tap has pointed
    // at stays until the next one (hosts/screen/outside.js); so this comes after the listener that chooses by a click.
    /**
     * @param {HTMLElement | SVGElement} element
     * @param {(event: PointerEvent | MouseEvent) => void} pointed
     * @param {() => void} left
     * @param {"pointermove" | "pointerover"} [type] over: where only what is entered matters
     */
    points(element, pointed, left, type = "pointermove") {
      this.on(element, type, (event) => !isTouch(event) && pointed(event));
      this.on(element, "pointerleave", (event) => !isTouch(event) && left());
      this.on(element, "click", (event) => isTouch(event) && pointed(event));
    },
    stop() {
      controller.abort();
    },
  };
}
