// The chosen head, large: its picture, what is said of it, and what mouse and keys do in it.

import { legend } from "./legend.js";
import { Loupe } from "./loupe.js";
import { element, widthOf } from "../draw/paint.js";
import { Lines, Matrices } from "../draw/picture.js";
import { cellAfter, isSame, pinned } from "../state/state.js";
import { cellInWords, headName, pinInWords, signed } from "../say/words.js";

const MOST_TOLD = 5; // of a word's lines

export class Figure {
  constructor(card, explorer) {
    this.explorer = explorer;
    this.title = card.querySelector(".title");
    this.shows = [...card.querySelectorAll(".shows button")];
    this.pin = card.querySelector(".pin");
    this.pinned = card.querySelector(".pinned");
    this.box = card.querySelector(".large");
    this.legend = card.querySelector(".legend");
    const layers = { canvas: element("canvas"), names: element("canvas", "over"), marks: element("canvas", "over") };
    this.matrices = new Matrices(explorer, layers);
    this.lines = new Lines(explorer, layers);
    this.target = element("div", "target", null, {
      role: "slider",
      tabindex: "0",
      "aria-roledescription": "heatmap",
      "aria-valuemin": "0",
      "aria-valuemax": "100",
      "aria-keyshortcuts": "H L D P",
    });
    this.loupe = new Loupe(card.querySelector(".loupe"), explorer);
    this.title.append(element("b"), element("span", "faint"));
    this.box.append(layers.canvas, layers.names, layers.marks, this.target);
    for (const button of this.shows) button.onclick = () => explorer.choose({ show: button.dataset.show });
    this.pin.onclick = () => explorer.choose(pinned(explorer.state));
    this.target.onpointermove = (event) => this.pointed(event);
    this.target.onpointerleave = () => explorer.point(null);
    this.target.onclick = (event) => this.clicked(event);
    this.target.onkeydown = (event) => this.typed(event);
  }

  get picture() {
    return this.explorer.shownAs === "lines" ? this.lines : this.matrices;
  }

  // Another width, or other words.
  measure() {
    const { rows, columns } = this.explorer.numbers.grouping;
    const widths = [...rows, ...columns].slice(0, 300).map(({ label }) => widthOf(label));
    this.labels = Math.min(100, Math.max(24, ...widths));
    this.width = this.box.clientWidth;
    this.loupe.measure(this.width);
    this.drawn = "";
    this.explained = "";
  }

  // The picture is painted when it changes; a word that is chosen only marks it.
  draw() {
    const { state, beside, shownAs: show } = this.explorer;
    const wanted = JSON.stringify([state.layer, state.head, state.over, beside, show]);
    if (this.drawn !== wanted) {
      this.picture.draw(this.width, this.labels);
      this.drawn = wanted;
      this.mark();
      this.explorer.afterwards(() => {
        this.box.style.height = `${this.picture.height}px`;
        this.explain();
        this.heading();
      });
    } else this.mark();
    this.explorer.afterwards(() => this.offer());
    this.explorer.later("figure", () => this.describe());
  }

  // The legend stays as long as it would say the same.
  explain() {
    const { state, beside, shownAs: show, palette } = this.explorer;
    const isPlain = show === "heatmap" && !state.over.length;
    const wanted = isPlain ? `heatmap ${palette.text}` : JSON.stringify([state, beside, palette.text]);
    if (this.explained === wanted) return;
    this.explained = wanted;
    this.legend.replaceChildren(...legend(this.explorer, this.picture));
  }

  heading() {
    const { state, beside, shownAs: show } = this.explorer;
    const sign = show === "difference" ? "−" : "|";
    const second = beside && show !== "lines" ? ` ${sign} ${headName(beside)}` : "";
    const { character } = this.explorer.notesOf(state.layer, state.head);
    const off = this.explorer.isOff(state.layer, state.head) ? " (off)" : "";
    const name = headName([state.layer, state.head]);
    this.title.firstChild.textContent = `${name[0].toUpperCase()}${name.slice(1)}${off}${second}`;
    this.title.lastChild.textContent = character && !second ? ` · ${character}` : "";
  }

  // What the buttons do now; and of a pin that was just set or taken away, what that did.
  offer() {
    const { state, beside, shownAs: show } = this.explorer;
    const { second, layer, head } = state;
    const asked = `${second} ${layer} ${head} ${show}`;
    if (this.asked === asked) return;
    this.asked = asked;
    const said = pinInWords(second, this.before, [layer, head]);
    this.before = second;
    const wanted = JSON.stringify([show, beside, second, said]);
    if (this.offered === wanted) return;
    this.offered = wanted;
    for (const button of this.shows) {
      button.setAttribute("aria-pressed", button.dataset.show === show);
      button.disabled = button.dataset.show === "difference" && !beside;
    }
    this.pin.textContent = second ? `Unpin ${headName(second)}` : "Pin to compare";
    this.pin.setAttribute("aria-pressed", Boolean(second));
    this.pinned.textContent = said;
  }

