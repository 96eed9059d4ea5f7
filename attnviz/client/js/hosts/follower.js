// The explorer's link to the server: tells it what is chosen, and hands its answers on. It lives in a part of the page
// that is run again by itself, so that a choice costs the server a few milliseconds.

import { channel } from "./channel.js";
import { unpack } from "../numbers/unpack.js";

export default function follower({ data, setStateValue }) {
  const { say, hear, deafen } = channel();
  const answer = unpack(data);
  const { id, sequence, state } = answer.header;
  globalThis.attnviz.sequence ??= 0;
  // Choices may come faster than answers: an answer to an older one changes no choice.
  const isCurrent = sequence >= globalThis.attnviz.sequence;
  if (isCurrent) {
    globalThis.attnviz.sequence = sequence;
    say("wanted", { id, state });
  }
  say("answer", answer);
  hear("choice", (choice) => {
    if (choice.sequence !== undefined) return; // already told
    if (!choice.isRepeated) globalThis.attnviz.sequence += 1; // a late answer to the first time is one to this, too
    choice.sequence = globalThis.attnviz.sequence;
    setStateValue("choice", { ...choice });
  });
  return () => deafen("choice");
}
