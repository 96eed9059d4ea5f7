// What stands in one cell of a scene goes to another: dragged with the mouse; with a finger or keys after a press on
// the button, first the one, then the other. The server reads the picture anew.

import { isTouch, within } from "../view.js";

/** @import { Tools, createListeners } from "../view.js" */

const FAR = 6; // pixels from which a press is a drag
const FIRST = "Choose what to move.";
const THEN = "Now choose where it goes.";

/**
 * @typedef {object} Around what a picture's view has
 * @property {HTMLElement} target
 * @property {(event: MouseEvent) => number} under the patch at a place; -1 for none
 * @property {() => void} mark
 * @property {ReturnType<typeof createListeners>} listeners
 */

/**
 * @typedef {object} Moving
 * @property {() => void} draw
 * @property {(token: number) => boolean} takes whether a click or Enter on a patch is one that moves
 * @property {number | null} lifted the patch of what is being moved
 */

/** @type {(root: HTMLElement, tools: Tools, around: Around) => Moving} */
export function createMoving(root, { context, actions }, { target, under, mark, listeners }) {
  const [box, button, said] = [".moving", ".moving button", ".moving span"].map((name) => within(root, name));
  /** @type {{ token: number, x: number, y: number } | null} */
  let pressed = null;
  let isDragged = false; // the click that ends a drag chooses nothing
  let isOn = false; // by the button
  const moving = { lifted: /** @type {number | null} */ (null), draw, takes };

  const isMovable = () => Boolean(context.trace.header.moves) && context.shownAs === "picture";

  listeners.on(button, "click", () => switchTo(!isOn));
  listeners.on(target, "pointerdown", (event) => {
    isDragged = false;
    const token = isMovable() && event.button === 0 && !isTouch(event) ? under(event) : -1;
    pressed = token < 0 ? null : { token, x: event.clientX, y: event.clientY };
  });
  listeners.on(target, "pointermove", (event) => {
    if (!pressed || isDragged || Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < FAR) return;
    isDragged = true;
    target.setPointerCapture(event.pointerId);
    lift(pressed.token);
  });
  listeners.on(target, "pointerup", (event) => {
    if (isDragged && pressed) put(pressed.token, under(event));
    pressed = null;
  });
  listeners.on(target, "pointercancel", () => {
    pressed = null;
    lift(null);
  });

  /** @type {(token: number | null) => void} */
  function lift(token) {
    moving.lifted = token;
    mark();
  }

  /** @type {(from: number, to: number) => void} */
  function put(from, to) {
    lift(null);
    const patches = context.part.picture?.patches ?? [];
    const [a, b] = [from, to].map((token) => patches.indexOf(token));
    if (a >= 0 && b >= 0 && a !== b) actions.request({ move: [a, b] });
  }

  /** @type {(on: boolean) => void} */
  function switchTo(on) {
    isOn = on;
    button.setAttribute("aria-pressed", String(on));
    said.textContent = on ? FIRST : "";
    lift(null);
  }

  /** @type {Moving["takes"]} */
  function takes(token) {
    if (isDragged || !isOn) return isDragged;
    if (moving.lifted === null) {
      lift(token);
      said.textContent = THEN;
    } else {
      put(moving.lifted, token);
      switchTo(false);
    }
    return true;
  }

  function draw() {
    box.hidden = !isMovable();
    if (box.hidden && isOn) switchTo(false);
  }

  return moving;
}
