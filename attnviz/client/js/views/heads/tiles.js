// All heads of all layers, each a small heatmap: a canvas with a button over every head.

import { rootTable } from "../../draw/colors.js";
import { element, surface } from "../../draw/paint.js";
import { isLoose, sizesOf } from "../../numbers/equations/normalizers.js";
import { headOnPatches, seenBytes, seenVersion, summaryOnPatches } from "../../state/seen_picture.js";
import { tileName } from "../../say/summary.js";
import { atSpecials, headName, isolated, short } from "../../say/words.js";
import { tileAfter } from "../../state/grid.js";
import { isSame } from "../../state/state.js";
import { besideInWords, explainBeside, HEADINGS, tilesBeside } from "./summary_tiles.js";
import { crossOut, FINGER, GAP, layout, MARGIN, paintTile, sentBytes } from "./tile.js";
import { markTiles } from "./tile_marks.js";
import { createListeners, hasFocus, indexOfEvent, selectWithin, vacate, within } from "../view.js";

/** @import { Numeric } from "../../numbers/part.js" */
/** @import { State } from "../../state/schema.js" */
/** @import { Place } from "../../state/state.js" */
/** @import { BesideTile, Tile } from "./tile.js" */
/** @import { CreateView } from "../view.js" */

const PHONE = 748; // pixels up to which a page is one column: what explorer.css says, and the page’s two edges
const SHARE = 10; // milliseconds of computing at a time

