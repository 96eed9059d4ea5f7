// What the large figure can be: matrices of weights (one head, two side by side, or their difference), or lines between
// words. Each finds its places, draws itself with any pen (a canvas's, or one that writes SVG) in three layers (cells,
// words, marks of what is chosen), and knows which cell is under a place.

import { inkOn, rgb } from "./colors.js";
import { cellAt, drawHeatmap, drawLabels, frame, layout as matrixLayout } from "./heatmap.js";
import { cellsOf, drawLines, layout as linesLayout, lineAt, linesOf, wordAt } from "./lines.js";
import { largest, rowDivergences, subtracted } from "../numbers/analysis/measures.js";
import { sizesOf } from "../numbers/equations/normalizers.js";
import { BOLD, FONT, SMALL } from "./paint.js";

const STRIP = 10; // pixels for the letter of the strongest of several heads
const WORTH_A_STRIP = 0.05; // a weight from which a cell tells which of several heads is strongest in it

/** @import { Cell, Context } from "../state/context.js" */
/** @import { ShownHead } from "../state/selectors.js" */
/** @import { Place } from "../state/state.js" */
/** @import { Around, Scale } from "./heatmap.js" */
/** @import { Drawn, Place as Sides } from "./lines.js" */
/** @import { Box, Pen } from "./paint.js" */

/** @typedef {Pick<Around, "tall" | "largest" | "least">} Limits of cells */
/** @typedef {{ width: number, labels: number } & Limits} Size in pixels, of it for the words */
/** @typedef {{ cells: string, words: string, marks: string }} Fonts of the three layers */
/** @typedef {Cell & { picture?: number }} Under a place: the cell, and in which of several matrices */

export class Matrices {
  /** @type {Fonts} */
  fonts = { cells: SMALL, words: FONT, marks: BOLD };

  /** @param {Context} context */
  constructor(context) {
    this.context = context;
    this.width = 0;
    this.height = 0;
    /** @type {Float32Array[]} of each matrix */
    this.values = [];
    /** @type {(Uint8Array | null)[]} */
    this.blocked = [];
    /** @type {(Box & { total: number, start: number })[]} */
    this.boxes = [];
    /** @type {Scale} */
    this.scale = { colors: new Uint32Array() };
    /** @type {Float32Array} */
    this.difference = new Float32Array();
    this.most = 0; // of the difference
    this.isDifference = false;
    /** @type {Float32Array} of its rows */
    this.divergences = new Float32Array();
  }

  // What is shown, and where.
  /** @type {(size: Size) => void} */
  lay({ width, labels, ...further }) {
    const { numbers, weightColors, signedColors, beside } = this.context;
    const { rows, columns } = numbers.grouping;
    const heads = this.context.heads();
    const second = beside ? numbers.tiled.drawn(...beside).values : null;
    const isDifference = second !== null && this.context.shownAs === "difference";
    if (isDifference) this.subtract(heads[0].values, second);
    const first = heads.length > 1 ? strongestOf(heads) : heads[0].values;
    this.values = isDifference ? [this.difference] : second ? [first, second] : [first];
    const share = width / this.values.length;
    this.boxes = this.values.map((_, i) => {
      const box = matrixLayout(rows.length, columns.length, share, { labels, ...further });
      return { ...box, x: box.x + i * share, start: i * share };
    });
    [this.width, this.height] = [width, Math.max(...this.boxes.map((box) => box.total))];
    const isSigned = isDifference || this.context.loose; // weights that are no shares may be of any size and sign
    const isStretched = isSigned || this.context.state.scale === "own";
    const most = isDifference ? this.most : isStretched ? Math.max(...this.values.map(largest)) : 1;
    this.scale = isSigned ? { colors: signedColors, signed: true, most } : { colors: weightColors, most };
    this.isDifference = isDifference;
    const [own, other] = [[heads[0].layer, heads[0].head], beside].map((one) => {
      return one && numbers.blocked(one[0], one[1]);
    });
    this.blocked = isDifference ? [both(own, other)] : second ? [own, other] : [this.context.blocked()];
  }

  /** @type {(pen: Pen) => void} */
  cells(pen) {
    const { numbers, palette, zoom } = this.context;
    const { rows, columns } = numbers.grouping;
    const { state, part } = this.context;
    const drawn = part.isTiled ? numbers.tiled.drawn(state.layer, state.head) : null;
    /** @type {[number, number]} */
    const cells = drawn ? [drawn.rows, drawn.columns] : [rows.length, columns.length];
    this.values.forEach((values, i) => {
      const blocked = this.blocked[i];
      drawHeatmap(pen, { values, rows, columns, cells, blocked, palette, zoom, ...this.scale }, this.boxes[i]);
    });
    const heads = this.context.heads();
    if (heads.length > 1 && !this.isDifference) this.strips(pen, heads, rows.length, columns.length);
  }

  // The words beside the cells.
  /** @type {(pen: Pen) => void} */
  words(pen) {
    const { numbers, palette } = this.context;
    for (const box of this.boxes) drawLabels(pen, { ...numbers.grouping, palette }, box);
  }

  // What the words and marks are drawn from, beside the words themselves: where it is the same, so are they.
  drawnFrom() {
    const { palette, hover } = this.context;
    const words = [this.boxes, palette.text];
    return { words: JSON.stringify(words), marks: JSON.stringify([...words, this.context.chosen(), hover]) };
  }

