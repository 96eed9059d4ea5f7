// One step of the way from words to a prediction: a sentence, the formula with this sentence's numbers in it, the
// matrices, and the lines of code that computed it.

import { writeFormula } from "../../../draw/formula.js";
import { element } from "../../../draw/paint.js";
import { beatAfter, firstBeat, lengthOf } from "../../../state/learn/playing.js";
import { stepAt, STEPS, stepsOf } from "../../../walk/steps/steps.js";
import { short } from "../../../say/words.js";
import { barOf } from "../guesses.js";
import { createMatrices } from "../matrices.js";
import { placesOf } from "./places.js";
import { closest, createListeners, enable, IDLE, vacate, within } from "../../view.js";

/** @import { Beat } from "../../../state/learn/playing.js" */
/** @import { Of, Told } from "../../../walk/steps/shown.js" */
/** @import { StepName } from "../../../walk/steps/steps.js" */
/** @import { CreateView } from "../../view.js" */

const READY = 60; // milliseconds after a frame, until what comes next is made

/**
 * @typedef {object} Ready a step as it stands on the page
 * @property {Told} told
 * @property {HTMLElement[]} lines formulas
 * @property {HTMLElement[]} guesses
 * @property {HTMLElement[]} reasons
 */

/** @type {CreateView} */
export const createWalk = (root, { context, actions }) => {
  const listeners = createListeners();
  const [title, said, why, spoken] = [".title", ".said", ".why", ".spoken"].map((name) => within(root, name));
  const [formulas, shown, bars, code] = [".formulas", ".matrices-of", ".bars", ".code"].map((name) =>
    within(root, name),
  );
  const play = /** @type {HTMLButtonElement} */ (within(root, "[data-go=play]"));
  const matrices = createMatrices(shown, { context, actions });
  let drawn = "";
  let width = 0;
  /** @type {Map<string, Ready>} */
  let ready = new Map(); // the step that is shown, and those beside it
  /** @type {Beat | null} */
  let beat = null; // where Play is
  let timer = 0;

  listeners.on(within(root, ".goes"), "click", (event) => {
    const go = closest(event, "[data-go]")?.dataset.go;
    if (go === "play") toggle();
    else if (go) step(go === "next" ? 1 : -1);
  });

  /** @type {(by: number) => void} */
  function step(by) {
    const of = context.inPage.of();
    if (!of) return;
    stop();
    const names = stepsOf(of);
    const next = names[names.indexOf(stepAt(of, context.state.walk)) + by];
    if (next) actions.choose({ walk: next });
  }

  // With less motion wished for, each press is one beat; else it goes on by itself until it is stopped.
  function toggle() {
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const { state, part } = context;
    const after = beat ? beatAfter(beat, part.keys.tokens.length) : firstBeat(state.walk, state.key);
    const next = beat && !isCalm ? null : after;
    if (next) at(next);
    else stop();
    if (next && !isCalm) timer = window.setTimeout(goOn, lengthOf(next));
  }

  function goOn() {
    const next = beat && root.isConnected ? beatAfter(beat, context.part.keys.tokens.length) : null;
    if (next) {
      at(next);
      timer = window.setTimeout(goOn, lengthOf(next));
    } else stop();
  }

  /** @type {(next: Beat) => void} */
  function at(next) {
    beat = next;
    actions.choose({ walk: next.walk, key: next.key });
    draw();
  }

  function stop() {
    clearTimeout(timer);
    beat = null;
    draw();
  }

  function draw() {
    const of = context.inPage.of();
    const other = context.inPage.lecture?.model.config;
    root.classList.toggle("waiting", !of && !other);
    if (!of) {
      if (other) sayOther(other.layer);
      return;
    }
    const { state } = context;
    const name = stepAt(of, state.walk);
    if (beat && (beat.walk !== state.walk || beat.key !== (state.key ?? beat.key))) {
      clearTimeout(timer); // somebody has chosen something else
      beat = null;
    }
    const upTo = beat?.walk === "context" ? beat.key : null;
    const isPlaying = beat !== null;
    const { dark, zoom } = context;
    const wanted = JSON.stringify([keyOf(of, name, upTo), isPlaying, width, dark, zoom]);
    if (drawn === wanted) return;
    drawn = wanted;
    const { told, lines, guesses, reasons } = readyOf(of, name, upTo);
    const names = stepsOf(of);
    const place = names.indexOf(name);
    hush(isPlaying);
    title.textContent = `${place + 1} · ${STEPS[name].title}`;
    said.textContent = told.sentence;
    formulas.replaceChildren(...lines);
    actions.later("formulas", scrollable);
    matrices.draw(told.shown, width);
    bars.replaceChildren(...guesses);
    why.replaceChildren(...reasons);
    codeOf(name);
    enable(root, "data-go", place, names.length);
    play.textContent = isPlaying ? "Pause" : "Play";
    if (!isPlaying) actions.later("ready", () => readyBeside(names, place), READY);
  }

  // What a step is made of: all that it depends on.
  /** @type {(of: Of, name: StepName, upTo: number | null) => string} */
  function keyOf({ layer, head, query, key }, name, upTo) {
    return JSON.stringify([context.trace.header.id, name, layer, head, query, key, upTo]);
  }

  /** @type {(of: Of, name: StepName, upTo?: number | null) => Ready} */
  function readyOf(of, name, upTo = null) {
    const key = keyOf(of, name, upTo);
    let found = ready.get(key);
    if (!found) {
      const told = STEPS[name].tell(upTo === null ? of : { ...of, upTo });
      found = { told, lines: linesOf(told), guesses: guessesOf(told), reasons: reasonsOf(told) };
      ready.set(key, found);
    }
    return found;
  }

  // Formulas and matrices take longer than a frame: those of the next step and the last are made while one is read.
  /** @type {(names: StepName[], place: number) => void} */
  function readyBeside(names, place) {
    const of = context.inPage.of();
    if (!of) return;
    const near = [names[place], names[place + 1], names[place - 1]].filter((name) => name !== undefined);
    const kept = near.map((name) => keyOf(of, name, null));
    ready = new Map([...ready].filter(([key]) => kept.includes(key)));
    const next = near.find((_, i) => !ready.has(kept[i]));
    if (!next) return;
    matrices.prepare(readyOf(of, next).told.shown, width);
    actions.later("ready", () => readyBeside(names, place), READY);
  }

  // A screen reader says the new step; but in a lesson the lesson's text, and what plays goes too fast to be said.
  /** @type {(isPlaying: boolean) => void} */
  function hush(isPlaying) {
    spoken.setAttribute("aria-live", isPlaying || context.course ? "off" : "polite");
  }

  // Of a pretrained model one layer is here at a time; in a file, no other will come.
  /** @type {(layer: number) => void} */
  function sayOther(layer) {
    drawn = "";
    said.textContent = `The page has the matrices of layer ${layer} of this model. Choose a head of that layer.`;
    matrices.draw([], width);
    for (const box of [formulas, bars, why]) box.replaceChildren();
    code.hidden = true;
  }

  // What is wider than there is room is scrolled, by the keyboard too.
  function scrollable() {
    for (const line of formulas.children) {
      if (line.scrollWidth > line.clientWidth) line.setAttribute("tabindex", "0");
      else line.removeAttribute("tabindex");
    }
  }

  /** @type {(told: Told) => HTMLElement[]} */
  function guessesOf({ bars: all = [], places }) {
    const { queries } = context.part;
    return [...(places ? [placesOf(queries, places, context.pair().query)] : []), ...all.map(guessed)];
  }

  /** @type {(name: StepName) => void} */
  function codeOf(name) {
    const found = context.inPage.lecture?.code[name];
    code.hidden = !found;
    if (!found) return;
    within(code, "summary span").textContent = ` · ${found.file}, from line ${found.line}`;
    within(code, "code").textContent = found.text;
  }

  return {
    ...IDLE,
    measure() {
      width = shown.clientWidth;
      drawn = "";
    },
    draw,
    destroy() {
      clearTimeout(timer);
      matrices.destroy();
      vacate(listeners, formulas, bars);
    },
  };
};

/** @type {(told: Told) => HTMLElement[]} */
function linesOf({ formula, numbers }) {
  return [formula, ...numbers].map((tex, i) => {
    const line = element("div", "formula-line");
    writeFormula(line, tex, i > 0);
    return line;
  });
}

/** @type {(bars: NonNullable<Told["bars"]>[number]) => HTMLElement} */
function guessed({ title, words }) {
  const list = element("ol");
  for (const [word, share] of words) {
    const line = element("li");
    const track = element("span", "track");
    track.append(barOf(share));
    line.append(element("span", "word", word), track, element("span", "share", short(share)));
    list.append(line);
  }
  const made = element("div", "guessed");
  made.append(element("h3", "", title), list);
  return made;
}

/** @type {(told: Told) => HTMLElement[]} */
function reasonsOf({ why, otherwise }) {
  /** @type {[string, string | undefined][]} */
  const all = [
    ["Why is it there?", why],
    ["Elsewhere", otherwise],
  ];
  return all.flatMap(([heading, text]) => {
    if (!text) return [];
    const made = element("p");
    made.append(element("b", "", heading), ` ${text}`);
    return [made];
  });
}
