// Build a head: W_Q and W_K by hand, number by number, and at once the weights that they make. Some heads are there to
// be looked at; one is to be built.

import { element } from "../../../draw/paint.js";
import { rowOf } from "../../../model/run.js";
import {
  AIM_NAMES,
  AIMS,
  built,
  clicked,
  emptyHead,
  featuresAt,
  featuresOf,
  headFor,
  largestOf,
  namesOf,
  reached,
  readNumber,
  shareWanted,
  timesAll,
  withNumber,
  WORDS,
} from "../../../walk/built.js";
import { goalSaid, introduction, meetingSaid } from "../../../walk/built_said.js";
import { createPattern } from "./pattern.js";
import { closest, createListeners, IDLE, vacate, within } from "../../view.js";
import { createWeightGrid } from "./weight_grid.js";

/** @import { AimName, Built, Head, Which } from "../../../walk/built.js" */
/** @import { CreateView } from "../../view.js" */
/** @import { At, Does, Of } from "./weight_grid.js" */

const MOST_UNDONE = 200;
/** @type {Record<Which, string>} */
const MATRIX = { w_q: "W_Q", w_k: "W_K" };

/** @type {CreateView} */
export const createBuilder = (root, { context, actions }) => {
  const listeners = createListeners();
  const [features, names] = [featuresOf(WORDS), namesOf(WORDS)];
  const [aims, goal, way, hint, wrong, meeting] = [".aims", ".goal", ".way", ".hint", ".wrong", ".meeting"].map((one) =>
    within(root, one),
  );
  const field = /** @type {HTMLInputElement} */ (within(root, ".one input"));
  const where = within(root, ".one .where");
  /** @type {Record<string, HTMLButtonElement>} */
  const buttons = {};
  for (const name of ["undo", "empty", "softer", "sharper"]) {
    buttons[name] = /** @type {HTMLButtonElement} */ (within(root, `[data-do=${name}]`));
  }
  /** @type {AimName} */
  let aim = "previous";
  let head = headFor(WORDS, aim);
  /** @type {{ aim: AimName, head: Head }[]} */
  const before = []; // what can be undone
  let chosen = { row: 1, column: 0 }; // of the weights
  /** @type {At & { which: Which }} */
  let cell = { which: "w_q", row: 0, column: 0 };
  let drawn = "";

  within(root, ".said").textContent = introduction(WORDS);
  aims.replaceChildren(
    ...AIM_NAMES.map((name) => element("button", "", AIMS[name].title, { type: "button", "data-aim": name })),
  );

  const titles = { w_q: "makes queries: what a word looks for", w_k: "makes keys: what a word can be found by" };
  const starts = [new Set(WORDS).size, features.length - 1];
  const grids = {
    w_q: createWeightGrid(within(root, ".weights-of.q"), gridOf("w_q"), does("w_q")),
    w_k: createWeightGrid(within(root, ".weights-of.k"), gridOf("w_k"), does("w_k")),
  };
  const pattern = createPattern(within(root, ".pattern"), names, { context, choose: meet, tip: actions.tip });

  /** @type {(of: Which) => Of} */
  function gridOf(of) {
    return { name: MATRIX[of], title: titles[of], rows: features, starts, columns: WORDS.length };
  }

  /** @type {(of: Which) => Does} */
  function does(of) {
    return {
      choose(at) {
        const isOther = cell.which !== of || cell.row !== at.row || cell.column !== at.column;
        if (!isOther) return;
        cell = { which: of, ...at };
        show();
      },
      click: (at) => set(withNumber(head, of, { ...at, value: clicked(rowOf(head[of], at.row)[at.column]) })),
      clear: (at) => set(withNumber(head, of, { ...at, value: 0 })),
      type(_at, typed) {
        if (typed) field.value = typed;
        field.focus();
        if (!typed) field.select();
      },
    };
  }

  const forgive = () => (wrong.textContent = "");
  listeners.on(field, "input", forgive);
  listeners.on(aims, "click", (event) => {
    const name = /** @type {AimName | undefined} */ (closest(event, "[data-aim]")?.dataset.aim);
    // What is to be built begins with what is there.
    if (name) set(name === "next" ? head : headFor(WORDS, name), name);
    if (name) forgive();
  });
  listeners.on(root, "click", (event) => {
    const name = closest(event, "[data-do]")?.dataset.do;
    if (name === "undo") undo();
    else if (name === "empty") set(emptyHead(WORDS));
    else if (name === "sharper") set(timesAll(head, 2) ?? head);
    else if (name === "softer") set(timesAll(head, 0.5) ?? head);
  });
  listeners.on(field, "keydown", (event) => {
    event.stopPropagation(); // the explorer has shortcuts of its own
    if (event.key === "Escape") {
      forgive();
      show();
    } else if (event.key !== "Enter" || !take()) return;
    event.preventDefault();
    grids[cell.which].focus();
  });
  listeners.on(field, "focusout", take);

  // The number that stands in the field, if it is one; else a sentence, and nothing has changed.
  /** @type {() => boolean} */
  function take() {
    try {
      set(withNumber(head, cell.which, { ...cell, value: readNumber(field.value) }));
      forgive();
      return true;
    } catch (error) {
      wrong.textContent = /** @type {Error} */ (error).message;
      field.setAttribute("aria-invalid", "true");
      return false;
    }
  }

  const numberNow = () => rowOf(head[cell.which], cell.row)[cell.column];

  /** @type {(next: Head, name?: AimName) => void} */
  function set(next, name = aim) {
    const isOther = name !== aim || written(next) !== written(head);
    if (isOther) before.push({ aim, head });
    if (before.length > MOST_UNDONE) before.shift();
    [aim, head] = [name, next];
    show();
  }

  function undo() {
    const last = before.pop();
    if (!last) return;
    ({ aim, head } = last);
    show();
  }

  // Two words whose query and key are shown.
  /** @type {(pair: { row: number, column: number }) => void} */
  function meet(pair) {
    chosen = pair;
    show();
  }

  function show() {
    drawn = "";
    draw();
  }

  function draw() {
    if (context.state.pane !== "build" || drawn === "all") return;
    drawn = "all";
    const found = built(WORDS, head);
    const wanted = AIMS[aim].wanted([...WORDS]);
    const right = reached(found.weights, wanted);
    const isDone = right.every((one) => one !== false);
    for (const button of aims.children) {
      button.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (button).dataset.aim === aim));
    }
    root.classList.toggle("done", isDone);
    const told = goalSaid(aim, right, shareWanted(found.weights, wanted));
    goal.replaceChildren(`${told.goal} `, element("b", "count", told.count), ` ${told.more}`);
    way.textContent = aim === "next" ? "" : AIMS[aim].way;
    hint.hidden = aim !== "next";
    within(hint, "p").textContent = AIMS.next.way;
    tables(found);
    pattern.draw({ weights: found.weights, chosen, wanted, right });
    const [pair, sum, weight] = meetingSaid(WORDS, found, chosen);
    meeting.replaceChildren(element("b", "", pair), sum, element("b", "", weight));
    fields();
  }

  /** @type {(found: Built) => void} */
  function tables({ q, k }) {
    const most = Math.max(largestOf(head), 1);
    const { row, column } = chosen;
    const [query, key] = [rowOf(q, row), rowOf(k, column)];
    const ofQuery = { used: featuresAt(WORDS, row), sumName: `q of ${names[row]}`, sum: query };
    const ofKey = { used: featuresAt(WORDS, column), sumName: `k of ${names[column]}`, sum: key };
    grids.w_q.draw({ matrix: head.w_q, most, ...ofQuery });
    grids.w_k.draw({ matrix: head.w_k, most, ...ofKey });
    for (const name of /** @type {Which[]} */ (["w_q", "w_k"])) grids[name].mark(cell.which === name);
  }

  function fields() {
    where.textContent = `${MATRIX[cell.which]}, “${features[cell.row]}”, column ${cell.column + 1}`;
    field.value = String(numberNow()).replace("-", "−"); // all its digits
    field.removeAttribute("aria-invalid");
    buttons.undo.disabled = !before.length;
    buttons.empty.disabled = largestOf(head) === 0;
    buttons.sharper.disabled = !timesAll(head, 2);
    buttons.softer.disabled = !timesAll(head, 0.5);
  }

  return {
    ...IDLE,
    measure() {
      pattern.measure();
      drawn = "";
    },
    draw,
    destroy() {
      for (const one of [...Object.values(grids), pattern]) one.destroy();
      vacate(listeners, aims, goal, meeting);
    },
  };
};

/** @type {(head: Head) => string} */
function written({ w_q, w_k }) {
  return `${w_q.values.join()} ${w_k.values.join()}`;
}
