// How one word gets its new vector in one head: what mouse, keys and a screen reader find in it.

import { largest } from "../numbers/measures.js";
import { element } from "../draw/paint.js";
import { elementInWords, elementsOf, rowAfter, rowInWords, together, valuesOf } from "../say/told.js";
import { columnsOn, HEAD, placesBelow, ROW, Way } from "../draw/way.js";
import { isolated, number } from "../say/words.js";

const ROWS_IN_SIGHT = 14;

export class Neuron extends Way {
  constructor(card, explorer) {
    super();
    this.explorer = explorer;
    this.title = card.querySelector(".title");
    this.box = card.querySelector(".way");
    this.canvas = element("canvas");
    this.labels = element("canvas", "over");
    this.scroller = element("div", "scroller", null, {
      role: "slider",
      tabindex: "0",
      "aria-roledescription": "table",
      "aria-valuemin": "0",
      "aria-valuemax": "100",
    });
    this.filler = element("div", "filler");
    this.scroller.append(this.filler);
    this.box.append(this.canvas, this.labels, this.scroller);
    this.title.append(element("b"), element("span", "faint"));
    this.scrolled = 0;
    this.at = null; // { row, element }: where the keys are; the element is null where the whole row is told
    this.scroller.onscroll = () => {
      this.scrolled = this.scroller.scrollTop;
      this.paint();
    };
    this.box.onpointermove = (event) => this.pointed(event);
    this.box.onpointerleave = () => explorer.point(null);
    this.scroller.onclick = (event) => {
      const row = this.rowUnder(event);
      if (Number.isInteger(row)) explorer.choose({ key: row });
    };
    this.scroller.onkeydown = (event) => this.typed(event);
    this.scroller.onblur = () => this.leave();
  }

  measure() {
    this.width = this.box.clientWidth;
  }

  draw() {
    const { state, numbers, trace } = this.explorer;
    const vectors = numbers.vectors(state.layer, state.head);
    this.list();
    this.way = {
      ...vectors,
      ...this.listed,
      dValue: vectors.v.length / vectors.n,
      query: state.query,
      label: trace.header.tokens[state.query].label,
      name: trace.header.tokens[state.query].name,
      steps: numbers.steps(state.layer, state.head, state.query),
      layer: trace.header.layers[state.layer],
    };
    this.largest = { q: largest(vectors.q), k: largest(vectors.k), v: largest(vectors.v) };
    this.largest.products = this.largestProduct();
    const { tokens } = this.way;
    this.inSight = Math.min(tokens.length, ROWS_IN_SIGHT);
    this.places = placesBelow({ inSight: this.inSight, ...this.way });
    this.columns = columnsOn(this.width - (tokens.length > this.inSight ? 12 : 0), this.way.layer.added);
    if (this.at) this.at = this.settled(this.at);
    const isMoved = this.reveal();
    this.paint();
    this.explorer.afterwards(() => this.place(isMoved));
    this.explorer.later("neuron", () => this.describe());
  }

  // What is shown of the sentence is listed; the rest is one row (see told.js).
  list() {
    const { numbers, trace } = this.explorer;
    if (this.listedOf === numbers.grouping) return;
    this.listedOf = numbers.grouping;
    const tokens = numbers.grouping.columns.flatMap((column) => column.tokens);
    const isListed = new Set(tokens);
    const hidden = [...trace.header.tokens.keys()].filter((token) => !isListed.has(token));
    const [labels, names] = ["label", "name"].map((what) => trace.header.tokens.map((token) => token[what]));
    this.listed = { tokens, hidden, labels, names };
  }

  // Where the keys are, in another head or sentence: at the word looked at, or at a row that is still there.
  settled({ row, element: c }) {
    if (Number.isInteger(row)) return { row: this.start(), element: c };
    return row === "hidden" && !this.way.hidden.length ? null : { row, element: c };
  }

  start() {
    return this.explorer.pair().key ?? this.way.tokens[0] ?? "sum";
  }

  // Sizes, headings and the scroll bar.
  place(isMoved) {
    const { tokens } = this.way;
    const sizes = `${this.places.end} ${this.inSight} ${tokens.length}`;
    if (this.sizes !== sizes) {
      this.sizes = sizes;
      this.box.style.height = `${this.places.end}px`;
      this.scroller.style.cssText = `top:${HEAD}px;height:${this.inSight * ROW}px`;
      this.filler.style.height = `${tokens.length * ROW}px`;
    }
    this.heading();
    // Scrolling makes the browser lay everything out: once, with the frame.
    if (isMoved) requestAnimationFrame(() => (this.scroller.scrollTop = this.scrolled));
  }

  largestProduct() {
    const { q, k, d, query, tokens } = this.way;
    const from = query * d;
    let most = 0;
    for (const token of tokens) {
      for (let c = 0; c < d; c++) most = Math.max(most, Math.abs(q[from + c] * k[token * d + c]));
    }
    return most || 1;
  }

