// How one word gets its new vector in one head, with nothing left out: what mouse, keys and a screen reader find in it.

import { largest } from "./measures.js";
import { element } from "./paint.js";
import { columnsOn, FOOT, HEAD, ROW, Way } from "./way.js";
import { isolated, number } from "./words.js";

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
    this.scroller.onscroll = () => {
      this.scrolled = this.scroller.scrollTop;
      this.paint();
    };
    this.scroller.onpointermove = (event) => this.pointed(event);
    this.scroller.onpointerleave = () => explorer.point(null);
    this.scroller.onclick = (event) => {
      const row = this.rowUnder(event);
      if (row >= 0) explorer.choose({ key: this.tokens[row] });
    };
    this.scroller.onkeydown = (event) => this.typed(event);
  }

  typed(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = this.tokens.indexOf(this.explorer.pair().key ?? this.tokens[0]) + step;
    if (at >= 0 && at < this.tokens.length) this.explorer.choose({ key: this.tokens[at] });
  }

  measure() {
    this.width = this.box.clientWidth;
  }

  draw() {
    const { state, numbers } = this.explorer;
    this.tokens = this.explorer.shownTokens();
    this.vectors = numbers.vectors(state.layer, state.head);
    this.steps = numbers.steps(state.layer, state.head, state.query);
    this.largest = { q: largest(this.vectors.q), k: largest(this.vectors.k), v: largest(this.vectors.v) };
    this.largest.products = this.largestProduct();
    const isMasked = this.steps.masked.includes(-Infinity) || this.explorer.hasBias(state.layer);
    this.inSight = Math.min(this.tokens.length, ROWS_IN_SIGHT);
    this.columns = columnsOn(this.width - (this.tokens.length > this.inSight ? 12 : 0), isMasked);
    const isMoved = this.reveal();
    this.paint();
    this.explorer.afterwards(() => this.place(isMoved));
    this.explorer.later("neuron", () => this.describe());
  }

  // Sizes, headings and the scroll bar.
  place(isMoved) {
    const sizes = `${this.inSight} ${this.tokens.length}`;
    if (this.sizes !== sizes) {
      this.sizes = sizes;
      this.box.style.height = `${HEAD + this.inSight * ROW + FOOT}px`;
      this.scroller.style.cssText = `top:${HEAD}px;height:${this.inSight * ROW}px`;
      this.filler.style.height = `${this.tokens.length * ROW}px`;
    }
    this.heading();
    // Scrolling makes the browser lay everything out: once, with the frame.
    if (isMoved) requestAnimationFrame(() => (this.scroller.scrollTop = this.scrolled));
  }

  largestProduct() {
    const { q, k, d } = this.vectors;
    const from = this.explorer.state.query * d;
    let most = 0;
    for (const token of this.tokens) {
      for (let c = 0; c < d; c++) most = Math.max(most, Math.abs(q[from + c] * k[token * d + c]));
    }
    return most || 1;
  }

  // The word looked at comes in sight; whether anything had to move for it.
  reveal() {
    const place = this.tokens.indexOf(this.explorer.pair().key) * ROW;
    const height = this.inSight * ROW;
    const last = this.tokens.length * ROW - height;
    const before = this.scrolled;
    if (place >= 0 && (place < before || place + ROW > before + height)) this.scrolled = place - height / 2;
    this.scrolled = Math.max(0, Math.min(this.scrolled, last));
    return this.scrolled !== before;
  }

  heading() {
    const { state, trace } = this.explorer;
    const { label, name } = trace.header.tokens[state.query];
    this.title.firstChild.textContent = `How “${label}”${name.slice(label.length)} gets its new vector`;
    this.title.lastChild.textContent = ` · layer ${state.layer}, head ${state.head}`;
  }

  mark() {
    this.paint();
  }

  rowUnder(event) {
    const top = this.scroller.getBoundingClientRect().top;
    const row = Math.floor((event.clientY - top + this.scrolled) / ROW);
    return row >= 0 && row < this.tokens.length ? row : -1;
  }

  pointed(event) {
    const row = this.rowUnder(event);
    if (row < 0) return;
    const token = this.tokens[row];
    this.explorer.point({ key: token });
    this.explorer.tip(event, this.inWords(token, event.clientX - this.scroller.getBoundingClientRect().left));
  }

  // What stands under the pointer: an element of k, of q·k, of v, or the word's numbers.
  inWords(token, x) {
    const { q, k, v, d } = this.vectors;
    const at = this.explorer.state.query * d;
    const word = isolated(this.explorer.trace.header.tokens[token].name);
    for (const name of ["k", "products", "v"]) {
      const [left, width] = this.columns[name];
      const c = Math.floor(((x - left) / width) * d);
      if (c < 0 || c >= d) continue;
      const [ofQ, ofK, ofV] = [q[at + c], k[token * d + c], v[token * d + c]];
      if (name === "k") return `k[${c}] of ${word}: ${number(ofK)}`;
      if (name === "products") return `q[${c}] · k[${c}] = ${number(ofQ)} · ${number(ofK)} = ${number(ofQ * ofK)}`;
      const weight = this.steps.weights[token];
      return `v[${c}] of ${word}: ${weight.toFixed(3)} · ${number(ofV)} = ${number(weight * ofV)}`;
    }
    return this.told(token);
  }

  told(token) {
    const { scores, weights } = this.steps;
    const { scale } = this.explorer.trace.header.layers[this.explorer.state.layer];
    const { name } = this.explorer.trace.header.tokens[token];
    const way = `score ${number(scores[token])}, scaled ${number(scores[token] * scale)}`;
    return `${isolated(name)}: ${way}, weight ${weights[token].toFixed(3)}`;
  }

  describe() {
    const { state, trace } = this.explorer;
    const key = this.explorer.pair().key ?? this.tokens[0];
    const { name } = trace.header.tokens[state.query];
    this.scroller.setAttribute(
      "aria-label",
      `How ${name} gets its new vector, layer ${state.layer} head ${state.head}`,
    );
    this.scroller.setAttribute("aria-valuenow", (100 * this.steps.weights[key]).toFixed(1));
    this.scroller.setAttribute("aria-valuetext", this.told(key));
  }
}
