// A row of words as buttons. Of one row of words, each is coloured by how much the chosen one looks at it; between two,
// those of the queries are chosen from, and those of the keys are coloured.

import { shade } from "../../draw/colors.js";
import { element } from "../../draw/paint.js";
import { placeOf } from "../../numbers/grouping.js";
import { largest } from "../../numbers/analysis/measures.js";
import { weightInWords } from "../../say/words.js";
import { placeAfter } from "../../state/state.js";
import { weightSaid } from "../cells.js";
import { createListeners, hasFocus, indexOfEvent, vacate } from "../view.js";

/** @import { Stops } from "../../draw/colors.js" */
/** @import { Group } from "../../numbers/grouping.js" */
/** @import { Notes, Token } from "../../state/schema.js" */
/** @import { Tools, View } from "../view.js" */

/** @type {(root: HTMLElement, tools: Tools, side: "queries" | "keys") => View} */
export function createWords(root, { context, actions }, side) {
  const listeners = createListeners();
  /** @type {Group[]} */
  let groups = [];
  /** @type {HTMLElement[]} */
  let buttons = [];
  /** @type {ArrayLike<number>} */
  let weights = [];
  // What is on the page.
  /** @type {number[]} */
  let colors = [];
  /** @type {string[]} */
  let inks = [];
  let told = /** @type {string[]} */ ([]);
  /** @type {Stops | null} */
  let colored = null;
  /** @type {Notes | null} */
  let roles = null;
  /** @type {[number, number] | null} */
  let pressed = null;
  let marked = [-1, -1];
  let isFresh = false;

  // Which word looks is chosen in the queries; whom it looks at is seen in the keys.
  const isAbsent = () => side === "keys" && context.part.isSquare;
  const isLooking = () => side === "queries";
  const isLookedAt = () => side === "keys" || context.part.isSquare;
  const isTold = () => isLookedAt() && !context.covered;
  const tokensOf = () => context.part[side].tokens;

  listeners.on(root, "click", (event) => {
    const at = indexOfEvent(event, "button");
    if (at < 0) return;
    const [token] = groups[at].tokens;
    const { key } = context.state;
    if (!isLooking() || (event.shiftKey && isLookedAt())) actions.choose({ key: key === token ? null : token });
    else actions.choose({ query: token });
  });

  listeners.on(root, "keydown", (event) => {
    const at = indexOfEvent(event, "button");
    if (at < 0) return;
    const next = placeAfter(along(event.key), at, groups.length);
    const pins = event.key === "Enter" && event.shiftKey && isLookedAt();
    if (next === null && !pins) return;
    event.preventDefault();
    if (next === null) {
      actions.choose({ key: groups[at].tokens[0] });
      return;
    }
    const [token] = groups[next].tokens;
    actions.choose(isLooking() ? { query: token } : { key: token });
    buttons[next].focus({ preventScroll: true });
    scrollTo(next);
  });

  listeners.points(root, pointed, () => actions.point(null), "pointerover");

  /** @type {(event: MouseEvent) => void} */
  function pointed(event) {
    const at = indexOfEvent(event, "button");
    if (at < 0) return;
    const { tokens } = groups[at];
    actions.point(isLookedAt() ? { key: tokens[0] } : { query: tokens[0] });
    const titles = tokens.slice(0, 4).map((token) => tokensOf()[token].title);
    actions.tip(event, () => (isTold() ? [inWords(at), ...titles] : titles));
  }

  // A sentence that runs from the right: the word at the right is the one before.
  /** @type {(key: string) => string} */
  function along(key) {
    /** @type {Record<string, string>} */
    const swapped = { ArrowLeft: "ArrowRight", ArrowRight: "ArrowLeft" };
    return context.part[side].fromRight ? (swapped[key] ?? key) : key;
  }

  // How much the chosen word looks at one of the words.
  /** @type {(at: number) => string} */
  function inWords(at) {
    const { rows } = context.numbers.all;
    const looking = rows[placeOf(rows, context.state.query)];
    return weightSaid(context, looking?.name ?? "", groups[at].name, weightAt(at), looking?.tokens ?? []);
  }

  // null: there can be none.
  /** @type {(at: number) => number | null} */
  const weightAt = (at) => (mayLook(at) ? weights[at] : null);

  /** @type {(at: number) => boolean} */
  function mayLook(at) {
    const { row } = context.chosen();
    const column = placeOf(context.numbers.grouping.columns, groups[at].tokens[0]);
    return row < 0 || column < 0 || context.mayLookAt(row, column);
  }

  // New words: the buttons anew. The one that has the focus keeps it.
  function build() {
    const isFocused = hasFocus(root);
    isFresh = true;
    const all = side === "keys" ? context.numbers.all.columns : context.numbers.all.rows;
    // A picture's patches, which stand after its words, and a sound's frames are chosen in these.
    groups = isAbsent() ? [] : all.filter(({ tokens: [token] }) => !(tokensOf()[token].box ?? tokensOf()[token].time));
    [colors, inks, told] = [[], [], []];
    [colored, roles, pressed, marked] = [null, null, null, [-1, -1]];
    buttons = groups.map((group, at) => button(tokensOf(), group, groups[at - 1]));
    buttons.forEach((one, at) => one.setAttribute("data-index", String(at)));
    root.dir = context.part[side].fromRight ? "rtl" : "ltr";
    root.replaceChildren(...buttons);
    update();
    if (isFocused && pressed) buttons[pressed[0]]?.focus({ preventScroll: true });
  }

  // Who is who, once it is known.
  function addRoles() {
    const { notes } = context;
    if (roles === notes) return;
    roles = notes;
    groups.forEach(({ tokens }, at) => {
      const { word } = tokensOf()[tokens[0]];
      const role = word === null || word === undefined ? undefined : notes?.roles[word];
      buttons[at].querySelector("small")?.remove();
      if (role) buttons[at].append(element("small", "", ` ${role}`));
    });
  }

  // A choice: colours and marks only where they change.
  function update() {
    const { state, numbers } = context;
    if (context.part.isSquare) addRoles();
    const from = isLooking() ? placeOf(groups, state.query) : -1;
    const to = state.key === null || !isLookedAt() ? -1 : placeOf(groups, state.key);
    if (isLookedAt() && groups.length) {
      const { rows } = numbers.all;
      weights = context.row(rows[placeOf(rows, state.query)].tokens);
      paint();
    }
    if (isLooking() && pressed?.[0] !== from) actions.later(`sentence ${side}`, () => scrollTo(from));
    press(from, to);
    actions.later(`words ${side}`, describe);
  }

  function paint() {
    const { palette, loose } = context;
    const stops = loose ? palette.signed : palette.weights;
    const isOther = colored !== stops;
    colored = stops;
    const most = loose ? largest(weights) : 1;
    for (let i = 0; i < groups.length; i++) {
      const step = Math.round(loose ? (100 * weights[i]) / most : 100 * Math.sqrt(weights[i]));
      if (!isOther && colors[i] === step) continue;
      colors[i] = step;
      const { color, ink } = shade(stops, loose ? 0.5 + step / 200 : (step / 100) ** 2);
      const { style } = buttons[i];
      style.backgroundColor = color;
      if (inks[i] !== ink) style.color = inks[i] = ink;
    }
  }

  // The word that looks and the word looked at; the tab key comes to the one of them that is chosen here.
  /** @type {(from: number, to: number) => void} */
  function press(from, to) {
    const [before, beforeTo] = pressed ?? [-1, -1];
    pressed = [from, to];
    const reached = isLooking() ? from : Math.max(0, to);
    for (const i of new Set([before, beforeTo, from, to, reached, isLooking() ? -1 : 0])) {
      const one = buttons[i];
      if (!one) continue;
      one.setAttribute("aria-pressed", String(i === (isLooking() ? from : to)));
      one.tabIndex = i === reached ? 0 : -1;
      one.classList.toggle("to", i === to && i !== from);
    }
  }

  function mark() {
    const { hover } = context;
    /** @type {(token: number | null | undefined) => number} */
    const at = (token) => (token === undefined || token === null ? -1 : placeOf(groups, token));
    const now = [isLooking() ? at(hover?.query) : -1, isLookedAt() ? at(hover?.key) : -1];
    if (String(now) === String(marked)) return;
    for (const i of marked) buttons[i]?.classList.remove("pointed");
    for (const i of now) buttons[i]?.classList.add("pointed");
    marked = now;
  }

  // What a screen reader is told, written where it changes. In a long text a word says its weight alone, and the row
  // whose that is (sentence.js): another choice then changes few.
  function describe() {
    const to = pressed?.[1];
    const isLong = context.part.isTiled && context.part.isSquare;
    groups.forEach((group, i) => {
      const isPinned = i === to ? ", looked at" : "";
      const name = `${group.name}${buttons[i]?.querySelector("small")?.textContent ?? ""}`;
      const weight = isTold() ? `${isPinned}: ${isLong ? weightInWords(weightAt(i)) : inWords(i)}` : "";
      const said = `${name}${weight}`;
      if (told[i] === said) return;
      told[i] = said;
      buttons[i]?.setAttribute("aria-label", said);
    });
  }

  // Scrolls the row alone: the page must not move under the mouse.
  /** @type {(at: number) => void} */
  function scrollTo(at) {
    if (!buttons[at]) return;
    const [place, frame] = [buttons[at].getBoundingClientRect(), root.getBoundingClientRect()];
    if (place.top < frame.top) root.scrollTop -= frame.top - place.top + 4;
    if (place.bottom > frame.bottom) root.scrollTop += place.bottom - frame.bottom + 4;
  }

  return {
    measure() {
      isFresh = false;
    },
    draw() {
      if (!isFresh) build();
      else if (groups.length) update();
      mark();
    },
    mark,
    describe,
    destroy: () => vacate(listeners, root),
  };
}

/** @type {(all: Token[], group: Group, before: Group | undefined) => HTMLElement} */
function button(all, { tokens, label }, before) {
  const first = all[tokens[0]];
  const made = element("button", "", null, { type: "button", tabindex: -1, "aria-pressed": false });
  const goesOn = first.continues && before !== undefined && tokens.length === 1;
  const looks = {
    special: first.special,
    unknown: tokens.some((token) => all[token].unknown),
    continues: goesOn,
    second: before !== undefined && first.segment !== all[before.tokens[0]].segment,
  };
  for (const [name, isSo] of Object.entries(looks)) made.classList.toggle(name, Boolean(isSo));
  made.append(element("bdi", "", goesOn ? label.replace(/^##/, "") : label));
  return made;
}
