// The picture of one word's way through a head: q, and for each key k, q·k element by element, the numbers, v, and the
// sum. Only the rows in sight are painted, so any length is as fast as another; below them stands what is out of sight.

import { shade, signedPixels } from "./colors.js";
import { scoring } from "../say/formulas.js";
import { largest } from "../numbers/measures.js";
import { cut, image, SMALL, surface } from "./paint.js";
import { hiddenName, outOfSight, together } from "../say/told.js";
import { number } from "../say/words.js";

export const ROW = 17; // pixels of a key
export const HEAD = 46; // of the columns' names and the query's own row
const NOTE = 18; // of what is out of sight
const FOOT = 26; // of the sum
const TOP = 20; // of the query's own row

// Where the columns stand on so many pixels: the first is the word, then [x, width] of each.
export function columnsOn(width, added) {
  const numbers = added.length ? ["score", "scaled", "masked", "weight"] : ["score", "scaled", "weight"];
  const [word, digits, gap] = [62, 43, 6];
  const wide = (name) => (name === "masked" && added.length > 1 ? 82 : digits); // room for “+ bias + mask”
  const all = numbers.reduce((sum, name) => sum + wide(name), 0);
  const vector = Math.max(24, (width - word - all - 5 * gap) / 3);
  const columns = { word: [0, word] };
  let x = word + gap;
  const add = (name, pixels) => {
    columns[name] = [x, pixels];
    x += pixels;
  };
  add("k", vector);
  x += gap;
  add("products", vector);
  x += gap;
  for (const name of numbers) add(name, wide(name));
  x += gap;
  add("v", vector);
  return columns;
}

// Where the rows below the keys begin, in pixels: what is out of sight, what is hidden, the sum, the end.
export function placesBelow({ inSight, tokens, hidden }) {
  const note = HEAD + inSight * ROW;
  const hiddenRow = note + (tokens.length > inSight ? NOTE : 0);
  const sum = hiddenRow + (hidden.length ? ROW : 0);
  return { note, hidden: hiddenRow, sum, end: sum + FOOT };
}

// Who extends it has: explorer, canvas, labels (a canvas over it), width, way (see told.js), largest, columns, places,
// inSight, scrolled, at (the row that is walked on by keys, or null).
export class Way {
  paint() {
    const { palette, hover } = this.explorer;
    const first = Math.floor(this.scrolled / ROW);
    const top = HEAD - (this.scrolled - first * ROW);
    const rows = this.way.tokens.slice(first, first + this.inSight + 1);
    this.name(rows, top);
    const context = this.cleared(this.canvas);
    this.query(context);
    this.note(context);
    this.hidden(context);
    this.foot(context);
    this.clip(context);
    this.pictures(context, rows, top);
    rows.forEach((token, i) => this.figures(context, token, top + i * ROW, palette));
    const { key } = this.explorer.pair();
    rows.forEach((token, i) => {
      const isPointed = hover?.key === token;
      if (token !== key && !isPointed) return;
      this.frame(context, top + i * ROW, isPointed);
    });
    context.restore();
    this.walked(context);
  }

  cleared(canvas) {
    const context = surface(canvas, this.width, this.places.end, SMALL);
    context.textBaseline = "middle";
    return context;
  }

  // From here on, only the rows.
  clip(context) {
    context.save();
    context.beginPath();
    context.rect(0, HEAD, this.width, this.inSight * ROW);
    context.clip();
  }

  frame(context, y, isPointed) {
    const { palette } = this.explorer;
    context.strokeStyle = isPointed ? palette.text : palette.accent;
    context.lineWidth = isPointed ? 1.2 : 2;
    context.strokeRect(1, y + 0.5, this.width - 2, ROW - 1);
  }

  // The row that keys walk on, where it is none of the tokens, which are chosen as one walks.
  walked(context) {
    const y = { q: TOP - 1, hidden: this.places.hidden, sum: this.places.sum + 7 }[this.at?.row];
    if (y !== undefined) this.frame(context, y, true);
  }

  // The words and what the columns are, on a canvas of their own: in most heads they are the same.
  name(rows, top) {
    const { state, palette, numbers } = this.explorer;
    const texts = this.columnNames();
    const foot = this.footName();
    const { label, labels } = this.way;
    const wanted = JSON.stringify([rows, top, this.width, this.columns, state.query, texts, foot, palette.text]);
    if (this.named === wanted && this.namedIn === numbers.grouping) return;
    [this.named, this.namedIn] = [wanted, numbers.grouping];
    const context = this.cleared(this.labels);
    context.textAlign = "center";
    for (const [name, [x, width]] of Object.entries(this.columns)) {
      if (!(name in texts)) continue;
      context.fillStyle = palette.roles[name] ?? palette.faint;
      context.fillText(texts[name], x + width / 2, 10);
    }
    context.textAlign = "right";
    context.fillStyle = palette.roles.output;
    context.fillText(foot, this.columns.v[0] - 8, this.places.sum + 15);
    context.textAlign = "left";
    context.fillStyle = palette.roles.q;
    context.fillText(cut(context, `q of ${label}`, 60), 3, 28);
    context.fillStyle = palette.faint;
    if (this.way.hidden.length) context.fillText(hiddenName(this.way), 3, this.places.hidden + ROW / 2);
    this.clip(context);
    context.fillStyle = palette.text;
    rows.forEach((token, i) => context.fillText(cut(context, labels[token], 58), 3, top + (i + 0.5) * ROW));
    context.restore();
  }

