// The explorer's link to the server: publishes its answers, and hands on what is chosen. It lives in a part of the page
// that is run again by itself, so that a choice costs the server a few milliseconds.

import { unpack } from "../../numbers/unpack.js";
import { channel, shared, sideOf } from "./channel.js";

/** @import { Choice } from "./telling.js" */

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
    if (choice.isHandedOn) return; // this component is new, and the choice is not
    setStateValue("choice", { ...choice });
    choice.isHandedOn = true;
  };
  subscribe("choice", take);
  return () => unsubscribe("choice", take);
}
