// The Learn page on Streamlit: an explorer with the cards of the walk, in which the model itself runs.

import { createModel } from "../../model/model.js";
import { within } from "../../views/view.js";
import { channel } from "../server/channel.js";
import { createLearning } from "./learning.js";
import { start } from "../side.js";
import { groundOf } from "../screen/theme.js";

/** @import { PackedModel } from "../../model/packed.js" */
/** @import { Code } from "../../state/learn/lecture.js" */
/** @import { Host } from "../explorer.js" */

/** @typedef {{ id: string, ids: number[], code: Record<string, Code> }} OfText what comes with a model: its text */
/** @typedef {PackedModel & { header: OfText }} Taught */

/** @param {{ parentElement: HTMLElement }} component */
export default function learner({ parentElement }) {
  const host = /** @type {Host} */ (within(parentElement, ".host"));
  if (host.explorer) host.explorer.drawAll(); // another theme
  else begin(host);
  return host.leave;
}

/** @param {Host} host */
function begin(host) {
  const { subscribe, unsubscribe } = channel();
  const learning = createLearning(host, () => groundOf(host));
  const { explorer } = start(host, "", learning);
  /** @type {(taught: Taught) => void} */
  const take = (taught) => {
    const { id, ids, code } = taught.header;
    explorer.teach({ lecture: { id, ids, code, model: createModel(taught) } });
  };
  subscribe("model", take);
  const { leave } = host;
  host.leave = () => {
    unsubscribe("model", take);
    leave?.();
  };
}
