// The explorer: one state, one set of numbers, and views that draw them. A choice is drawn at once, in the same event;
// whoever embeds the explorer hears of it afterwards.

import { table } from "../draw/colors.js";
import { Chips } from "../views/chips.js";
import { Choosing } from "../state/choosing.js";
import { Figure } from "../views/figure.js";
import { shapeInWords } from "../say/formulas.js";
import { HeadMap } from "../views/headmap.js";
import { Links } from "../views/links.js";
import { PALETTES } from "../state/schema.js";
import { Neuron } from "../views/neuron.js";
import { Numbers } from "../numbers/numbers.js";
import { Options } from "../views/options.js";
import { rowInWords, specialsInWords, write } from "../say/reading.js";
import { letterChange, settled } from "../state/state.js";
import { save } from "../draw/save.js";
import { Tip } from "../views/tip.js";
import { Tiles } from "../views/tiles.js";
import { Vectors } from "../views/vectors.js";

const RESTS = 120; // milliseconds until a pointer is said to rest

export class Explorer extends Choosing {
  // onChoice(state, asked) is told of every choice made here; asked is what only the server can tell.
  constructor(host, { onChoice = () => {}, isDark = () => false, groundOf = () => "#ffffff" } = {}) {
    super();
    this.root = host.querySelector(".explorer");
    this.onChoice = onChoice;
    this.isDark = isDark;
    this.groundOf = groundOf;
    const find = (name) => this.root.querySelector(name);
    this.chips = new Chips(find(".words"), this);
    this.tiles = new Tiles(find(".card.heads"), this);
    this.figure = new Figure(find(".card.head"), this);
    this.links = new Links(find(".card.linking"), this);
    this.vectors = new Vectors(find(".card.vectors"), this);
    this.neuron = new Neuron(find(".neuron"), this);
    this.map = new HeadMap(find(".heads-map"), this);
    this.views = [this.chips, this.tiles, this.figure, this.vectors, this.neuron];
    this.controls(find);
    this.watchSize();
  }

  controls(find) {
    this.about = find(".about");
    this.reading = find(".reading");
    this.shape = find(".shape");
    this.bubble = new Tip(this.root);
    this.options = new Options(find(".options-row"), this);
    find(".save").onclick = (event) => {
      if (event.target.dataset.kind) save(this, event.target.dataset.kind);
    };
    this.root.onkeydown = (event) => {
      event.stopPropagation(); // the page around has shortcuts of its own
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select, input")) return;
      const change = letterChange(event.key, this.state);
      if (change) this.choose(change);
    };
  }

  watchSize() {
    let width = 0;
    new ResizeObserver(([entry]) => {
      const now = Math.round(entry.contentRect.width);
      if (!now || now === width || !this.trace) return; // zero when it is taken off the page
      width = now;
      this.drawAll(); // the only time that sizes are read: reading them makes the browser lay everything out
    }).observe(this.root);
    this.watchScreen();
  }

  // Another screen, or another zoom: more or fewer pixels for the same picture.
  watchScreen() {
    const now = matchMedia(`(resolution: ${globalThis.devicePixelRatio}dppx)`);
    const changed = () => {
      this.watchScreen();
      if (this.trace && this.root.isConnected) this.drawAll();
    };
    now.addEventListener("change", changed, { once: true });
  }

  // Another trace.
  show(trace, state) {
    this.trace = trace;
    this.numbers = new Numbers(trace);
    this.answer = null;
    this.hover = null;
    this.tip(null); // what is pointed at may not be there
    this.wish = null;
    if (trace.header.heads) {
      this.answer = trace.header;
      this.numbers.answer(trace);
    }
    this.off = new Set(trace.header.off.map(String));
    const next = settled({ ...trace.header.first, ...state }, trace.header);
    this.state = this.mustWait(next, state) ? settled(trace.header.first, trace.header) : next;
    this.drawAll();
  }

  // The vectors of all heads, if they did not come with the trace: from now on every head can be drawn.
  complete({ header, parts }) {
    if (this.numbers.isWhole) return;
    this.trace.header.scales = header.scales;
    Object.assign(this.trace.parts, parts);
    if (!this.numbers.grouping.isPlain) this.tiles.draw();
    this.links.draw();
    this.grantWish();
  }

