// What is chosen, as plain data, and how keys and clicks change it. Layers, heads and tokens count from 0.

import { CHOICES, MOST_OVER } from "./schema.js";

export const START = {
  layer: 0,
  head: 0,
  query: 0, // the token that looks
  key: null, // the token looked at, once one is pinned
  second: null, // [layer, head] of a pinned second head
  over: [], // further heads, drawn over the first in colours of their own
  show: "heatmap", // or "lines", "difference"
  specials: true,
  words: "pieces", // or "words", "joined"
  filter: "all", // of a pair of sentences: "AA", "AB", "BA", "BB"
};

const SHOWS = { h: "heatmap", l: "lines", d: "difference" };

// The state with what this trace has: the same if it can be, else the nearest. What is no state at all (a damaged link)
// is left at its start.
export function settled(state, header) {
  const known = readable(state);
  const clamp = (value, most) => Math.min(value, most);
  const layer = clamp(known.layer, header.layers.length - 1);
  const head = clamp(known.head, header.layers[layer].heads - 1);
  const exists = ([l, h]) => l < header.layers.length && h < header.layers[l].heads;
  const filter = header.tokens.some((token) => token.segment) ? known.filter : "all";
  const shown = (token, letter) =>
    nearestShown(clamp(token, header.tokens.length - 1), header, known.specials, letter);
  const second = known.second && exists(known.second) ? known.second : null;
  return {
    ...known,
    layer,
    head,
    second,
    query: shown(known.query, filter[0]),
    key: known.key === null ? null : shown(known.key, filter[1]),
    over: known.over.filter(exists).filter(isFirst).slice(0, MOST_OVER),
    show: known.show === "difference" && second === null ? "heatmap" : known.show,
    filter,
  };
}

function isFirst(one, place, all) {
  return all.findIndex((other) => isSame(one, other)) === place;
}

function readable(state) {
  const isPlace = (value) => Number.isInteger(value) && value >= 0;
  const isHead = (value) => Array.isArray(value) && value.length === 2 && value.every(isPlace);
  const known = { ...START };
  const take = (name, isGood) => {
    if (state[name] !== undefined && isGood(state[name])) known[name] = state[name];
  };
  for (const name of ["layer", "head", "query", "key"]) take(name, isPlace); // no key, no second: null, as at the start
  for (const [name, values] of Object.entries(CHOICES)) take(name, (value) => values.includes(value));
  take("second", isHead);
  take("over", (value) => Array.isArray(value) && value.every(isHead));
  take("specials", (value) => typeof value === "boolean");
  return known;
}

export function isSame([layer, head], [otherLayer, otherHead]) {
  return layer === otherLayer && head === otherHead;
}

// The nearest token that is shown, of sentence "A" or "B" (any other letter: of both); the same one if none is.
function nearestShown(token, header, specials, letter) {
  const isShown = ({ special, segment }) =>
    (specials || !special) && (letter === "A" ? !segment : letter === "B" ? segment : true);
  if (isShown(header.tokens[token])) return token;
  const shown = [...header.tokens.keys()].filter((i) => isShown(header.tokens[i]));
  if (!shown.length) return token;
  return shown.reduce((best, i) => (Math.abs(i - token) < Math.abs(best - token) ? i : best));
}

// The [layer, head] that an arrow key leads to; null for any other key, and at the edge.
export function headAfter(key, [layer, head], layers) {
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[key];
  if (key === "Home") return [layer, 0];
  if (key === "End") return [layer, layers[layer].heads - 1];
  if (!step) return null;
  const next = layer + step[0];
  if (next < 0 || next >= layers.length) return null;
  const beside = Math.min(head + step[1], layers[next].heads - (step[0] ? 1 : 0));
  return beside < 0 || beside >= layers[next].heads ? null : [next, beside];
}

// The [row, column] that an arrow key leads to in a matrix; null for any other key.
export function cellAfter(key, [row, column], rows, columns) {
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[key];
  if (key === "Home") return [row, 0];
  if (key === "End") return [row, columns - 1];
  if (!step) return null;
  const clamp = (value, count) => Math.min(Math.max(value, 0), count - 1);
  return [clamp(row + step[0], rows), clamp(column + step[1], columns)];
}

// The place that a key leads to in a row of things; null for any other key, and at the ends.
export function placeAfter(key, place, count) {
  const next = { ArrowLeft: place - 1, ArrowRight: place + 1, Home: 0, End: count - 1 }[key];
  return next === undefined || next < 0 || next >= count ? null : next;
}

// What a letter changes, wherever in the explorer it is typed; null for any other key.
export function letterChange(key, state) {
  const letter = key.toLowerCase();
  if (letter === "p") return pinned(state);
  if (letter === "d" && state.second === null) return null;
  return letter in SHOWS ? { show: SHOWS[letter] } : null;
}

// Pin the chosen head as the second, or let it go.
export function pinned(state) {
  if (state.second) return { second: null, show: state.show === "difference" ? "heatmap" : state.show };
  return { second: [state.layer, state.head] };
}

// Lay a head over the others, or take it away.
export function laidOver(state, [layer, head]) {
  if (isSame([layer, head], [state.layer, state.head])) return {}; // it is there already
  const without = state.over.filter((one) => !isSame(one, [layer, head]));
  if (without.length < state.over.length) return { over: without };
  return { over: [...state.over, [layer, head]].slice(-MOST_OVER) };
}
