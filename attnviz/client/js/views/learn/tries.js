// What breaks: a word or heads are taken away, and the model writes its translation anew.

import { element } from "../../draw/paint.js";
import { createListeners, nothing, within } from "../view.js";

/** @import { LessonStep } from "../../state/lecture.js" */
/** @import { CreateView } from "../view.js" */

const TAGS = { same: "span", gone: "del", new: "ins" };

/** @type {CreateView} */
export const createTries = (root, { context }) => {
  const listeners = createListeners();
  const [list, written, told] = [".choices", ".written", ".key-of"].map((one) => within(root, one));
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
    const words = drawn?.tries[i]?.words ?? [];
    written.replaceChildren(...words.flatMap(([word, kind]) => [element(TAGS[kind], kind, word), " "]));
    const [kept, gone, added] = ["same", "gone", "new"].map((one) => words.filter(([, kind]) => kind === one).length);
    told.textContent =
      gone || added
        ? `${kept} of ${kept + gone} words are still there. Crossed out: lost. Underlined: new, ${added}.`
        : i
          ? "The translation stays as it was, word for word."
          : "";
  }

  return {
    measure: nothing,
    draw,
    mark: nothing,
    describe: nothing,
    destroy() {
      listeners.stop();
      list.replaceChildren();
      written.replaceChildren();
    },
  };
};
