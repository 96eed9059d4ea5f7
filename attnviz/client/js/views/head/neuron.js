// How one word gets its new vector in one head: what mouse, keys and a screen reader find in it.

import { element } from "../../draw/paint.js";
import { columnsOn, HEAD, placesBelow, ROW } from "../../draw/columns.js";
import { Way } from "../../draw/way.js";
import { columnInWords, elementInWords, elementsOf, rowAfter, rowInWords, together, valuesOf } from "../../say/told.js";
import { isolated, number } from "../../say/words.js";
import { createListeners, percent, undescribed, vacate, within } from "../view.js";
import { largestOf, listedIn, NOTHING, wayOf } from "./way.js";

/** @import { Column } from "../../draw/columns.js" */
/** @import { Walked } from "../../draw/way.js" */
/** @import { RowName } from "../../say/told.js" */
/** @import { CreateView, View } from "../view.js" */

const ROWS_IN_SIGHT = 14;
const NAMES = 18; // pixels that the names of the columns stand in
const NARROWEST = 440; // pixels in which they have room: on a narrower page it is scrolled
const ATTRIBUTES = {
  role: "slider",
  tabindex: "0",
  "aria-roledescription": "table",
  "aria-valuemin": "0",
  "aria-valuemax": "100",
  ...undescribed("How a word gets its new vector"),
};

