// The picture that is looked at, in the light of the chosen head's weights. A click lets a patch look, and with Shift
// pins the one that is looked at. What stands in a scene's cell can be moved: dragged, or after a press on the button.

import { boxOf, drawSeen, frameChosen, framePatch, patchAt, placeOfPatch } from "../../draw/seen.js";
import { element, surface } from "../../draw/paint.js";
import { placeOf } from "../../numbers/grouping.js";
import { createMoving } from "./moving.js";
import { rowOnPatches } from "../../state/seen_picture.js";
import { cellAfter } from "../../state/state.js";
import { weightSaid } from "../cells.js";
import { createListeners, undescribed, vacate, within } from "../view.js";

/** @import { Picture } from "../../numbers/part.js" */
/** @import { Row } from "../../state/seen_picture.js" */
/** @import { CreateView } from "../view.js" */

const ATTRIBUTES = {
  role: "gridcell",
  tabindex: "0",
  "aria-keyshortcuts": "ArrowUp ArrowDown ArrowLeft ArrowRight Enter",
  ...undescribed("The picture"),
};

/** @type {CreateView} */
export const createPicture = (root, { context, actions }) => {
  const listeners = createListeners();
  const [around, box] = [".seen", ".picture"].map((name) => within(root, name));
  const canvas = /** @type {HTMLCanvasElement} */ (element("canvas"));
  const marks = /** @type {HTMLCanvasElement} */ (element("canvas", "over"));
  const grid = element("div", "spot", null, { role: "grid", "aria-label": "Patches of the picture" });
  const row = element("div", "", null, { role: "row" });
  const target = element("div", "spot", null, ATTRIBUTES);
  row.append(target);
  grid.append(row);
  box.append(canvas, marks, grid);
  let whole = { x: 0, y: 0, width: 0, height: 0 };
  /** @type {Row} */
  let shown = { weights: new Map(), most: 1 };
  let at = -1; // the patch on which the keys are

  const tokens = () => context.part.keys.tokens;
  /** @type {() => Picture | null} */
  const isShown = () => (context.shownAs === "picture" ? context.part.picture : null);

  const moving = createMoving(root, { context, actions }, { target, under, mark, listeners });
  listeners.on(target, "click", (event) => {
    const token = under(event);
    if (token >= 0 && !moving.takes(token)) choose(token, event.shiftKey);
    target.focus({ preventScroll: true });
  });
  listeners.points(target, pointed, () => actions.point(null));
  listeners.on(target, "keydown", (event) => {
    const picture = isShown();
    if (!picture) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      if (at >= 0 && !moving.takes(at)) choose(at, event.shiftKey);
      return;
    }
    const from = at < 0 ? strongest() : at;
    const [place, { across, patches }] = [picture.patches.indexOf(from), picture];
    const cell = [Math.floor(place / across), place % across];
    const next = cellAfter(event.key, /** @type {[number, number]} */ (cell), patches.length / across, across);
    if (!next) return;
    event.preventDefault();
    at = at < 0 ? from : patches[next[0] * across + next[1]];
    actions.point({ key: at });
    describe();
  });
  listeners.on(target, "blur", () => {
    at = -1;
    actions.point(null);
  });

  // Which patch looks, or is looked at.
  /** @type {(token: number, pins: boolean) => void} */
  function choose(token, pins) {
    if (pins) actions.choose({ key: context.state.key === token ? null : token });
    else actions.choose({ query: token });
  }

  /** @type {(event: MouseEvent) => number} */
  function under(event) {
    const picture = isShown();
    if (!picture) return -1;
    const frame = target.getBoundingClientRect();
    const [x, y] = [event.clientX - frame.left, event.clientY - frame.top];
    return patchAt(picture, tokens(), whole, x / context.zoom, y / context.zoom);
  }

  /** @type {(event: MouseEvent) => void} */
  function pointed(event) {
    const token = under(event);
    actions.point(token < 0 ? null : { key: token });
    if (token >= 0) actions.tip(event, () => [inWords(token), tokens()[token].title]);
  }

  // How much the chosen token looks at a patch.
  /** @type {(token: number) => string} */
  function inWords(token) {
    const { rows } = context.numbers.all;
    const looking = rows[placeOf(rows, context.state.query)];
    const weight = shown.weights.get(token) ?? 0;
    return weightSaid(context, looking?.name ?? "", tokens()[token].name, weight, looking?.tokens ?? []);
  }

  function strongest() {
    let [best, most] = [context.part.picture?.patches[0] ?? -1, -Infinity];
    for (const [token, weight] of shown.weights) if (weight > most) [best, most] = [token, weight];
    return best;
  }

  function draw() {
    const picture = isShown();
    around.hidden = !picture;
    moving.draw();
    if (!picture) return;
    const { zoom } = context;
    shown = rowOnPatches(context);
    const pen = surface(canvas, { ...whole, zoom });
    drawSeen(pen, context, whole);
    mark();
    actions.later("picture", describe);
  }

  // The patch that looks, the one that is looked at, and the one under the pointer.
  function mark() {
    const picture = isShown();
    if (!picture) return;
    const { hover, zoom } = context;
    const pen = surface(marks, { ...whole, zoom }, null);
    /** @type {(token: number | null | undefined, color: string, width: number, dash?: number[]) => void} */
    const frame = (token, color, width, dash) => {
      if (token === null || token === undefined || !tokens()[token]?.box) return;
      framePatch(pen, placeOfPatch(picture, tokens()[token], whole), { color, width, dash });
    };
    frameChosen(pen, context, (token) => placeOfPatch(picture, tokens()[token], whole));
    frame(hover?.key, "#ffffff", 2);
    frame(moving.lifted, "#ffffff", 3, [3, 3]);
  }

  function describe() {
    if (!isShown()) return;
    const token = at < 0 ? strongest() : at;
    target.setAttribute("aria-label", at < 0 ? `Brightest: ${inWords(token)}` : inWords(token));
  }

  return {
    measure() {
      const { picture } = context.part;
      if (!picture) return;
      around.hidden = context.shownAs !== "picture";
      const { zoom, room } = context;
      const wide = Math.max(1, around.clientWidth / zoom);
      whole = boxOf(picture, wide, room(box) / zoom);
      Object.assign(box.style, { width: `${zoom * whole.width}px`, height: `${zoom * whole.height}px` });
    },
    draw,
    mark,
    describe,
    destroy: () => vacate(listeners, box),
  };
};
