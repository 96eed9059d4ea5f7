// What is chosen, as plain data, and how keys and clicks change it. Layers, heads and tokens count from 0.

import { partOf } from "../numbers/part.js";
import { CHOICES, MOST_OVER, MOST_SWITCHED } from "./schema.js";
import { settledOf } from "./summary.js";

/** @import { Part } from "../numbers/part.js" */
/** @import { Header, Row, State } from "./schema.js" */

/** @typedef {[layer: number, head: number]} Place */
/** @typedef {{ header: Header }} Headed a trace, or what is said of one */

/** @type {State} */
export const START = {
  part: "", // of a model of several: "encoder", "decoder", "cross"
  layer: 0,
  head: 0,
  query: 0, // the token that looks
  key: null, // the token looked at, once one is pinned
  second: null, // [layer, head] of a pinned second head
  over: [], // further heads, drawn over the first in colours of their own
  of: "head", // shown large; or "layer", "chosen": a mean of heads, or "rollout"
  show: "heatmap", // or "lines", "difference"
  specials: true,
  words: "pieces", // or "words", "joined"
  filter: "all", // of a pair of sentences: "AA", "AB", "BA", "BB"
  present: 0, // the card that fills the window, from 1; 0: none
  scale: "fixed", // of the large heatmap: 0 to 1; or "own": to its largest weight
  pane: "way", // of the Learn page
  walk: "words", // the step of the way that it shows
  switched: "", // what it has switched in the run
  at: 0, // the step of a lesson
};

// What takes all weights of a head is not there of a long text.
/** @type {Pick<State, "specials" | "words">} */
const TILED = { specials: true, words: "pieces" };

/** @type {Record<string, State["show"]>} */
const SHOWS = { h: "heatmap", l: "lines", d: "difference" };

// The state with what this trace has: the same if it can be, else the nearest. What is no state at all (a damaged link)
// is left at its start.
/** @type {(state: object, trace: Headed) => State} */
export function settled(state, trace) {
  const known = readable(state);
  const part = partOf(trace, known.part);
  const { layers, queries, keys } = part;
  const layer = Math.min(known.layer, layers.length - 1);
  const head = Math.min(known.head, layers[layer].heads - 1);
  /** @type {(place: Place) => boolean} */
  const exists = ([l, h]) => l < layers.length && h < layers[l].heads;
  const filter = hasSides(part) && !part.isTiled ? known.filter : "all";
  /** @type {(token: number, row: Row, letter: string) => number} */
  const shown = (token, { tokens }, letter) =>
    nearestShown(Math.min(token, tokens.length - 1), tokens, known.specials || part.isTiled, letter);
  const second = known.second && exists(known.second) ? known.second : null;
  const over = (part.isTiled ? [] : known.over).filter(exists).filter(isFirst).slice(0, MOST_OVER);
  return {
    ...known,
    ...(part.isTiled ? TILED : {}),
    part: part.name,
    layer,
    head,
    second,
    query: shown(known.query, queries, filter[0]),
    key: known.key === null ? null : shown(known.key, keys, filter[1]),
    over,
    of: settledOf({ of: known.of, layer, head, over }, part),
    show: part.isTiled || (known.show === "difference" && second === null) ? "heatmap" : known.show,
    filter,
  };
}

// Whether the words are of two sentences, between which there are directions: in one row of words alone.
/** @type {(part: Part) => boolean} */
export function hasSides({ isSquare, queries }) {
  return isSquare && queries.tokens.some((token) => token.segment);
}

/** @type {(one: Place, place: number, all: Place[]) => boolean} */
function isFirst(one, place, all) {
  return all.findIndex((other) => isSame(one, other)) === place;
}

/** @type {(value: unknown) => boolean} */
const isIndex = (value) => Number.isInteger(value) && Number(value) >= 0;
/** @type {(value: unknown) => boolean} */
const isHead = (value) => Array.isArray(value) && value.length === 2 && value.every(isIndex);
/** @type {(values: string[]) => (value: unknown) => boolean} */
const isOneOf = (values) => (value) => typeof value === "string" && values.includes(value);

/** @type {Record<keyof State, (value: unknown) => boolean>} */
const READABLE = {
  part: (value) => typeof value === "string",
  layer: isIndex,
  head: isIndex,
  query: isIndex,
  key: isIndex, // no key, no second: null, as at the start
  second: isHead,
  over: (value) => Array.isArray(value) && value.every(isHead),
  of: isOneOf(CHOICES.of),
  show: isOneOf(CHOICES.show),
  specials: (value) => typeof value === "boolean",
  words: isOneOf(CHOICES.words),
  filter: isOneOf(CHOICES.filter),
  present: isIndex,
  scale: isOneOf(CHOICES.scale),
  pane: isOneOf(CHOICES.pane),
  walk: isOneOf(CHOICES.walk),
  at: isIndex,
  switched: (value) => typeof value === "string" && value.length <= MOST_SWITCHED && /^[\w.:,;~-]*$/.test(value),
};

/** @type {(state: object) => State} */
function readable(state) {
  const found = Object.entries(state).filter(([name, value]) => {
    return Object.hasOwn(READABLE, name) && READABLE[/** @type {keyof State} */ (name)](value);
  });
  return { ...START, ...Object.fromEntries(found) };
}

