// The words that come next: to be taken, drawn, or written one after another; how they are drawn; and the way back.
// The buttons stay the same elements at the same place, so that Stop can be hit while words come.

import { element } from "../draw/paint.js";
import { short } from "../say/words.js";
import { within } from "../views/view.js";
import { channel } from "./server/channel.js";

/** @typedef {{ index: number, word: string, ends: boolean, probable: number, left: number }} Word */
/** @typedef {{ temperature: number, top_k: number, top_p: number, seed: number }} Sampling */
/**
 * @typedef {object} Told
 * @property {string} of which reading it is of
 * @property {string | null} next of which the next word's will be, where it is read ahead
 * @property {string} text what was read
 * @property {Word[]} words `probable`: the model's own; `left`: what it is drawn with
 * @property {number | null} drawn the index of the word that is drawn now
 * @property {string} said what came of the last press
 * @property {number} way how many texts there are, one word longer each
 * @property {number} at which of them is shown
 * @property {boolean} writing
 * @property {Sampling} sampling
 */
/** @typedef {(pressed: Record<string, unknown>) => void} Press */
/**
 * @typedef {object} Made what stays while words come
 * @property {Told} told
 * @property {string} before the text before this one
 * @property {Press} press
 * @property {() => void} show
 * @property {(event: Event) => void} stop of who types, or presses Escape
 * @property {ReturnType<typeof setTimeout>} [coming] after which the next word is asked for
 * @property {Record<string, unknown>} [pressed] the last that was, though it may wait for the field
 * @property {string} [ahead] of which reading the trace is that is shown before the server has heard of the press
 * @property {boolean} [isInterrupted] something else was pressed while words come
 */
/** @typedef {HTMLElement & { made?: Made }} Root */

const PACE = 100; // milliseconds from a word that stands on the page until the next is asked for

const BY_CHANCE = { temperature: 1, top_k: 0, top_p: 1, seed: 0 };

/**
 * @param {object} component
 * @param {Told} component.data
 * @param {HTMLElement} component.parentElement
 * @param {(name: string, value: unknown) => void} component.setStateValue
 */
export default function continuing({ data, parentElement, setStateValue }) {
  const root = /** @type {Root} */ (within(parentElement, ".continuing"));
  root.made ??= made(root, data);
  const { made: now } = root;
  if (now.told.text !== data.text) now.before = now.told.text;
  now.told = data;
  if (now.ahead && now.ahead !== data.of) publishAhead(null); // something else came of the press
  now.ahead = "";
  now.press = (pressed) => {
    if (pressed.do === "next" || pressed.do === "on") now.ahead = showAhead(data);
    now.pressed = pressed;
    now.isInterrupted ||= now.told.writing && pressed.do !== "on";
    onceShown(now, () => {
      if (now.pressed === pressed) setStateValue("pressed", { ...pressed, of: data.of, time: Date.now() });
    });
  };
  now.show();
  now.isInterrupted &&= data.writing;
  clearTimeout(now.coming);
  // The page asks for the next word itself, once it has painted this one: so none comes that is not seen.
  if (data.writing && !now.isInterrupted) now.coming = setTimeout(() => requestAnimationFrame(writeOn), PACE);
  function writeOn() {
    if (root.isConnected && now.told === data && !now.isInterrupted) now.press({ do: "on" });
  }

  document.addEventListener("keydown", now.stop);
  document.addEventListener("focusin", now.stop);
  return () => {
    clearTimeout(now.coming);
    document.removeEventListener("keydown", now.stop);
    document.removeEventListener("focusin", now.stop);
  };
}

// The next word's trace, where it has come already: the explorer shows it now, and not when the server has answered.
/** @type {(told: Told) => string} */
function showAhead({ next }) {
  const trace = /** @type {{ header: { id: string } } | undefined} */ (channel("ahead").last("trace"));
  if (!trace || trace.header.id !== next) return "";
  publishAhead(trace);
  return next;
}

/** @type {(trace: object | null) => void} */
function publishAhead(trace) {
  const { publish, forget } = channel();
  publish("ahead", trace);
  forget("ahead", trace); // it is for now alone
}

/** @type {(root: HTMLElement, told: Told) => Made} */
function made(root, told) {
  const buttons = element("div", "buttons");
  const next = buttonOf("Next word", "next", askNext, "main");
  const write = buttonOf("", "write", () => now.press({ do: now.told.writing ? "stop" : "write" }));
  const words = element("div", "words", null, { role: "group", "aria-label": "What comes next" });
  const how = element("div", "how", null, { role: "group", "aria-label": "How a word is drawn" });
  const said = element("p", "said", "", { role: "status" });
  buttons.append(next, write);
  root.replaceChildren(buttons, words, how, said);
  let asked = ""; // the text after which the next word was asked for
  let waiting = 0; // presses that came before its answer

  function askNext() {
    if (asked === now.told.of) waiting += 1;
    else {
      asked = now.told.of;
      now.press({ do: "next" });
    }
  }

  /** @type {(event: Event) => void} */
  function stop(event) {
    const isKey = event instanceof KeyboardEvent;
    const isField = event.target instanceof HTMLElement && event.target.matches("textarea");
    if (now.told.writing && (isKey ? event.key === "Escape" : isField)) now.press({ do: "stop" });
  }

  function show() {
    const { told: data, press } = now;
    const focused = /** @type {HTMLElement | null} */ (root.querySelector(":focus"))?.dataset.does;
    const isOver = data.drawn === null || data.words.some(({ index, ends }) => ends && index === data.drawn);
    write.textContent = data.writing ? "Stop" : "Write on";
    next.disabled = isOver || data.writing;
    write.disabled = isOver && !data.writing;
    words.replaceChildren(...wordsOf(data, press), ...wayOf(data, press));
    how.replaceChildren(...howOf(data, press));
    said.textContent = data.said;
    if (focused && !root.querySelector(":focus")) {
      const same = /** @type {HTMLButtonElement | null} */ (root.querySelector(`[data-does="${focused}"]`));
      const usable = [same, next, write].find((one) => one && !one.disabled);
      (usable ?? how.querySelector("select"))?.focus();
    }
    if (asked !== data.of && waiting && !next.disabled) {
      waiting -= 1;
      askNext();
    } else if (next.disabled) waiting = 0;
  }

  /** @type {Made} */
  const now = { told, before: told.text, press: () => {}, show, stop };
  return now;
}

