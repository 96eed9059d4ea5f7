// Why is it there? One thing is switched at a time, and what it changes is shown beside what was before.

import { element } from "../draw/paint.js";
import { number, short } from "../say/words.js";
import { readSwitched, writtenSwitched } from "../state/switched.js";
import { choiceOf, TOPIC_NAMES, topicOf, TOPICS } from "../walk/topics.js";
import { differenceOf, entropiesByWidth, seeded, shuffledInWords, shuffledRun } from "../walk/why.js";
import { guessesOf } from "./guesses.js";
import { createMatrices } from "./matrices.js";
import { closest, createListeners, nothing, within } from "./view.js";

/** @import { Changes } from "../model/run.js" */
/** @import { Of } from "../walk/shown.js" */
/** @import { TopicName } from "../walk/topics.js" */
/** @import { Difference } from "../walk/why.js" */
/** @import { CreateView } from "./view.js" */

const RANGE = 3; // of a number by hand

/** @type {CreateView} */
export const createWhy = (root, { context, actions }) => {
  const listeners = createListeners();
  const [list, title, why, control, facts] = [".topics", ".title", ".said", ".control", ".facts"].map((one) =>
    within(root, one),
  );
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
    const { layer, head, query } = of;
    const wanted = JSON.stringify([
      name,
      context.state.switched,
      layer,
      head,
      query,
      seed,
      width,
      context.trace.header.id,
      context.dark,
    ]);
    if (drawn === wanted) return;
    drawn = wanted;
    list.replaceChildren(...TOPIC_NAMES.map((one) => topicButton(one, one === name)));
    title.textContent = TOPICS[name].title;
    why.textContent = TOPICS[name].why;
    const absent = TOPICS[name].absent?.(of.model) ?? "";
    controls(name, of, changes, absent);
    const [after, wrong] = attempt(changes);
    if (!after || absent) {
      facts.replaceChildren(element("p", "faint", absent || wrong));
      matrices.draw([], width);
      more.replaceChildren();
      return;
    }
    const found = differenceOf(of, after);
    facts.replaceChildren(...factsOf(found, of, Object.keys(changes).length > 0));
    const names = of.row.tokens.map((token) => token.label);
    const at = { row: query };
    const isSigned = found.weights[1].values.some((value) => value < 0 || value > 1);
    const each = found.weights.map((matrix, i) => {
      const heading = i ? "after" : "before";
      const scale = /** @type {"signed" | "weights"} */ (i && isSigned ? "signed" : "weights");
      return { name: heading, title: `layer ${layer}, head ${head}`, matrix, rows: names, columns: names, scale, at };
    });
    matrices.draw(changes && Object.keys(changes).length ? each : each.slice(0, 1), Math.min(width / 2 - 12, 520));
    more.replaceChildren(...moreOf(name, of));
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
    const key = `${name} ${absent} ${of.layer} ${of.head}`;
    if (controlOf !== key) {
      controlOf = key;
      control.replaceChildren(...(absent ? [] : name === "number" ? numberFields(of) : [selectOf(name)]));
    }
    const select = control.querySelector("select");
    const chosen = name === "number" ? undefined : choiceOf(name, changes, of);
    if (select && chosen) select.value = chosen.value;
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
      element("output", "", short(0)),
    ];
  }

  /** @type {(of: Of) => void} */
  function numberSet(of) {
    /** @type {(name: string) => number} */
    const valueOf = (name) => Number(/** @type {HTMLInputElement} */ (within(control, `[name=${name}]`)).value);
    const { d_head: size } = of.model.config;
    const [row, inside, value] = ["row", "column", "value"].map(valueOf);
    within(control, "output").textContent = number(value);
    const column = of.head * size + Math.min(Math.max(0, Math.round(inside)), size - 1);
    const numbers = [
      { layer: of.layer, matrix: /** @type {const} */ ("w_q"), row: Math.max(0, Math.round(row)), column, value },
    ];
    actions.choose({ switched: writtenSwitched({ numbers }) });
  }

  /** @type {(name: TopicName, of: Of) => HTMLElement[]} */
  function moreOf(name, of) {
    if (name === "root") return [spreadOf(of)];
    if (name === "places") return shuffles(of);
    return [];
  }

  // Measured now, by random numbers: with √d the spread stays, without it one word gets nearly all.
  /** @type {(of: Of) => HTMLElement} */
  function spreadOf(of) {
    const words = of.row.tokens.length;
    const table = element("table", "measured");
    const scale = `in bits (even: ${Math.log2(words).toFixed(2)}; all to one word: 0)`;
    const caption = `Measured now: random queries and keys, ${words} words. The entropy of softmax, ${scale}`;
    table.append(element("caption", "", caption));
    const measured = entropiesByWidth(words, seeded(seed));
    for (const [heading, values] of /** @type {[string, (string | number)[]][]} */ ([
      ["d", measured.map(({ d }) => d)],
      ["divided by √d", measured.map(({ scaled }) => scaled.toFixed(2))],
      ["not divided", measured.map(({ plain }) => plain.toFixed(2))],
    ])) {
      const line = element("tr");
      line.append(
        element("th", "", heading, { scope: "row" }),
        ...values.map((value) => element("td", "", String(value))),
      );
      table.append(line);
    }
    return table;
  }

  /** @type {(of: Of) => HTMLElement[]} */
  function shuffles(of) {
    const shuffled = shuffledRun(of.model, of.run.ids, {}, seeded(seed));
    const words = shuffled.order.map((token) => of.row.tokens[token].label).join(" ");
    const line = element("p", "", "The words in another order: ");
    line.append(element("b", "", words));
    return [
      line,
      ...shuffledInWords(shuffled, of.model.config.causal).map((one) => element("p", "", one)),
      element("button", "again", "Another order", { type: "button" }),
    ];
  }

  return {
    measure() {
      width = pictures.clientWidth;
      drawn = "";
    },
    draw,
    mark: nothing,
    describe: nothing,
    destroy() {
      listeners.stop();
      for (const box of [list, control, facts, pictures, more]) box.replaceChildren();
    },
  };
};

/** @type {(name: TopicName, isNow: boolean) => HTMLElement} */
function topicButton(name, isNow) {
  return element("button", "", TOPICS[name].title, { type: "button", "data-topic": name, "aria-pressed": isNow });
}

/** @type {(name: TopicName) => HTMLElement} */
function selectOf(name) {
  const label = element("label", "pick", "Here: ");
  const select = element("select", "", null, { name: "choice" });
  for (const { value, label: said } of TOPICS[name].choices) select.append(element("option", "", said, { value }));
  label.append(select);
  return label;
}

// What has changed, in words and as bars.
/** @type {(found: Difference, of: Of, isChanged: boolean) => HTMLElement[]} */
function factsOf({ entropy, moved, words }, of, isChanged) {
  const [before, after] = entropy.map((bits) => (Number.isNaN(bits) ? "no shares" : `${bits.toFixed(2)} bits`));
  const what = of.run.final ? "the model’s last vectors" : "what this layer’s attention gives";
  const told = isChanged
    ? [
        `Entropy of a row, on average: ${before} before, ${after} after.`,
        `So far ${what} have moved: ${(100 * moved).toFixed(0)} % of their length.`,
      ]
    : [`Entropy of a row, on average: ${before}. Switch something to see what it changes.`];
  return [...told.map((one) => element("p", "", one)), guessesOf(words, of, isChanged)];
}
