// The sentence as a row of words, each coloured by how much the chosen word looks at it in the chosen head.

import { shade } from "../draw/colors.js";
import { placeOf } from "../numbers/grouping.js";
import { element } from "../draw/paint.js";
import { placeAfter } from "../state/state.js";
import { cellInWords } from "../say/words.js";

export class Chips {
  constructor(box, explorer) {
    this.explorer = explorer;
    this.row = box;
    this.row.onclick = (event) => this.clicked(event);
    this.row.onkeydown = (event) => this.typed(event);
    this.row.onpointerover = (event) => this.pointed(event);
    this.row.onpointerleave = () => explorer.point(null);
  }

  clicked(event) {
    const button = event.target.closest("button");
    if (!button) return;
    const token = this.groups[Number(button.dataset.index)].tokens[0];
    const { state } = this.explorer;
    if (event.shiftKey) this.explorer.choose({ key: state.key === token ? null : token });
    else this.explorer.choose({ query: token });
  }

  typed(event) {
    const at = Number(event.target.closest("button")?.dataset.index ?? -1);
    if (at < 0) return;
    const next = placeAfter(this.along(event.key), at, this.groups.length);
    const pins = event.key === "Enter" && event.shiftKey;
    if (next === null && !pins) return;
    event.preventDefault();
    if (pins) {
      this.explorer.choose({ key: this.groups[at].tokens[0] });
      return;
    }
    this.explorer.choose({ query: this.groups[next].tokens[0] });
    this.row.children[next].focus({ preventScroll: true });
    this.scrollTo(this.row.children[next]);
  }

  // A sentence that runs from the right: the word at the right is the one before.
  along(key) {
    const swapped = { ArrowLeft: "ArrowRight", ArrowRight: "ArrowLeft" };
    return this.explorer.trace.header.fromRight ? (swapped[key] ?? key) : key;
  }

  pointed(event) {
    const button = event.target.closest("button");
    if (!button) return;
    const index = Number(button.dataset.index);
    const { tokens } = this.groups[index];
    this.explorer.point({ key: tokens[0] });
    const { header } = this.explorer.trace;
    const titles = tokens.slice(0, 4).map((token) => header.tokens[token].title);
    this.explorer.tip(event, () => [this.inWords(index), ...titles]);
  }

  // How much the chosen word looks at one of the words.
  inWords(index) {
    const { state, numbers } = this.explorer;
    const head = [state.layer, state.head];
    const from = this.groups[placeOf(this.groups, state.query)]?.name ?? "";
    const weight = this.mayLook(index) ? this.weights[index] : null;
    const said = cellInWords(from, this.groups[index].name, weight, head);
    return numbers.isExact(...head, this.groups[placeOf(this.groups, state.query)]?.tokens ?? [])
      ? said
      : `≈ ${said}`;
  }

  mayLook(index) {
    const { row } = this.explorer.chosen();
    const { state, numbers } = this.explorer;
    const blocked = numbers.blocked(state.layer, state.head);
    const { columns } = numbers.grouping;
    const column = placeOf(columns, this.groups[index].tokens[0]);
    return !blocked || row < 0 || column < 0 || !blocked[row * columns.length + column];
  }

  // New words: the buttons anew. The one that has the focus keeps it.
  draw() {
    const { numbers } = this.explorer;
    const focused = this.row.contains(this.row.getRootNode().activeElement);
    this.groups = numbers.all.rows;
    [this.colors, this.inks] = [[], []];
    this.pressed = null;
    const buttons = this.groups.map((group, index) => this.button(group, index));
    this.styles = buttons.map((button) => button.style);
    this.row.dir = this.explorer.trace.header.fromRight ? "rtl" : "ltr";
    this.row.replaceChildren(...buttons);
    this.addRoles();
    this.update();
    if (focused) this.row.querySelector("[aria-pressed=true]")?.focus({ preventScroll: true });
  }

