// Why is it there? One thing is switched at a time, and what it changes is shown beside what was before.

import { element } from "../../draw/paint.js";
import { number } from "../../say/words.js";
import { readSwitched, writtenSwitched } from "../../state/learn/switched.js";
import { square } from "../../walk/steps/matrices.js";
import { namesOf } from "../../walk/steps/shown.js";
import { choiceOf, choicesFor, TOPIC_NAMES, topicOf, TOPICS } from "../../walk/topics.js";
import { differenceOf, movedText, spreadText } from "../../walk/why.js";
import { windowed } from "../../walk/steps/window.js";
import { guessesOf } from "./guesses.js";
import { createMatrices } from "./matrices.js";
import { measuredOf } from "./measured.js";
import { closest, createListeners, IDLE, vacate, within } from "../view.js";

/** @import { Changes } from "../../model/run.js" */
/** @import { Of } from "../../walk/steps/shown.js" */
/** @import { TopicName } from "../../walk/topics.js" */
/** @import { Difference } from "../../walk/why.js" */
/** @import { CreateView } from "../view.js" */

const OTHER = "as the link has it";
const RANGE = 3; // of a number by hand
const TWO_BESIDE = 640; // pixels in which two matrices stand beside one another
const GAP = 24; // between them
const BROADEST = 560;

