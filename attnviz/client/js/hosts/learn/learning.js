// What the Learn page and a lesson's file have in common: their views, how the cards are laid out, and presentation,
// which goes from step to step.

import { createBuilder } from "../../views/learn/build/builder.js";
import { createByHand } from "../../views/learn/by_hand.js";
import { createKinds } from "../../views/learn/lessons/kinds.js";
import { createLesson } from "../../views/learn/lessons/lesson.js";
import { createNext } from "../../views/learn/lessons/next.js";
import { createTries } from "../../views/learn/lessons/tries.js";
import { createPanes } from "../../views/learn/panes.js";
import { createQuestion } from "../../views/learn/question.js";
import { createRail } from "../../views/learn/way/rail.js";
import { createWalk } from "../../views/learn/way/walk.js";
import { createWhy } from "../../views/learn/why.js";
import { within } from "../../views/view.js";
import { stepAt, stepsOf } from "../../walk/steps/steps.js";
import { createPresenting } from "../screen/presenting.js";

/** @import { State } from "../../state/schema.js" */
/** @import { Tools, View } from "../../views/view.js" */
/** @import { Explorer, Host } from "../explorer.js" */
/** @import { Surroundings } from "../views.js" */

/** @type {State["walk"][]} */
const WITH_HEAD = ["scores", "scaled", "masked", "softmax", "context", "heads", "concatenated", "output"];
/** @type {State["walk"][]} */
const WITH_NEURON = ["score", "row", "context"];
/** @type {Record<State["pane"], string>} */
const CARDS = {
  way: ".card.walk",
  explore: ".card.head",
  why: ".card.why",
  row: ".card.row",
  build: ".card.build",
  kinds: ".card.kinds",
  next: ".card.next",
  tries: ".card.tries",
};

/** @typedef {Required<Pick<Surroundings, "arrange" | "further" | "presents">>} Learning */

/** @type {(host: Host, groundOf: () => string) => Learning} */
export function createLearning(host, groundOf) {
  const root = within(host, ".explorer");
  const explorerNow = () => /** @type {Explorer} */ (host.explorer);

  // For a class one step after another fills the window: of the lesson, else of the way; else the one card.
  /** @type {() => { count: number, at: number, go: (at: number) => Partial<State> }} */
  function stages() {
    const { context, state } = explorerNow();
    const { course } = context;
    if (course) return { count: course.steps.length, at: state.at, go: (at) => ({ at }) };
    const of = context.inPage.of();
    if (!of || state.pane !== "way") return { count: 1, at: 0, go: () => ({}) };
    const names = stepsOf(of);
    return { count: names.length, at: names.indexOf(stepAt(of, state.walk)), go: (at) => ({ walk: names[at] }) };
  }

  const presents = createPresenting(root, {
    cards: () => {
      const now = within(root, CARDS[explorerNow().state.pane]);
      return Array.from({ length: stages().count }, () => now);
    },
    card: () => (host.explorer?.state.present ? stages().at + 1 : 0),
    // It begins with what is on the page.
    go(card) {
      const { choose, state } = explorerNow();
      choose(card ? { present: 1, ...(state.present ? stages().go(card - 1) : {}) } : { present: 0 });
      if (card) within(root, CARDS[explorerNow().state.pane]).scrollTop = 0; // what is new is read from its beginning
    },
    groundOf,
    changed: () => explorerNow().drawAll(),
  });

  return {
    presents,
    // What stands beside a step: the head that it is of, the way of its word. Whether anything has moved.
    arrange({ pane, walk, at, present }) {
      const isWay = pane === "way";
      const isLesson = Boolean(host.explorer?.context.course);
      const step = present ? `${walk} ${at}` : ""; // the card that fills the window is another at each
      const wanted = [pane, isWay && WITH_HEAD.includes(walk), isWay && WITH_NEURON.includes(walk), isLesson, step];
      const isOther = root.dataset.arranged !== wanted.join();
      root.dataset.arranged = wanted.join();
      root.dataset.pane = pane;
      root.toggleAttribute("data-aside", wanted[1] === true);
      root.toggleAttribute("data-neuron", wanted[2] === true);
      root.toggleAttribute("data-lesson", isLesson);
      return isOther;
    },
    further,
  };
}

/** @type {(root: HTMLElement, tools: Tools) => View[]} */
function further(root, tools) {
  return [
    createLesson(within(root, ".card.lesson"), tools),
    createPanes(within(root, ".panes"), tools),
    createQuestion(within(root, ".asking"), tools),
    createRail(within(root, ".card.rail"), tools),
    createWalk(within(root, ".card.walk"), tools),
    createWhy(within(root, ".card.why"), tools),
    createByHand(within(root, ".card.row"), tools),
    createBuilder(within(root, ".card.build"), tools),
    createKinds(within(root, ".card.kinds > .kinds-of"), tools),
    createNext(within(root, ".card.next"), tools),
    createTries(within(root, ".card.tries"), tools),
  ];
}
