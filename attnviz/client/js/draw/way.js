// The picture of one word's way through a head: q, and for each key k, q·k element by element, the numbers, v, and the
// sum. Only the rows in sight are painted, so any length is as fast as another; below them stands what is out of sight.

import { shade, signedPixels } from "./colors.js";
import { columnsOn, HEAD, NOTE, placesBelow, ROW, TOP } from "./columns.js";
import { scoring } from "../say/formulas.js";
import { largest } from "../numbers/analysis/measures.js";
import { isLoose } from "../numbers/equations/normalizers.js";
import { cut, image, SMALL, surface } from "./paint.js";
import { hiddenName, outOfSight, three, together } from "../say/told.js";
import { number } from "../say/words.js";

/** @import { RowName, Way as Told } from "../say/told.js" */
/** @import { Context } from "../state/context.js" */
/** @import { Palette } from "../state/schema.js" */
/** @import { Column, VectorColumn } from "./columns.js" */
/** @import { Context2D } from "./paint.js" */

/** @typedef {Told & { label: string, labels: string[] }} DrawnWay as it is told, and as its words are written */
/** @typedef {{ row: RowName, element: number | null }} Walked where the keys are; null: at the whole row */

export class Way {
  /** @param {Context} context @param {HTMLCanvasElement} canvas @param {HTMLCanvasElement} labels a canvas over it */
  constructor(context, canvas, labels) {
    this.context = context;
    this.canvas = canvas;
    this.labels = labels;
    this.width = 0;
    // What is drawn, once there is something.
    this.way = /** @type {DrawnWay} */ ({});
    this.largest = { q: 1, k: 1, v: 1, products: 1 }; // magnitudes, which the colours are scaled by
    this.columns = columnsOn(0, []);
    this.places = placesBelow({ inSight: 0, tokens: [], hidden: [] });
    this.inSight = 0; // rows
    this.scrolled = 0; // pixels
    /** @type {Walked | null} */
    this.at = null;
    this.named = "";
    /** @type {unknown} */
    this.namedIn = null;
  }

  paint() {
    const { palette, hover } = this.context;
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
    const { key } = this.context.pair();
    rows.forEach((token, i) => {
      const isPointed = hover?.key === token;
      if (token !== key && !isPointed) return;
      this.frame(context, top + i * ROW, isPointed);
    });
    context.restore();
    this.walked(context);
  }

  /** @type {(canvas: HTMLCanvasElement) => Context2D} */
  cleared(canvas) {
    const context = surface(canvas, { width: this.width, height: this.places.end, zoom: this.context.zoom }, SMALL);
    context.textBaseline = "middle";
    return context;
  }

  // From here on, only the rows.
  /** @type {(context: Context2D) => void} */
  clip(context) {
    context.save();
    context.beginPath();
    context.rect(0, HEAD, this.width, this.inSight * ROW);
    context.clip();
  }

  /** @type {(context: Context2D, y: number, isPointed: boolean) => void} */
  frame(context, y, isPointed) {
    const { palette } = this.context;
    context.strokeStyle = isPointed ? palette.text : palette.accent;
    context.lineWidth = isPointed ? 1.2 : 2;
    context.strokeRect(1, y + 0.5, this.width - 2, ROW - 1);
  }

  // The row that keys walk on, where it is none of the tokens, which are chosen as one walks.
  /** @type {(context: Context2D) => void} */
  walked(context) {
    /** @type {Record<string, number>} */
    const rows = { q: TOP - 1, hidden: this.places.hidden, sum: this.places.sum + 7 };
    const y = rows[String(this.at?.row)];
    if (y !== undefined) this.frame(context, y, true);
  }

