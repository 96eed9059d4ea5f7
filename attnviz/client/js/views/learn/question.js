// Predict, then see: a question about the head that is shown, which is covered until it is answered.

import { childrenOf, element } from "../../draw/paint.js";
import { rateAfter, rateNow } from "../../state/learn/rate.js";
import { anyQuestion, KINDS, questionAt, questionOfHead } from "../../walk/questions.js";
import { seeded } from "../../walk/why.js";
import { closest, createListeners, IDLE, vacate, within } from "../view.js";

/** @import { Course } from "../../state/learn/lecture.js" */
/** @import { Kind, Question } from "../../walk/questions.js" */
/** @import { CreateView } from "../view.js" */

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
  let asked = ""; // the step and the text that it was asked of
  /** @type {Course | null} */
  let askedIn = null;
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
    if (question && question.query !== null) actions.choose({ query: question.query, key: null });
    asked = nameNow();
    show(!question);
    const first = choices.querySelector("button");
    if (first) first.focus({ preventScroll: true });
    else ask.focus({ preventScroll: true });
  }

  /** @type {(place: number) => void} */
  function answer(place) {
    if (!question) return;
    chosen = place;
    const isRight = place === question.answer;
    rateAfter(isRight);
    show(); // the answer keeps the focus
  }

  /** @type {() => string} */
  const nameNow = () => `${context.state.at} ${context.trace.header.id}`;

  function draw() {
    const { course, state, trace } = context;
    if (!trace) return;
    const of = context.inPage.of();
    const name = nameNow();
    if (asked !== name || askedIn !== course) {
      [asked, askedIn, question, chosen, isFree] = [name, course, null, null, false];
      const kind = /** @type {Kind | null} */ (course?.steps[state.at]?.question ?? null);
      if (of && kind) {
        const random = seeded((seed += 1));
        question = questionAt(of, kind, random) ?? anyQuestion(of, [kind], random);
      } else if (kind === "most" && context.numbers.isWhole) {
        const { layer, head, query } = state;
        question = questionOfHead(context.numbers, [layer, head], query, seeded((seed += 1)));
      }
    }
    show();
  }

  // A lesson asks by itself.
  function isOffered() {
    const { pane, walk } = context.state;
    return !context.course && (pane === "explore" || (pane === "way" && walk === "softmax"));
  }

  function show(isNone = false) {
    root.classList.toggle("offers", isOffered() && !question);
    root.classList.toggle("asks", question !== null);
    const isCovered = question !== null && chosen === null;
    if (context.covered !== isCovered) actions.cover(isCovered);
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
    choices.setAttribute("aria-label", question.prompt);
    buttonsOf(words, place);
    told.textContent = chosen === null ? "" : `${chosen === place ? "Yes." : "No."} ${question.told}`;
    more.hidden = chosen === null || !isFree;
  }

  // A button for each choice.
  /** @type {(words: string[], right: number) => void} */
  function buttonsOf(words, right) {
    const all = childrenOf(choices, words.length, () => element("button", "", "", { type: "button" }));
    words.forEach((word, i) => {
      const button = all[i];
      if (button.textContent !== word) button.textContent = word;
      button.className = chosen === null ? "" : i === right ? "right" : i === chosen ? "wrong" : "";
      button.setAttribute("data-choice", String(i));
      button.setAttribute("aria-disabled", String(chosen !== null));
      button.setAttribute("aria-label", button.className ? `${word}, ${button.className}` : word);
    });
  }

  return {
    ...IDLE,
    draw,
    destroy() {
      actions.cover(false);
      vacate(listeners, prompt, choices, told);
    },
  };
};
