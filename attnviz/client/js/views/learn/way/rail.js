// The way so far: all steps of the walk, each with a small picture of what it made, so that everything before the
// present step stays in sight.

import { indexOf, signedPixels } from "../../../draw/colors.js";
import { childrenOf, element, image, surface } from "../../../draw/paint.js";
import { strongestPooled } from "../../../numbers/grouping.js";
import { largest } from "../../../numbers/analysis/measures.js";
import { stepAt, STEPS, stepsOf } from "../../../walk/steps/steps.js";
import { closest, createListeners, hasFocus, IDLE, vacate } from "../../view.js";

/** @import { Of, Shown } from "../../../walk/steps/shown.js" */
/** @import { StepName } from "../../../walk/steps/steps.js" */
/** @import { CreateView } from "../../view.js" */

const SMALL = { width: 46, height: 20 };

/** @type {CreateView} */
export const createRail = (root, { context, actions }) => {
  const listeners = createListeners();
  const list = element("ol", "steps", null, { role: "radiogroup", "aria-label": "Steps of the way" });
  const less = element("p", "faint less");
  const pick = /** @type {HTMLSelectElement} */ (element("select")); // where the list has no room
  const picking = element("label", "pick step-pick", "Step ");
  picking.append(pick);
  root.append(list, picking, less);
  let drawn = "";
  let madeOf = "";
  /** @type {Map<StepName, HTMLElement>} */
  const pictures = new Map(); // a step back or forth makes none anew

  listeners.on(list, "click", (event) => {
    const name = closest(event, "[data-step]")?.dataset.step;
    if (name) actions.choose({ walk: /** @type {StepName} */ (name) });
  });
  listeners.on(pick, "change", () => {
    actions.choose({ walk: /** @type {StepName} */ (pick.value) });
  });
  listeners.on(list, "keydown", (event) => {
    const of = context.inPage.of();
    const step = STEPS_OF_KEYS[event.key];
    if (!of || step === undefined) return;
    event.preventDefault();
    const names = stepsOf(of);
    const at = names.indexOf(stepAt(of, context.state.walk));
    const next = names[step === -Infinity ? 0 : step === Infinity ? names.length - 1 : at + step];
    if (next) actions.choose({ walk: next });
  });

  function draw() {
    const of = context.inPage.of();
    root.classList.toggle("waiting", !of);
    if (!of) return;
    const { state, dark, zoom } = context;
    const names = stepsOf(of);
    const now = stepAt(of, state.walk);
    const { layer, head, query, key } = of;
    const made = JSON.stringify([layer, head, query, key, dark, zoom, context.trace.header.id]);
    if (madeOf !== made) pictures.clear(); // of another word or head
    madeOf = made;
    const wanted = JSON.stringify([made, now, names]);
    if (drawn === wanted) return;
    drawn = wanted;
    const had = hasFocus(list);
    const at = names.indexOf(now);
    const rows = childrenOf(list, names.length, blank);
    names.forEach((name, i) => fill(/** @type {Element} */ (rows[i].firstElementChild), name, i, at, of));
    less.textContent = lessOf(of);
    optionsOf(names, now);
    const row = /** @type {HTMLElement} */ (rows[at]);
    const chosen = /** @type {HTMLElement} */ (row.firstElementChild);
    if (had) chosen.focus({ preventScroll: true });
    actions.later("rail", () => bringIn(row), 0);
  }

  // Into sight, where the list is longer than its room.
  /** @type {(row: HTMLElement) => void} */
  function bringIn(row) {
    const [top, height] = [list.scrollTop, list.clientHeight];
    const isOut = row.offsetTop < top || row.offsetTop + row.offsetHeight > top + height;
    if (height && isOut) list.scrollTop = row.offsetTop - height / 2;
  }

  /** @type {(names: StepName[], now: StepName) => void} */
  function optionsOf(names, now) {
    const titles = names.map((name, i) => `${i + 1} · ${STEPS[name].title}`);
    if (pick.textContent !== titles.join("")) {
      pick.replaceChildren(...names.map((name, i) => element("option", "", titles[i], { value: name })));
    }
    pick.value = now;
  }

  /** @type {(button: Element, name: StepName, i: number, at: number, of: Of) => void} */
  function fill(button, name, i, at, of) {
    const [nth, title, shown] = button.children;
    button.className = i <= at ? "passed" : "";
    const attributes = { "data-step": name, "aria-checked": i === at, tabindex: i === at ? 0 : -1 };
    for (const [key, value] of Object.entries(attributes)) button.setAttribute(key, String(value));
    for (const [box, text] of /** @type {const} */ ([[nth, String(i + 1)], [title, STEPS[name].title]])) {
      if (box.textContent !== text) box.textContent = text;
    }
    if (i <= at && !pictures.has(name)) pictures.set(name, picture(of, name));
    const wanted = i <= at ? pictures.get(name) : undefined;
    if (shown === wanted) return;
    shown?.remove();
    if (wanted) button.append(wanted);
  }

  // What the step made last.
  /** @type {(of: Of, name: StepName) => HTMLElement} */
  function picture(of, name) {
    const canvas = /** @type {HTMLCanvasElement} */ (element("canvas", "", null, { "aria-hidden": true }));
    const { shown } = STEPS[name].tell(of);
    const last = /** @type {Shown | undefined} */ (shown[shown.length - 1]);
    if (!last || last.scale === "plain") {
      const { label } = of.row.tokens[of.query];
      return element("span", "glyph", name === "words" ? label : String(of.run.ids[of.query]), { "aria-hidden": true });
    }
    const pen = surface(canvas, { ...SMALL, zoom: context.zoom }, null);
    const values = Float32Array.from(last.matrix.values, (value) => (Number.isFinite(value) ? value : 0));
    const small = strongestPooled(values, last.matrix.rows, last.matrix.columns, 40, 92);
    const most = last.scale === "weights" ? 1 : largest(values);
    const colors =
      last.scale === "weights" ? weightsOf(small.values) : signedPixels(small.values, most, context.signedColors);
    image(pen, colors, small.rows, small.columns, { x: 0, y: 0, ...SMALL });
    return canvas;
  }

  /** @type {(values: ArrayLike<number>) => Uint32Array} */
  function weightsOf(values) {
    const { weightColors } = context;
    return Uint32Array.from(values, (value) => weightColors[indexOf(value)]);
  }

  return {
    ...IDLE,
    measure() {
      drawn = "";
    },
    draw,
    destroy: () => vacate(listeners, root),
  };
};

/** @type {() => HTMLElement} */
function blank() {
  const made = element("li", "", null, { role: "presentation" });
  const button = element("button", "", null, { type: "button", role: "radio" });
  button.append(element("span", "nth"), element("span", "step-title"));
  made.append(button);
  return made;
}

/** @type {Record<string, number>} */
const STEPS_OF_KEYS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, Home: -Infinity, End: Infinity };

// Why there are fewer steps than in a model that was trained here.
/** @type {(of: Of) => string} */
function lessOf({ model }) {
  return LESS[model.config.kind];
}

/** @type {Record<string, string>} */
const LESS = {
  trained: "",
  random:
    "Random weights: this model is one attention module, and nothing follows it. " +
    "Choose a trained model for the whole way.",
  pretrained:
    "Of this model the page shows the steps of its attention. " +
    "Choose one that was trained here to read a text for the whole way.",
};