  columnNames() {
    const names = { k: "k", products: "q · k, each", score: "sum", v: "weight · v" };
    return { ...names, ...scoring(this.way.layer) };
  }

  footName() {
    const { state } = this.explorer;
    const name = "this head’s share, before W_O: the sum of weight · v";
    return this.explorer.isOff(state.layer, state.head) ? "the sum of weight · v, but this head is off" : name;
  }

  query(context) {
    const { q, d, query } = this.way;
    const at = query * d;
    const [x, width] = this.columns.k;
    const pixels = signedPixels(q.subarray(at, at + d), this.largest.q, this.explorer.signedColors);
    image(context, pixels, 1, d, { x, y: TOP, width, height: ROW - 2 });
  }

  // k, q · k and v of all rows in sight, each as one picture. A v is as faint as its weight is small.
  pictures(context, rows, top) {
    if (!rows.length) return;
    const { q, k, v, d, dValue, query, steps } = this.way;
    const { signedColors } = this.explorer;
    const from = query * d;
    const values = { k: new Float32Array(rows.length * d), products: new Float32Array(rows.length * d) };
    values.v = new Float32Array(rows.length * dValue);
    rows.forEach((token, i) => {
      for (let c = 0; c < d; c++) {
        const [at, to] = [token * d + c, i * d + c];
        values.k[to] = k[at];
        values.products[to] = q[from + c] * k[at];
      }
      values.v.set(v.subarray(token * dValue, (token + 1) * dValue), i * dValue);
    });
    for (const name of ["k", "products", "v"]) {
      const pixels = signedPixels(values[name], this.largest[name], signedColors);
      const wide = name === "v" ? dValue : d;
      if (name === "v") rows.forEach((token, i) => fade(pixels, i, dValue, steps.weights[token]));
      const [x, width] = this.columns[name];
      image(context, pixels, rows.length, wide, { x, y: top, width, height: rows.length * ROW });
    }
    for (let i = 0; i <= rows.length; i++) context.clearRect(0, top + i * ROW - 1, this.width, 2);
  }

  figures(context, token, y, palette) {
    const { scores, masked, weights } = this.way.steps;
    const { scale } = this.way.layer;
    this.weight(context, weights[token], y);
    context.fillStyle = palette.text;
    this.write(context, "score", number(scores[token]), y);
    this.write(context, "scaled", number(scores[token] * scale), y);
    if (this.columns.masked) this.write(context, "masked", number(masked[token]), y);
  }

  // A weight, written on its colour.
  weight(context, weight, y) {
    const [x, width] = this.columns.weight;
    const { color, ink } = shade(this.explorer.palette.weights, weight);
    context.fillStyle = color;
    context.fillRect(x, y + 1, width, ROW - 2);
    context.fillStyle = ink;
    this.write(context, "weight", weight.toFixed(3), y);
  }

  write(context, name, text, y) {
    const [left, wide] = this.columns[name];
    context.textAlign = "right";
    context.fillText(text, left + wide - 5, y + ROW / 2);
  }

  // Where rows are out of sight: how many, and how much weight they have.
  note(context) {
    if (this.way.tokens.length <= this.inSight) return;
    const first = Math.round(this.scrolled / ROW);
    context.fillStyle = this.explorer.palette.faint;
    context.textAlign = "left";
    context.fillText(outOfSight(this.way, first, first + this.inSight), 3, this.places.note + NOTE / 2 + 1);
  }

  // What is not shown of the sentence has its part in the sum all the same: one row.
  hidden(context) {
    if (!this.way.hidden.length) return;
    const { dValue } = this.way;
    const { weight, values } = together(this.way);
    const [y, [x, width]] = [this.places.hidden, this.columns.v];
    this.weight(context, weight, y);
    const mean = values.map((value) => value / (weight || 1)); // as v is drawn above, and as faint
    const pixels = signedPixels(mean, this.largest.v, this.explorer.signedColors);
    fade(pixels, 0, dValue, weight);
    image(context, pixels, 1, dValue, { x, y: y + 1, width, height: ROW - 2 });
  }

  foot(context) {
    const { context: sum } = this.way.steps;
    const [x, width] = this.columns.v;
    const pixels = signedPixels(sum, largest(sum), this.explorer.signedColors);
    image(context, pixels, 1, sum.length, { x, y: this.places.sum + 8, width, height: ROW - 2 });
  }
}

function fade(pixels, row, d, weight) {
  const alpha = Math.round(255 * (0.18 + 0.82 * Math.sqrt(weight)));
  for (let c = row * d; c < (row + 1) * d; c++) pixels[c] = ((pixels[c] & 0xffffff) | (alpha << 24)) >>> 0;
}
