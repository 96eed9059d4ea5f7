// An explorer on a Streamlit page, on a channel of its own. What it draws comes from publishers (publisher.js); what is
// chosen goes to the follower (follower.js), and from it comes what the package answers. So a choice never sends the
// trace again, and a new trace never the explorer.

import { paramsOf } from "../state/address.js";
import { createAddress } from "./address.js";
import { channel } from "./server/channel.js";
import { createExplorer } from "./explorer.js";
import { createTelling } from "./server/telling.js";
import { groundOf } from "./theme.js";

/** @import { Params } from "../state/address.js" */
/** @import { Unpacked } from "../numbers/part.js" */
/** @import { Answer, Notes, State } from "../state/schema.js" */
/** @import { Explorer, Host } from "./explorer.js" */
/** @import { Surroundings } from "./views.js" */

/** @typedef {Pick<Surroundings, "pointed" | "drawn" | "arrange" | "further" | "presents" | "headsAlone">} Around */
/** @typedef {{ chosen?: (state: State) => void } & Around} Heard */
/** @typedef {{ id: string, state: State }} Wanted what the page around has chosen */

// An explorer in its element, on the channel of its side; `heard` hears of what is chosen and pointed at in it.
// `write` writes what is chosen in it into the address, and more; who hears of choices has to call it.
/** @type {(host: Host, side?: string, heard?: Heard) => { explorer: Explorer, write: (more?: Params) => void }} */
export function start(host, side = "", heard = {}) {
  const { subscribe, last, unsubscribe } = channel(side);
  const idOf = () => explorer.trace?.header.id;
  const address = createAddress();
  const explorer = createExplorer(host, {
    groundOf: () => groundOf(host),
    publish(state, asked) {
      const { header } = explorer.trace;
      const { hears = false } = lastAnswer()?.header ?? {};
      const isAsked = hears || Object.keys(asked).length > 0;
      const when = isAsked ? "at once" : header.selfContained ? "when asked" : "at rest";
      if (heard.chosen) heard.chosen(state);
      else if (!side) write();
      telling.hear({ id: header.id, asked: { map: explorer.isMapOpen, ...asked } }, when);
    },
    pointed: heard.pointed,
    drawn: heard.drawn,
    arrange: heard.arrange,
    further: heard.further,
    presents: heard.presents,
    headsAlone: heard.headsAlone,
  });
  const stateOf = () => explorer.state;
  /** @type {(more?: Params) => void} */
  const write = (more = {}) => {
    const { state, trace } = explorer;
    address.write({ ...paramsOf(state, trace.header.own, isHeadChosen(state)), ...more });
  };
  const telling = createTelling(side, stateOf, {
    tells: address.push,
    left() {
      address.forget();
      const wanted = lastWanted();
      if (wanted?.id === idOf()) explorer.follow(wanted.state);
    },
  });
  const lastAnswer = () => /** @type {{ header: Answer } | undefined} */ (last("answer"));
  const lastWanted = () => /** @type {Wanted | undefined} */ (last("wanted"));
  // Part, layer, head and word stand in the address once a person has chosen one of them.
  /** @type {(state: State) => boolean} */
  const isHeadChosen = (state) => {
    const { first } = explorer.trace.header;
    const moves = /** @type {const} */ (["part", "layer", "head", "query"]);
    const isMoved = moves.some((name) => state[name] !== first[name]);
    return isMoved || /[?&](part|layer|head|query)=/.test(location.search);
  };
  host.explorer = explorer;
  let shownAhead = ""; // a trace that is here before the server has heard that it was asked for
  let before = explorer.state;
  const subscribers = {
    trace(/** @type {Unpacked} */ trace) {
      const isShown = shownAhead === trace.header.id && idOf() === trace.header.id;
      shownAhead = "";
      if (isShown) return;
      const wanted = lastWanted();
      // What was chosen a moment ago holds in another step of the same training, too.
      const isOwn = wordsIn(idOf()) === wordsIn(trace.header.id) && !telling.isSettled();
      const found = wanted?.id === trace.header.id ? wanted.state : {};
      explorer.show(trace, isOwn ? explorer.state : found);
      const [vectors, notes] = ["vectors", "notes"].map(last); // they may have come before
      if (vectors) subscribers.vectors(/** @type {Unpacked} */ (vectors));
      if (notes) subscribers.notes(/** @type {any} */ (notes));
    },
    // What a press will bring, in the moment of the press; of another head than it was made for, the server has to say.
    // null: it was not asked for after all.
    ahead(/** @type {Unpacked | null} */ trace) {
      const standing = /** @type {Unpacked | undefined} */ (last("trace"));
      if (!trace && shownAhead && standing) explorer.show(standing, before);
      shownAhead = "";
      if (!trace) return;
      const { part, layer, head, query, key } = /** @type {State} */ (trace.header.first);
      const { state } = explorer;
      if (part !== state.part || layer !== state.layer || head !== state.head) return;
      [shownAhead, before] = [trace.header.id, state];
      explorer.show(trace, { ...state, query, key });
    },
    vectors(/** @type {Unpacked} */ vectors) {
      if (vectors.header.id === idOf()) explorer.complete(vectors);
    },
    wanted(/** @type {Wanted} */ wanted) {
      if (wanted.id === idOf()) explorer.follow(wanted.state);
    },
    notes(/** @type {Unpacked & { header: Notes }} */ { header, arrays }) {
      if (header.id === idOf()) explorer.annotate(header, arrays);
    },
    answer(/** @type {Unpacked & { header: Answer }} */ answer) {
      telling.look();
      if (answer.header.id === idOf()) explorer.receive(answer);
    },
  };
  for (const [name, subscriber] of Object.entries(subscribers)) subscribe(name, subscriber);
  host.leave = () => {
    telling.stop();
    explorer.leave();
    // What was published stays: on a change of pages it may be meant for the next explorer already, and it says of
    // which trace it is.
    for (const [name, subscriber] of Object.entries(subscribers)) unsubscribe(name, subscriber);
  };
  return { explorer, write };
}

// The words and heads that a trace is of, whatever its weights (attnviz/service/cached.py).
/** @type {(id: string | undefined) => string | undefined} */
function wordsIn(id) {
  return id?.split("-")[0];
}
