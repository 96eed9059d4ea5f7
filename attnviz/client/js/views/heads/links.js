// Which heads link two words: all heads ranked, and beside each weight what would be there anyway.

import { element } from "../../draw/paint.js";
import { beside, ranked, standsOut } from "../../numbers/analysis/measures.js";
import { headName, short, whole } from "../../say/words.js";
import { SQUARE } from "../../state/schema.js";
import { createListeners, indexOfEvent, vacate, within } from "../view.js";

/** @import { Group } from "../../numbers/grouping.js" */
/** @import { Cell } from "../../state/context.js" */
/** @import { Link } from "../../state/schema.js" */
/** @import { Place } from "../../state/state.js" */
/** @import { CreateView } from "../view.js" */

const SHOWN = 8;
const UNKNOWN = { others: null, position: null };
const SHARE = 10; // milliseconds of computing at a time

/**
 * All heads' weights of one word on another, each with what stands beside it.
 *
 * @param {Place[]} heads
 * @param {object} given
 * @param {(layer: number, head: number) => ArrayLike<number>} given.row the word's weights
 * @param {(layer: number, head: number) => Parameters<typeof beside>[1] | null} given.table the other words'
 *   (measures.js); null where it is not computed yet
 * @param {(layer: number, head: number) => ArrayLike<number> | null} given.forced ones at the rows without a choice
 * @param {Cell} given.at
 * @param {number} given.rows how many there are
 * @param {boolean} [given.isSquare] between two rows of words there is no distance
 * @param {(layer: number, head: number) => number | null} [given.untrained] the untrained model's weight
 * @returns {Link[]}
 */
export function linksOf(heads, { row, table, forced, at, rows, isSquare = true, untrained = () => null }) {
  return heads.map(([layer, head]) => {
    const weight = row(layer, head)[at.column];
    const sums = table(layer, head);
    const { others, position } = sums ? beside(weight, sums, at.row, at.column, rows) : UNKNOWN;
    const isForced = forced(layer, head)?.[at.row] === 1;
    const byDistance = isSquare ? position : null;
    return { layer, head, weight, others, position: byDistance, untrained: untrained(layer, head), forced: isForced };
  });
}

