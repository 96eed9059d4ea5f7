// A row by hand: each weight of the chosen word's row is a slider. The model runs on with the row as it is set.

import { element } from "../../draw/paint.js";
import { rowOf } from "../../model/run.js";
import { readSwitched, writtenSwitched } from "../../state/learn/switched.js";
import { givenWay, rowSet, withRow } from "../../walk/by_hand.js";
import { headOf } from "../../walk/steps/shown.js";
import { differenceOf, movedText } from "../../walk/why.js";
import { createFreedom } from "./freedom.js";
import { guessesOf } from "./guesses.js";
import { createListeners, IDLE, vacate, within } from "../view.js";

/** @import { Changes } from "../../model/run.js" */
/** @import { Of } from "../../walk/steps/shown.js" */
/** @import { CreateView } from "../view.js" */

const PULL =
  "Pull at a weight: the rest of the row gives way, since a row adds up to 1, and the model runs on with it.";
const STEPS = 1000; // of a slider
const MOST_ROWS = 64; // words whose weights are sliders; the rest of a long text is said

/** @type {CreateView} */
export const createByHand = (root, { context, actions }) => {
  const listeners = createListeners();
  const [said, sliders, changed, predicted] = [".said", ".sliders", ".changed", ".predicted"].map((one) => {
    return within(root, one);
  });
  const back = /** @type {HTMLButtonElement} */ (within(root, ".own"));
  const freedom = createFreedom(within(root, ".freedom"), { set });
  let made = "";
  let drawn = "";

  listeners.on(sliders, "input", ({ target }) => {
    const of = context.inPage.of();
    if (!of || !(target instanceof HTMLInputElement)) return;
    const token = Number(target.dataset.token);
    const masked = rowOf(headOf(of).masked, of.query);
    const pulled = givenWay(rowNow(of), token, Number(target.value) / STEPS, (one) => masked[one] !== -Infinity);
    set(pulled);
  });
  listeners.on(back, "click", () => {
    set(null); // and nothing is left to go back from
    const first = sliders.querySelector("input:enabled");
    if (first instanceof HTMLElement) first.focus({ preventScroll: true });
  });

  // The row as it is set, else the model's own.
  /** @type {(of: Of) => ArrayLike<number>} */
  function rowNow(of) {
    return rowSet(readSwitched(context.state.switched), of) ?? rowOf(headOf(of).weights, of.query);
  }

  /** @type {(weights: ArrayLike<number> | null) => void} */
  function set(weights) {
    const of = context.inPage.of();
    if (!of) return;
    actions.choose({ switched: writtenSwitched(withRow(readSwitched(context.state.switched), of, weights)) });
  }

  function draw() {
    if (context.state.pane !== "row") return;
    const of = context.inPage.of();
    root.classList.toggle("waiting", !of);
    if (!of) return;
    const { layer, head, query } = of;
    const wanted = JSON.stringify([context.state.switched, layer, head, query, context.trace.header.id]);
    if (drawn === wanted) return;
    drawn = wanted;
    const changes = readSwitched(context.state.switched);
    const row = rowNow(of);
    const isSet = rowSet(changes, of) !== null;
    const label = of.row.tokens[query].label;
    said.textContent = `The row of “${label}” in layer ${layer}, head ${head}. ${PULL}`;
    back.disabled = !isSet;
    fields(of);
    const all = /** @type {NodeListOf<HTMLInputElement>} */ (sliders.querySelectorAll("input"));
    for (const input of all) {
      const token = Number(input.dataset.token);
      if (Number(input.value) !== Math.round(row[token] * STEPS)) input.value = String(Math.round(row[token] * STEPS));
      within(/** @type {Element} */ (input.parentElement), ".weight").textContent = written(row[token]);
      input.setAttribute("aria-valuetext", written(row[token]));
    }
    try {
      told(of, isSet ? row : null);
    } catch (error) {
      changed.replaceChildren(element("p", "", error instanceof Error ? error.message : String(error)));
      predicted.replaceChildren();
    }
    freedom.draw(of, row, isSet);
  }

  // What comes of the row that is set; null: of the model's own.
  /** @type {(of: Of, row: ArrayLike<number> | null) => void} */
  function told(of, row) {
    const found = differenceOf(of, /** @type {Of} */ (context.inPage.of(withRow({}, of, row))));
    const sentence = row
      ? movedText(found.moved, of.run)
      : `${misfitIn(readSwitched(context.state.switched), of)}Nothing is pulled yet: this is the model’s own row.`;
    changed.replaceChildren(element("p", "", sentence));
    predicted.replaceChildren(guessesOf(found.words, of, row !== null));
  }

  // A slider for each word, made anew for another sentence.
  /** @type {(of: Of) => void} */
  function fields(of) {
    const wanted = `${context.trace.header.id} ${of.layer} ${of.head} ${of.query}`;
    if (made === wanted) return;
    made = wanted;
    const masked = rowOf(headOf(of).masked, of.query);
    const { tokens } = of.row;
    const own = rowOf(headOf(of).weights, of.query);
    const strongest = [...tokens.keys()].sort((a, b) => own[b] - own[a]).slice(0, MOST_ROWS);
    sliders.replaceChildren(
      ...strongest.sort((a, b) => a - b).map((i) => {
        const token = tokens[i];
        const line = element("label");
        const range = {
          type: "range",
          min: 0,
          max: STEPS,
          step: 1,
          "data-token": i,
          "aria-label": `weight on ${token.name}`,
        };
        const input = /** @type {HTMLInputElement} */ (element("input", "", null, range));
        input.disabled = masked[i] === -Infinity;
        line.append(element("span", "word", token.label), input, element("span", "weight"));
        return line;
      }),
    );
    if (tokens.length > MOST_ROWS) {
      sliders.append(element("p", "faint", `The ${MOST_ROWS} of ${tokens.length} words that get most.`));
    }
  }

  return {
    ...IDLE,
    measure() {
      drawn = "";
    },
    draw,
    destroy: () => vacate(listeners, sliders, changed, predicted),
  };
};

// A row in the link that is of another sentence, told.
/** @type {(changes: Changes, of: Of) => string} */
function misfitIn({ rows = [] }, { layer, head, query, row: { tokens } }) {
  const set = rows.find((one) => one.layer === layer && one.head === head && one.query === query);
  if (!set || set.weights.length === tokens.length) return "";
  return `The link’s row has ${set.weights.length} weights, and this sentence ${tokens.length} tokens. `;
}

// Three digits, as everywhere in the walk; what a link may say can be larger than any weight.
/** @type {(weight: number) => string} */
function written(weight) {
  return Math.abs(weight) < 1e4 ? weight.toFixed(3) : weight.toExponential(1);
}
