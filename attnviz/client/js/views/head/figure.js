// The chosen head, large: its picture, what is said of it, and what mouse and keys do in it.

import { element, widthOf } from "../../draw/paint.js";
import { Lines, Matrices } from "../../draw/picture.js";
import { createLayers } from "../../draw/layers.js";
import { save } from "../../draw/save.js";
import { headingOf } from "../../say/heading.js";
import { summaryName } from "../../say/summary.js";
import { headName, pinInWords } from "../../say/words.js";
import { isSame, pinned } from "../../state/state.js";
import { cellSaid, lineSaid, strongestColumn } from "../cells.js";
import { chooseCells, tokensOf } from "../choosing.js";
import { legend } from "./legend.js";
import { createLoupe } from "./loupe.js";
import { labelShows } from "./shows.js";
import { closest, createListeners, percent, undescribed, vacate, within } from "../view.js";

/** @import { Cell } from "../../state/context.js" */
/** @import { Size } from "../../draw/picture.js" */
/** @import { State } from "../../state/schema.js" */
/** @import { Place } from "../../state/state.js" */
/** @import { CreateView, View } from "../view.js" */

/** @typedef {{ picture: Matrices | Lines, width: number, inWords: (cell: Cell) => string[] }} Shown what is drawn */
/** @typedef {View & Readonly<Shown>} Figure */

const PRESENTED = { largest: 90, least: 14 }; // pixels of a cell’s side, where the figure fills the window
const SHARE = 12; // milliseconds of computing at a time
const SHOWN = 250; // milliseconds between what is shown of it
const ATTRIBUTES = {
  role: "slider",
  tabindex: "0",
  "aria-roledescription": "heatmap",
  "aria-valuemin": "0",
  "aria-valuemax": "100",
  ...undescribed("Weights of the chosen head"),
  "aria-keyshortcuts": "H L D P",
};