/** @type {CreateView} */
export const createTiles = (root, { context, actions }) => {
  const listeners = createListeners();
  const box = within(root, ".tiles");
  const does = selectWithin(root, ".taps select"); // what a tap does, where there are no modifier keys
  const canvas = /** @type {HTMLCanvasElement} */ (element("canvas"));
  const over = /** @type {HTMLCanvasElement} */ (element("canvas", "over"));
  const list = element("div", "options", null, {
    role: "listbox",
    "aria-label": "All heads: row is layer, column is head",
  });
  box.append(canvas, over, list);
  let laid = layout([{ heads: 1 }], 0);
  /** @type {HTMLElement[]} */
  let options = [];
  /** @type {Uint32Array} */
  let colors = new Uint32Array();
  let room = 0; // pixels across
  let chosen = -1; // among the options, as they say it
  const beside = tilesBeside(context, actions.later, { paint: paintBeside, done: describe });
  /** @type {unknown[] | null} */
  let painted = null; // what the tiles show

  // The heads, then what stands beside them: as the options come.
  /** @type {(index: number) => Tile | BesideTile | undefined} */
  const tileAt = (index) => laid.places[index] ?? laid.beside[index - laid.places.length];

  listeners.on(list, "click", (event) => {
    const tile = tileAt(indexOfEvent(event, "[role=option]"));
    if (!tile) return;
    if ("of" in tile) {
      actions.choose({ layer: tile.layer, of: tile.of });
      return;
    }
    const { layer, head } = tile;
    if (event.shiftKey || does.value === "second") actions.second([layer, head]);
    else if (event.ctrlKey || event.metaKey || event.altKey || does.value === "over") actions.over([layer, head]);
    else actions.choose({ layer, head });
  });

  listeners.on(list, "keydown", (event) => {
    const { state, part } = context;
    /** @type {Place} */
    const at = [state.layer, state.head];
    if (event.key === "Enter" && (event.shiftKey || event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      if (event.shiftKey) actions.second(at);
      else actions.over(at);
      return;
    }
    const next = tileAfter(event.key, state, { layers: part.layers, beside: context.besideHeads });
    if (!next) return;
    event.preventDefault();
    actions.choose(next);
    options[indexOf({ ...state, of: "head", ...next })].focus({ preventScroll: true });
  });

  listeners.points(list, pointed, () => actions.tip(null), "pointerover");

  /** @type {(event: MouseEvent) => void} */
  function pointed(event) {
    const tile = tileAt(indexOfEvent(event, "[role=option]"));
    if (!tile) return;
    if ("of" in tile) {
      actions.tip(event, besideInWords(context, tile));
      return;
    }
    const link = context.link(tile.layer, tile.head);
    const said = link ? [`${context.from()} → ${link.to}: ${short(link.weight)}`] : [];
    actions.tip(event, [...context.headInWords(tile.layer, tile.head), ...said]);
  }

  /** @type {(chosen: Pick<State, "of" | "layer" | "head">) => number} */
  function indexOf({ of, layer, head }) {
    const at = laid.beside.findIndex((one) => one.of === of && one.layer === layer);
    if (at >= 0) return laid.places.length + at;
    return laid.places.findIndex((one) => isSame([one.layer, one.head], [layer, head]));
  }

  function build() {
    const { numbers, palette, zoom } = context;
    const { width, height, side, places } = laid;
    box.style.height = `${zoom * height}px`;
    const pen = surface(canvas, { width, height, zoom });
    pen.fillStyle = palette.faint;
    pen.textAlign = "center";
    const everyNth = Math.ceil(16 / (side + GAP));
    for (const { layer, head, x, y } of places) {
      if (layer === 0 && head % everyNth === 0) pen.fillText(String(head), x + side / 2, MARGIN.top - 6);
      if (head === 0 && layer % everyNth === 0) pen.fillText(String(layer), MARGIN.left / 2 - 2, y + side / 2 + 4);
    }
    for (const { of, x } of laid.columns) pen.fillText(HEADINGS[of], x + side / 2, MARGIN.top - 6);
    colors = rootTable(palette.weights);
    const asSent = numbers.grouping.isPlain || !numbers.isWhole;
    if (context.part.picture) paintSeen();
    else if (asSent) for (const tile of places) paintSent(tile);
    const isFocused = hasFocus(list);
    options = [...places, ...laid.beside].map(option);
    chosen = -1;
    list.replaceChildren(...options);
    if (isFocused) actions.afterwards(() => options[chosen]?.focus({ preventScroll: true }));
    if (!asSent && !context.part.picture) computeAll();
  }

  // Of a picture: how each head's chosen row lies over it, once all vectors are here.
  function paintSeen() {
    const known = laid.places.filter(({ layer, head }) => context.numbers.knows(layer, head));
    for (const tile of known) paintAs(tile, seenBytes(context, headOnPatches(context, tile.layer, tile.head)));
  }

  /** @type {(tile: Tile | BesideTile, index: number) => HTMLElement} */
  function option(tile, index) {
    const { side } = laid;
    const { x, y } = tile;
    const [left, top, length] = [x, y, side].map((pixels) => `${context.zoom * pixels}px`);
    const attributes = {
      role: "option",
      "data-index": index,
      "aria-label": "of" in tile ? tileName(tile.of, tile.layer) : headName([tile.layer, tile.head]),
      "aria-selected": false,
      tabindex: -1,
    };
    const made = element("div", "", null, attributes);
    made.style.cssText = `left:${left};top:${top};width:${length};height:${length}`;
    return made;
  }

  // The small picture that came with the trace: as many rows and columns as it has tokens, up to a limit.
  /** @type {(tile: Tile) => void} */
  function paintSent(tile) {
    paintAs(tile, sentBytes(context.part, tile));
  }

  // Grouped otherwise than what came: each head is computed, a few at a time, so that the page stays at hand.
  function computeAll() {
    const { numbers } = context;
    const { grouping } = numbers;
    const { places } = laid;
    let next = 0;
    const some = () => {
      if (context.numbers !== numbers || numbers.grouping !== grouping) return; // others have come since
      const until = performance.now() + SHARE;
      while (next < places.length && performance.now() < until) {
        const tile = places[next++];
        const weights = numbers.weights(tile.layer, tile.head);
        const shown = isLoose(numbers.part, tile.layer) ? sizesOf(weights) : weights;
        const bytes = Uint8Array.from(shown, (weight) => Math.round(255 * Math.sqrt(weight)));
        paintAs(tile, { bytes, rows: grouping.rows.length, columns: grouping.columns.length });
      }
      if (next < places.length) actions.later("thumbnails", some, 0);
    };
    some();
  }

  // What stands beside the heads is computed whole.
  /** @type {(tile: BesideTile, bytes: Numeric, rows: number, columns: number) => void} */
  function paintBeside(tile, bytes, rows, columns) {
    const isSeen = context.part.picture;
    paintAs(tile, isSeen ? seenBytes(context, summaryOnPatches(context, tile)) : { bytes, rows, columns });
  }

  /** @type {(tile: Tile | BesideTile, small: { bytes: Numeric, rows: number, columns: number }) => void} */
  function paintAs(tile, { bytes, rows, columns }) {
    const pen = canvas.getContext("2d");
    if (!pen) return;
    paintTile(pen, { ...tile, side: laid.side }, { bytes, rows, columns, colors, zoom: context.zoom });
    if (!("head" in tile && context.isOff(tile.layer, tile.head))) return;
    crossOut(pen, { ...tile, side: laid.side }, context.palette.text);
  }

  // What is chosen and pointed at: the overlay alone.
  function mark() {
    actions.later("tiles", describe);
    const { width, height } = laid;
    const pen = surface(over, { width, height, zoom: context.zoom }, null);
    markTiles(pen, context, laid, (chosenTile) => tileAt(indexOf(chosenTile)));
    select(indexOf(context.state));
  }

  /** @type {(now: number) => void} */
  function select(now) {
    if (chosen === now) return;
    for (const i of [chosen, now]) {
      options[i]?.setAttribute("aria-selected", String(i === now));
      if (options[i]) options[i].tabIndex = i === now ? 0 : -1;
    }
    chosen = now;
  }

  // Names for a screen reader.
  function describe() {
    const from = isolated(context.from());
    laid.places.forEach(({ layer, head }, i) => {
      const notes = context.notesOf(layer, head);
      const link = context.link(layer, head);
      const said = [headName([layer, head])];
      if (context.isOff(layer, head)) said.push("switched off");
      if (notes) said.push(notes.character, `${atSpecials(context.part.sound)} ${short(notes.special)}`);
      if (link) said.push(`${from} → ${isolated(link.to)} ${short(link.weight)}`);
      options[i].setAttribute("aria-label", said.join(", "));
    });
    laid.beside.forEach((tile, i) => {
      options[laid.places.length + i].setAttribute("aria-label", besideInWords(context, tile).join(", "));
    });
  }

  return {
    measure(isAnew) {
      const least = innerWidth < PHONE ? FINGER : undefined;
      const width = box.clientWidth / context.zoom;
      if (!isAnew && (!width || width === room)) return;
      room = width;
      laid = layout(context.part.layers, width, least, context.besideHeads);
      painted = null;
    },
    draw() {
      // Grouped ones cannot be computed before all vectors are here.
      const { grouping, isWhole } = context.numbers;
      const seen = seenVersion(context); // of a picture, tiles show the chosen row
      const wanted = [grouping, grouping.isPlain || isWhole, seen, seen && isWhole];
      if (!painted || wanted.some((one, i) => one !== painted?.[i])) {
        painted = wanted;
        build();
        explainBeside(context, root.querySelector(".beside-heads"));
      }
      beside.draw(laid.beside, seen);
      mark();
    },
    mark,
    describe,
    destroy: () => vacate(listeners, box),
  };
};
