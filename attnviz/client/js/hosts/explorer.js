// The explorer: one store, one set of numbers, and views that draw them. A choice is drawn at once, in the same event;
// whoever embeds the explorer hears of it afterwards.

import { numbersByPart } from "../numbers/by_part.js";
import { partOf } from "../numbers/part.js";
import { createChoices } from "../state/choices.js";
import { contextOf, UNSEEN } from "../state/context.js";
import { atPart, isMoved, isSpread, letterChange, settled, START } from "../state/state.js";
import { createStore } from "../state/store.js";
import { createTip } from "../views/tip.js";
import { closest, createListeners, nothing, within } from "../views/view.js";
import { createOutside } from "./screen/outside.js";
import { createPace } from "./screen/pace.js";
import { createFetching, lackingOf, merge } from "./server/fetching.js";
import { cardsOf, createPresenting } from "./screen/presenting.js";
import { createRest } from "./server/rest.js";
import { nameKind, roomFor, watchScreen } from "./screen/screen.js";
import { lightness, themeOf } from "./screen/theme.js";
import { createViews } from "./views.js";

/** @import { Unpacked } from "../numbers/part.js" */
/** @import { Seen } from "../state/context.js" */
/** @import { Answer, Notes, State } from "../state/schema.js" */
/** @import { Actions, View } from "../views/view.js" */
/** @import { Surroundings } from "./views.js" */

/** @typedef {ReturnType<typeof createExplorer>} Explorer */
/** @typedef {HTMLElement & { explorer?: Explorer, leave?: () => void }} Host the element that has an explorer */