  // Figures of the heads and roles of the words, which come a moment after the trace.
  annotate(notes) {
    this.trace.notes = notes;
    this.chips.addRoles();
    this.figure.heading();
    this.tell();
    this.links.update();
    this.map.draw();
    this.later("tiles", () => this.tiles.describe());
  }

  // The package's own numbers for what is chosen: from now on they are what is read.
  receive(answer) {
    this.answer = answer.header;
    this.numbers.answer(answer);
    this.links.forget();
    this.links.update();
    this.vectors.know();
    this.neuron.draw();
    this.chips.update();
    this.tell();
    this.map.draw();
    this.bubble.refresh();
    this.later("figure", () => this.figure.describe());
  }

  apply(next) {
    const start = performance.now();
    const before = this.state;
    this.state = next;
    const differ = (...names) => names.some((name) => before[name] !== next[name]);
    if (differ("specials", "words", "filter")) this.drawAll();
    else this.redraw(this.hover !== null || differ("layer", "head", "query", "key"));
    this.took(start);
  }

  // A choice, drawn: of further heads the large figure and their frames, of another head or word everything.
  redraw(isMoved) {
    this.hover = null;
    this.batch(() => {
      this.figure.draw();
      if (isMoved) {
        this.vectors.draw();
        this.neuron.draw();
      }
      this.tiles.mark();
    });
    if (!isMoved) return;
    this.chips.update();
    this.chips.mark();
    this.links.update();
    this.map.update();
    this.tell();
  }

  drawAll() {
    const start = performance.now();
    const { header } = this.trace;
    this.theme();
    this.numbers.group(this.state);
    this.options.draw(header, this.state);
    this.root.classList.toggle("single", this.numbers.heads.length === 1);
    for (const view of [this.figure, this.vectors, this.neuron]) view.measure();
    this.batch(() => {
      this.tiles.draw();
      this.figure.draw();
      this.vectors.draw();
      this.neuron.draw();
    });
    this.chips.draw();
    this.links.draw();
    this.map.draw();
    this.tell();
    this.took(start);
  }

  theme() {
    this.dark = this.isDark();
    this.ground = this.groundOf();
    const palette = PALETTES[this.dark ? "dark" : "light"];
    if (JSON.stringify(palette) === JSON.stringify(this.palette)) return;
    this.palette = palette;
    this.weightColors = table(this.palette.weights);
    this.signedColors = table(this.palette.signed);
    this.root.classList.toggle("dark", this.dark);
    this.root.style.setProperty("--accent", this.palette.accent);
    for (const [name, color] of Object.entries(this.palette.roles)) this.root.style.setProperty(`--${name}`, color);
    this.root.style.setProperty("--faint", this.palette.faint);
    this.root.style.setProperty("--text", this.palette.text);
    this.root.style.setProperty("--dark-bar", this.palette.weights[3][1]);
  }

  // What is said of the chosen head and row.
  tell() {
    const { layer, head, query } = this.state;
    write(this.reading, rowInWords(this), specialsInWords(this));
    const lines = this.headInWords(layer, head);
    this.about.textContent = lines.length > 1 ? lines.slice(1).join(" · ") : "";
    const pieces = this.state.words === "pieces" ? "" : " Vectors belong to pieces, not to words.";
    const size = shapeInWords(this.shownTokens().length, this.trace.header.layers[layer]);
    this.shape.textContent = `${size}. Blue negative, red positive.${pieces}`;
    this.root.dataset.chosen = `${layer}.${head}.${query}`;
  }

  // Pointing at a word or a cell marks it in every view; null: at nothing.
  point(hover) {
    const isSame =
      this.hover?.query === hover?.query && this.hover?.key === hover?.key && Boolean(this.hover) === Boolean(hover);
    if (hover === null) this.tip(null);
    if (isSame) return;
    this.hover = hover;
    for (const view of this.views) view.mark();
  }

  tip(event, said) {
    this.bubble.show(event, said);
  }

  // On a long text the package's own numbers of a row are asked for when somebody rests on it.
  wonder(tokens) {
    const isExact = () => this.heads(true).every(({ layer, head }) => this.numbers.isExact(layer, head, tokens));
    if (isExact()) return;
    this.rested = tokens;
    this.later(
      "row",
      () => {
        if (this.rested === tokens && this.hover && !isExact()) this.ask({ rows: tokens });
      },
      RESTS,
    );
  }
}
