// The picture of one word's way through a head: q, and for each key k, q·k element by element, the numbers, v, and the
// sum. Only the rows in sight are painted, so any length is as fast as another.

import { shade, signedPixels } from "./colors.js";
import { largest } from "./measures.js";
import { cut, image, SMALL, surface } from "./paint.js";
import { number } from "./words.js";

export const ROW = 17; // pixels of a key
export const HEAD = 46; // of the columns' names and the query's own row
export const FOOT = 26; // of the sum

// Where the columns stand on so many pixels: the first is the word, then [x, width] of each.
export function columnsOn(width, isMasked) {
  const numbers = isMasked ? ["score", "scaled", "masked", "weight"] : ["score", "scaled", "weight"];
  const [word, digits, gap] = [62, 43, 6];
  const vector = Math.max(24, (width - word - numbers.length * digits - 5 * gap) / 3);
  const columns = { word: [0, word] };
  let x = word + gap;
  const add = (name, wide) => {
    columns[name] = [x, wide];
    x += wide;
  };
  add("k", vector);
  x += gap;
  add("products", vector);
  x += gap;
  for (const name of numbers) add(name, digits);
  x += gap;
  add("v", vector);
  return columns;
}

// Who extends it has: explorer, canvas, labels (a canvas over it), width, tokens, vectors, steps, largest, columns,
// inSight, scrolled.
export class Way {
  paint() {
    const { palette, hover } = this.explorer;
    const first = Math.floor(this.scrolled / ROW);
    const top = HEAD - (this.scrolled - first * ROW);
    const rows = this.tokens.slice(first, first + this.inSight + 1);
    this.name(rows, top);
    const context = this.cleared(this.canvas);
    this.query(context);
    this.foot(context);
    this.clip(context);
    this.pictures(context, rows, top);
    rows.forEach((token, i) => this.figures(context, token, top + i * ROW, palette));
    const { key } = this.explorer.pair();
    rows.forEach((token, i) => {
      const isPointed = hover?.key === token;
      if (token !== key && !isPointed) return;
      context.strokeStyle = isPointed ? palette.text : palette.accent;
      context.lineWidth = isPointed ? 1.2 : 2;
      context.strokeRect(1, top + i * ROW + 0.5, this.width - 2, ROW - 1);
    });
    context.restore();
  }

  cleared(canvas) {
    const context = surface(canvas, this.width, HEAD + this.inSight * ROW + FOOT, SMALL);
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

  // The words and what the columns are, on a canvas of their own: in most heads they are the same.
  name(rows, top) {
    const { state, trace, palette, numbers } = this.explorer;
    const texts = this.columnNames();
    const wanted = JSON.stringify([rows, top, this.width, this.columns, state.query, texts, palette.text]);
    if (this.named === wanted && this.namedIn === numbers.grouping) return;
    [this.named, this.namedIn] = [wanted, numbers.grouping];
    const context = this.cleared(this.labels);
    const label = (token) => trace.header.tokens[token].label;
    context.textAlign = "center";
    for (const [name, [x, width]] of Object.entries(this.columns)) {
      if (!(name in texts)) continue;
      context.fillStyle = palette.roles[name] ?? palette.faint;
      context.fillText(texts[name], x + width / 2, 10);
    }
    context.textAlign = "right";
    context.fillStyle = palette.roles.output;
    context.fillText("the new vector, the sum of weight · v", this.columns.v[0] - 8, this.bottom + 15);
    context.textAlign = "left";
    context.fillStyle = palette.roles.q;
    context.fillText(cut(context, `q of ${label(state.query)}`, 60), 3, 28);
    this.clip(context);
    context.fillStyle = palette.text;
    rows.forEach((token, i) => context.fillText(cut(context, label(token), 58), 3, top + (i + 0.5) * ROW));
    context.restore();
  }

  columnNames() {
    const { scale, temperature, extra, dHead } = this.explorer.trace.header.layers[this.explorer.state.layer];
    const isUsual = Math.abs(scale * Math.sqrt(dHead) - 1) < 1e-6;
    return {
      k: "k",
      products: "q · k, each",
      score: "sum",
      scaled: isUsual ? `÷ √${dHead}` : scale === 1 ? "× 1" : `× ${number(scale)}`,
      masked: extra === "causal" ? "+ mask" : "+ bias",
      weight: temperature === 1 ? "softmax" : `softm./${number(temperature)}`,
      v: "weight · v",
    };
  }

  // The foot begins here.
  get bottom() {
    return HEAD + this.inSight * ROW;
  }

  query(context) {
    const { q, d } = this.vectors;
    const at = this.explorer.state.query * d;
    const [x, width] = this.columns.k;
    const pixels = signedPixels(q.subarray(at, at + d), this.largest.q, this.explorer.signedColors);
    image(context, pixels, 1, d, { x, y: 20, width, height: ROW - 2 });
  }

  // k, q · k and v of all rows in sight, each as one picture. A v is as faint as its weight is small.
  pictures(context, rows, top) {
    const { q, k, v, d } = this.vectors;
    const { state, signedColors } = this.explorer;
    const from = state.query * d;
    const values = { k: new Float32Array(rows.length * d), products: new Float32Array(rows.length * d) };
    values.v = new Float32Array(rows.length * d);
    rows.forEach((token, i) => {
      for (let c = 0; c < d; c++) {
        const [at, to] = [token * d + c, i * d + c];
        values.k[to] = k[at];
        values.products[to] = q[from + c] * k[at];
        values.v[to] = v[at];
      }
    });
    for (const name of ["k", "products", "v"]) {
      const pixels = signedPixels(values[name], this.largest[name], signedColors);
      if (name === "v") fade(pixels, rows, d, this.steps.weights);
      const [x, width] = this.columns[name];
      image(context, pixels, rows.length, d, { x, y: top, width, height: rows.length * ROW });
    }
    for (let i = 0; i <= rows.length; i++) context.clearRect(0, top + i * ROW - 1, this.width, 2);
  }

  figures(context, token, y, palette) {
    const { scores, masked, weights } = this.steps;
    const { scale } = this.explorer.trace.header.layers[this.explorer.state.layer];
    const [x, width] = this.columns.weight;
    const { color, ink } = shade(palette.weights, weights[token]);
    context.fillStyle = color;
    context.fillRect(x, y + 1, width, ROW - 2);
    context.textAlign = "right";
    const write = (name, text) => {
      const [left, wide] = this.columns[name];
      context.fillText(text, left + wide - 5, y + ROW / 2);
    };
    context.fillStyle = ink;
    write("weight", weights[token].toFixed(3));
    context.fillStyle = palette.text;
    write("score", number(scores[token]));
    write("scaled", number(scores[token] * scale));
    if (this.columns.masked) write("masked", number(masked[token]));
  }

  foot(context) {
    const { context: sum } = this.steps;
    const [x, width] = this.columns.v;
    const pixels = signedPixels(sum, largest(sum), this.explorer.signedColors);
    image(context, pixels, 1, sum.length, { x, y: this.bottom + 8, width, height: ROW - 2 });
  }
}

function fade(pixels, rows, d, weights) {
  rows.forEach((token, i) => {
    const alpha = Math.round(255 * (0.18 + 0.82 * Math.sqrt(weights[token])));
    for (let c = i * d; c < (i + 1) * d; c++) pixels[c] = ((pixels[c] & 0xffffff) | (alpha << 24)) >>> 0;
  });
}
