// Two explorers side by side, A and B, in which the same words are chosen and pointed at, and their difference. Each
// has a channel of its own (publishers, a follower); how their words are aligned is published beside them.

import { channel } from "./channel.js";
import { start } from "./side.js";
import { themeOf } from "./theme.js";
import { createDifference } from "../views/difference.js";
import { createTip } from "../views/tip.js";
import { within } from "../views/view.js";

/** @import { ComparedRow, Comparison, State } from "../state/schema.js" */
/** @import { Pointed } from "../state/context.js" */
/** @import { Explorer, Host } from "./explorer.js" */
/** @import { Both, Does } from "../views/difference.js" */

/** @typedef {HTMLElement & { comparer?: ReturnType<typeof begin>, leave?: () => void }} Root */

export const SIDES = ["", "b"]; // the names of their channels

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
  /** @type {Comparison | null} */
  let comparison = null;
  /** @type {{ row: ComparedRow | null, column: ComparedRow | null }} */
  let hover = { row: null, column: null };
  /** @type {Explorer[]} */
  const explorers = [];

  // What is aligned, once both have the traces that it is of.
  const rowsOf = () => {
    const isNow = comparison?.ids.every((id, i) => {
      return explorers[i]?.trace?.header.id === id && explorers[i].state.part === comparison?.parts[i];
    });
    return isNow && comparison ? comparison.rows : [];
  };
  /** @type {(token: number | null | undefined, side: number) => ComparedRow | null} */
  const rowWith = (token, side) => {
    if (token === null || token === undefined) return null;
    return rowsOf().find(({ tokens }) => tokens[side]?.includes(token)) ?? null;
  };
  /** @type {(row: ComparedRow | null, side: number) => number | null} */
  const tokenOf = (row, side) => row?.tokens[side]?.[0] ?? null;
  /** @type {(row: ComparedRow) => boolean} */
  const isSpecial = ({ tokens: [a, b] }) => {
    const [side, [token]] = a ? [0, a] : [1, b ?? [0]];
    return explorers[side].context.part.queries.tokens[token].special;
  };
  /** @type {() => Both["sides"]} */
  const contexts = () => [explorers[0].context, explorers[1].context];
  /** @type {Both} */
  const context = {
    get sides() {
      return contexts();
    },
    get all() {
      return rowsOf();
    },
    get rows() {
      const { specials } = explorers[0].state;
      return rowsOf().filter((row) => specials || !isSpecial(row));
    },
    get chosen() {
      const row = rowWith(explorers[0].state.query, 0);
      const other = rowWith(explorers[1].state.query, 1);
      // A word that B alone has is chosen there.
      const now = other && !other.tokens[0] ? other : row;
      return now ? context.rows.indexOf(now) : -1;
    },
    get marked() {
      const { rows } = context;
      const [row, column] = [hover.row, hover.column].map((one) => (one ? rows.indexOf(one) : -1));
      return { row, column };
    },
  };
  /** @type {Does} */
  const actions = {
    choose(row, column) {
      const side = row.tokens[0] ? 0 : 1;
      explorers[side].choose({ query: tokenOf(row, side) ?? 0, key: tokenOf(column, side) });
    },
    point(row, column) {
      const isSame = hover.row === row && hover.column === column;
      if (isSame) return;
      hover = { row, column };
      explorers.forEach((explorer, side) => {
        explorer.point(row || column ? { query: tokenOf(row, side), key: tokenOf(column, side) } : null);
      });
      difference.mark();
    },
    tip: tip.show,
  };
  const difference = createDifference(card, { context, actions });

  function draw() {
    card.classList.toggle("nothing", comparison?.rows.length === 0);
    if (explorers.length < 2 || !rowsOf().length) return;
    themeOf(card, explorers[0].dark, undefined);
    difference.measure();
    difference.draw();
    card.dataset.drawn = String(Number(card.dataset.drawn ?? 0) + 1);
  }

  // The other side's word is the aligned one, and it is shown as this side is.
  /** @type {(side: number, state: State) => void} */
  function chosen(side, { specials, words, filter, query, key }) {
    if (explorers.length < SIDES.length) return; // what A waited for may come before B has begun
    const other = 1 - side;
    const row = rowWith(query, side);
    const beside = tokenOf(row, other);
    const found = rowsOf().length ? { key: tokenOf(rowWith(key, side), other) } : {};
    explorers[other].follow({ specials, words, filter, ...found, ...(beside === null ? {} : { query: beside }) });
    draw();
  }

  /** @type {(side: number, pointed: Pointed | null) => void} */
  function pointed(side, at) {
    if (explorers.length < SIDES.length) return;
    hover = { row: rowWith(at?.query, side), column: rowWith(at?.key, side) };
    const other = 1 - side;
    const mapped = { query: tokenOf(hover.row, other), key: tokenOf(hover.column, other) };
    explorers[other].point(at ? mapped : null);
    difference.mark();
  }

  SIDES.forEach((name, side) => {
    explorers[side] = start(hosts[side], name, {
      chosen: (state) => chosen(side, state),
      pointed: (at) => pointed(side, at),
      drawn: draw,
    });
  });
  const take = (/** @type {{ header: Comparison }} */ { header }) => {
    comparison = header;
    hosts.forEach((host, side) => {
      const name = host.querySelector(".side-name") ?? document.createElement("p");
      name.className = "caption side-name";
      name.textContent = header.names[side];
      within(host, ".top").prepend(name);
    });
    draw();
  };
  subscribe("comparison", take);
  draw();
  root.leave = () => {
    unsubscribe("comparison", take);
    for (const host of hosts) host.leave?.();
  };
  return { explorers, difference, context };
}