/** @type {CreateView<Figure>} */
export const createFigure = (root, tools) => {
  const { context, actions } = tools;
  const listeners = createListeners();
  const [title, pin, said, box, key, saves, stretch] = [
    ...[".title", ".pin", ".pinned", ".large", ".legend", ".save", ".stretch"],
  ].map((name) => within(root, name));
  const shows = /** @type {HTMLButtonElement[]} */ ([...root.querySelectorAll(".shows button")]);
  const [canvas, names, marks] = ["", "over", "over"].map((name) => {
    return /** @type {HTMLCanvasElement} */ (element("canvas", name));
  });
  const target = element("div", "target", null, ATTRIBUTES);
  const loupe = createLoupe(within(root, ".loupe"), context);
  const layers = createLayers(context, { canvas, names, marks });
  const [matrices, lines] = [new Matrices(context), new Lines(context)];
  const [name, further] = [element("b"), element("span", "faint")];
  title.append(name, further);
  box.append(canvas, names, marks, target);

  /** @type {Size & { tall: number }} */
  let size = { width: 0, labels: 0, tall: 0 };
  let pointedAt = 0; // of several matrices
  // What is on the page.
  let drawn = "";
  let sharpened = 0; // when that was shown last
  let explained = "";
  let offeredFor = "";
  let offered = "";
  /** @type {Place | null} */
  let pinnedBefore = null;

  const pictureOf = () => (context.shownAs === "lines" ? lines : matrices);

  for (const button of shows) {
    listeners.on(button, "click", () => actions.choose({ show: /** @type {State["show"]} */ (button.dataset.show) }));
  }
  listeners.on(stretch, "click", () => {
    actions.choose({ scale: context.state.scale === "own" ? "fixed" : "own" });
  });
  listeners.on(pin, "click", () => actions.choose(pinned(context.state)));
  listeners.on(saves, "click", (event) => {
    const kind = closest(event, "[data-kind]")?.dataset.kind;
    if (kind === "png" || kind === "svg") save(context, kind, size);
  });
  chooseCells(listeners, target, tools, { under, pointed });

  // The picture is painted when it changes; a word that is chosen only marks it.
  function draw() {
    const { state, beside, shownAs, palette } = context;
    const { layer, head, over, of, scale } = state;
    const wanted = JSON.stringify([layer, head, over, of, scale, beside, shownAs, palette.text]);
    const isSeen = shownAs === "picture" || shownAs === "sound"; // these have views of their own
    box.hidden = isSeen;
    if (isSeen) {
      if (drawn !== wanted) actions.afterwards(explain);
      drawn = wanted;
      loupe.draw(null, { row: -1, column: -1 }, 0);
    } else if (drawn !== wanted) {
      const picture = pictureOf();
      layers.draw(picture, size);
      drawn = wanted;
      mark();
      if (context.part.isTiled) actions.later("tiles of the head", sharpen, 0);
      actions.afterwards(() => {
        box.style.height = `${context.zoom * picture.height}px`;
        explain();
      });
    } else mark();
    actions.afterwards(heading);
    actions.afterwards(offer);
    actions.later("figure", describe);
  }

  // Of a long text, what is not in the picture yet, a little at a time; it is shown a few times on the way.
  function sharpen() {
    const { state, beside, numbers, part } = context;
    if (!part.isTiled || context.shownAs !== "heatmap") return;
    const now = performance.now();
    /** @type {Place[]} */
    const heads = [[state.layer, state.head], ...(beside ? [beside] : [])];
    const isWhole = heads.every(([layer, head]) => numbers.tiled.goOn(layer, head, now + SHARE));
    if (isWhole || now - sharpened > SHOWN) {
      sharpened = now;
      layers.draw(matrices, size);
    }
    if (!isWhole) actions.later("tiles of the head", sharpen, 0);
  }

  // The legend stays as long as it would say the same.
  function explain() {
    const { state, beside, shownAs, palette, loose } = context;
    const isHead = !state.over.length && state.of !== "rollout";
    const isPlain = shownAs === "heatmap" && !context.part.isTiled && isHead && state.scale === "fixed" && !loose;
    stretch.setAttribute("aria-pressed", String(state.scale === "own"));
    stretch.hidden = (shownAs !== "heatmap" && shownAs !== "picture") || loose;
    const wanted = isPlain ? `heatmap ${palette.text}` : JSON.stringify([state, beside, palette.text]);
    if (explained === wanted) return;
    explained = wanted;
    key.replaceChildren(...legend(context, matrices));
  }

  function heading() {
    const wanted = headingOf(context);
    [name, further].forEach((one, i) => {
      if (one.textContent !== wanted[i]) one.textContent = wanted[i];
    });
  }

  // What the buttons do now; and of a pin that was just set or taken away, what that did.
  function offer() {
    const { state, shownAs } = context;
    const { second, layer, head, of } = state;
    const kind = [context.part.picture, context.part.sound, context.part.isTiled].map(Boolean).join();
    const now = `${second} ${layer} ${head} ${of} ${shownAs} ${kind}`;
    if (offeredFor === now) return;
    offeredFor = now;
    const done = pinInWords(second, pinnedBefore, [layer, head]);
    pinnedBefore = second;
    const isPinned = second !== null && !isSame(second, [layer, head]);
    const wanted = JSON.stringify([shownAs, isPinned, second, done, kind]);
    if (offered === wanted) return;
    offered = wanted;
    labelShows(shows, context, isPinned);
    pin.textContent = second ? `Unpin ${headName(second)}` : "Pin to compare";
    pin.setAttribute("aria-pressed", String(Boolean(second)));
    said.textContent = done;
  }

  function mark() {
    if (context.shownAs === "picture" || context.shownAs === "sound") return;
    layers.mark(pictureOf());
    const { row, column } = context.marked();
    const at = { row, column: column < 0 && row >= 0 ? strongestColumn(context, row) : column };
    loupe.draw(context.shownAs === "lines" ? null : matrices, at, pointedAt);
  }

  /** @type {(event: MouseEvent) => (Cell & { picture?: number }) | null} */
  function under(event) {
    const frame = target.getBoundingClientRect();
    const [x, y] = [event.clientX - frame.left, event.clientY - frame.top];
    return pictureOf().under(x / context.zoom, y / context.zoom);
  }

  /** @type {(event: MouseEvent) => void} */
  function pointed(event) {
    const cell = under(event);
    pointedAt = cell?.picture ?? 0;
    actions.point(cell && tokensOf(context, cell));
    if (!cell) return;
    const isCell = cell.row >= 0 && cell.column >= 0;
    if (!isCell && context.shownAs !== "lines") return;
    actions.tip(event, () => (isCell ? cellSaid(context, cell) : lineSaid(context, cell, lines.linesOf(cell))));
    if (cell.row >= 0) actions.requestRow(context.numbers.grouping.rows[cell.row].tokens);
  }

  // What a screen reader says of the picture.
  function describe() {
    const { state, summary } = context;
    const { row, column } = context.chosen();
    if (row < 0) return;
    const to = column < 0 ? strongestColumn(context, row) : column;
    const weight = context.rowAt(row)[to];
    const shown = summary ? summaryName(summary) : headName([state.layer, state.head]);
    const label = `Weights of ${shown}, as ${context.shownAs}`;
    target.setAttribute("aria-label", label);
    target.setAttribute("aria-valuenow", percent(weight));
    target.setAttribute("aria-valuetext", cellSaid(context, { row, column: to }).join("; "));
  }

  return {
    get picture() {
      return pictureOf();
    },
    get width() {
      return size.width;
    },
    inWords: (cell) => cellSaid(context, cell),
    measure(isAnew) {
      const { zoom, state, room } = context;
      const [width, tall] = [box.clientWidth / zoom, room(box) / zoom];
      if (!isAnew && (!width || (width === size.width && tall === size.tall))) return;
      const { rows, columns } = context.numbers.grouping;
      const widths = [...rows, ...columns].slice(0, 300).map(({ label }) => widthOf(label));
      const labels = Math.min(100, Math.max(24, ...widths));
      size = { width, labels, tall, ...(state.present ? PRESENTED : {}) };
      loupe.measure(size.width);
      drawn = "";
      explained = "";
    },
    draw,
    mark,
    describe,
    destroy() {
      loupe.destroy();
      vacate(listeners, title, box, key);
    },
  };
};
