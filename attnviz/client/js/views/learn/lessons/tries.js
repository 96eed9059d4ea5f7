// What breaks: something is taken away, and the model translates, hears or answers anew.

import { element } from "../../../draw/paint.js";
import { createListeners, IDLE, vacate, within } from "../../view.js";

/** @import { LessonStep } from "../../../state/learn/lecture.js" */
/** @import { CreateView } from "../../view.js" */

/** @typedef {(kept: number, all: number, added: number) => string} Breaks */

const MARKED = "Crossed out: lost. Underlined: new";
/** @type {Record<NonNullable<LessonStep["makes"]>, { does: string, stays: string, breaks: Breaks }>} */
const SAID = {
  translation: {
    does: "The model then writes the whole translation anew.",
    stays: "The translation stays as it was, word for word.",
    breaks: (kept, all, added) => `${kept} of ${all} words are still there. ${MARKED}, ${added}.`,
  },
  letters: {
    does: "The model then listens anew, and writes down what it hears.",
    stays: "It hears every letter as before.",
    breaks: (kept, all, added) => `${kept} of ${all} letters are still there. ${MARKED}, ${added}.`,
  },
  answer: {
    does: "The model then answers the question anew.",
    stays: "The answer stays as it was.",
    breaks: () => "The answer is another one. Crossed out: what it was.",
  },
};
const TAGS = { same: "span", gone: "del", new: "ins" };

/** @type {CreateView} */
export const createTries = (root, { context }) => {
  const listeners = createListeners();
  const [does, list, written, told] = [".said", ".choices", ".written", ".key-of"].map((one) => within(root, one));
  const name = `try${Math.random()}`; // radios of two explorers in one document are not one group
  /** @type {LessonStep | null} */
  let drawn = null;
  listeners.on(list, "change", ({ target }) => {
    if (target instanceof HTMLInputElement) show(Number(target.value));
  });

  function draw() {
    const { course, state } = context;
    const step = course?.steps[state.at] ?? null;
    if (state.pane !== "tries" || drawn === step) return;
    drawn = step;
    does.textContent = step?.makes ? `Choose what is taken away. ${SAID[step.makes].does}` : "";
    const labels = (step?.tries ?? []).map(({ said }, i) => {
      const label = element("label");
      label.append(element("input", "", null, { type: "radio", name, value: i }), element("span", "", said));
      return label;
    });
    list.replaceChildren(...labels);
    const first = /** @type {HTMLInputElement | null} */ (list.querySelector("input"));
    if (first) first.checked = true;
    show(0);
  }

  /** @type {(i: number) => void} */
  function show(i) {
    if (!drawn?.makes) return;
    const words = drawn.tries[i]?.words ?? [];
    written.replaceChildren(...words.flatMap(([word, kind]) => [element(TAGS[kind], kind, word), " "]));
    const [kept, gone, added] = ["same", "gone", "new"].map((one) => words.filter(([, kind]) => kind === one).length);
    const { breaks, stays } = SAID[drawn.makes];
    told.textContent = gone || added ? breaks(kept, kept + gone, added) : i ? stays : "";
  }

  return {
    ...IDLE,
    draw,
    destroy: () => vacate(listeners, list, written),
  };
};
