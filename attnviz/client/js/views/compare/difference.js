// A − B: two heads of two explorers on the rows that they have in common, and how unlike each row is.

import { table } from "../../draw/colors.js";
import { cellAt, drawHeatmap, drawLabels, frame, layout, legendGradient } from "../../draw/heatmap.js";
import { BOLD, SMALL, element, surface, widthOf } from "../../draw/paint.js";
import { isInBoth } from "../../numbers/analysis/comparing.js";
import { largest } from "../../numbers/analysis/measures.js";
import { short, signed } from "../../say/words.js";
import { cellAfter } from "../../state/state.js";
import { createListeners, vacate, within } from "../view.js";

/** @import { Box } from "../../draw/paint.js" */
/** @import { Compared } from "../../numbers/analysis/comparing.js" */
/** @import { Group } from "../../numbers/grouping.js" */
/** @import { Both } from "../../state/both.js" */
/** @import { Cell } from "../../state/context.js" */
/** @import { ComparedRow, Palette } from "../../state/schema.js" */
/** @import { At, Lines, View } from "../view.js" */

/**
 * @typedef {object} Does
 * @property {(row: ComparedRow, column: ComparedRow) => void} choose
 * @property {(row: ComparedRow | null, column: ComparedRow | null) => void} point
 * @property {(at: At | null, said?: Lines | (() => Lines)) => void} tip
 */

/** @typedef {View & { readonly place: Box }} Difference */

const STEEP = [0, 0.375, 0.5, 0.625, 1]; // where the colours of −1, −¼, 0, ¼ and 1 stand: small ones can be told
const BARS = { gap: 12, length: 44, numbers: 34 }; // pixels beside the matrix
const NUMBERED = 11; // pixels: rows of that height have their number written

