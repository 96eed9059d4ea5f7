// The Learn page on Streamlit: an explorer with the cards of the walk, in which the model itself runs.

import { createModel } from "../model/model.js";
import { stepAt, stepsOf } from "../walk/steps.js";
import { within } from "../views/view.js";
import { channel } from "./channel.js";
import { createPresenting } from "./presenting.js";
import { start } from "./side.js";
import { groundOf } from "./theme.js";

/** @import { Unpacked } from "../numbers/part.js" */
/** @import { Code } from "../state/lecture.js" */
/** @import { State } from "../state/schema.js" */
/** @import { Host } from "./explorer.js" */

/** @type {State["walk"][]} */
const WITH_HEAD = ["scores", "scaled", "masked", "softmax", "context", "heads", "concatenated", "output"];
/** @type {State["walk"][]} */
const WITH_NEURON = ["score", "row", "context"];

/** @param {{ parentElement: HTMLElement }} component */
export default function learner({ parentElement }) {
  const host = /** @type {Host} */ (within(parentElement, ".host"));
  if (host.explorer)
    {host.explorer.drawAll();} // another theme
  else begin(host);
  return host.leave;
}

/** @param {Host} host */
function begin(host) {
  const { subscribe, unsubscribe } = channel();
  const root = within(host, ".explorer");
  const walk = within(root, ".card.walk");
  const explorerNow = () => host.explorer;

  const steps = () => {
    const of = explorerNow()?.context.lesson.of();
    return of ? stepsOf(of) : [];
  };
  // For a class each step fills the window, one after another.
  const presenting = createPresenting(root, {
    cards: () => steps().map(() => walk),
    card: () => {
      const explorer = explorerNow();
      const of = explorer?.context.lesson.of();
      return explorer && of && explorer.state.present ? stepsOf(of).indexOf(stepAt(of, explorer.state.walk)) + 1 : 0;
    },
    go: (card) => explorerNow()?.choose(card ? { present: 1, walk: steps()[card - 1] } : { present: 0 }),
    groundOf: () => groundOf(host),
    changed: () => explorerNow()?.drawAll(),
  });

  // What stands beside a step: the head that it is of, the way of its word.
  /** @type {(state: State) => boolean} */
  function arrange({ pane, walk: step }) {
    const wanted = [pane, pane === "way" && WITH_HEAD.includes(step), pane === "way" && WITH_NEURON.includes(step)];
    const isOther = root.dataset.arranged !== wanted.join();
    root.dataset.arranged = wanted.join();
    root.dataset.pane = pane;
    root.toggleAttribute("data-aside", wanted[1] === true);
    root.toggleAttribute("data-neuron", wanted[2] === true);
    return isOther;
  }

  start(host, "", { arrange, presents: presenting });
  /** @type {(payload: Unpacked & { header: any }) => void} */
  const take = (payload) => {
    const { id, ids, code } = payload.header;
    explorerNow()?.teach({ id, ids, code: /** @type {Record<string, Code>} */ (code), model: createModel(payload) });
  };
  subscribe("model", take);
  const { leave } = host;
  host.leave = () => {
    unsubscribe("model", take);
    leave?.();
  };
}
