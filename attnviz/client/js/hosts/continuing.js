// The words that come next: to be taken, drawn, or written one after another; how they are drawn; and the way back.

import { element } from "../draw/paint.js";
import { short } from "../say/words.js";
import { within } from "../views/view.js";

/** @typedef {{ index: number, word: string, probable: number, left: number }} Word `left`: what it is drawn with */
/** @typedef {{ temperature: number, top_k: number, top_p: number, seed: number }} Sampling */
/**
 * @typedef {object} Told
 * @property {Word[]} words
 * @property {number | null} drawn the index of the word that is drawn now
 * @property {number} way how many texts there are, one word longer each
 * @property {number} at which of them is shown
 * @property {boolean} writing
 * @property {Sampling} sampling
 */
/** @typedef {(pressed: Record<string, unknown>) => void} Press */

const BY_CHANCE = { temperature: 1, top_k: 0, top_p: 1, seed: 0 };
const END = "the end";

/**
 * @param {object} component
 * @param {Told} component.data
 * @param {HTMLElement} component.parentElement
 * @param {(name: string, value: unknown) => void} component.setStateValue
 */
export default function continuing({ data, parentElement, setStateValue }) {
  const root = within(parentElement, ".continuing");
  let times = Date.now(); // that each press is another value
  /** @type {Press} */
  const press = (pressed) => setStateValue("pressed", { ...pressed, times: times++ });
  const focused = /** @type {HTMLElement | null} */ (root.querySelector(":focus"))?.dataset.does;
  root.replaceChildren(wordsOf(data, press), howOf(data, press));
  if (focused) /** @type {HTMLElement | null} */ (root.querySelector(`[data-does="${focused}"]`))?.focus();
}

/** @type {(told: Told, press: Press) => HTMLElement} */
function wordsOf({ words, drawn, way, at, writing, sampling }, press) {
  const line = element("div", "words", null, { role: "group", "aria-label": "What comes next" });
  line.append(element("span", "title", words.length ? "What comes next?" : ""));
  const isChanged = sampling.temperature !== 0 && words.some(({ probable, left }) => Math.abs(probable - left) > 5e-4);
  words.forEach(({ index, word, probable, left }, i) => {
    const of = isChanged ? `${short(probable)} → ${short(left)}` : short(probable);
    const name = ["word", index === drawn && "drawn", isChanged && !left && "out", word === END && "end"];
    const button = buttonOf(word, `word${i}`, () => press({ do: "take", index }), name.filter(Boolean).join(" "));
    button.style.setProperty("--share", String(isChanged ? left : probable));
    button.title = index === drawn ? `Take “${word}”. It is the one that is drawn.` : `Take “${word}”.`;
    button.append(" ", element("span", "share", of));
    line.append(button);
  });
  const next = buttonOf("Next word", "next", () => press({ do: "take", index: drawn }), "main");
  const write = writing
    ? buttonOf("Stop", "write", () => press({ do: "stop" }))
    : buttonOf("Write on", "write", () => press({ do: "write" }));
  const isOver = drawn === null || words.some(({ index, word }) => index === drawn && word === END);
  next.disabled = isOver || writing;
  write.disabled = isOver && !writing;
  line.append(next, write);
  if (way > 1) {
    const range = { type: "range", min: 0, max: way - 1 };
    const slider = /** @type {HTMLInputElement} */ (element("input", "", null, range));
    slider.value = String(at);
    slider.dataset.does = "way";
    slider.addEventListener("change", () => press({ do: "go", at: Number(slider.value) }));
    line.append(labelled("Words written", slider, `${at} of ${way - 1}`));
  }
  return line;
}

// How a word is drawn: always the most probable one, or by chance.
/** @type {(told: Told, press: Press) => HTMLElement} */
function howOf({ sampling }, press) {
  const line = element("div", "how", null, { role: "group", "aria-label": "How a word is drawn" });
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
  line.append(labelled("Take", select));
  if (!isByChance) return line;
  /** @type {(name: keyof Sampling, label: string, attributes: Record<string, string | number>) => void} */
  const field = (name, label, attributes) => {
    const input = /** @type {HTMLInputElement} */ (element("input", "", null, attributes));
    input.value = String(sampling[name]);
    input.dataset.does = name;
    input.addEventListener("change", () => {
      if (input.checkValidity()) press({ do: "sample", sampling: { ...sampling, [name]: Number(input.value) } });
    });
    line.append(labelled(label, input, attributes.type === "range" ? sampling[name].toFixed(1) : ""));
  };
  field("temperature", "Temperature", { type: "range", min: 0.1, max: 3, step: 0.1 });
  field("top_k", "Among the first (top-k, 0: all)", { type: "number", min: 0, max: 100000, step: 1 });
  field("top_p", "that make up (top-p)", { type: "number", min: 0.05, max: 1, step: 0.05 });
  field("seed", "Seed", { type: "number", min: 0, max: 2147483647, step: 1 });
  return line;
}

/** @type {(text: string, does: string, then: () => void, name?: string) => HTMLButtonElement} */
function buttonOf(text, does, then, name = "") {
  const made = /** @type {HTMLButtonElement} */ (element("button", name, text, { type: "button", "data-does": does }));
  made.addEventListener("click", then);
  return made;
}

/** @type {(text: string, field: HTMLElement, value?: string) => HTMLElement} */
function labelled(text, field, value = "") {
  const made = element("label", "", `${text} `);
  made.append(field);
  if (value) made.append(element("output", "", value));
  return made;
}