  // The words and what the columns are, on a canvas of their own: in most heads they are the same.
  /** @type {(rows: number[], top: number) => void} */
  name(rows, top) {
    const { state, palette, numbers } = this.context;
    const texts = this.columnNames();
    const foot = this.footName();
    const { label, labels } = this.way;
    const wanted = JSON.stringify([rows, top, this.width, this.columns, state.query, texts, foot, palette.text]);
    if (this.named === wanted && this.namedIn === numbers.grouping) return;
    [this.named, this.namedIn] = [wanted, numbers.grouping];
    const context = this.cleared(this.labels);
    context.textAlign = "center";
    for (const [name, [x, width]] of Object.entries(this.columns)) {
      const text = texts[name];
      if (text === undefined) continue;
      context.fillStyle = palette.roles[name] ?? palette.faint;
      context.fillText(text, x + width / 2, 10);
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

  /** @type {() => Partial<Record<string, string>>} */
  columnNames() {
    const names = { k: "k", products: "q · k, each", score: "sum", v: "weight · v" };
    return { ...names, ...scoring(this.way.layer) };
  }

  footName() {
    const { state } = this.context;
    const name = "what this head hands on: the sum of weight · v";
    return this.context.isOff(state.layer, state.head) ? "the sum of weight · v, but this head is off" : name;
  }

  /** @type {(context: Context2D) => void} */
  query(context) {
    const { q, d, query } = this.way;
    const at = query * d;
    const [x, width] = this.columns.k;
    const pixels = signedPixels(q.subarray(at, at + d), this.largest.q, this.context.signedColors);
    image(context, pixels, 1, d, { x, y: TOP, width, height: ROW - 2 });
  }

  // k, q · k and v of all rows in sight, each as one picture. A v is as faint as its weight is small.
  /** @type {(context: Context2D, rows: number[], top: number) => void} */
  pictures(context, rows, top) {
    if (!rows.length) return;
    const { q, k, v, d, dValue, query, steps } = this.way;
    const { signedColors } = this.context;
    const from = query * d;
    const [wide, narrow] = [rows.length * d, rows.length * dValue];
    const values = { k: new Float32Array(wide), products: new Float32Array(wide), v: new Float32Array(narrow) };
    rows.forEach((token, i) => {
      for (let c = 0; c < d; c++) {
        const [at, to] = [token * d + c, i * d + c];
        values.k[to] = k[at];
        values.products[to] = q[from + c] * k[at];
      }
      values.v.set(v.subarray(token * dValue, (token + 1) * dValue), i * dValue);
    });
    for (const name of /** @type {VectorColumn[]} */ (["k", "products", "v"])) {
      const pixels = signedPixels(values[name], this.largest[name], signedColors);
      const across = name === "v" ? dValue : d;
      if (name === "v") rows.forEach((token, i) => fade(pixels, i, dValue, steps.weights[token]));
      const [x, width] = this.columns[name];
      image(context, pixels, rows.length, across, { x, y: top, width, height: rows.length * ROW });
    }
    for (let i = 0; i <= rows.length; i++) context.clearRect(0, top + i * ROW - 1, this.width, 2);
  }

  /** @type {(context: Context2D, token: number, y: number, palette: Palette) => void} */
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
  /** @type {(context: Context2D, weight: number, y: number) => void} */
  weight(context, weight, y) {
    const [x, width] = this.columns.weight;
    const { palette, part, state } = this.context;
    const { color, ink } = isLoose(part, state.layer)
      ? shade(palette.signed, 0.5 + weight / (2 * largest(this.way.steps.weights)))
      : shade(palette.weights, weight);
    context.fillStyle = color;
    context.fillRect(x, y + 1, width, ROW - 2);
    context.fillStyle = ink;
    this.write(context, "weight", three(weight), y);
  }

  /** @type {(context: Context2D, name: Column, text: string, y: number) => void} */
  write(context, name, text, y) {
    const [left, wide] = this.columns[name];
    context.textAlign = "right";
    context.fillText(text, left + wide - 5, y + ROW / 2);
  }

  // Where rows are out of sight: how many, and how much weight they have.
  /** @type {(context: Context2D) => void} */
  note(context) {
    if (this.way.tokens.length <= this.inSight) return;
    const first = Math.round(this.scrolled / ROW);
    context.fillStyle = this.context.palette.faint;
    context.textAlign = "left";
    context.fillText(outOfSight(this.way, first, first + this.inSight), 3, this.places.note + NOTE / 2 + 1);
  }

  // What is not shown of the sentence has its part in the sum all the same: one row.
  /** @type {(context: Context2D) => void} */
  hidden(context) {
    if (!this.way.hidden.length) return;
    const { dValue } = this.way;
    const { weight, values } = together(this.way);
    const [y, [x, width]] = [this.places.hidden, this.columns.v];
    this.weight(context, weight, y);
    const size = this.way.hidden.reduce((sum, token) => sum + Math.abs(this.way.steps.weights[token]), 0);
    const mean = values.map((value) => value / (size || 1)); // as v is drawn above, and as faint
    const pixels = signedPixels(mean, this.largest.v, this.context.signedColors);
    fade(pixels, 0, dValue, size);
    image(context, pixels, 1, dValue, { x, y: y + 1, width, height: ROW - 2 });
  }

  /** @type {(context: Context2D) => void} */
  foot(context) {
    const { context: sum } = this.way.steps;
    const [x, width] = this.columns.v;
    const pixels = signedPixels(sum, largest(sum), this.context.signedColors);
    image(context, pixels, 1, sum.length, { x, y: this.places.sum + 8, width, height: ROW - 2 });
  }
}

/** @type {(pixels: Uint32Array, row: number, d: number, weight: number) => void} */
function fade(pixels, row, d, weight) {
  const alpha = Math.round(255 * (0.18 + 0.82 * Math.sqrt(Math.min(1, Math.abs(weight)))));
  for (let c = row * d; c < (row + 1) * d; c++) pixels[c] = ((pixels[c] & 0xffffff) | (alpha << 24)) >>> 0;
}