/** @param {HTMLElement} host @param {Surroundings} [surroundings] */
export function createExplorer(host, surroundings = {}) {
  const { publish = nothing, pointed = nothing, drawn: heard = nothing } = surroundings;
  const { groundOf = () => "#ffffff", headsAlone = false, arrange = () => false } = surroundings;
  const root = within(host, ".explorer");
  const store = createStore(START);
  const pace = createPace(root);
  const tip = createTip(root);
  const listeners = createListeners();
  // Nothing is seen before the first trace.
  const seen = /** @type {Seen} */ ({
    ...UNSEEN,
    headsAlone,
    get state() {
      return store.state;
    },
  });
  const context = contextOf(seen);
  const numbers = numbersByPart(() => seen.trace);
  /** @type {Unpacked | null} */
  let drawn = null; // the trace that is on the page

  const choices = createChoices({
    store,
    settle: (state) => settled(headsAlone ? { ...state, of: "head" } : state, seen.trace),
    canDraw: (state) => lackingOf(numbers.of(state.part), state) === null,
    fetch(state) {
      const lacking = lackingOf(numbers.of(state.part), state);
      if (lacking !== null) fetching.ask(state.part, lacking);
      return fetching.isNeeded();
    },
    publish: (state) => publish(state, {}),
    leads: surroundings.leads,
  });

  /** @type {Actions} */
  const actions = {
    choose: choices.choose,
    choosePart: (name) => choices.choose(atPart(store.state, name, seen.trace)),
    second: choices.second,
    over: choices.over,
    point(hover) {
      point(hover);
      pointed(hover);
    },
    tip: tip.show,
    cover(covered) {
      seen.covered = root.toggleAttribute("data-covered", covered);
      pace.later("covered", () => texts.forEach((view) => view.describe()));
    },
    request: (asked) => publish(store.state, asked),
    requestRow: createRest(context, (asked) => publish(store.state, asked), pace.later),
    afterwards: pace.afterwards,
    later: pace.later,
  };

  const fetching = createFetching(() => seen, (asked) => publish(store.state, asked));
  const own = createViews(root, { context, actions });
  const further = surroundings.further?.(root, { context, actions }) ?? [];
  const { controls, pictures, figure, tiles } = own;
  const texts = [...own.texts, ...further];
  const views = [...controls, ...pictures, ...texts];

  listeners.on(root, "keydown", (event) => {
    event.stopPropagation(); // the page around has shortcuts of its own
    if (event.ctrlKey || event.metaKey || event.altKey || closest(event, "select, input")) return;
    const change = letterChange(event.key, store.state);
    if (change) choices.choose(change);
  });
  store.subscribe(drawChoice);
  createOutside(root, listeners, () => point(null));
  const again = () => drawn && drawAll();
  const presenting =
    surroundings.presents ??
    createPresenting(root, {
      cards: () => cardsOf(root),
      card: () => store.state.present,
      go: (present) => choices.choose({ present }),
      groundOf,
      changed: again,
    });
  const screen = watchScreen(root, again);

  const draw = (/** @type {View[]} */ some) => some.forEach((view) => view.draw());

  // A choice, drawn: of further heads the large figure and their frames, of another head or word everything.
  /** @type {(state: State, before: State) => void} */
  function drawChoice(state, before) {
    const isArranged = arrange(state);
    if (drawn !== seen.trace || isSpread(state, before) || (isArranged && state.present)) {
      drawAll();
      return;
    }
    const start = performance.now();
    const isAll = isArranged || seen.hover !== null || isMoved(state, before);
    seen.hover = null;
    if (isArranged) measure(false);
    pace.batch(() => draw(isAll ? own.moved : [figure, tiles, own.mean]));
    draw(isAll ? texts : further);
    tip.refresh(); // it may speak of the word that was chosen before
    heard();
    pace.took(start);
  }

  // Another trace, part, width, theme or grouping.
  function drawAll() {
    const start = performance.now();
    drawn = seen.trace;
    seen.hover = null;
    seen.part = partOf(seen.trace, store.state.part);
    seen.numbers = numbers.of(seen.part.name);
    nameKind(root, seen);
    arrange(store.state);
    presenting.settle();
    const { ground, zoom } = presenting;
    Object.assign(seen, themeOf(root, lightness(ground) < 0.5, seen.palette), { ground, zoom, room: roomFor(root) });
    seen.numbers.group(store.state);
    draw(controls);
    measure(true);
    if (store.state.present) {
      draw(texts); // they leave so much room
      measure(true);
    }
    pace.batch(() => draw(pictures));
    draw(texts);
    heard();
    pace.took(start);
    fetching.asShown();
  }

  // The only time that sizes are read: reading them makes the browser lay everything out.
  const measure = (/** @type {boolean} */ isAnew) => [...views, screen].forEach((one) => one.measure(isAnew));

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

  return {
    root,
    figure,
    neuron: own.neuron?.picture,
    times: pace.times,
    context,
    choose: choices.choose,
    follow: choices.follow,
    point,
    drawAll,
    leave: presenting.stop, // where the element is taken away without more ado

    get state() {
      return store.state;
    },
    get trace() {
      return seen.trace;
    },
    get numbers() {
      return seen.numbers;
    },
    get isMapOpen() {
      return own.map?.isOpen ?? false;
    },

    // Another trace; its notes where they are here already.
    /** @type {(trace: Unpacked, wanted: Partial<State>, notes?: Notes | null) => void} */
    show(trace, wanted, notes = null) {
      Object.assign(seen, { trace, notes, answer: null, hover: null });
      numbers.clear();
      tip.show(null); // what is pointed at may not be there
      const { header } = trace;
      if (header.heads) answered(/** @type {Unpacked & { header: Answer }} */ (/** @type {unknown} */ (trace)));
      if (!store.apply(choices.begin({ ...header.first, ...wanted }, wanted, header.first))) drawAll();
    },

    // The vectors of all heads, if they did not come with the trace: from now on every head can be drawn.
    /** @type {(vectors: Unpacked) => void} */
    complete({ header, arrays }) {
      if (seen.numbers.isWhole) return;
      merge(seen.trace, { header, arrays });
      tiles.draw();
      draw(own.links);
      choices.resume();
      heard();
    },

    // Figures of the heads, roles of the words and the untrained model's weights, which come a moment after the trace.
    /** @type {(notes: Notes, arrays?: Unpacked["arrays"]) => void} */
    annotate(notes, arrays = {}) {
      seen.notes = notes;
      Object.assign(seen.trace.arrays, arrays);
      draw([figure, ...texts]);
      pace.later("tiles", tiles.describe);
    },

    // The model, to run in the page; or the lesson that it is for.
    /** @type {(taught: Partial<Pick<Seen, "lecture" | "course">>) => void} */
    teach(taught) {
      Object.assign(seen, taught);
      draw(further);
    },

    // The package's own numbers for what is chosen: from now on they are what is read.
    /** @type {(answer: Unpacked & { header: Answer }) => void} */
    receive(answer) {
      answered(answer);
      draw([...own.numbers, ...texts]);
      tip.refresh();
      heard();
      pace.later("figure", figure.describe);
    },

    destroy() {
      screen.stop();
      presenting.stop();
      listeners.stop();
      for (const view of views) view.destroy();
    },
  };

  /** @type {(answer: Unpacked & { header: Answer }) => void} */
  function answered(answer) {
    seen.answer = answer.header;
    if (answer.header.heads.length) numbers.of(answer.header.part).answer(answer);
  }
}
