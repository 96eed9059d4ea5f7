// Three kinds of attention side by side: the encoder's, the masked one of the decoder, and what the decoder sees of the
// encoder. A word of the sentence and a word that is written are chosen; each is marked in all three.

import { element } from "../../../draw/paint.js";
import { numbersByPart } from "../../../numbers/by_part.js";
import { isKinds, KINDS, linkedIn, mostOf, pairAt } from "../../../walk/kinds.js";
import { createKind } from "./kind.js";
import { createListeners, nothing, vacate } from "../../view.js";

/** @import { PartName } from "../../../walk/kinds.js" */
/** @import { Cell } from "../../../state/context.js" */
/** @import { Place } from "../../../state/state.js" */
/** @import { CreateView } from "../../view.js" */

/** @type {CreateView} */
export const createKinds = (root, { context, actions }) => {
  const listeners = createListeners();
  const numbers = numbersByPart(() => context.trace);
  /** @type {Map<PartName, Place>} the heads that somebody has chosen, and those of the lesson's step */
  const heads = new Map();
  let begun = "";
  let isMeasured = false;
  const figures = KINDS.map((kind) => {
    const [box, picture] = [element("figure", "kind", null, { "data-kind": kind.part }), element("div", "picture")];
    const pick = element("label", "pick", "Head ");
    const select = /** @type {HTMLSelectElement} */ (element("select", "", null, { "data-part": kind.part }));
    const said = element("p", "most", "", { "aria-live": "polite" });
    pick.append(select);
    const caption = element("figcaption");
    caption.append(element("h3", "", kind.title), element("p", "who", kind.who));
    box.append(caption, pick, picture, said);
    root.append(box);
    const view = createKind(picture, kind.title, {
      context,
      tip: actions.tip,
      choose(cell) {
        const next = pairAt(kind.part, cell);
        if (next) actions.choose(next);
      },
      point: (cell) => actions.point(cell && pairAt(kind.part, cell)),
    });
    return { ...kind, view, select, said, box, drawn: /** @type {unknown[]} */ ([]) };
  });
  listeners.on(root, "change", ({ target }) => {
    if (!(target instanceof HTMLSelectElement)) return;
    const [layer, head] = target.value.split(".").map(Number);
    const part = /** @type {PartName} */ (target.dataset.part);
    heads.set(part, [layer, head]);
    if (part === "cross") actions.choose({ layer, head });
    else draw();
  });

  // Another step of the lesson, or another trace: its heads.
  function begin() {
    const { course, state, trace } = context;
    const name = `${state.at} ${trace.header.id}`;
    if (begun === name) return;
    begun = name;
    numbers.clear(); // they are grouped anew, and drawn
    for (const figure of figures) figure.drawn = [];
    heads.clear();
    for (const [part, head] of Object.entries(course?.steps[state.at]?.heads ?? {})) {
      heads.set(/** @type {PartName} */ (part), head);
    }
    for (const { part, select } of figures) {
      const { layers } = numbers.of(part).part;
      const names = layers.flatMap((one, i) => Array.from({ length: one.heads }, (_, head) => `${i}.${head}`));
      select.replaceChildren(...names.map((one) => element("option", "", one, { value: one })));
    }
  }

  /** @type {(part: PartName) => Place} */
  function headOf(part) {
    const { layer, head } = context.state;
    return part === "cross" ? [layer, head] : (heads.get(part) ?? [0, 0]);
  }

  /** @type {() => Cell} the places of the words in the cross-attention */
  const chosen = () => {
    const { query, key } = context.pair();
    return { row: query, column: key ?? -1 };
  };
  const pointed = () => {
    const { query, key } = context.hover ?? {};
    return { row: query ?? -1, column: key ?? -1 };
  };

  function draw() {
    const { state, trace } = context;
    if (!trace || state.pane !== "kinds" || !isKinds(trace.header) || state.part !== "cross") return;
    begin();
    const { specials, words, filter } = state;
    const marked = chosen();
    for (const figure of figures) {
      const { part, view, select, said } = figure;
      const [own, head] = [numbers.of(part), headOf(part)];
      const wanted = [trace, head.join("."), specials, words, context.palette, context.zoom, isMeasured];
      const isOther = wanted.some((one, i) => one !== figure.drawn[i]);
      if (isOther) own.group({ specials, words, filter });
      if (isMeasured) figure.drawn = wanted;
      const linked = linkedIn(part, marked, own.grouping);
      view.draw({ numbers: own, head, linked, pointed: linkedIn(part, pointed(), own.grouping) }, isOther);
      select.value = head.join(".");
      said.textContent = linked.row < 0 ? "" : mostOf(own, head, linked.row);
    }
  }

  return {
    measure() {
      isMeasured = root.clientWidth > 0;
      for (const figure of figures) {
        figure.view.measure();
        figure.drawn = [];
      }
    },
    draw,
    mark() {
      if (context.state.pane !== "kinds" || !isMeasured) return;
      for (const { part, view } of figures) view.mark(linkedIn(part, pointed(), numbers.of(part).grouping));
    },
    describe: nothing,
    destroy() {
      for (const { view } of figures) view.destroy();
      vacate(listeners, root);
    },
  };
};