  /** @type {(a: Float32Array, b: Float32Array) => void} */
  subtract(a, b) {
    ({ difference: this.difference, most: this.most } = subtracted(a, b));
    const { state, beside, numbers } = this.context;
    /** @type {Place[]} */
    const heads = [[state.layer, state.head], ...(beside ? [beside] : [])];
    const [first, second] = heads.map((head) => numbers.wholeRows(...head));
    this.divergences = rowDivergences(first.values, second.values, numbers.grouping.rows.length, first.columns);
    for (const head of heads) {
      numbers.forced(...head)?.forEach((isForced, i) => {
        if (isForced) this.divergences[i] = NaN; // what the mask does is no difference of heads
      });
    }
  }

  // Several heads in one matrix: a cell has the strongest one's weight, and below it that head's colour and letter.
  /** @type {(context: Pen, heads: ShownHead[], rows: number, columns: number) => void} */
  strips(context, heads, rows, columns) {
    const [box] = this.boxes;
    const [height, width] = [box.height / rows, box.width / columns];
    const strip = Math.min(STRIP, Math.max(1.5, height / 4));
    context.textAlign = "center";
    for (let at = 0; at < rows * columns; at++) {
      const best = heads.reduce((a, b) => (b.values[at] > a.values[at] ? b : a));
      if (best.values[at] < WORTH_A_STRIP) continue;
      const [x, y] = [box.x + (at % columns) * width, box.y + (Math.floor(at / columns) + 1) * height - strip];
      context.fillStyle = best.color;
      context.fillRect(x, y, width, strip);
      if (width < 14 || strip < 8) continue;
      context.fillStyle = inkOn(rgb(best.color));
      context.fillText(best.letter, x + width / 2, y + strip - 2);
    }
  }

  // The row and column that are chosen, and what is pointed at.
  /** @type {(pen: Pen) => void} */
  marks(pen) {
    const { palette, numbers, hover } = this.context;
    const { rows, columns } = numbers.grouping;
    const chosen = this.context.chosen();
    const names = { rows, columns, palette, ground: this.context.ground };
    for (const box of this.boxes) {
      drawLabels(pen, { ...names, only: hover ? this.context.marked() : chosen }, box);
      const at = { ...box, rows: rows.length, columns: columns.length };
      if (chosen.row >= 0) frame(pen, at, { row: chosen.row }, { color: palette.accent, width: 2.5 });
      if (chosen.column >= 0) {
        frame(pen, at, { column: chosen.column }, { color: palette.accent, width: 1.5, dash: [5, 3] });
      }
      if (hover) frame(pen, at, this.context.marked(), { color: palette.text, width: 1.2 });
    }
  }

  // The [row, column] under a place, -1 where it is none; null outside.
  /** @type {(x: number, y: number) => Under | null} */
  under(x, y) {
    const { rows, columns } = this.context.numbers.grouping;
    for (const [picture, box] of this.boxes.entries()) {
      const found = cellAt(box, rows.length, columns.length, x, y);
      if (found) return { row: found[0], column: found[1], picture };
    }
    return null;
  }
}

export class Lines {
  /** @type {Fonts} */
  fonts = { cells: FONT, words: FONT, marks: FONT };

  /** @param {Context} context */
  constructor(context) {
    this.context = context;
    this.width = 0;
    this.height = 0;
    /** @type {Sides} */
    this.place = { left: 0, right: 0, row: 1, top: 0, total: 0 };
    /** @type {Drawn | null} */
    this.drawn = null;
  }

  /** @type {(size: Size) => void} */
  lay({ width, labels, tall, least }) {
    const { numbers, palette } = this.context;
    const { rows, columns } = numbers.grouping;
    const heads = this.context.heads(true);
    const { loose } = this.context;
    const withLines = heads.map((one) => {
      return { ...one, lines: linesOf(loose ? sizesOf(one.values) : one.values, rows.length, columns.length) };
    });
    this.place = linesLayout(Math.max(rows.length, columns.length), width, labels, least && tall);
    [this.width, this.height] = [width, this.place.total];
    this.drawn = { heads: withLines, rows, columns, palette };
  }

  // All is drawn with what is marked, since that makes lines stand out.
  cells() {}

  words() {}

  drawnFrom() {
    return { words: "", marks: "" };
  }

  /** @type {(pen: Pen) => void} */
  marks(pen) {
    if (this.drawn) drawLines(pen, { ...this.drawn, marked: this.context.marked() }, this.place);
  }

  /** @type {(x: number, y: number) => Under | null} */
  under(x, y) {
    const { rows, columns } = this.context.numbers.grouping;
    const line = lineAt(this.place, this.drawn?.heads ?? [], x, y);
    if (line) return { row: line[0], column: line[1] };
    const found = wordAt(this.place, { rows: rows.length, columns: columns.length }, x, y);
    return found && { row: found.row ?? -1, column: found.column ?? -1 };
  }

  // The cells of a word's lines, the strongest first.
  /** @type {(word: Cell) => [row: number, column: number][]} */
  linesOf(word) {
    return cellsOf(this.drawn?.heads ?? [], word);
  }
}

// Where neither of two heads may look; null: nowhere.
/** @type {(a: Uint8Array | null, b: Uint8Array | null) => Uint8Array | null} */
function both(a, b) {
  return a && b ? a.map((blocked, i) => blocked & b[i]) : null;
}

/** @type {(heads: ShownHead[]) => Float32Array} */
function strongestOf(heads) {
  const values = heads[0].values.slice();
  for (const one of heads.slice(1)) {
    for (let i = 0; i < values.length; i++) if (one.values[i] > values[i]) values[i] = one.values[i];
  }
  return values;
}
