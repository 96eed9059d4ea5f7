// Predict, then see: a question about the head that is shown, which is covered until it is answered.

import { element } from "../draw/paint.js";
import { rateAfter, rateNow } from "../state/rate.js";
import { anyQuestion, KINDS, questionAt } from "../walk/questions.js";
import { seeded } from "../walk/why.js";
import { closest, createListeners, nothing, within } from "./view.js";

/** @import { Kind, Question } from "../walk/questions.js" */
/** @import { CreateView } from "./view.js" */

/** @type {CreateView} */
export const createQuestion = (root, { context, actions }) => {
  const listeners = createListeners();
  const [prompt, choices] = [within(root, ".prompt"), within(root, ".choices")];
  const [told, rate] = [within(root, ".told-answer"), within(root, ".rate")];
  const [ask, more] = [within(root, ".ask"), within(root, ".more-questions")];
  /** @type {Question | null} */
  let question = null;
  /** @type {number | null} */
  let chosen = null;
  let asked = ""; // the step of a lesson, or the head, that it was asked of
  let isFree = false; // somebody has asked for questions, outside a lesson
  let seed = Date.now() % 100000;

  listeners.on(ask, "click", begin);
  listeners.on(more, "click", begin);
  listeners.on(choices, "click", (event) => {
    const place = Number(closest(event, "button")?.dataset.choice ?? -1);
    if (question && chosen === null && place >= 0) answer(place);
  });

  // Another question, of a word for which there is one.
  function begin() {
    const of = context.inPage.of();
    if (!of) return;
    isFree = true;
    question = anyQuestion(of, KINDS, seeded((seed += 1)));
    chosen = null;
    asked = nameNow();
    if (question && question.query !== null) actions.choose({ query: question.query, key: null });
    asked = nameNow();
    show(!question);
  }

  /** @type {(place: number) => void} */
  function answer(place) {
    if (!question) return;
    chosen = place;
    const isRight = place === question.answer;
    rateAfter(isRight);
    show();
    more.focus({ preventScroll: true });
  }

  /** @type {() => string} */
  const nameNow = () => JSON.stringify([context.trace.header.id, context.state.at, context.course?.name ?? ""]);

  function draw() {
    const { course, state, trace } = context;
    if (!trace) return;
    const of = context.inPage.of();
    const name = nameNow();
    if (asked !== name) {
      [asked, question, chosen, isFree] = [name, null, null, false];
      const kind = /** @type {Kind | null} */ (course?.steps[state.at]?.question ?? null);
      if (of && kind) {
        const random = seeded((seed += 1));
        question = questionAt(of, kind, random) ?? anyQuestion(of, [kind], random);
      }
    }
    show();
  }

  function show(isNone = false) {
    const { pane } = context.state;
    const isHere = pane === "explore" || (pane === "way" && context.state.walk === "softmax");
    root.classList.toggle("offers", isHere && !question);
    root.classList.toggle("asks", question !== null);
    root.closest(".explorer")?.toggleAttribute("data-covered", question !== null && chosen === null);
    const { right, asked: all } = rateNow();
    rate.textContent = all ? `${right} of ${all} right` : "";
    if (isNone) told.textContent = "There is no fair question about this head: no word stands out clearly enough.";
    if (!question) {
      for (const box of [prompt, choices]) box.replaceChildren();
      if (!isNone) told.textContent = "";
      return;
    }
    const { answer: place, choices: words } = question;
    prompt.textContent = question.prompt;
    choices.replaceChildren(
      ...words.map((word, i) => {
        const state = chosen === null ? "" : i === place ? "right" : i === chosen ? "wrong" : "";
        const button = element("button", state, word, { type: "button", "data-choice": i });
        if (chosen !== null) button.setAttribute("disabled", "");
        return button;
      }),
    );
    told.textContent = chosen === null ? "" : `${chosen === place ? "Yes." : "No."} ${question.told}`;
    more.hidden = chosen === null || !isFree;
  }

  return {
    measure: nothing,
    draw,
    mark: nothing,
    describe: nothing,
    destroy() {
      listeners.stop();
      for (const box of [prompt, choices, told]) box.replaceChildren();
    },
  };
};