/** @type {(root: HTMLElement, tools: { context: Both, actions: Does }) => Difference} */
export const createDifference = (root, { context, actions }) => {
  const listeners = createListeners();
  const box = within(root, ".large");
  const scale = within(root, ".scale i");
  const ends = root.querySelectorAll(".scale span");
  const canvas = /** @type {HTMLCanvasElement} */ (element("canvas"));
  const marks = /** @type {HTMLCanvasElement} */ (element("canvas", "over"));
  const target = element("div", "target", null, {
    role: "slider",
    tabindex: "0",
    "aria-roledescription": "heatmap",
    "aria-label": "A minus B",
    "aria-valuemin": "-100",
    "aria-valuemax": "100",
    "aria-valuenow": "0",
  });
  box.append(canvas, marks, target);
  let width = 0;
  let place = { ...layout(1, 1, 0), start: 0 };
  /** @type {Compared | null} */
  let found = null; // of all rows
  /** @type {number[]} */
  let shown = []; // which of them
  /** @type {Group[]} */
  let groups = [];
  /** @type {number[]} */
  let shownColumns = []; // of the columns
  /** @type {Group[]} */
  let lookedAt = [];
  let column = -1; // that keys have come to

  listeners.on(target, "click", (event) => {
    const cell = under(event);
    if (cell) choose(cell);
    target.focus({ preventScroll: true });
  });
  listeners.points(target, pointed, leave);
  listeners.on(target, "keydown", (event) => {
    event.stopPropagation(); // the page around has shortcuts of its own
    const at = /** @type {[number, number]} */ ([Math.max(0, context.chosen), Math.max(0, column)]);
    const next = cellAfter(event.key, at, context.rows.length, context.columns.length);
    if (!next) return;
    event.preventDefault();
    choose({ row: next[0], column: next[1] });
  });

  /** @type {(event: MouseEvent) => void} */
  function pointed(event) {
    const cell = under(event);
    actions.point(cell && context.rows[cell.row], cell && context.columns[cell.column]);
    actions.tip(cell && event, () => (cell ? inWords(cell) : ""));
  }

  function leave() {
    actions.point(null, null);
    actions.tip(null);
  }

  /** @type {(cell: Cell) => void} */
  function choose(cell) {
    column = cell.column;
    actions.choose(context.rows[cell.row], context.columns[cell.column]);
    describe();
  }

  /** @type {(event: MouseEvent) => Cell | null} */
  function under(event) {
    const around = target.getBoundingClientRect();
    const [{ zoom }] = context.sides;
    const [x, y] = [event.clientX - around.left, event.clientY - around.top];
    const at = cellAt(place, groups.length, lookedAt.length, x / zoom, y / zoom);
    return at && { row: at[0], column: at[1] };
  }

  /** @type {() => Palette} */
  function colors() {
    const { palette } = context.sides[0];
    return { ...palette, signed: palette.signed.map(([, color], i) => [STEEP[i], color]) };
  }

  // All numbers anew: of every row, since a divergence is one of whole rows.
  function draw() {
    const { rows, all, columns, allColumns } = context;
    const [{ room, zoom }] = context.sides;
    found = context.compared;
    if (!found || !width) return;
    shown = rows.map((row) => all.indexOf(row));
    shownColumns = columns === rows ? shown : columns.map((one) => allColumns.indexOf(one));
    groups = groupsOf(rows);
    lookedAt = groupsOf(columns);
    const named = [groups, lookedAt].flatMap((side) => side.slice(0, 300));
    const labels = Math.min(100, Math.max(24, ...named.map(({ label }) => widthOf(label))));
    const beside = BARS.gap + BARS.length + BARS.numbers;
    place = { ...layout(rows.length, columns.length, width - beside, { labels, tall: room(box) / zoom }), start: 0 };
    box.style.height = `${zoom * place.total}px`;
    const palette = colors();
    const values = cut(found.difference);
    const pen = surface(canvas, { width, height: place.total, zoom }, SMALL);
    const most = Math.max(1, largest(values.map((value) => value || 0))); // weights that are no shares may be larger
    const scaled = { colors: table(palette.signed), signed: true, most };
    const blocked = Uint8Array.from(values, (value) => Number(Number.isNaN(value)));
    const drawn = { rows: groups, columns: lookedAt, palette, zoom };
    const plain = values.map((value) => value || 0);
    drawHeatmap(pen, { ...drawn, ...scaled, values: plain, blocked: blocked.includes(1) ? blocked : null }, place);
    drawLabels(pen, drawn, place);
    bars(pen, palette, found.bits);
    const bound = most === 1 ? "1" : short(most);
    ends[0].textContent = `B more, −${bound}`;
    ends[1].textContent = `A more, ${bound}`;
    scale.style.background = `linear-gradient(to right, ${legendGradient(palette.signed)})`;
    mark();
    describe();
  }

  // [row, column] of what is shown.
  /** @type {(values: Float32Array) => Float32Array} */
  function cut(values) {
    const { length } = context.allColumns;
    const across = shownColumns.length;
    if (shown.length * across === values.length) return values;
    return Float32Array.from({ length: shown.length * across }, (_, at) => {
      return values[shown[Math.floor(at / across)] * length + shownColumns[at % across]];
    });
  }

  // How unlike each row is, 0 to 1 bit; a dash where a side has no such row.
  /** @type {(pen: CanvasRenderingContext2D, palette: Palette, bits: Float32Array) => void} */
  function bars(pen, palette, bits) {
    const height = place.height / shown.length;
    const left = place.x + place.width + BARS.gap;
    pen.textAlign = "left";
    shown.forEach((row, i) => {
      const y = place.y + i * height;
      const length = (bits[row] || 0) * BARS.length;
      pen.fillStyle = palette.faint;
      pen.fillRect(left, y + 0.2 * height, length, 0.6 * height);
      pen.fillStyle = palette.text;
      if (height >= NUMBERED) pen.fillText(bitsInWords(bits[row]), left + length + 5, y + height / 2 + 4);
    });
    pen.fillStyle = palette.faint;
    pen.fillRect(left - 1, place.y, 1, place.height);
  }

  function mark() {
    if (!found) return;
    const [{ palette, ground, zoom }] = context.sides;
    const pen = surface(marks, { width, height: place.total, zoom }, BOLD);
    const { chosen, marked } = context;
    const at = { ...place, rows: groups.length, columns: lookedAt.length };
    const isPointed = marked.row >= 0 || marked.column >= 0;
    const only = isPointed ? marked : { row: chosen, column: -1 };
    drawLabels(pen, { rows: groups, columns: lookedAt, palette, ground, only }, place);
    if (chosen >= 0) frame(pen, at, { row: chosen }, { color: palette.accent, width: 2.5 });
    if (isPointed) frame(pen, at, marked, { color: palette.text, width: 1.2 });
  }

  // A cell: what A and B have there, and the difference; then of the whole row.
  /** @type {(cell: Cell) => string[]} */
  function inWords(cell) {
    if (!found) return [];
    const at = shown[cell.row] * context.allColumns.length + shownColumns[cell.column];
    const [a, b] = [found.first[at], found.second[at]].map((value) => (Number.isNaN(value) ? "–" : short(value)));
    const minus = found.difference[at];
    const isRounded = context.sides.some(({ numbers }) => numbers.isRounded);
    const said = Number.isNaN(minus) ? "only one side has this" : `A − B ${isRounded ? "≈ " : ""}${signed(minus)}`;
    const bits = found.bits[shown[cell.row]];
    const both = isInBoth(found, shown[cell.row]);
    const told = both ? "weights are no shares, so no bits can be told" : "only one side has this row";
    const unlike = Number.isNaN(bits) ? told : `rows differ by ${bitsInWords(bits)} bits`;
    const [row, other] = [groups[cell.row], lookedAt[cell.column]];
    return [`${row.name} → ${other.name}: ${said}`, `A ${a}, B ${b}`, `${row.name}: ${unlike}`];
  }

  // What a screen reader says of it.
  function describe() {
    const cell = { row: context.chosen, column: Math.max(0, column) };
    if (!found || cell.row < 0 || cell.column >= lookedAt.length) return;
    const minus = found.difference[shown[cell.row] * context.allColumns.length + shownColumns[cell.column]];
    target.setAttribute("aria-valuenow", (100 * Math.min(1, Math.max(-1, minus || 0))).toFixed(1));
    target.setAttribute("aria-valuetext", inWords(cell).join("; "));
  }

  return {
    get place() {
      return place;
    },
    measure() {
      width = box.clientWidth / context.sides[0].zoom;
    },
    draw,
    mark,
    describe,
    destroy: () => vacate(listeners, box),
  };
};

/** @type {(rows: ComparedRow[]) => Group[]} */
function groupsOf(rows) {
  return rows.map(({ label }, word) => ({ label, name: label, word, tokens: [word] }));
}

/** @type {(bits: number) => string} */
function bitsInWords(bits) {
  return Number.isNaN(bits) ? "–" : bits.toFixed(2);
}
