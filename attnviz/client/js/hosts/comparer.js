// Two explorers side by side, A and B, in which the same words are chosen and pointed at, their difference, and what
// there is to say of it. Each has a channel of its own (publishers, a follower); how their words are aligned is
// published beside them. A choice in one moves the other in the same event: its words, and where that is the page's to
// choose, its head.

import { mostAlikeHead, mostUnlikeHead } from "../numbers/analysis/comparing.js";
import { alignmentOf, bothOf, columnsIn, rowsIn, rowWith, tokenOf } from "../state/both.js";
import { WHOLE } from "../state/schema.js";
import { isSame } from "../state/state.js";
import { createCompared } from "../views/compare/compared.js";
import { createDifference } from "../views/compare/difference.js";
import { createTip } from "../views/tip.js";
import { createListeners, nothing, within } from "../views/view.js";
import { channel } from "./server/channel.js";
import { createOutside } from "./screen/outside.js";
import { createPresenting } from "./screen/presenting.js";
import { start } from "./side.js";
import { groundOf, themeOf } from "./screen/theme.js";

/** @import { Pointed, Context } from "../state/context.js" */
/** @import { Params } from "../state/address.js" */
/** @import { SeenOfBoth } from "../state/both.js" */
/** @import { Comparison, State } from "../state/schema.js" */
/** @import { Place } from "../state/state.js" */
/** @import { Does } from "../views/compare/difference.js" */
/** @import { Explorer, Host } from "./explorer.js" */

/** @typedef {HTMLElement & { comparer?: ReturnType<typeof begin>, leave?: () => void }} Root */

const SIDES = ["", "b"]; // the names of their channels

/** @type {Pick<Comparison, "alike" | "notes" | "alignments">} */
const NOTHING_SAID = { alike: false, notes: [], alignments: [] };
/** @type {Comparison} */
const NOTHING = { ids: ["", ""], names: ["", ""], mode: "heads", follows: false, ...NOTHING_SAID };

/** @param {{ parentElement: HTMLElement }} component */
export default function comparer({ parentElement }) {
  const root = /** @type {Root} */ (within(parentElement, ".comparer"));
  if (root.comparer) for (const explorer of root.comparer.explorers) explorer.drawAll(); // another theme
  else root.comparer = begin(root);
  return root.leave;
}

