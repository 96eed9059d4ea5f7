// The explorer on a Streamlit page. What it draws comes from publishers (publisher.js); what is chosen goes to the
// follower (follower.js), and from it comes what the package answers. So a choice never sends the trace again, and a
// new trace never the explorer.

import { within } from "../views/view.js";
import { channel, shared } from "./channel.js";
import { createExplorer } from "./explorer.js";
import { createPatience } from "./patience.js";
import { lightness } from "./theme.js";

/** @import { Unpacked } from "../numbers/part.js" */
/** @import { Answer, Notes, State } from "../state/schema.js" */
/** @import { Request } from "../views/view.js" */
/** @import { Host } from "./explorer.js" */

/** @typedef {{ id: string, state: State }} Wanted what the page around has chosen */

/** @param {{ parentElement: HTMLElement }} component */
export default function component({ parentElement }) {
  const host = /** @type {Host} */ (within(parentElement, ".host"));
  if (host.explorer) host.explorer.drawAll(); // another theme
  else start(host);
  return host.leave;
}

/** @type {(host: Host) => void} */
function start(host) {
  const { publish, subscribe, last, unsubscribe, forget } = channel();
  const groundOf = () => getComputedStyle(host).getPropertyValue("--st-background-color").trim() || "#ffffff";
  const idOf = () => explorer.trace?.header.id;
  /** @type {Request} */
  let lastRequest = {};
  const explorer = createExplorer(host, {
    isDark: () => lightness(groundOf()) < 0.5,
    groundOf,
    publish(state, asked) {
      lastRequest = { map: explorer.isMapOpen, ...asked };
      publish("choice", { id: idOf(), state, asked: lastRequest });
      patience.look();
    },
  });
  const isAnswered = () => {
    const answer = /** @type {{ header: Answer } | undefined} */ (last("answer"));
    return answer !== undefined && (answer.header.sequence ?? 0) >= (shared().sequence ?? 0);
  };
  const patience = createPatience(isAnswered, () => {
    publish("choice", { id: idOf(), state: explorer.state, asked: lastRequest, isRepeated: true });
    patience.look();
  });
  host.explorer = explorer;
  const subscribers = {
    trace(/** @type {Unpacked} */ trace) {
      const wanted = /** @type {Wanted | undefined} */ (last("wanted"));
      explorer.show(trace, wanted?.id === trace.header.id ? wanted.state : {});
      const [vectors, notes] = ["vectors", "notes"].map(last); // they may have come before
      if (vectors) subscribers.vectors(/** @type {Unpacked} */ (vectors));
      if (notes) subscribers.notes(/** @type {{ header: Notes }} */ (notes));
    },
    vectors(/** @type {Unpacked} */ vectors) {
      if (vectors.header.id === idOf()) explorer.complete(vectors);
    },
    wanted(/** @type {Wanted} */ wanted) {
      if (wanted.id === idOf()) explorer.follow(wanted.state);
    },
    notes(/** @type {{ header: Notes }} */ { header }) {
      if (header.id === idOf()) explorer.annotate(header);
    },
    answer(/** @type {Unpacked & { header: Answer }} */ answer) {
      patience.look();
      if (answer.header.id === idOf()) explorer.receive(answer);
    },
  };
  for (const [name, subscriber] of Object.entries(subscribers)) subscribe(name, subscriber);
  host.leave = () => {
    patience.stop();
    Object.keys(subscribers).forEach(unsubscribe);
    ["wanted", "answer"].forEach(forget);
  };
}
