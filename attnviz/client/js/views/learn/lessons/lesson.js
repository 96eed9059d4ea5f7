// A lesson: what its present step says, and the way to the next. What it shows stands below.

import { childrenOf, element } from "../../../draw/paint.js";
import { closest, createListeners, enable, IDLE, vacate, within } from "../../view.js";

/** @import { Course } from "../../../state/learn/lecture.js" */
/** @import { CreateView } from "../../view.js" */

/** @type {CreateView} */
export const createLesson = (root, { context, actions }) => {
  const listeners = createListeners();
  const [name, title, text, dots] = [".lesson-name", ".title", ".lesson-text", ".dots"].map((one) => within(root, one));
  const problems = within(root, ".problems");
  let drawn = { course: /** @type {Course | null} */ (null), at: 0 };

  listeners.on(root, "click", (event) => {
    const { course, state } = context;
    const go = closest(event, "[data-lesson-go]")?.dataset.lessonGo;
    if (!course || !go) return;
    const wanted = go === "next" ? state.at + 1 : go === "back" ? state.at - 1 : Number(go);
    actions.choose({ at: Math.min(Math.max(wanted, 0), course.steps.length - 1) });
  });

  function draw() {
    const { course, state } = context;
    root.hidden = course === null;
    if (!course) return;
    const at = Math.min(state.at, course.steps.length - 1);
    if (drawn.course === course && drawn.at === at) return;
    drawn = { course, at };
    const step = course.steps[at];
    name.textContent = `${course.title} · about ${course.minutes} minutes to read`;
    title.textContent = step.title;
    text.replaceChildren(paragraphs(step.html));
    dotsOf(course.steps, at);
    enable(root, "data-lesson-go", at, course.steps.length);
    problems.replaceChildren(...course.problems.map((problem) => element("p", "", problem)));
  }

  // A dot for each step.
  /** @type {(steps: { title: string }[], at: number) => void} */
  function dotsOf(steps, at) {
    const all = childrenOf(dots, steps.length, () => element("button", "", null, { type: "button" }));
    steps.forEach((one, i) => {
      const dot = all[i];
      dot.className = i <= at ? "passed" : "";
      const label = `Step ${i + 1} of ${steps.length}: ${one.title}`;
      const attributes = { "data-lesson-go": i, "aria-label": label, title: one.title, "aria-current": i === at };
      for (const [key, value] of Object.entries(attributes)) dot.setAttribute(key, String(value));
    });
  }

  return {
    ...IDLE,
    draw,
    destroy: () => vacate(listeners, text, dots, problems),
  };
};

const ALLOWED = new Set(["P", "B", "STRONG", "I", "EM", "BDI", "BR"]);

// The paragraphs of a step. Python has escaped them; whatever is no paragraph, bold or italic here stays text all the
// same, since a lesson may come from anybody.
/** @type {(html: string) => DocumentFragment} */
function paragraphs(html) {
  const made = document.createDocumentFragment();
  const parsed = new DOMParser().parseFromString(html, "text/html");
  for (const node of parsed.body.childNodes) made.append(safe(node));
  return made;
}

/** @type {(node: Node) => Node} */
function safe(node) {
  if (!(node instanceof Element)) return document.createTextNode(node.textContent ?? "");
  const copy = ALLOWED.has(node.tagName) ? document.createElement(node.tagName) : document.createElement("span");
  for (const child of node.childNodes) copy.append(safe(child));
  return copy;
}