  button({ tokens, label }, index) {
    const { tokens: all } = this.explorer.trace.header;
    const first = all[tokens[0]];
    const before = index > 0 ? all[this.groups[index - 1].tokens[0]] : first;
    const made = element("button", "", null, { type: "button", "data-index": index, tabindex: -1 });
    made.setAttribute("aria-pressed", false);
    const goesOn = first.continues && index > 0 && tokens.length === 1;
    const looks = {
      special: first.special,
      unknown: tokens.some((token) => all[token].unknown),
      continues: goesOn,
      second: first.segment !== before.segment,
    };
    for (const [name, isSo] of Object.entries(looks)) made.classList.toggle(name, Boolean(isSo));
    made.append(element("bdi", "", goesOn ? label.replace(/^##/, "") : label));
    return made;
  }

  // Who is who, once it is known.
  addRoles() {
    const { header, notes } = this.explorer.trace;
    this.groups.forEach(({ tokens }, index) => {
      const button = this.row.children[index];
      const role = notes?.roles[header.tokens[tokens[0]].word];
      button.querySelector("small")?.remove();
      if (role) button.append(element("small", "", role));
    });
  }

  // A choice: colours and marks only where they change.
  update() {
    const { state, numbers, palette } = this.explorer;
    const place = placeOf(this.groups, state.query);
    this.weights = numbers.row(state.layer, state.head, this.groups[place].tokens);
    const accented = state.key === null ? -1 : placeOf(this.groups, state.key);
    const isOther = this.colored !== palette;
    this.colored = palette;
    for (let i = 0; i < this.groups.length; i++) {
      const step = Math.round(100 * Math.sqrt(this.weights[i]));
      if (isOther || this.colors[i] !== step) {
        this.colors[i] = step;
        const { color, ink } = shade(palette.weights, (step / 100) ** 2);
        const style = this.styles[i];
        style.backgroundColor = color;
        if (this.inks[i] !== ink) style.color = this.inks[i] = ink;
      }
    }
    if (this.pressed?.[0] !== place) this.explorer.later("sentence", () => this.scrollTo(this.row.children[place]));
    this.press(place, accented);
    this.explorer.later("chips", () => this.describe());
  }

  // The word that looks and the word looked at.
  press(from, to) {
    const [before, beforeTo] = this.pressed ?? [-1, -1];
    this.pressed = [from, to];
    for (const i of new Set([before, beforeTo, from, to])) {
      const button = this.row.children[i];
      if (!button) continue;
      button.setAttribute("aria-pressed", i === from);
      button.tabIndex = i === from ? 0 : -1;
      button.classList.toggle("to", i === to && i !== from);
    }
  }

  mark() {
    const { hover } = this.explorer;
    const at = (token) => (token === undefined || token === null ? -1 : placeOf(this.groups, token));
    const marked = [hover ? at(hover.query) : -1, hover ? at(hover.key) : -1];
    if (this.marked && String(marked) === String(this.marked)) return;
    for (const i of this.marked ?? []) this.row.children[i]?.classList.remove("pointed");
    for (const i of marked) this.row.children[i]?.classList.add("pointed");
    this.marked = marked;
  }

  describe() {
    const [, to] = this.pressed;
    this.groups.forEach((group, i) => {
      const isLookedAt = i === to ? ", looked at" : "";
      this.row.children[i]?.setAttribute("aria-label", `${group.name}${isLookedAt}: ${this.inWords(i)}`);
    });
  }

  // Scrolls the row alone: the page must not move under the mouse.
  scrollTo(button) {
    if (!button) return;
    const [place, frame] = [button.getBoundingClientRect(), this.row.getBoundingClientRect()];
    if (place.top < frame.top) this.row.scrollTop -= frame.top - place.top + 4;
    if (place.bottom > frame.bottom) this.row.scrollTop += place.bottom - frame.bottom + 4;
  }
}