/** @type {CreateView} */
export const createWhy = (root, { context, actions }) => {
  const listeners = createListeners();
  const [list, title, why, control] = [".topics", ".title", ".said", ".control"].map((one) => within(root, one));
  const [changedBy, predicted] = [within(root, ".changed"), within(root, ".predicted")];
  const [pictures, more] = [within(root, ".matrices-of"), within(root, ".more-facts")];
  const matrices = createMatrices(pictures, { context, actions });
  /** @type {TopicName | null} */
  let topic = null; // that somebody has chosen
  let seed = 1;
  let drawn = "";
  let controlOf = "";
  let width = 0;

  listeners.on(list, "click", (event) => {
    const name = closest(event, "[data-topic]")?.dataset.topic;
    if (!name) return;
    topic = /** @type {TopicName} */ (name);
    if (context.state.switched) actions.choose({ switched: "" });
    else draw();
  });
  listeners.on(root, "change", changed);
  listeners.on(root, "input", (event) => {
    if (event.target instanceof HTMLInputElement) changed(event);
  });
  listeners.on(root, "click", (event) => {
    if (!closest(event, ".again")) return;
    seed += 1;
    draw();
  });

  /** @type {(event: Event) => void} */
  function changed({ target }) {
    const of = context.inPage.of();
    if (!of) return;
    if (target instanceof HTMLSelectElement && target.name === "choice") {
      const found = TOPICS[now()].choices.find((one) => one.value === target.value);
      if (found) actions.choose({ switched: writtenSwitched(found.changes(of)) });
    } else if (control.contains(/** @type {Node} */ (target))) numberSet(of);
  }

  /** @type {() => TopicName} */
  const now = () => topicOf(readSwitched(context.state.switched)) ?? topic ?? TOPIC_NAMES[0];

  function draw() {
    if (context.state.pane !== "why") return;
    const [of, changes] = [context.inPage.of(), readSwitched(context.state.switched)];
    root.classList.toggle("waiting", !of);
    if (!of) return;
    const name = now();
    const { layer, head, query, key } = of;
    const { state, trace, dark } = context;
    const wanted = JSON.stringify([name, state.switched, layer, head, query, key, seed, width, trace.header.id, dark]);
    if (drawn === wanted) return;
    drawn = wanted;
    if (!list.children.length) list.append(...TOPIC_NAMES.map(topicButton)); // they stay, so that none loses the focus
    TOPIC_NAMES.forEach((one, i) => list.children[i].setAttribute("aria-pressed", String(one === name)));
    title.textContent = TOPICS[name].title;
    why.textContent = TOPICS[name].why;
    const absent = TOPICS[name].absent?.(of.model) ?? "";
    controls(name, of, changes, absent);
    const [after, wrong] = attempt(changes);
    if (!after || absent) {
      changedBy.replaceChildren(element("p", "faint", absent || wrong));
      predicted.replaceChildren();
      matrices.draw([], width);
      more.replaceChildren();
      return;
    }
    const found = differenceOf(of, after);
    const isChanged = Object.keys(changes).length > 0;
    changedBy.replaceChildren(...factsOf(found, of, isChanged).map((one) => element("p", "", one)));
    predicted.replaceChildren(guessesOf(found.words, of, isChanged));
    const names = namesOf(of);
    const isSigned = found.weights[1].values.some((value) => value < 0 || value > 1);
    const each = found.weights.slice(0, isChanged ? 2 : 1).map((matrix, i) => {
      const scale = i && isSigned ? "signed" : "weights";
      return square(i ? "after" : "before", `layer ${layer}, head ${head}`, matrix, names, of, scale);
    });
    const { sentence, shown } = windowed({ sentence: "", formula: "", numbers: [], shown: each }, of);
    if (sentence) changedBy.append(element("p", "faint", sentence));
    matrices.draw(shown, Math.min(width < TWO_BESIDE ? width : (width - GAP) / 2, BROADEST));
    more.replaceChildren(...measuredOf(name, of, seed));
  }

  // A run that cannot be made (a link's numbers of another model) is none, and why is said.
  /** @type {(changes: Changes) => [after: Of | null, said: string]} */
  function attempt(changes) {
    try {
      return [context.inPage.of(changes), ""];
    } catch (error) {
      return [null, error instanceof Error ? error.message : String(error)];
    }
  }

  /** @type {(name: TopicName, of: Of, changes: Changes, absent: string) => void} */
  function controls(name, of, changes, absent) {
    const key = `${name} ${absent} ${of.layer} ${of.head} ${of.model.config.causal}`;
    if (controlOf !== key) {
      controlOf = key;
      control.replaceChildren(...(absent ? [] : name === "number" ? numberFields(of) : [selectOf(name, of)]));
    }
    const select = control.querySelector("select");
    if (!select) return;
    const chosen = choiceOf(name, changes, of);
    select.querySelector(".other")?.remove();
    if (!chosen) select.append(element("option", "other", OTHER, { value: "other" }));
    select.value = chosen?.value ?? "other";
  }

  /** @type {(of: Of) => HTMLElement[]} */
  function numberFields(of) {
    const set = readSwitched(context.state.switched).numbers?.[0];
    const weights = of.model.layers[of.model.layers.length === 1 ? 0 : of.layer].w_q;
    const { d_head: size } = of.model.config;
    const row = set?.row ?? 0;
    const column = set ? set.column - of.head * size : 0;
    const value = set?.value ?? weights?.values[row * weights.columns + of.head * size] ?? 0;
    /** @type {(name: string, label: string, attributes: Record<string, string | number>) => HTMLElement} */
    const field = (name, label, attributes) => {
      const made = element("label", "pick", `${label} `);
      made.append(element("input", "", null, { name, ...attributes }));
      return made;
    };
    return [
      field("row", "W_Q, row", { type: "number", min: 0, max: (weights?.rows ?? 1) - 1, value: row }),
      field("column", "column", { type: "number", min: 0, max: size - 1, value: column }),
      field("value", "number", { type: "range", min: -RANGE, max: RANGE, step: 0.05, value }),
      element("span", "by-hand", number(value)),
    ];
  }

  /** @type {(of: Of) => void} */
  function numberSet(of) {
    /** @type {(name: string) => number} */
    const valueOf = (name) => Number(/** @type {HTMLInputElement} */ (within(control, `[name=${name}]`)).value);
    const { d_head: size } = of.model.config;
    const [row, inside, value] = ["row", "column", "value"].map(valueOf);
    within(control, ".by-hand").textContent = number(value);
    const column = of.head * size + Math.min(Math.max(0, Math.round(inside)), size - 1);
    const last = (of.model.layers[of.model.layers.length === 1 ? 0 : of.layer].w_q?.rows ?? 1) - 1;
    const inRow = Math.min(Math.max(0, Math.round(row)), last);
    const numbers = [{ layer: of.layer, matrix: /** @type {const} */ ("w_q"), row: inRow, column, value }];
    actions.choose({ switched: writtenSwitched({ numbers }) });
  }

  return {
    ...IDLE,
    measure() {
      width = pictures.clientWidth;
      drawn = "";
    },
    draw,
    destroy() {
      matrices.destroy();
      vacate(listeners, list, control, changedBy, predicted, more);
    },
  };
};

/** @type {(name: TopicName) => HTMLElement} */
function topicButton(name) {
  return element("button", "", TOPICS[name].title, { type: "button", "data-topic": name });
}

/** @type {(name: TopicName, of: Of) => HTMLElement} */
function selectOf(name, { model }) {
  const label = element("label", "pick", "Here: ");
  const select = element("select", "", null, { name: "choice" });
  for (const { value, label: said } of choicesFor(name, model)) select.append(element("option", "", said, { value }));
  label.append(select);
  return label;
}

// What has changed, in words.
/** @type {(found: Difference, of: Of, isChanged: boolean) => string[]} */
function factsOf(found, of, isChanged) {
  const spread = spreadText(found, namesOf(of)[of.query], isChanged);
  return isChanged ? [spread, movedText(found.moved, of.run)] : [`${spread} Switch something to see what it changes.`];
}
