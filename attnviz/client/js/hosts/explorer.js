// The explorer: one store, one set of numbers, and views that draw them. A choice is drawn at once, in the same event;
// whoever embeds the explorer hears of it afterwards.

import { Numbers } from "../numbers/numbers.js";
import { partOf } from "../numbers/part.js";
import { createChoices } from "../state/choices.js";
import { contextOf } from "../state/context.js";
import { atPart, letterChange, settled, START } from "../state/state.js";
import { createStore } from "../state/store.js";
import { createTip } from "../views/tip.js";
import { closest, createListeners, nothing, within } from "../views/view.js";
import { createPace } from "./pace.js";
import { watchScreen } from "./screen.js";
import { themeOf } from "./theme.js";
import { createViews } from "./views.js";

/** @import { Unpacked } from "../numbers/part.js" */
/** @import { Seen } from "../state/context.js" */
/** @import { Answer, Notes, State } from "../state/schema.js" */
/** @import { Actions, Request, View } from "../views/view.js" */

/**
 * @typedef {object} Surroundings
 * @property {(state: State, asked: Request) => void} [publish] hears of every choice made here; asked is what only the
 *   server can tell
 * @property {() => boolean} [isDark]
 * @property {() => string} [groundOf] the colour behind everything
 */

/** @typedef {ReturnType<typeof createExplorer>} Explorer */
/** @typedef {HTMLElement & { explorer?: Explorer, leave?: () => void }} Host the element that has an explorer */

const RESTS = 120; // milliseconds until a pointer is said to rest
const SPREADS = /** @type {const} */ (["part", "specials", "words", "filter"]); // change every view
const MOVES = /** @type {const} */ (["layer", "head", "query", "key"]); // change all but the overview