/** @type {CreateView<View & { readonly picture: Way }>} */
export const createNeuron = (root, { context, actions }) => {
  const listeners = createListeners();
  const [title, box] = [within(root, ".title"), within(root, ".way")];
  const [canvas, labels] = ["", "over"].map((name) => /** @type {HTMLCanvasElement} */ (element("canvas", name)));
  const scroller = element("div", "scroller", null, ATTRIBUTES);
  const filler = element("div", "filler");
  const [name, further] = [element("b"), element("span", "faint")];
  scroller.append(filler);
  box.append(canvas, labels, scroller);
  title.append(name, further);
  const picture = new Way(context, canvas, labels);
  let sizes = "";
  let isSeen = false;
  /** @type {unknown} */
  let listedOf = null;
  let listed = NOTHING;

  listeners.on(scroller, "scroll", () => {
    picture.scrolled = scroller.scrollTop / context.zoom;
    picture.paint();
  });
  listeners.on(scroller, "click", (event) => {
    const row = rowUnder(event);
    if (typeof row === "number") actions.choose({ key: row });
  });
  listeners.points(box, pointed, () => actions.point(null));
  listeners.on(scroller, "keydown", typed);
  listeners.on(scroller, "blur", leave);

  function draw() {
    if (!isSeen) return; // it is drawn when the page is laid out so that it is
    const { numbers } = context;
    if (listedOf !== numbers.grouping) [listedOf, listed] = [numbers.grouping, listedIn(context)];
    picture.way = wayOf(context, listed);
    picture.largest = largestOf(picture.way);
    const { tokens } = picture.way;
    picture.inSight = Math.min(tokens.length, ROWS_IN_SIGHT);
    picture.places = placesBelow({ inSight: picture.inSight, ...picture.way });
    picture.columns = columnsOn(picture.width - (tokens.length > picture.inSight ? 12 : 0), picture.way.layer.added);
    if (picture.at) picture.at = settled(picture.at);
    const isMoved = reveal();
    picture.paint();
    actions.afterwards(() => place(isMoved));
    actions.later("neuron", describe);
  }

  // Where the keys are, in another head or sentence: at the word looked at, or at a row that is still there.
  /** @type {(at: Walked) => Walked | null} */
  function settled({ row, element: c }) {
    if (typeof row === "number") return { row: start(), element: c };
    return row === "hidden" && !picture.way.hidden.length ? null : { row, element: c };
  }

  /** @type {() => RowName} */
  function start() {
    return context.pair().key ?? picture.way.tokens[0] ?? "sum";
  }

  // Sizes, headings and the scroll bar.
  /** @type {(isMoved: boolean) => void} */
  function place(isMoved) {
    const { tokens } = picture.way;
    const { zoom } = context;
    const wanted = `${picture.places.end} ${picture.inSight} ${tokens.length} ${picture.width} ${zoom}`;
    if (sizes !== wanted) {
      sizes = wanted;
      box.style.height = `${zoom * picture.places.end}px`;
      const [top, width, height] = [HEAD, picture.width, picture.inSight * ROW].map((pixels) => `${zoom * pixels}px`);
      scroller.style.cssText = `top:${top};width:${width};height:${height}`;
      filler.style.height = `${zoom * tokens.length * ROW}px`;
    }
    heading();
    // Scrolling makes the browser lay everything out: once, with the frame.
    if (isMoved) requestAnimationFrame(() => (scroller.scrollTop = context.zoom * picture.scrolled));
  }

  // The word looked at comes in sight; whether anything had to move for it.
  function reveal() {
    const { tokens } = picture.way;
    const { key } = context.pair();
    const at = (key === null ? -1 : tokens.indexOf(key)) * ROW;
    const height = picture.inSight * ROW;
    const last = tokens.length * ROW - height;
    const before = picture.scrolled;
    if (at >= 0 && (at < before || at + ROW > before + height)) picture.scrolled = at - height / 2;
    picture.scrolled = Math.max(0, Math.min(picture.scrolled, last));
    return picture.scrolled !== before;
  }

  function heading() {
    const { state, numbers } = context;
    const word = numbers.grouping.rows.find(({ tokens }) => tokens.includes(state.query));
    const piece = word && word.tokens.length > 1 ? `, a piece of “${word.label}”,` : "";
    const { way } = picture; // a repeated word is named by its label and its number, a patch as “patch 1,3”
    const isLabel = way.name.startsWith(way.label);
    const called = `“${isLabel ? way.label : way.name}”${isLabel ? way.name.slice(way.label.length) : ""}${piece}`;
    name.textContent = `How ${called} gets its new vector: this head’s share`;
    further.textContent = ` · layer ${state.layer}, head ${state.head}`;
  }

  // Where a place is in the picture.
  /** @type {(event: MouseEvent) => number} */
  const acrossTo = ({ clientX }) => (clientX - box.getBoundingClientRect().left + box.scrollLeft) / context.zoom;
  /** @type {(event: MouseEvent) => number} */
  const downTo = ({ clientY }) => (clientY - box.getBoundingClientRect().top) / context.zoom;

  // The row at a place, or null.
  /** @type {(event: MouseEvent) => RowName | null} */
  function rowUnder(event) {
    const y = downTo(event);
    if (y < HEAD) return y > NAMES && y < 38 ? "q" : null;
    if (y < picture.places.note) return picture.way.tokens[Math.floor((y - HEAD + picture.scrolled) / ROW)] ?? null;
    if (y >= picture.places.sum) return "sum";
    return picture.way.hidden.length && y >= picture.places.hidden ? "hidden" : null;
  }

  /** @type {(event: MouseEvent) => void} */
  function pointed(event) {
    const row = rowUnder(event);
    if (row === null) {
      actions.point(null);
      const column = columnUnder(event);
      if (column) actions.tip(event, columnInWords(picture.way, column));
      return;
    }
    actions.point(typeof row === "number" ? { key: row } : { query: picture.way.query });
    actions.tip(event, () => inWords(row, acrossTo(event)));
  }

  // The column over whose name the pointer is; null elsewhere.
  /** @type {(event: MouseEvent) => Column | null} */
  function columnUnder(event) {
    const x = acrossTo(event);
    const all = /** @type {[Column, [number, number]][]} */ (Object.entries(picture.columns));
    const [found] = all.find(([, [left, width]]) => x >= left - 3 && x < left + width + 3) ?? [];
    return found && downTo(event) < NAMES ? found : null;
  }

  // What stands under the pointer: an element of q, k, q·k, v or the sum, or the row's numbers.
  /** @type {(row: RowName, x: number) => string | string[]} */
  function inWords(row, x) {
    for (const column of /** @type {const} */ (["k", "products", "v"])) {
      const [left, width] = picture.columns[column];
      const c = Math.floor(((x - left) / width) * (column === "v" ? picture.way.dValue : picture.way.d));
      const said = x >= left && x < left + width && elementInWords(picture.way, row, c, column);
      if (said) return said;
    }
    return rowInWords(picture.way, row);
  }

  // Up and down from row to row, q above them and the sum below; left and right from element to element.
  /** @type {(event: KeyboardEvent) => void} */
  function typed(event) {
    const [down, right] = [stepOf(event.key, "ArrowDown", "ArrowUp"), stepOf(event.key, "ArrowRight", "ArrowLeft")];
    if (event.key === "Escape") leave();
    if (!down && !right) return;
    event.preventDefault();
    const at = picture.at ?? { row: start(), element: null };
    const row = down ? rowAfter(picture.way, at.row, down) : at.row;
    if (row === null) return;
    const wanted = right ? (at.element ?? -1) + right : at.element;
    const last = elementsOf(picture.way, row) - 1;
    const now = { row, element: wanted === null || wanted < 0 ? null : Math.min(wanted, last) };
    picture.at = now;
    if (typeof row === "number" && down) actions.choose({ key: row });
    else picture.paint();
    showBeside(now);
    describe();
  }

  // What the keys are at, beside it.
  /** @type {(at: Walked) => void} */
  function showBeside({ row, element: c }) {
    const frame = box.getBoundingClientRect();
    const { places, way, columns } = picture;
    const below = row === "hidden" || row === "sum" ? places[row] : HEAD;
    const y = typeof row === "number" ? HEAD + (way.tokens.indexOf(row) + 1) * ROW - picture.scrolled : below;
    const [x] = columns[row === "sum" || row === "hidden" ? "v" : "k"];
    const { zoom } = context;
    const at = { clientX: frame.left - box.scrollLeft + zoom * x, clientY: frame.top + zoom * y };
    actions.tip(at, () => atInWords(row, c));
  }

  /** @type {(row: RowName, c: number | null) => string | string[]} */
  function atInWords(row, c) {
    return (c !== null && elementInWords(picture.way, row, c)) || rowInWords(picture.way, row);
  }

  function leave() {
    if (picture.at === null) return;
    picture.at = null;
    actions.tip(null);
    picture.paint();
    describe();
  }

  // Where no keys walk, it is at the word looked at.
  function describe() {
    const { state } = context;
    const { row, element: c } = picture.at ?? { row: start(), element: null };
    const { way } = picture;
    const weight = row === "hidden" ? together(way).weight : typeof row === "number" ? way.steps.weights[row] : 1;
    const said = [atInWords(row, c)].flat().join("; ");
    const all = c === null ? valuesOf(way, row) : [];
    const head = `layer ${state.layer} head ${state.head}`;
    const label = `How ${isolated(way.name)} gets its new vector, ${head}: this head’s share`;
    scroller.setAttribute("aria-label", label);
    scroller.setAttribute("aria-valuenow", percent(weight));
    scroller.setAttribute("aria-valuetext", all.length ? `${said}: ${all.map(number).join(", ")}` : said);
  }

  return {
    picture,
    measure() {
      isSeen = box.clientWidth > 0;
      picture.width = Math.max(NARROWEST, box.clientWidth / context.zoom);
    },
    draw,
    mark: () => isSeen && picture.paint(),
    describe,
    destroy: () => vacate(listeners, title, box),
  };
};

/** @type {(key: string, on: string, back: string) => number} */
function stepOf(key, on, back) {
  return key === on ? 1 : key === back ? -1 : 0;
}