/** @type {(one: Place, other: Place) => boolean} */
export function isSame([layer, head], [otherLayer, otherHead]) {
  return layer === otherLayer && head === otherHead;
}

// The nearest token that is shown, of sentence "A" or "B" (any other letter: of both); the same one if none is.
/** @type {(token: number, tokens: Row["tokens"], specials: boolean, letter: string) => number} */
function nearestShown(token, tokens, specials, letter) {
  /** @type {(token: Row["tokens"][number]) => boolean} */
  const isShown = ({ special, segment }) =>
    (specials || !special) && (letter === "A" ? !segment : letter === "B" ? Boolean(segment) : true);
  if (isShown(tokens[token])) return token;
  const shown = [...tokens.keys()].filter((i) => isShown(tokens[i]));
  if (!shown.length) return token;
  return shown.reduce((best, i) => (Math.abs(i - token) < Math.abs(best - token) ? i : best));
}

// To another part: its words where they are the same row, and none of the heads that were chosen beside.
/** @type {(state: State, name: State["part"], trace: Headed) => Partial<State>} */
export function atPart(state, name, trace) {
  const [from, to] = [state.part, name].map((one) => trace.header.parts.find((part) => part.name === one));
  if (!from || !to || from === to) return {};
  // A word that is written stands at the place of the token before it, so the two rows have the same places.
  const places = (/** @type {string} */ row) => (row === "written" ? "target" : row);
  const query = [from.queries, from.keys].map(places).indexOf(places(to.queries));
  const isKeyKept = from.keys === to.keys;
  return {
    part: name,
    query: query === 0 ? state.query : query === 1 && state.key !== null ? state.key : 0,
    key: isKeyKept ? state.key : null,
    second: null,
    over: [],
  };
}

// [row, column] steps of the arrow keys.
/** @type {Record<string, [number, number]>} */
export const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

// The [layer, head] that an arrow key leads to; null for any other key, and at the edge.
/** @type {(key: string, place: Place, layers: { heads: number }[]) => Place | null} */
export function headAfter(key, [layer, head], layers) {
  const step = STEPS[key];
  if (key === "Home") return [layer, 0];
  if (key === "End") return [layer, layers[layer].heads - 1];
  if (!step) return null;
  const next = layer + step[0];
  if (next < 0 || next >= layers.length) return null;
  const beside = Math.min(head + step[1], layers[next].heads - (step[0] ? 1 : 0));
  return beside < 0 || beside >= layers[next].heads ? null : [next, beside];
}

// The [row, column] that an arrow key leads to in a matrix; null for any other key.
/** @type {(key: string, cell: [number, number], rows: number, columns: number) => [number, number] | null} */
export function cellAfter(key, [row, column], rows, columns) {
  const step = STEPS[key];
  if (key === "Home") return [row, 0];
  if (key === "End") return [row, columns - 1];
  if (!step) return null;
  /** @type {(value: number, count: number) => number} */
  const clamp = (value, count) => Math.min(Math.max(value, 0), count - 1);
  return [clamp(row + step[0], rows), clamp(column + step[1], columns)];
}

// The place that a key leads to in a row of things; null for any other key, and at the ends.
/** @type {(key: string, place: number, count: number) => number | null} */
export function placeAfter(key, place, count) {
  /** @type {Record<string, number>} */
  const places = { ArrowLeft: place - 1, ArrowRight: place + 1, Home: 0, End: count - 1 };
  const next = places[key];
  return next === undefined || next < 0 || next >= count ? null : next;
}

// What a letter changes, wherever in the explorer it is typed; null for any other key.
/** @type {(key: string, state: State) => Partial<State> | null} */
export function letterChange(key, state) {
  const letter = key.toLowerCase();
  if (letter === "p") return pinned(state);
  if (letter === "d" && state.second === null) return null;
  return letter in SHOWS ? { show: SHOWS[letter] } : null;
}

// Pin the chosen head as the second, or let it go.
/** @type {(state: State) => Partial<State>} */
export function pinned(state) {
  if (state.second) return { second: null, show: state.show === "difference" ? "heatmap" : state.show };
  return { second: [state.layer, state.head] };
}

// Pin that head as the second, or let it go if it is the one.
/** @type {(state: State, head: Place) => Partial<State>} */
export function pinnedBeside({ second }, head) {
  return { second: second && isSame(second, head) ? null : head };
}

// Lay a head over the others, or take it away.
/** @type {(state: State, head: Place) => Partial<State>} */
export function laidOver(state, head) {
  if (isSame(head, [state.layer, state.head])) return {}; // it is there already
  const without = state.over.filter((one) => !isSame(one, head));
  if (without.length < state.over.length) return { over: without };
  return { over: [...state.over, head].slice(-MOST_OVER) };
}

const SPREADS = /** @type {const} */ (["part", "specials", "words", "filter", "present"]);
const MOVES = /** @type {const} */ (["layer", "head", "of", "query", "key"]);

// Whether a choice changes every view.
/** @type {(state: State, before: State) => boolean} */
export function isSpread(state, before) {
  return SPREADS.some((name) => state[name] !== before[name]);
}

// Whether it changes all but the overview.
/** @type {(state: State, before: State) => boolean} */
export function isMoved(state, before) {
  return MOVES.some((name) => state[name] !== before[name]);
}
