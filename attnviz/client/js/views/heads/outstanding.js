// One head says one thing of a word. In all heads together: the words at which the chosen one stands out, and a way to
// each.

import { element } from "../../draw/paint.js";
import { mostOutstanding } from "../../numbers/analysis/outstanding.js";
import { hasLoose } from "../../numbers/equations/normalizers.js";
import { headName, quoted, short } from "../../say/words.js";
import { WHOLE } from "../../state/schema.js";
import { createListeners, IDLE, indexOfEvent, vacate } from "../view.js";

/** @import { Outstanding } from "../../numbers/analysis/outstanding.js" */
/** @import { CreateView } from "../view.js" */

/** @type {CreateView} */
export const createOutstanding = (root, { context, actions }) => {
  const listeners = createListeners();
  /** @type {Outstanding[]} */
  let found = [];
  /** @type {unknown[]} */
  let foundFor = [];

  const keyOf = (/** @type {Outstanding} */ { column }) => context.numbers.grouping.columns[column].tokens[0];

  listeners.on(root, "click", (event) => {
    const chosen = found[indexOfEvent(event, "button")];
    if (chosen) actions.choose({ layer: chosen.layer, head: chosen.head, key: keyOf(chosen) });
  });

  // Every head's weights are computed for it: on a short text, and when nothing else is to be done.
  function look() {
    const { numbers, state, trace } = context;
    if (!numbers.isWhole) return; // of another text by now, whose vectors are on their way
    foundFor = [numbers.grouping, state.query];
    found = mostOutstanding(numbers, state.query, trace.header.sentences.times, context.isOff);
    write();
  }

  function write() {
    const { numbers, state } = context;
    const { length } = numbers.heads;
    const word = element("b", "", quoted(context.from()));
    const buttons = found.map((one, i) => {
      const { layer, head } = one;
      const label = `${numbers.grouping.columns[one.column].name} ${short(one.weight)} · L${layer} H${head}`;
      const isHead = layer === state.layer && head === state.head && state.of === "head";
      const isHere = isHead && context.pair().key === keyOf(one);
      const name = headName([layer, head]);
      const attributes = { type: "button", "data-index": i, title: name, "aria-pressed": isHere };
      return element("button", "", label, attributes);
    });
    const said = found.length ? " stands out most at:" : " stands out nowhere.";
    root.replaceChildren(`Over all ${length} heads, `, word, said, ...buttons);
  }

  return {
    ...IDLE,
    draw() {
      const { numbers, trace, state } = context;
      const isShort = Object.values(trace.header.rows).every(({ tokens }) => tokens.length <= WHOLE);
      const isTold = numbers.heads.length > 1 && !hasLoose(numbers.part);
      const isAsked = isShort && numbers.isWhole && isTold && context.from() !== "";
      root.hidden = !isAsked;
      if (!isAsked) return;
      if (foundFor[0] === numbers.grouping && foundFor[1] === state.query) write();
      else actions.later("outstanding", look);
    },
    destroy: () => vacate(listeners, root),
  };
};
