// Numbers and choices in words, for captions, hover and screen readers.

/** @import { PartHeader } from "../state/schema.js" */
/** @import { Place } from "../state/state.js" */

// A number with three digits that count, with a true minus.
/** @type {(value: number | null | undefined) => string} */
export function number(value) {
  if (value === null || value === undefined) return "–";
  if (value === -Infinity) return "−∞";
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return value
    .toFixed(digits)
    .replace("-", "−")
    .replace(/^−(0(\.0+)?)$/, "$1");
}

// A weight with two decimals, or with two digits where these would be lost; below 0 with a true minus. (As
// attnviz.analysis.saying.weight.)
/** @type {(weight: number) => string} */
export function short(weight) {
  if (weight < 0) return weight > -0.00001 ? "0.00" : `−${short(-weight)}`;
  if (weight >= 0.0095 || weight === 0) return weight.toFixed(2);
  return weight < 0.00001 ? "less than 0.00001" : weight.toPrecision(2);
}

// A count, with its comma: "1,276". (One formatter for all: `toLocaleString` makes one each time, for 0.1 ms.)
const COUNTS = new Intl.NumberFormat("en");
/** @type {(count: number) => string} */
export function whole(count) {
  return COUNTS.format(count);
}

// "1 token", "1,276 tokens". (As attnviz.heads.counted.)
/** @type {(count: number, noun: string) => string} */
export function counted(count, noun) {
  return `${whole(count)} ${noun}${count === 1 ? "" : "s"}`;
}

// Where special tokens stand; of a sound they are the silence that a model adds.
/** @type {(sound: unknown) => string} */
export function atSpecials(sound) {
  return sound ? "in the silence after the sound" : "at special tokens";
}

// A word's name in running text where it is bold: a sign stands in quotes, the index that tells it apart after them.
/** @type {(name: string) => string} */
export function quoted(name) {
  const [, sign, index] = /^([^\p{L}\p{N}]+)([₀-₉]*)$/u.exec(name) ?? [];
  return sign ? `“${sign}”${index}` : name;
}

// The same where nothing else tells it from the sentence around it.
/** @type {(name: string) => string} */
export function inQuotes(name) {
  const [, word, index] = /^(.*?)([₀-₉]*)$/su.exec(name) ?? [];
  return word ? `“${word}”${index}` : `“${name}”`;
}

/** @type {(head: Place) => string} */
export function headName([layer, head]) {
  return `layer ${layer} head ${head}`;
}

// A word that is written from right to left stays where it stands among the others.
/** @type {(label: string) => string} */
export function isolated(label) {
  return /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/.test(label) ? `\u2068${label}\u2069` : label;
}

/** @type {(from: string, to: string, weight: number | null, head: Place) => string} */
export function cellInWords(from, to, weight, head) {
  return `${isolated(from)} → ${isolated(to)}, ${weightInWords(weight)}, ${headName(head)}`;
}

// null: there can be none.
/** @type {(weight: number | null) => string} */
export function weightInWords(weight) {
  return weight === null ? "may not look" : short(weight);
}

// A difference of weights, with its sign.
/** @type {(value: number) => string} */
export function signed(value) {
  return `${value > 0 ? "+" : value < 0 ? "−" : ""}${short(Math.abs(value))}`;
}

// What pinning a head has done, and what to do next; once another head stands beside it, that is to be seen.
/** @type {(pinned: Place | null, before: Place | null, chosen: Place) => string} */
export function pinInWords(pinned, before, chosen) {
  if (!pinned) return before ? `${capital(headName(before))} is no longer pinned.` : "";
  if (headName(pinned) !== headName(chosen)) return "";
  return `${capital(headName(pinned))} is pinned. Now choose another head to see both.`;
}

/** @type {(text: string) => string} */
export function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}

/** @type {Record<string, string>} */
const HEADINGS = {
  source: "Source",
  target: "Target",
  written: "Target, as it is written",
  text: "Text",
  image: "Picture",
  sound: "Sound",
};

// What the two rows of words of a part are called: those that look, and those that are looked at.
/** @type {(parts: PartHeader[], name: string) => [queries: string, keys: string]} */
export function headings(parts, name) {
  const own = parts.find((part) => part.name === name);
  const [queries, keys] = [own?.queries, own?.keys].map((row) => HEADINGS[row ?? "text"] ?? row ?? "");
  return [queries, keys];
}
