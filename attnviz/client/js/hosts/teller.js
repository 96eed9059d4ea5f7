// Tells the explorer what the server sent: a trace, its vectors, or notes on its heads (attnviz/client/payloads.py).

import { channel } from "./channel.js";
import { unpack } from "../numbers/unpack.js";

export default function teller({ data, parentElement }) {
  const { say, forget } = channel();
  const [place] = parentElement.children;
  if (place.told !== data) {
    place.told = data; // another theme calls with the same
    const told = unpack(data);
    place.leave = () => forget(told.header.kind);
    say(told.header.kind, told);
  }
  return place.leave;
}
