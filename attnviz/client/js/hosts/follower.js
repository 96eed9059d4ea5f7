// The explorer's link to the server: publishes its answers, and hands on what is chosen. It lives in a part of the page
// that is run again by itself, so that a choice costs the server a few milliseconds.

import { unpack } from "../numbers/unpack.js";
import { channel, shared, sideOf } from "./channel.js";

/** @import { State } from "../state/schema.js" */
/** @import { Request } from "../views/view.js" */

/** @typedef {{ id: string, state: State, asked: Request, isRepeated?: boolean, sequence?: number }} Choice */

/**
 * @param {object} component
 * @param {Uint8Array} component.data
 * @param {HTMLElement} component.parentElement
 * @param {(name: string, value: unknown) => void} component.setStateValue
 */
export default function follower({ data, parentElement, setStateValue }) {
  const { publish, subscribe, unsubscribe } = channel(sideOf(parentElement));
  const page = shared();
  const answer = unpack(data);
  const { id, sequence, state } = answer.header;
  // Choices may come faster than answers: an answer to an older one changes no choice.
  const isCurrent = sequence >= (page.sequence ??= 0);
  if (isCurrent) {
    page.sequence = sequence;
    publish("wanted", { id, state });
  }
  publish("answer", answer);
  const take = (/** @type {Choice} */ choice) => {
    if (choice.sequence !== undefined) return; // already handed on
    // A late answer to the first time is one to this, too.
    if (!choice.isRepeated) page.sequence = (page.sequence ?? 0) + 1;
    choice.sequence = page.sequence;
    setStateValue("choice", { ...choice });
  };
  subscribe("choice", take);
  return () => unsubscribe("choice", take);
}
