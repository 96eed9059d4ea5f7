// A sound as a head hears it: its spectrogram in the light of the chosen row's weights, and below it the row of every
// word that is written, over the same time: a staircase, where the words follow the sound. Pure: a plan, and marks.

import { rootTable } from "./colors.js";
import { largest } from "../numbers/analysis/measures.js";
import { cut, FONT, image, widthOf } from "./paint.js";

/** @import { Sound } from "../numbers/part.js" */
/** @import { Context } from "../state/context.js" */
/** @import { Token } from "../state/schema.js" */
/** @import { Box, Pen } from "./paint.js" */

/**
 * Where everything stands.
 *
 * @typedef {object} Plan
 * @property {number} width of all
 * @property {number} height
 * @property {Box} heard where the spectrogram is
 * @property {Box | null} stairs where the rows are; null where frames look at frames
 * @property {number} from the first second that is seen
 * @property {number} until the last
 */

const HEARD = { most: 120, share: 0.47 }; // pixels of the spectrogram's height, and its share of what there is
const GAP = 6;
const STEP = { most: 26, least: 11 }; // of a row's
const DARK = 0.5; // of the light that stays where there is no weight
const AXIS = 18;

/** @type {(context: Context, size: { width: number, labels: number, tall: number }) => Plan} */
export function planOf({ part, numbers }, { width, labels, tall }) {
  const { rows } = numbers.grouping;
  const times = sounding({ part, numbers }).flatMap(({ token }) => part.keys.tokens[token].time ?? []);
  const isStairs = !part.queries.tokens[0]?.time;
  const left = isStairs ? labels : 0;
  const above = isStairs ? Math.min(HEARD.most, Math.round(HEARD.share * tall)) : HEARD.most;
  const step = Math.max(STEP.least, Math.min(STEP.most, (tall - above) / Math.max(1, rows.length)));
  const heard = { x: left, y: 0, width: width - left, height: above };
  const stairs = isStairs ? { ...heard, y: above + AXIS + GAP, height: Math.round(step * rows.length) } : null;
  const height = above + AXIS + (stairs ? GAP + stairs.height : 0);
  return { width, height, heard, stairs, from: times[0] ?? 0, until: times[times.length - 1] ?? 1 };
}

// The columns of the frames in which something sounds; the silence that a model adds is not drawn.
/** @type {(context: Pick<Context, "part" | "numbers">) => { column: number, token: number }[]} */
function sounding({ part, numbers }) {
  const frames = numbers.grouping.columns.map(({ tokens: [token] }, column) => ({ column, token }));
  return frames.filter(({ token }) => !part.keys.tokens[token].special);
}

// The place of a second, and the second of a place.
/** @type {(plan: Plan, seconds: number) => number} */
export function placeOfTime({ heard, from, until }, seconds) {
  return heard.x + ((seconds - from) / (until - from)) * heard.width;
}

/** @type {(plan: Plan, x: number) => number} */
export function timeAt({ heard, from, until }, x) {
  return from + ((x - heard.x) / heard.width) * (until - from);
}

// The spectrogram: low notes below, bright where the chosen row looks.
/** @type {(pen: Pen, sound: Sound, plan: Plan, lightAt: (seconds: number) => number) => void} */
function drawHeard(pen, { of, heard }, plan, lightAt) {
  const each = of.seconds / of.frames;
  const first = Math.round(plan.from / each);
  const count = Math.max(1, Math.min(of.frames, Math.round(plan.until / each)) - first);
  const pixels = new Uint32Array(count * of.bands);
  for (let frame = 0; frame < count; frame++) {
    const share = Math.sqrt(Math.min(1, lightAt((first + frame + 0.5) * each)));
    const light = DARK + (1 - DARK) * share;
    for (let band = 0; band < of.bands; band++) {
      const loud = heard[(first + frame) * of.bands + band] * light;
      const [r, g, b] = [loud * (0.45 + 0.55 * share), loud * (0.55 + 0.35 * share), loud * (0.75 - 0.35 * share)];
      pixels[(of.bands - 1 - band) * count + frame] = ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
    }
  }
  image(pen, pixels, of.bands, count, plan.heard);
}

// All of it, on so many pixels' width; how high it is.
/** @type {(pen: Pen, context: Context, wide: number) => number} */
export function drawSound(pen, context, wide) {
  const labels = Math.min(100, Math.max(24, ...context.numbers.grouping.rows.map(({ label }) => widthOf(label)))) + 10;
  const plan = planOf(context, { width: wide, labels, tall: 460 });
  drawAll(pen, context, plan);
  return plan.height;
}

/** @type {(pen: Pen, context: Context, plan: Plan) => void} */
export function drawAll(pen, context, plan) {
  const { sound, keys } = context.part;
  if (!sound) return;
  const { columns } = context.numbers.grouping;
  const { row } = context.chosen();
  const { length } = columns;
  const values = row < 0 ? new Float32Array() : context.weights().subarray(row * length, (row + 1) * length);
  const most = largest(values) || 1;
  drawHeard(pen, sound, plan, (seconds) => {
    return Math.abs(values[columnAtTime(columns, keys.tokens, seconds)] ?? 0) / most;
  });
  drawTimes(pen, plan, context.palette.faint);
  drawStairs(pen, context, plan);
}

// The column of the frame that sounds then; -1 where none does.
/** @type {(columns: { tokens: number[] }[], tokens: Token[], seconds: number) => number} */
export function columnAtTime(columns, tokens, seconds) {
  return columns.findIndex(({ tokens: [token] }) => {
    const [start, end] = tokens[token].time ?? [0, 0];
    return seconds >= start && seconds < end;
  });
}

// Seconds below the spectrogram.
/** @type {(pen: Pen, plan: Plan, color: string) => void} */
function drawTimes(pen, plan, color) {
  const lasts = plan.until - plan.from;
  const apart = [0.1, 0.2, 0.5, 1, 2, 5, 10].find((one) => (one / lasts) * plan.heard.width >= 46) ?? 10;
  pen.font = FONT;
  pen.fillStyle = color;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  for (let i = Math.ceil(plan.from / apart); i * apart < plan.until; i++) {
    const x = placeOfTime(plan, i * apart);
    pen.fillRect(x, plan.heard.height, 1, 3);
    if (x > plan.heard.x + 12 && x < plan.width - 14) {
      pen.fillText(`${Number((i * apart).toFixed(1))} s`, x, plan.heard.height + AXIS / 2 + 2);
    }
  }
}

// A row for every word that is written: darker where it looks more.
/** @type {(pen: Pen, context: Context, plan: Plan) => void} */
function drawStairs(pen, context, plan) {
  const { numbers, palette } = context;
  if (!plan.stairs) return;
  const { rows, columns } = numbers.grouping;
  const colors = rootTable(palette.weights);
  const values = context.weights();
  const shown = sounding(context);
  const pixels = Uint32Array.from({ length: rows.length * shown.length }, (_, at) => {
    const { column } = shown[at % shown.length];
    const weight = Math.abs(values[Math.floor(at / shown.length) * columns.length + column]);
    return colors[Math.round(255 * Math.sqrt(Math.min(1, weight)))];
  });
  image(pen, pixels, rows.length, shown.length, plan.stairs);
  const step = plan.stairs.height / rows.length;
  pen.font = FONT;
  pen.fillStyle = palette.text;
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  rows.forEach(({ label }, i) => {
    const y = plan.stairs ? plan.stairs.y + (i + 0.5) * step : 0;
    pen.fillText(cut(pen, label, plan.heard.x - 8), plan.heard.x - 6, y);
  });
}