// A message says what the sentence's field holds. Where that is still the text before, the server would take it for
// what somebody has typed, so the press waits for the field.
/** @type {(now: Made, then: () => void, tries?: number) => void} */
function onceShown(now, then, tries = 60) {
  const field = /** @type {HTMLTextAreaElement | null} */ (document.querySelector(".st-key-text textarea"));
  const isBehind = field && field.value === now.before && now.before !== now.told.text;
  if (isBehind && tries) setTimeout(() => onceShown(now, then, tries - 1), 50);
  else then();
}

/** @type {(told: Told, press: Press) => HTMLElement[]} */
function wordsOf({ words, drawn, sampling }, press) {
  const isChanged = sampling.temperature !== 0 && words.some(({ probable, left }) => Math.abs(probable - left) > 5e-4);
  const buttons = words.map(({ index, word, ends, probable, left }, i) => {
    const of = isChanged ? `${short(probable)} → ${short(left)}` : short(probable);
    const isOut = isChanged && !left;
    const names = ["word", index === drawn && "drawn", isOut && "out", ends && "end"];
    const button = buttonOf(word, `word${i}`, () => press({ do: "take", index }), names.filter(Boolean).join(" "));
    button.style.setProperty("--share", String(isChanged ? left : probable));
    const more = [index === drawn ? "this one is drawn" : "", isOut ? "ruled out of the drawing" : ""].filter(Boolean);
    button.title = [`Take “${word}”`, ...more].join("; ");
    button.append(" ", element("span", "share", of));
    if (more.length) button.append(element("span", "unseen", `, ${more.join(", ")}`));
    return button;
  });
  return [...(words.length ? [element("span", "title", "What comes next?")] : []), ...buttons];
}

// Back and forth through the words that were written.
/** @type {(told: Told, press: Press) => HTMLElement[]} */
function wayOf({ way, at }, press) {
  if (way < 2) return [];
  const range = { type: "range", min: 0, max: way - 1, "aria-valuetext": `${at} of ${way - 1}` };
  const slider = /** @type {HTMLInputElement} */ (element("input", "", null, range));
  slider.value = String(at);
  slider.dataset.does = "way";
  slider.addEventListener("change", () => press({ do: "go", at: Number(slider.value) }));
  return [labelled("Words written", slider, `${at} of ${way - 1}`)];
}

// How a word is drawn: always the most probable one, or by chance.
/** @type {(told: Told, press: Press) => HTMLElement[]} */
function howOf({ sampling }, press) {
  const select = /** @type {HTMLSelectElement} */ (element("select"));
  for (const [value, label] of [
    ["most", "always the most probable word"],
    ["chance", "by chance, as probable as it is"],
  ]) {
    select.append(element("option", "", label, { value }));
  }
  const isByChance = sampling.temperature > 0;
  select.value = isByChance ? "chance" : "most";
  select.dataset.does = "how";
  select.addEventListener("change", () => {
    press({ do: "sample", sampling: select.value === "chance" ? BY_CHANCE : { ...BY_CHANCE, temperature: 0 } });
  });
  if (!isByChance) return [labelled("Take", select)];
  /** @type {(name: keyof Sampling, label: string, attributes: Record<string, string | number>) => HTMLElement} */
  const field = (name, label, attributes) => {
    const input = /** @type {HTMLInputElement} */ (element("input", "", null, attributes));
    input.value = String(sampling[name]);
    input.dataset.does = name;
    input.addEventListener("change", () => {
      if (input.value && input.reportValidity()) {
        press({ do: "sample", sampling: { ...sampling, [name]: Number(input.value) } });
      } else if (!input.value) input.value = String(sampling[name]);
    });
    return labelled(label, input, attributes.type === "range" ? String(sampling[name]) : "");
  };
  const { temperature } = sampling;
  const range = { min: Math.min(0.1, temperature), max: Math.max(3, temperature) };
  return [
    labelled("Take", select),
    field("temperature", "Temperature", { type: "range", ...range, step: temperature % 0.1 ? "any" : 0.1 }),
    field("top_k", "Among the first (top-k, 0: all)", { type: "number", min: 0, max: 1000000, step: 1 }),
    field("top_p", "that make up this share (top-p)", { type: "number", min: 0.001, max: 1, step: "any" }),
    field("seed", "Seed", { type: "number", min: 0, max: 2147483647, step: 1 }),
  ];
}

/** @type {(text: string, does: string, then: () => void, name?: string) => HTMLButtonElement} */
function buttonOf(text, does, then, name = "") {
  const button = element("button", name, text, { type: "button", "data-does": does });
  button.addEventListener("click", then);
  return /** @type {HTMLButtonElement} */ (button);
}

/** @type {(text: string, field: HTMLElement, value?: string) => HTMLElement} */
function labelled(text, field, value = "") {
  const label = element("label", "", `${text} `);
  label.append(field);
  if (value) label.append(element("output", "", value));
  return label;
}