/** @type {CreateView} */
export const createLinks = (root, { context, actions }) => {
  const listeners = createListeners();
  const [list, more] = [".ranking", ".more"].map((name) => within(root, name));
  const keys = { position: within(root, ".position-key"), untrained: within(root, ".untrained-key") };
  const sorts = /** @type {HTMLButtonElement[]} */ ([...root.querySelectorAll(".sorts button")]);
  const [from, to] = ["The word that looks", "The word looked at"].map((label) => {
    return /** @type {HTMLSelectElement} */ (element("select", "", null, { "aria-label": label }));
  });
  const tiled = `Which heads link two words is told of texts of up to ${whole(SQUARE)} tokens.`;
  within(root, ".tiled-said").textContent = tiled;
  within(root, ".question b").after(from);
  within(root, ".question .end").prepend(to); // with the sign, which does not begin a line
  /** @type {Item[]} */
  let items = [];
  let by = "weight";
  let isLong = false;
  /** @type {Link[]} */
  let shown = [];
  // What is on the page.
  let posed = { row: -1, column: -1 };
  /** @type {unknown[] | null} */
  let filled = null;

  listeners.on(from, "change", () => chosen({ query: Number(from.value) }));
  listeners.on(to, "change", () => chosen({ key: Number(to.value) }));
  for (const button of sorts) {
    listeners.on(button, "click", () => {
      by = button.dataset.by ?? by;
      update();
    });
  }
  listeners.on(more, "click", () => {
    isLong = !isLong;
    update();
  });
  listeners.on(list, "click", (event) => {
    const link = shown[indexOfEvent(event, "[data-index]")];
    if (!link) return;
    actions.choose({ layer: link.layer, head: link.head, ...context.pair() }); // the question stays the same
  });
  listeners.points(list, pointed, () => actions.tip(null), "pointerover");

  /** @type {(event: MouseEvent) => void} */
  function pointed(event) {
    const link = shown[indexOfEvent(event, "[data-index]")];
    if (link) actions.tip(event, inWords(link));
  }

  /** @type {(change: { query: number } | { key: number }) => void} */
  function chosen(change) {
    posed = { row: -1, column: -1 }; // what they show is no longer what was set
    actions.choose(change);
  }

  // Whether the weights of all heads are: the page's, or the package's where vectors come by layer.
  const isHere = () => context.numbers.isWhole || context.answeredLinks() !== null;

  // New words.
  function build() {
    const { grouping } = context.numbers;
    filled = [grouping, isHere()];
    makeRoom();
    root.classList.toggle("waiting", !isHere());
    if (!isHere()) return; // the other heads' vectors are on their way
    /** @type {(groups: Group[]) => HTMLElement[]} */
    const options = (groups) => groups.map(({ name, tokens }) => element("option", "", name, { value: tokens[0] }));
    from.replaceChildren(...options(grouping.rows));
    to.replaceChildren(...options(grouping.columns));
    posed = { row: -1, column: -1 };
  }

  // Another word or head.
  function update() {
    const { numbers, part } = context;
    const { rows, columns } = numbers.grouping;
    const at = context.linked();
    const isAsked = at.row >= 0 && at.column >= 0;
    list.hidden = !isAsked;
    if (!isAsked || !isHere()) return;
    pose(at);
    for (const button of sorts) button.setAttribute("aria-pressed", String(button.dataset.by === by));
    makeRoom();
    const links =
      context.answeredLinks() ??
      linksOf(numbers.heads, {
        row: (layer, head) => context.rowsOf(rows[at.row].tokens).get(`${layer}.${head}`) ?? [],
        table: (layer, head) => (numbers.hasTable(layer, head) ? numbers.table(layer, head) : null),
        forced: (layer, head) => numbers.forced(layer, head),
        at,
        rows: rows.length,
        isSquare: part.isLine,
        untrained: (layer, head) => numbers.untrained(layer, head, rows[at.row].tokens, columns[at.column].tokens),
      });
    shown = ranked(links, by).slice(0, items.length);
    keys.position.hidden = links.every(({ position }) => position === null);
    keys.untrained.hidden = links.every(({ untrained }) => untrained === null);
    fill();
    actions.later("links", describe);
    // Not before the picture is on the screen: at 13 tokens the first shares held it up by 20 ms.
    if (!numbers.isWhole) return;
    if (numbers.heads.some(([layer, head]) => !numbers.hasTable(layer, head))) actions.later("tables", complete);
  }

  // The two words in the question. (Setting one takes long where there are many to choose from.)
  /** @type {(at: Cell) => void} */
  function pose({ row, column }) {
    if (posed.row !== row) from.selectedIndex = row;
    if (posed.column !== column) to.selectedIndex = column;
    posed = { row, column };
  }

  // The means of all heads take a while on a long text: a few at a time.
  function complete() {
    const { numbers } = context;
    if (!numbers.isWhole) return; // of another trace by now
    const until = performance.now() + SHARE;
    const missing = numbers.heads.filter(([layer, head]) => !numbers.hasTable(layer, head));
    for (const [layer, head] of missing) {
      if (performance.now() > until) break;
      numbers.table(layer, head);
    }
    if (missing.every(([layer, head]) => numbers.hasTable(layer, head))) update();
    else actions.later("tables", complete, 0);
  }

  // As many rows as are shown, so that nothing moves when what they say comes.
  function makeRoom() {
    const { length } = context.numbers.heads;
    const count = isLong ? length : Math.min(SHOWN, length);
    more.hidden = length <= SHOWN;
    const said = isLong ? "Fewer" : `All ${length}`;
    if (more.textContent !== said) more.textContent = said;
    if (items.length === count) return;
    items = [...items.slice(0, count), ...Array.from({ length: count }, (_, i) => i).slice(items.length).map(blank)];
    list.replaceChildren(...items.map(({ item }) => item));
  }

  function fill() {
    const { layer, head } = context.state;
    const most = Math.max(0.05, ...shown.map((link) => Math.max(Math.abs(link.weight), Math.abs(link.others ?? 0))));
    shown.forEach((link, index) => {
      const { button, name, bar, others, position, untrained, value } = items[index];
      name.textContent = `L${link.layer} · H${link.head}`;
      bar.style.width = `${(100 * Math.abs(link.weight)) / most}%`;
      place(others, link.others, most);
      place(position, link.position, most);
      place(untrained, link.untrained, most);
      const isWeight = by === "weight";
      const told = isWeight ? link.weight.toFixed(2) : `+${standsOut(link).toFixed(2)}`.replace("+-", "-");
      value.textContent = told.replace("-", "−");
      button.setAttribute("aria-pressed", String(link.layer === layer && link.head === head));
    });
  }

  // What a screen reader says of the shown ones, when there is time.
  function describe() {
    shown.forEach((link, index) => {
      const { button, name, value } = items[index];
      button.setAttribute("aria-label", `${name.textContent} ${value.textContent}: ${inWords(link).join(", ")}`);
    });
  }

  return {
    measure() {
      filled = null;
    },
    draw() {
      root.toggleAttribute("data-tiled", context.part.isTiled); // all heads' weights are too much: it says so
      if (context.part.isTiled) return;
      if (!filled || filled[0] !== context.numbers.grouping || filled[1] !== isHere()) build();
      update();
    },
    mark() {},
    describe,
    destroy() {
      vacate(listeners, list);
      [from, to].forEach((one) => one.remove());
    },
  };
};

/** @typedef {ReturnType<typeof blank>} Item a head among the ranked ones */

/** @param {number} index */
function blank(index) {
  const item = element("li", "", null, { "data-index": index });
  const button = element("button", "link", null, { type: "button" });
  const bars = element("span", "bars");
  const ticks = ["bar", "others", "position", "untrained"];
  const [bar, others, position, untrained] = ticks.map((tick) => element("i", tick));
  const [name, value] = [element("span", "name"), element("span", "value")];
  bars.append(bar, others, position, untrained);
  button.append(name, bars, " ", value); // a space between them for who has them read aloud
  item.append(button);
  return { item, button, name, value, bar, others, position, untrained };
}

// A link and all that it is held against, in words.
/** @type {(link: Link) => string[]} */
function inWords(link) {
  const said = [`${headName([link.layer, link.head])}: ${short(link.weight)}`];
  if (link.others !== null) said.push(`another word gives ${short(link.others)} on average`);
  if (link.position !== null) said.push(`${short(link.position)} on average at the same distance`);
  if (link.untrained !== null) said.push(`${short(link.untrained)} before training`);
  if (link.forced) return [...said, "the word may look at one word at most: it has no choice, so nothing stands out"];
  const much = standsOut(link);
  said.push(much > 0 ? `stands out by ${short(much)}` : "does not stand out");
  return said;
}

/** @type {(tick: HTMLElement, value: number | null, most: number) => void} */
function place(tick, value, most) {
  tick.hidden = value === null || value === undefined;
  if (!tick.hidden) tick.style.left = `${Math.max(0, Math.min(100, (100 * Number(value)) / most))}%`;
}
