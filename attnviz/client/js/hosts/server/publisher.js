// Publishes what the server sent: a trace, its vectors, or notes on its heads (attnviz/client/payloads/).

import { unpack } from "../../numbers/unpack.js";
import { channel, sideOf } from "./channel.js";

/** @typedef {HTMLElement & { data?: Uint8Array, leave?: () => void }} Place of the component: keeps what it sent */

/** @param {{ data: Uint8Array, parentElement: HTMLElement }} component */
export default function publisher({ data, parentElement }) {
  const { publish, forget } = channel(sideOf(parentElement));
  const place = /** @type {Place} */ (parentElement.children[0]);
  if (place.data !== data) {
    place.data = data; // another theme calls with the same
    const payload = unpack(data);
    place.leave = () => forget(payload.header.kind, payload);
    publish(payload.header.kind, payload);
  }
  return place.leave;
}