/** @param {HTMLElement} host @param {Surroundings} [surroundings] */
export function createExplorer(host, { publish = nothing, isDark = () => false, groundOf = () => "#ffffff" } = {}) {
  const root = within(host, ".explorer");
  const store = createStore(START);
  const pace = createPace(root);
  const tip = createTip(root);
  const listeners = createListeners();
  // Nothing is seen before the first trace.
  const seen = /** @type {Seen} */ ({
    get state() {
      return store.state;
    },
    notes: null,
    answer: null,
    hover: null,
  });
  const context = contextOf(seen);
  /** @type {Map<string, Numbers>} */
  const numbersOf = new Map(); // by the part's name
  /** @type {Unpacked | null} */
  let drawn = null; // the trace that is on the page
  /** @type {number[]} */
  let rested = []; // the row that the pointer is on

  const choices = createChoices({
    store,
    settle: (state) => settled(state, seen.trace),
    canDraw({ part, layer, head, second, over }) {
      const numbers = numbersFor(part);
      return [[layer, head], ...(second ? [second] : []), ...over].every(([l, h]) => numbers.knows(l, h));
    },
    publish: (state) => publish(state, {}),
  });

  /** @type {Actions} */
  const actions = {
    choose: choices.choose,
    choosePart: (name) => choices.choose(atPart(store.state, name, seen.trace)),
    second: choices.second,
    over: choices.over,
    point,
    tip: tip.show,
    request: (asked) => publish(store.state, asked),
    requestRow,
    afterwards: pace.afterwards,
    later: pace.later,
  };

  const own = createViews(root, { context, actions });
  const { controls, pictures, texts, figure, neuron, tiles, links, vectors, map } = own;
  const views = [...controls, ...pictures, ...texts];

  listeners.on(root, "keydown", (event) => {
    event.stopPropagation(); // the page around has shortcuts of its own
    if (event.ctrlKey || event.metaKey || event.altKey || closest(event, "select, input")) return;
    const change = letterChange(event.key, store.state);
    if (change) choices.choose(change);
  });
  store.subscribe(drawChoice);
  const screen = watchScreen(root, () => {
    if (drawn) drawAll();
  });

  /** @type {(name: string) => Numbers} */
  function numbersFor(name) {
    let found = numbersOf.get(name);
    if (!found) {
      found = new Numbers(partOf(seen.trace, name));
      numbersOf.set(name, found);
    }
    return found;
  }

  /** @type {(some: View[]) => void} */
  function draw(some) {
    for (const view of some) view.draw();
  }

  // A choice, drawn: of further heads the large figure and their frames, of another head or word everything.
  /** @type {(state: State, before: State) => void} */
  function drawChoice(state, before) {
    if (drawn !== seen.trace || SPREADS.some((name) => state[name] !== before[name])) {
      drawAll();
      return;
    }
    const start = performance.now();
    const isMoved = MOVES.some((name) => state[name] !== before[name]);
    const isAll = isMoved || seen.hover !== null;
    seen.hover = null;
    pace.batch(() => draw(isAll ? [figure, vectors, neuron, tiles] : [figure, tiles]));
    if (isAll) draw(texts);
    pace.took(start);
  }

  // Another trace, part, width, theme or grouping.
  function drawAll() {
    const start = performance.now();
    drawn = seen.trace;
    seen.hover = null;
    seen.part = partOf(seen.trace, store.state.part);
    seen.numbers = numbersFor(seen.part.name);
    Object.assign(seen, themeOf(root, isDark(), seen.palette), { ground: groundOf() });
    seen.numbers.group(store.state);
    draw(controls);
    root.classList.toggle("single", seen.numbers.heads.length === 1);
    // The only time that sizes are read: reading them makes the browser lay everything out.
    for (const view of views) view.measure();
    screen.measure();
    pace.batch(() => draw(pictures));
    draw(texts);
    pace.took(start);
  }

  // Pointing at a word or a cell marks it in every view; null: at nothing.
  /** @type {Actions["point"]} */
  function point(hover) {
    const { hover: before } = seen;
    if (hover === null) tip.show(null);
    const isSame = before?.query === hover?.query && before?.key === hover?.key && Boolean(before) === Boolean(hover);
    if (isSame) return;
    seen.hover = hover;
    for (const view of views) view.mark();
  }

  // On a long text the package's own numbers of a row are asked for when somebody rests on it.
  /** @type {(tokens: number[]) => void} */
  function requestRow(tokens) {
    const isExact = () => context.heads(true).every(({ layer, head }) => seen.numbers.isExact(layer, head, tokens));
    if (isExact()) return;
    rested = tokens;
    const request = () => {
      if (rested === tokens && seen.hover && !isExact()) actions.request({ rows: tokens });
    };
    pace.later("row", request, RESTS);
  }

  return {
    root,
    figure,
    neuron: neuron.picture,
    times: pace.times,
    context,
    choose: choices.choose,
    follow: choices.follow,
    chosen: context.chosen,
    drawAll,

    get state() {
      return store.state;
    },
    get trace() {
      return seen.trace;
    },
    get numbers() {
      return seen.numbers;
    },
    get answer() {
      return seen.answer;
    },
    get hover() {
      return seen.hover;
    },
    get dark() {
      return seen.dark;
    },
    get isMapOpen() {
      return map.isOpen;
    },

    // Another trace; its notes where they are here already.
    /** @type {(trace: Unpacked, wanted: Partial<State>, notes?: Notes | null) => void} */
    show(trace, wanted, notes = null) {
      seen.trace = trace;
      seen.notes = notes;
      seen.answer = null;
      seen.hover = null;
      numbersOf.clear();
      tip.show(null); // what is pointed at may not be there
      const { header } = trace;
      if (header.heads) answered(/** @type {Unpacked & { header: Answer }} */ (/** @type {unknown} */ (trace)));
      if (!store.apply(choices.begin({ ...header.first, ...wanted }, wanted, header.first))) drawAll();
    },

    // The vectors of all heads, if they did not come with the trace: from now on every head can be drawn.
    /** @type {(vectors: Unpacked) => void} */
    complete({ header, arrays }) {
      if (seen.numbers.isWhole) return;
      Object.assign(seen.trace.header, { scales: /** @type {{ scales?: unknown }} */ (header).scales });
      Object.assign(seen.trace.arrays, arrays);
      tiles.draw();
      links.draw();
      choices.resume();
    },

    // Figures of the heads and roles of the words, which come a moment after the trace.
    /** @type {(notes: Notes) => void} */
    annotate(notes) {
      seen.notes = notes;
      draw([figure, ...texts]);
      pace.later("tiles", tiles.describe);
    },

    // The package's own numbers for what is chosen: from now on they are what is read.
    /** @type {(answer: Unpacked & { header: Answer }) => void} */
    receive(answer) {
      answered(answer);
      draw([vectors, neuron, ...texts]);
      tip.refresh();
      pace.later("figure", figure.describe);
    },

    destroy() {
      screen.stop();
      listeners.stop();
      for (const view of views) view.destroy();
    },
  };

  /** @type {(answer: Unpacked & { header: Answer }) => void} */
  function answered(answer) {
    seen.answer = answer.header;
    numbersFor(answer.header.part).answer(answer);
  }
}