  mark() {
    this.picture.mark();
    const { row, column } = this.explorer.marked();
    const at = { row, column: column < 0 && row >= 0 ? this.strongestColumn(row) : column };
    this.loupe.draw(this.picture, at, this.pointedAt ?? 0);
  }

  under(event) {
    const frame = this.target.getBoundingClientRect();
    return this.picture.under(event.clientX - frame.left, event.clientY - frame.top);
  }

  pointed(event) {
    const cell = this.under(event);
    this.pointedAt = cell?.picture;
    this.explorer.point(cell && this.tokensOf(cell));
    if (!cell) return;
    const isCell = cell.row >= 0 && cell.column >= 0;
    if (!isCell && this.picture !== this.lines) return;
    this.explorer.tip(event, () => (isCell ? this.inWords(cell) : this.linesInWords(cell)));
    if (cell.row < 0) return;
    this.explorer.wonder(this.explorer.numbers.grouping.rows[cell.row].tokens);
  }

  tokensOf({ row, column }) {
    const { rows, columns } = this.explorer.numbers.grouping;
    const pointed = {};
    if (row >= 0) [pointed.query] = rows[row].tokens;
    if (column >= 0) [pointed.key] = columns[column].tokens;
    return pointed;
  }

  // A click pins the word that looks and the word looked at; at a line's end, the one of them.
  clicked(event) {
    const cell = this.under(event);
    if (cell) this.explorer.choose(this.tokensOf(cell));
    this.target.focus({ preventScroll: true });
  }

  typed(event) {
    const { rows, columns } = this.explorer.numbers.grouping;
    const { row, column } = this.explorer.chosen();
    const next = cellAfter(event.key, [row, column], rows.length, columns.length);
    if (!next) return;
    event.preventDefault();
    // The first arrow key shows where one is: at the strongest word of the row.
    const cell = column < 0 ? [row, this.strongestColumn(row)] : next;
    this.explorer.choose(this.tokensOf({ row: cell[0], column: cell[1] }));
  }

  strongestColumn(row) {
    const { state, numbers } = this.explorer;
    const { length } = numbers.grouping.columns;
    const values = numbers.weights(state.layer, state.head).subarray(row * length, (row + 1) * length);
    return values.reduce((best, value, j) => (value > values[best] ? j : best), 0);
  }

  // A cell, in words; one line for each head in the picture.
  inWords({ row, column }) {
    const { state, numbers, beside } = this.explorer;
    const { rows, columns } = numbers.grouping;
    const at = row * columns.length + column;
    const { tokens } = rows[row];
    const shownHead = this.shownIn(at);
    const weightIn = (layer, head) => numbers.row(layer, head, tokens, false)[column];
    const lines = this.explorer.heads(true).map(({ layer, head }) => {
      const weight = numbers.blocked(layer, head)?.[at] ? null : weightIn(layer, head);
      const said = cellInWords(rows[row].name, columns[column].name, weight, [layer, head]);
      const whose = isSame([layer, head], shownHead) ? " (shown in the cell)" : "";
      const forced = weight !== null && numbers.forced(layer, head)?.[row] ? " (it has no choice)" : "";
      return (numbers.isExact(layer, head, tokens) ? said : `≈ ${said}`) + forced + whose;
    });
    if (beside) lines.push(`difference ${signed(weightIn(state.layer, state.head) - weightIn(...beside))}`);
    return lines;
  }

  // A word's lines, in words: of the strongest, what a cell says.
  linesInWords(word) {
    const { rows, columns } = this.explorer.numbers.grouping;
    const { name } = word.row >= 0 ? rows[word.row] : columns[word.column];
    const cells = this.lines.linesOf(word);
    if (!cells.length) return `${name}: no weight of 2 % or more`;
    const told = cells.slice(0, MOST_TOLD).flatMap(([row, column]) => this.inWords({ row, column }));
    const fainter = cells.length - MOST_TOLD;
    return fainter > 0 ? [...told, `and ${fainter} fainter`] : told;
  }

  // Whose weight a cell shows where several heads lie over one another: the strongest one's.
  shownIn(at) {
    const heads = this.explorer.shownAs === "heatmap" ? this.explorer.heads() : [];
    if (heads.length < 2) return [-1, -1];
    const { layer, head } = heads.reduce((a, b) => (b.values[at] > a.values[at] ? b : a));
    return [layer, head];
  }

  // What a screen reader says of the picture.
  describe() {
    const { state, numbers } = this.explorer;
    const { row, column } = this.explorer.chosen();
    if (row < 0) return;
    const to = column < 0 ? this.strongestColumn(row) : column;
    const weight = numbers.weights(state.layer, state.head)[row * numbers.grouping.columns.length + to];
    this.target.setAttribute(
      "aria-label",
      `Weights of ${headName([state.layer, state.head])}, as ${this.explorer.shownAs}`,
    );
    this.target.setAttribute("aria-valuenow", (100 * weight).toFixed(1));
    this.target.setAttribute("aria-valuetext", this.inWords({ row, column: to }).join("; "));
  }
}
