// An explorer on a Streamlit page, on a channel of its own. What it draws comes from publishers (publisher.js); what is
// chosen goes to the follower (follower.js), and from it comes what the package answers. So a choice never sends the
// trace again, and a new trace never the explorer.

import { channel, shared } from "./channel.js";
import { createExplorer } from "./explorer.js";
import { createPatience } from "./patience.js";
import { lightness } from "./theme.js";

/** @import { Unpacked } from "../numbers/part.js" */
/** @import { Answer, Notes, State } from "../state/schema.js" */
/** @import { Request } from "../views/view.js" */
/** @import { Explorer, Host, Surroundings } from "./explorer.js" */

/** @typedef {{ chosen?: (state: State) => void } & Pick<Surroundings, "pointed" | "drawn">} Heard */
/** @typedef {{ id: string, state: State }} Wanted what the page around has chosen */

// An explorer in its element, on the channel of its side; `heard` hears of what is chosen and pointed at in it.
/** @type {(host: Host, side?: string, heard?: Heard) => Explorer} */
export function start(host, side = "", heard = {}) {
  const { publish, subscribe, last, unsubscribe } = channel(side);
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
      heard.chosen?.(state);
    },
    pointed: heard.pointed,
    drawn: heard.drawn,
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
      // What was chosen a moment ago holds in another step of the same training, too.
      const isOnItsWay = wordsIn(idOf()) === wordsIn(trace.header.id) && !isAnswered();
      const own = isOnItsWay ? explorer.state : {};
      explorer.show(trace, wanted?.id === trace.header.id ? wanted.state : own);
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
    // What was published stays: on a change of pages it may be meant for the next explorer already, and it says of
    // which trace it is.
    for (const [name, subscriber] of Object.entries(subscribers)) unsubscribe(name, subscriber);
  };
  return explorer;
}

// The words and heads that a trace is of, whatever its weights (attnviz/service/cached.py).
/** @type {(id: string | undefined) => string | undefined} */
function wordsIn(id) {
  return id?.split("-")[0];
}
