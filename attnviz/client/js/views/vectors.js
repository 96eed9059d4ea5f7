// Q, K and V of the chosen head, a row for each token.

import { signedPixels } from "../draw/colors.js";
import { explained, formula as formulaOf, written } from "../say/formulas.js";
import { strongestPooled } from "../numbers/grouping.js";
import { largest } from "../numbers/measures.js";
import { element, image, onScreen, surface } from "../draw/paint.js";
import { isolated, number } from "../say/words.js";

const MEANINGS = {
  q: "what each word looks for",
  k: "what each word offers to be found by",
  v: "what each word hands over when it is looked at",
};
const NAMES = { q: "Query", k: "Key", v: "Value" };
const TALLEST = 190;

export class Vectors {
  constructor(card, explorer) {
    this.explorer = explorer;
    this.panels = ["q", "k", "v"].map((name) => this.panel(name, card.querySelector(`.matrix.${name}`)));
  }

  panel(name, box) {
    const [canvas, marks] = [element("canvas"), element("canvas", "over")];
    const target = element("div", "target", null, { role: "img" });
    const stage = box.querySelector(".stage");
    stage.append(canvas, marks, target);
    const panel = { name, canvas, marks, target, stage, formula: box.querySelector(".formula") };
    target.onpointermove = (event) => this.pointed(panel, event);
    target.onpointerleave = () => this.explorer.point(null);
    target.onclick = (event) => {
      const { token } = this.under(panel, event);
      this.explorer.choose(name === "q" ? { query: token } : { key: token });
    };
    return panel;
  }

  // How this layer makes them of X, where it is known (LayerTrace.projection).
  explain() {
    const { state, trace } = this.explorer;
    const { projection } = trace.header.layers[state.layer];
    const wanted = JSON.stringify(projection);
    if (this.explained === wanted) return;
    this.explained = wanted;
    for (const { name, formula } of this.panels) {
      const steps = projection?.[name];
      const made = formulaOf(name.toUpperCase(), steps);
      formula.replaceChildren(...made.map((one) => (one.low ? element("sub", "", one.low) : one)));
      const whole = made.length ? ` ${written(made)}` : ""; // where there is too little room for it
      formula.parentElement.title = [`${NAMES[name]}${whole}: ${MEANINGS[name]}`, ...explained(steps)].join("; ");
    }
  }

  measure() {
    this.width = this.panels[0].stage.clientWidth;
    this.drawn = "";
  }

  draw() {
    const { state, signedColors } = this.explorer;
    const wanted = `${state.layer}.${state.head}`;
    this.explorer.later("vectors", () => this.describe());
    if (this.drawn === wanted) {
      this.mark();
      return;
    }
    this.drawn = wanted;
    this.explorer.afterwards(() => this.explain());
    this.tokens = this.explorer.shownTokens();
    this.take();
    const { width } = this;
    const height = Math.min(TALLEST, this.tokens.length * 12);
    this.row = height / this.tokens.length;
    for (const panel of this.panels) {
      const { values, d } = panel;
      const small = strongestPooled(values, this.tokens.length, d, onScreen(height), onScreen(width));
      const pixels = signedPixels(small.values, largest(values), signedColors);
      panel.stage.style.height = `${height}px`;
      const context = surface(panel.canvas, width, height);
      image(context, pixels, small.rows, small.columns, { x: 0, y: 0, width, height });
      panel.size = { width, height };
    }
    this.mark();
  }

  // The package's own numbers have come: what is told from now on. They look the same.
  know() {
    this.take();
    this.explorer.later("vectors", () => this.describe());
  }

  // Each panel's numbers, and how many a token has in it.
  take() {
    const { state, numbers } = this.explorer;
    const { n, ...vectors } = numbers.vectors(state.layer, state.head);
    for (const panel of this.panels) {
      panel.d = vectors[panel.name].length / n;
      panel.values = rowsOf(vectors[panel.name], this.tokens, panel.d, n);
    }
  }

  mark() {
    const { state, hover, palette } = this.explorer;
    for (const { name, marks, size } of this.panels) {
      const context = surface(marks, size.width, size.height);
      const band = (token, color, width, dash = []) => {
        const row = this.tokens.indexOf(token);
        if (row < 0) return;
        context.strokeStyle = color;
        context.lineWidth = width;
        context.setLineDash(dash);
        context.strokeRect(1, row * this.row, size.width - 2, Math.max(2, this.row));
      };
      if (name === "q") band(state.query, palette.accent, 2);
      else band(this.explorer.pair().key, palette.accent, 2, [4, 3]);
      const pointed = name === "q" ? hover?.query : hover?.key;
      if (pointed !== undefined) band(pointed, palette.text, 1.2);
    }
  }

  under(panel, event) {
    const frame = panel.target.getBoundingClientRect();
    const clamp = (value, count) => Math.min(Math.max(Math.floor(value), 0), count - 1);
    const row = clamp((event.clientY - frame.top) / this.row, this.tokens.length);
    const column = clamp(((event.clientX - frame.left) / frame.width) * panel.d, panel.d);
    return { row, column, token: this.tokens[row] };
  }

  pointed(panel, event) {
    const { row, column, token } = this.under(panel, event);
    this.explorer.point(panel.name === "q" ? { query: token } : { key: token });
    const name = isolated(this.explorer.trace.header.tokens[token].name);
    this.explorer.tip(event, `${panel.name}[${column}] of ${name}: ${number(panel.values[row * panel.d + column])}`);
  }

  describe() {
    const { state, trace } = this.explorer;
    for (const { name, target, values, d } of this.panels) {
      const token = name === "q" ? state.query : (this.explorer.pair().key ?? state.query);
      const row = this.tokens.indexOf(token);
      const told = [...values.subarray(row * d, (row + 1) * d)].map(number).join(", ");
      const what = `${NAMES[name]} vectors of layer ${state.layer} head ${state.head}`;
      const size = `${this.tokens.length} tokens by ${d} numbers`;
      target.setAttribute("aria-label", `${what}, ${size}. ${trace.header.tokens[token].name}: ${told}`);
    }
  }
}

function rowsOf(values, tokens, d, n) {
  if (tokens.length === n) return values;
  const rows = new Float32Array(tokens.length * d);
  tokens.forEach((token, i) => rows.set(values.subarray(token * d, (token + 1) * d), i * d));
  return rows;
}
