// All heads of all layers, each a small heatmap: a canvas with a button over every head.

import { rootTable } from "../draw/colors.js";
import { element, onScreen, surface } from "../draw/paint.js";
import { headAfter } from "../state/state.js";
import { headName, isolated, percent } from "../say/words.js";
import { maxPooled } from "../numbers/grouping.js";

const GAP = 3;
const MARGIN = { left: 20, top: 18 };
const LARGEST = 84;
const SHARE = 10; // milliseconds of computing at a time

// Where each tile stands on so many pixels' width: side, height of all, and each head's corner.
export function layout(layers, width) {
  const across = Math.max(...layers.map(({ heads }) => heads));
  const side = Math.max(6, Math.min(LARGEST, Math.floor((width - MARGIN.left) / across) - GAP));
  const step = side + GAP;
  const places = layers.flatMap(({ heads }, layer) =>
    Array.from({ length: heads }, (_, head) => ({
      layer,
      head,
      x: MARGIN.left + head * step,
      y: MARGIN.top + layer * step,
    })),
  );
  return { side, across, places, width: MARGIN.left + across * step, height: MARGIN.top + layers.length * step };
}

export class Tiles {
  constructor(card, explorer) {
    this.explorer = explorer;
    this.box = card.querySelector(".tiles");
    this.canvas = element("canvas");
    this.over = element("canvas", "over");
    this.list = element("div", "options", null, {
      role: "listbox",
      "aria-label": "All heads: row is layer, column is head",
    });
    this.box.append(this.canvas, this.over, this.list);
    this.list.onclick = (event) => this.clicked(event);
    this.list.onkeydown = (event) => this.typed(event);
    this.list.onpointerover = (event) => this.pointed(event);
    this.list.onpointerleave = () => explorer.tip(null);
  }

  clicked(event) {
    const place = this.placeOf(event);
    if (!place) return;
    const head = [place.layer, place.head];
    if (event.shiftKey) this.explorer.second(head);
    else if (event.ctrlKey || event.metaKey || event.altKey) this.explorer.over(head);
    else this.explorer.choose({ layer: place.layer, head: place.head });
  }