/** @param {Root} root */
function begin(root) {
  const { subscribe, unsubscribe } = channel();
  const hosts = /** @type {Host[]} */ ([...root.querySelectorAll(".host")]);
  const card = within(root, ".difference");
  const tip = createTip(card);
  /** @type {Explorer[]} */
  const explorers = [];
  let isBehind = false; // B's head is to follow once it can be told

  /** @type {SeenOfBoth} */
  const seen = {
    get sides() {
      return /** @type {[Context, Context]} */ ([explorers[0].context, explorers[1].context]);
    },
    comparison: NOTHING,
    follows: false,
    hover: { row: null, column: null },
  };
  const context = bothOf(seen);
  // Whether both have the traces that the comparison is of.
  const isNow = () => seen.comparison.ids.every((id, i) => explorers[i]?.trace?.header.id === id);

  /** @type {Does} */
  const actions = {
    choose(row, column) {
      const side = row.tokens[0] ? 0 : 1;
      explorers[side].choose({ query: tokenOf(row, side) ?? 0, key: tokenOf(column, side) });
    },
    point(row, column) {
      const isPointed = seen.hover.row === row && seen.hover.column === column;
      if (isPointed) return;
      seen.hover = { row, column };
      explorers.forEach((explorer, side) => {
        explorer.point(row || column ? { query: tokenOf(row, side), key: tokenOf(column, side) } : null);
      });
      difference.mark();
    },
    tip: tip.show,
  };
  const difference = createDifference(within(card, ".picture"), { context, actions });
  const sentences = createCompared(within(card, ".compared"), { context });

  function draw() {
    if (explorers.length < SIDES.length || !isNow() || catchesUp()) return;
    card.classList.toggle("nothing", !context.all.length);
    themeOf(card, explorers[0].context.dark, undefined);
    difference.measure(true);
    difference.draw();
    sentences.draw();
    card.dataset.drawn = String(Number(card.dataset.drawn ?? 0) + 1);
  }

  // The head that the page sets beside A's; null where it cannot tell: two sentences share theirs, and of a long text
  // the server tells it.
  /** @type {() => Place | null} */
  function headBeside() {
    const [a, b] = seen.sides;
    const { layer, head, query } = a.state;
    if (!seen.sides.every(isKnown)) return null;
    if (seen.comparison.mode === "heads") return mostUnlikeHead(a.numbers, layer, head);
    if (seen.comparison.mode === "sentences" || !context.all.length) return null;
    return mostAlikeHead(context.all, { numbers: a.numbers, layer, head }, b.numbers, query, context.allColumns);
  }

  // Where B's head is the page's to choose, it is chosen anew. Whether that has drawn everything.
  /** @type {() => boolean} */
  function catchesUp() {
    const beside = isBehind && seen.follows ? headBeside() : null;
    if (!beside) return false;
    isBehind = false;
    const before = explorers[1].state;
    explorers[1].follow({ layer: beside[0], head: beside[1] });
    return explorers[1].state !== before;
  }

  // What a choice on one side is on the other: it is shown as this one is, at the aligned word.
  /** @type {(side: number, state: State) => Partial<State>} */
  function followed(side, { part, layer, head, specials, words, filter, present, query, key }) {
    const other = 1 - side;
    const { comparison } = seen;
    const shared = comparison.mode === "sentences" ? { layer, head } : {};
    const change = { specials, words, filter, present };
    const alignment = isNow() ? alignmentOf(comparison, side, part, explorers[other].state.part) : undefined;
    if (!alignment) return change;
    const same = { ...change, ...shared, part: alignment.parts[other] };
    const rows = rowsIn(alignment, words);
    // Between two rows of words none are aligned: A's places are B's.
    if (!rows.length) return side === 0 ? { ...same, query, key } : same;
    const beside = tokenOf(rowWith(rows, query, side), other) ?? (side === 0 ? 0 : null);
    const found = beside === null ? {} : { query: beside };
    return { ...same, ...found, key: tokenOf(rowWith(columnsIn(alignment, words), key, side), other) };
  }

  /** @type {(side: number, state: State) => void} */
  function chosen(side, state) {
    if (explorers.length < SIDES.length) return; // what A waited for may come before B has begun
    if (side === 1 && seen.follows && isNow()) {
      const beside = headBeside();
      if (beside && !isSame(beside, [state.layer, state.head])) seen.follows = false;
    }
    isBehind = seen.follows;
    explorers[1 - side].follow(followed(side, state));
    draw();
    write(headInAddress());
  }

  // B's head stands in the address where a person has chosen it.
  /** @type {() => Params} */
  function headInAddress() {
    const { layer, head } = explorers[1].state;
    if (seen.follows || seen.comparison.mode === "sentences") return { layer_b: undefined, head_b: undefined };
    return { layer_b: String(layer), head_b: String(head) };
  }

  /** @type {(side: number, pointed: Pointed | null) => void} */
  function pointed(side, at) {
    if (explorers.length < SIDES.length) return;
    const rows = isNow() ? context.all : [];
    const columns = isNow() ? context.allColumns : [];
    seen.hover = { row: rowWith(rows, at?.query, side), column: rowWith(columns, at?.key, side) };
    const other = 1 - side;
    const mapped = { query: tokenOf(seen.hover.row, other), key: tokenOf(seen.hover.column, other) };
    explorers[other].point(at ? mapped : null);
    difference.mark();
  }

  const listeners = createListeners();
  createOutside(card, listeners, () => tip.show(null));
  // Both sides, then their difference, are presented one after another.
  const presenting = createPresenting(root, {
    cards: () => [...hosts, within(card, ".picture"), within(card, ".compared")],
    card: () => explorers[0]?.state.present ?? 0,
    go: (present) => explorers[0].choose({ present }),
    groundOf: () => groundOf(root.parentElement ?? root),
    changed: () => explorers.forEach((explorer) => explorer.drawAll()),
  });

  /** @type {(more: Params) => void} */
  let write = nothing; // A's, into the address
  SIDES.forEach((name, side) => {
    const started = start(hosts[side], name, {
      chosen: (state) => chosen(side, state),
      pointed: (at) => pointed(side, at),
      drawn: draw,
      presents: presenting,
      headsAlone: true, // two heads are compared
    });
    explorers[side] = started.explorer;
    if (side === 0) write = started.write;
  });
  const take = (/** @type {{ header: Comparison }} */ { header }) => {
    // What was chosen here since is not undone by what is published again.
    if (isOther(header, seen.comparison)) [seen.follows, isBehind] = [header.follows, false];
    seen.comparison = header;
    hosts.forEach((host, side) => {
      const name = host.querySelector(".side-name") ?? document.createElement("p");
      name.className = "caption side-name";
      name.textContent = header.names[side];
      within(host, ".top").prepend(name);
    });
    draw();
  };
  subscribe("comparison", take);
  if (explorers[0].state.present) for (const explorer of explorers) if (explorer.trace) explorer.drawAll();
  draw();
  root.leave = () => {
    unsubscribe("comparison", take);
    presenting.stop();
    listeners.stop();
    for (const host of hosts) host.leave?.();
  };
  return { explorers, difference, context }; // context.follows: B's head is the page's choice, and none for the address
}

// Whether the page can tell of all heads of a text.
/** @type {(side: Context) => boolean} */
function isKnown({ trace, numbers }) {
  const isShort = Object.values(trace.header.rows).every(({ tokens }) => tokens.length <= WHOLE);
  return isShort && numbers.heads.every(([layer, head]) => numbers.knows(layer, head));
}

/** @type {(one: Comparison, other: Comparison) => boolean} */
function isOther(one, other) {
  return one.mode !== other.mode || one.follows !== other.follows || one.ids.some((id, i) => id !== other.ids[i]);
}