  // The word looked at comes in sight; whether anything had to move for it.
  reveal() {
    const { tokens } = this.way;
    const place = tokens.indexOf(this.explorer.pair().key) * ROW;
    const height = this.inSight * ROW;
    const last = tokens.length * ROW - height;
    const before = this.scrolled;
    if (place >= 0 && (place < before || place + ROW > before + height)) this.scrolled = place - height / 2;
    this.scrolled = Math.max(0, Math.min(this.scrolled, last));
    return this.scrolled !== before;
  }

  heading() {
    const { state, numbers } = this.explorer;
    const word = numbers.grouping.rows.find(({ tokens }) => tokens.includes(state.query));
    const isPiece = word && word.tokens.length > 1;
    const { label, name } = this.way;
    const piece = isPiece ? `, a piece of “${word.label}”,` : "";
    const called = `“${label}”${name.slice(label.length)}${piece}`;
    this.title.firstChild.textContent = `How ${called} gets its new vector: this head’s share`;
    this.title.lastChild.textContent = ` · layer ${state.layer}, head ${state.head}, before W_O`;
  }

  mark() {
    this.paint();
  }

  // The row at a place: "q", a token, "hidden", "sum", or null.
  rowUnder(event) {
    const y = event.clientY - this.box.getBoundingClientRect().top;
    if (y < HEAD) return y > 18 && y < 38 ? "q" : null;
    if (y < this.places.note) return this.way.tokens[Math.floor((y - HEAD + this.scrolled) / ROW)] ?? null;
    if (y >= this.places.sum) return "sum";
    return this.way.hidden.length && y >= this.places.hidden ? "hidden" : null;
  }

  pointed(event) {
    const row = this.rowUnder(event);
    if (row === null) {
      this.explorer.point(null);
      return;
    }
    this.explorer.point(Number.isInteger(row) ? { key: row } : { query: this.way.query });
    this.explorer.tip(event, () => this.inWords(row, event.clientX - this.box.getBoundingClientRect().left));
  }

  // What stands under the pointer: an element of q, k, q·k, v or the sum, or the row's numbers.
  inWords(row, x) {
    for (const name of ["k", "products", "v"]) {
      const [left, width] = this.columns[name];
      const c = Math.floor(((x - left) / width) * (name === "v" ? this.way.dValue : this.way.d));
      const told = x >= left && x < left + width && elementInWords(this.way, row, c, name);
      if (told) return told;
    }
    return rowInWords(this.way, row);
  }

  // Up and down from row to row, q above them and the sum below; left and right from element to element.
  typed(event) {
    const [down, right] = [{ ArrowDown: 1, ArrowUp: -1 }[event.key], { ArrowRight: 1, ArrowLeft: -1 }[event.key]];
    if (event.key === "Escape") this.leave();
    if (!down && !right) return;
    event.preventDefault();
    const at = this.at ?? { row: this.start(), element: null };
    const row = down ? rowAfter(this.way, at.row, down) : at.row;
    if (row === null) return;
    const wanted = right ? (at.element ?? -1) + right : at.element;
    const last = elementsOf(this.way, row) - 1;
    this.at = { row, element: wanted === null || wanted < 0 ? null : Math.min(wanted, last) };
    if (Number.isInteger(row) && down) this.explorer.choose({ key: row });
    else this.paint();
    this.tell();
    this.describe();
  }

  // What the keys are at, beside it.
  tell() {
    const { row, element: c } = this.at;
    const frame = this.box.getBoundingClientRect();
    const { tokens } = this.way;
    const y = Number.isInteger(row) ? HEAD + (tokens.indexOf(row) + 1) * ROW - this.scrolled : this.places[row] ?? HEAD;
    const [x] = this.columns[row === "sum" || row === "hidden" ? "v" : "k"];
    this.explorer.tip({ clientX: frame.left + x, clientY: frame.top + y }, () => this.atInWords(row, c));
  }

  atInWords(row, c) {
    return (c !== null && elementInWords(this.way, row, c)) || rowInWords(this.way, row);
  }

  leave() {
    if (this.at === null) return;
    this.at = null;
    this.explorer.tip(null);
    this.paint();
    this.describe();
  }

  // Where no keys walk, it is at the word looked at.
  describe() {
    const { state } = this.explorer;
    const { row, element: c } = this.at ?? { row: this.start(), element: null };
    const { name, steps } = this.way;
    const weight = row === "hidden" ? together(this.way).weight : (steps.weights[row] ?? 1);
    const told = [this.atInWords(row, c)].flat().join("; ");
    const all = c === null ? valuesOf(this.way, row) : [];
    const head = `layer ${state.layer} head ${state.head}`;
    this.scroller.setAttribute(
      "aria-label",
      `How ${isolated(name)} gets its new vector, ${head}: this head’s share, before W_O`,
    );
    this.scroller.setAttribute("aria-valuenow", (100 * weight).toFixed(1));
    this.scroller.setAttribute("aria-valuetext", all.length ? `${told}: ${all.map(number).join(", ")}` : told);
  }
}