  typed(event) {
    const { state, trace } = this.explorer;
    const chosen = [state.layer, state.head];
    if (event.key === "Enter" && (event.shiftKey || event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      if (event.shiftKey) this.explorer.second(chosen);
      else this.explorer.over(chosen);
      return;
    }
    const next = headAfter(event.key, [state.layer, state.head], trace.header.layers);
    if (!next) return;
    event.preventDefault();
    this.explorer.choose({ layer: next[0], head: next[1] });
    this.options[this.indexOf(next)].focus({ preventScroll: true });
  }

  placeOf(event) {
    const option = event.target.closest("[role=option]");
    return option ? this.places.places[Number(option.dataset.index)] : null;
  }

  pointed(event) {
    const place = this.placeOf(event);
    if (!place) return;
    const { layer, head } = place;
    const link = this.explorer.links.weightOf(layer, head);
    const said = link ? [`${this.explorer.words().from} → ${link.to}: ${percent(link.weight)}`] : [];
    this.explorer.tip(event, [...this.explorer.headInWords(layer, head), ...said]);
  }

  indexOf([layer, head]) {
    return this.places.places.findIndex((place) => place.layer === layer && place.head === head);
  }

  // Everything anew: a new trace, width, theme or grouping.
  draw() {
    const { trace } = this.explorer;
    this.places = layout(trace.header.layers, this.box.clientWidth);
    const { width, height, side, places } = this.places;
    this.box.style.height = `${height}px`;
    const context = surface(this.canvas, width, height);
    context.fillStyle = this.explorer.palette.faint;
    context.textAlign = "center";
    const everyNth = Math.ceil(16 / (side + GAP));
    for (const { layer, head, x, y } of places) {
      if (layer === 0 && head % everyNth === 0) context.fillText(head, x + side / 2, MARGIN.top - 6);
      if (head === 0 && layer % everyNth === 0) context.fillText(layer, MARGIN.left / 2 - 2, y + side / 2 + 4);
    }
    this.colors = rootTable(this.explorer.palette.weights);
    this.pictures = trace.header.layers.map((_, layer) => trace.parts[`thumbnails${layer}`]);
    const { grouping, isWhole } = this.explorer.numbers;
    const asSent = grouping.isPlain || !isWhole;
    for (const place of places) if (asSent) this.paintSent(place);
    this.options = places.map((place, index) => this.option(place, index));
    const focused = this.list.contains(this.list.getRootNode().activeElement);
    this.list.replaceChildren(...this.options);
    if (focused) this.explorer.afterwards(() => this.options[this.chosen].focus({ preventScroll: true }));
    if (!asSent) this.computeAll();
    this.mark();
  }

  option({ layer, head, x, y }, index) {
    const { side } = this.places;
    const made = element("div", "", null, {
      role: "option",
      "data-index": index,
      "aria-label": headName([layer, head]),
    });
    made.style.cssText = `left:${x}px;top:${y}px;width:${side}px;height:${side}px`;
    return made;
  }

  // The small picture that came with the trace.
  paintSent(place) {
    const count = this.explorer.trace.header.layers[place.layer].heads;
    const all = this.pictures[place.layer];
    const size = all.length / count;
    const side = Math.round(Math.sqrt(size));
    this.paint(place, all.subarray(place.head * size, (place.head + 1) * size), side, side);
  }

  // Grouped otherwise than what came: each head is computed, a few at a time, so that the page stays at hand.
  computeAll() {
    const { numbers } = this.explorer;
    const { grouping } = numbers;
    let next = 0;
    const some = () => {
      if (this.explorer.numbers !== numbers || numbers.grouping !== grouping) return; // others have come since
      const until = performance.now() + SHARE;
      while (next < this.places.places.length && performance.now() < until) {
        const place = this.places.places[next++];
        const weights = numbers.weights(place.layer, place.head);
        const bytes = Uint8Array.from(weights, (weight) => Math.round(255 * Math.sqrt(weight)));
        this.paint(place, bytes, grouping.rows.length, grouping.columns.length);
      }
      if (next < this.places.places.length) this.explorer.later("thumbnails", some, 0);
    };
    some();
  }

  paint({ layer, head, x, y }, bytes, rows, columns) {
    const size = onScreen(this.places.side);
    const small = maxPooled(bytes, rows, columns, size, size);
    const pixels = new Uint32Array(size * size);
    for (let i = 0; i < size; i++) {
      const row = Math.floor((i * small.rows) / size) * small.columns;
      for (let j = 0; j < size; j++) {
        pixels[i * size + j] = this.colors[small.values[row + Math.floor((j * small.columns) / size)]];
      }
    }
    const context = this.canvas.getContext("2d");
    const data = new ImageData(new Uint8ClampedArray(pixels.buffer), size, size);
    context.putImageData(data, onScreen(x), onScreen(y));
    if (this.explorer.isOff(layer, head)) this.cross(context, x, y);
  }

  // A head that is switched off is crossed out.
  cross(context, x, y) {
    const { side } = this.places;
    context.strokeStyle = this.explorer.palette.text;
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(x + 2, y + 2);
    context.lineTo(x + side - 2, y + side - 2);
    context.moveTo(x + side - 2, y + 2);
    context.lineTo(x + 2, y + side - 2);
    context.stroke();
  }

  // What is chosen and pointed at: the overlay alone.
  mark() {
    const { state, palette, numbers } = this.explorer;
    this.explorer.later("tiles", () => this.describe());
    const { width, height, side, places } = this.places;
    const context = surface(this.over, width, height);
    const { rows, columns } = numbers.grouping;
    const at = this.explorer.marked();
    context.fillStyle = palette.accent;
    const thin = Math.max(1, Math.min(2, side / rows.length));
    for (const { x, y } of places) {
      if (at.row >= 0) this.line(context, x, y + ((at.row + 0.5) * side) / rows.length - thin / 2, side, thin);
      const along = x + ((at.column + 0.5) * side) / columns.length - thin / 2;
      if (at.column >= 0) this.line(context, along, y, thin, side);
    }
    const frame = (index, color, lineWidth, dash = []) => {
      const { x, y } = places[index];
      context.strokeStyle = color;
      context.lineWidth = lineWidth;
      context.setLineDash(dash);
      context.strokeRect(x - 1.5, y - 1.5, side + 3, side + 3);
    };
    state.over.forEach((head, i) => {
      const { color, dash } = this.explorer.overlay(i + 1);
      frame(this.indexOf(head), color, 2.5, dash);
    });
    if (state.second) frame(this.indexOf(state.second), palette.text, 2.5, [2, 2]);
    const chosen = this.indexOf([state.layer, state.head]);
    frame(chosen, palette.accent, 3);
    if (this.chosen !== chosen || this.marked !== this.options) {
      this.options.forEach((option, i) => {
        if (i === chosen || i === this.chosen || this.marked !== this.options) {
          option.setAttribute("aria-selected", i === chosen);
          option.tabIndex = i === chosen ? 0 : -1;
        }
      });
      [this.chosen, this.marked] = [chosen, this.options];
    }
  }

  line(context, x, y, width, height) {
    context.globalAlpha = 0.6;
    context.fillRect(x, y, width, height);
    context.globalAlpha = 1;
  }

  // Names for a screen reader, when there is time.
  describe() {
    const { trace } = this.explorer;
    const { from } = this.explorer.words();
    this.places.places.forEach(({ layer, head }, i) => {
      const notes = trace.notes?.heads[layer][head];
      const link = this.explorer.links.weightOf(layer, head);
      const said = [headName([layer, head])];
      if (this.explorer.isOff(layer, head)) said.push("switched off");
      if (notes) said.push(notes.character, `special tokens ${percent(notes.special)}`);
      if (link) said.push(`${isolated(from)} → ${isolated(link.to)} ${percent(link.weight)}`);
      this.options[i].setAttribute("aria-label", said.join(", "));
    });
  }
}
