// The sound that is looked at: its spectrogram in the light of the chosen head's weights, every written word's row
// below it, and the sound itself, to be played: the word whose moment has come lights up.

import { columnAtTime, drawAll, placeOfTime, planOf, timeAt } from "../../draw/sound.js";
import { element, surface, widthOf } from "../../draw/paint.js";
import { cellSaid, strongestColumn } from "../cells.js";
import { chooseCells, tokensOf } from "../choosing.js";
import { createPlayer } from "./player.js";
import { createListeners, percent, undescribed, vacate, within } from "../view.js";

/** @import { Plan } from "../../draw/sound.js" */
/** @import { Cell } from "../../state/context.js" */
/** @import { CreateView } from "../view.js" */

const ATTRIBUTES = {
  role: "slider",
  tabindex: "0",
  "aria-roledescription": "spectrogram",
  "aria-valuemin": "0",
  "aria-valuemax": "100",
  ...undescribed("Where the chosen head listens"),
};

/** @type {CreateView} */
export const createSound = (root, tools) => {
  const { context, actions } = tools;
  const listeners = createListeners();
  const box = within(root, ".hearing");
  const canvas = /** @type {HTMLCanvasElement} */ (element("canvas"));
  const marks = /** @type {HTMLCanvasElement} */ (element("canvas", "over"));
  const target = element("div", "spot", null, ATTRIBUTES);
  const stage = element("div", "stage");
  stage.append(canvas, marks, target);
  const player = createPlayer(played);
  box.append(stage, player.element);
  /** @type {Plan} */
  let plan = { width: 0, height: 0, heard: { x: 0, y: 0, width: 1, height: 1 }, stairs: null, from: 0, until: 1 };
  /** @type {number | null} */
  let playing = null; // the second that sounds

  const isShown = () => context.shownAs === "sound";

  chooseCells(listeners, target, tools, { under, pointed });

  /** @type {(event: MouseEvent) => Cell | null} */
  function under(event) {
    const frame = target.getBoundingClientRect();
    const [x, y] = [event.clientX - frame.left, event.clientY - frame.top].map((one) => one / context.zoom);
    const { columns } = context.numbers.grouping;
    const column = columnAtTime(columns, context.part.keys.tokens, timeAt(plan, x));
    const { stairs } = plan;
    const { rows } = context.numbers.grouping;
    if (stairs && y >= stairs.y) {
      const row = Math.min(rows.length - 1, Math.floor(((y - stairs.y) / stairs.height) * rows.length));
      return row < 0 ? null : { row, column };
    }
    return column < 0 ? null : { row: -1, column };
  }

  /** @type {(event: MouseEvent) => void} */
  function pointed(event) {
    const cell = under(event);
    actions.point(cell && tokensOf(context, cell));
    if (!cell || cell.column < 0) return;
    const row = cell.row < 0 ? context.chosen().row : cell.row;
    if (row >= 0) actions.tip(event, () => cellSaid(context, { row, column: cell.column }));
  }

  function draw() {
    const { sound } = context.part;
    box.hidden = !isShown();
    if (!sound || box.hidden) return;
    const pen = surface(canvas, { width: plan.width, height: plan.height, zoom: context.zoom });
    drawAll(pen, context, plan);
    player.load(sound);
    mark();
    actions.later("sound", describe);
  }

  // The chosen row and frame, what is pointed at, and what sounds now.
  function mark() {
    if (!isShown()) return;
    const { palette, zoom, numbers } = context;
    const pen = surface(marks, { width: plan.width, height: plan.height, zoom }, null);
    const { stairs, heard } = plan;
    const step = stairs ? stairs.height / numbers.grouping.rows.length : 0;
    const frame = (/** @type {number} */ row, /** @type {string} */ color, /** @type {number} */ width) => {
      pen.strokeStyle = color;
      pen.lineWidth = width;
      if (stairs && row >= 0) pen.strokeRect(1, stairs.y + row * step, plan.width - 2, step);
    };
    frame(context.chosen().row, palette.accent, 2.5);
    const { row, column } = context.marked();
    if (row !== context.chosen().row) frame(row, palette.text, 1.5);
    const token = column < 0 ? null : context.part.keys.tokens[numbers.grouping.columns[column].tokens[0]];
    if (token?.time) {
      const [from, until] = token.time.map((one) => placeOfTime(plan, one));
      pen.strokeStyle = palette.accent;
      pen.lineWidth = 1.5;
      pen.strokeRect(from, 0.75, until - from, (stairs ? stairs.y + stairs.height : heard.height) - 1.5);
    }
    if (playing === null) return;
    pen.fillStyle = palette.accent;
    pen.fillRect(placeOfTime(plan, playing) - 1, 0, 2, plan.height);
  }

  // Of what sounds: the last word whose strongest moment has come.
  /** @type {(seconds: number | null) => void} */
  function played(seconds) {
    playing = seconds;
    const { rows, columns } = context.numbers.grouping;
    const { tokens } = context.part.keys;
    let now = -1;
    if (seconds !== null && plan.stairs) {
      rows.forEach((_, row) => {
        const { time } = tokens[columns[strongestColumn(context, row)]?.tokens[0]] ?? {};
        if (time && time[0] <= seconds && !context.part.queries.tokens[rows[row].tokens[0]].special) now = row;
      });
    }
    actions.point(now < 0 ? null : { query: rows[now].tokens[0] });
    mark();
  }

  function describe() {
    if (!isShown()) return;
    const { row, column } = context.chosen();
    if (row < 0) return;
    const at = column < 0 ? strongestColumn(context, row) : column;
    const weight = context.weights()[row * context.numbers.grouping.columns.length + at];
    target.setAttribute("aria-valuenow", percent(weight));
    target.setAttribute("aria-valuetext", cellSaid(context, { row, column: at }).join("; "));
  }

  return {
    measure() {
      if (!context.part.sound) return;
      box.hidden = !isShown();
      const { zoom, room, numbers } = context;
      const widths = numbers.grouping.rows.slice(0, 300).map(({ label }) => widthOf(label));
      const labels = Math.min(100, Math.max(24, ...widths)) + 10;
      const least = zoom > 1 ? 120 : 260; // before a class all of it is seen at once
      const tall = Math.max(least, room(box) / zoom - 60);
      plan = planOf(context, { width: box.clientWidth / zoom, labels, tall });
      stage.style.height = `${zoom * plan.height}px`;
    },
    draw,
    mark,
    describe,
    destroy() {
      player.destroy();
      vacate(listeners, box);
    },
  };
};
