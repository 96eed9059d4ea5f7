// The explorer on a Streamlit page. What it draws is told by tellers (teller.js); what is chosen goes to the follower
// (follower.js), and from it comes what the package answers. So a choice never sends the trace again, and a new trace
// never the explorer.

import { channel } from "./channel.js";
import { Explorer } from "./explorer.js";
import { Patience } from "./patience.js";

export default function component({ parentElement }) {
  const host = parentElement.querySelector(".host");
  if (host.explorer) {
    if (host.explorer.trace) host.explorer.drawAll(); // another theme
  } else start(host);
  return host.leave;
}

function start(host) {
  const { say, hear, last, deafen, forget } = channel();
  const groundOf = () => getComputedStyle(host).getPropertyValue("--st-background-color").trim() || "#ffffff";
  const isDark = () => lightness(groundOf()) < 0.5;
  const idOf = () => explorer.trace?.header.id;
  let lastAsked = {};
  const onChoice = (state, asked) => {
    lastAsked = { map: explorer.map.details.open, ...asked };
    say("choice", { id: idOf(), state, asked: lastAsked });
    patience.look();
  };
  const explorer = new Explorer(host, { isDark, groundOf, onChoice });
  const isAnswered = () => last("answer")?.header.sequence >= (globalThis.attnviz.sequence ?? 0);
  const again = () => {
    say("choice", { id: idOf(), state: explorer.state, asked: lastAsked, isRepeated: true });
    patience.look();
  };
  const patience = new Patience(isAnswered, again);
  host.explorer = explorer;
  const ears = {
    trace(trace) {
      const wanted = last("wanted");
      explorer.show(trace, wanted?.id === trace.header.id ? wanted.state : {});
      for (const name of ["vectors", "notes"]) if (last(name)) ears[name](last(name)); // they may have come before
    },
    vectors(vectors) {
      if (vectors.header.id === idOf()) explorer.complete(vectors);
    },
    wanted(wanted) {
      if (wanted.id === idOf()) explorer.follow(wanted.state);
    },
    notes({ header }) {
      if (header.id === idOf()) explorer.annotate(header);
    },
    answer(answer) {
      patience.look();
      if (answer.header.id === idOf()) explorer.receive(answer);
    },
  };
  for (const [name, ear] of Object.entries(ears)) hear(name, ear);
  host.leave = () => {
    patience.stop();
    Object.keys(ears).forEach(deafen);
    ["wanted", "answer"].forEach(forget);
  };
}

// How light a CSS colour is, 0 to 1.
function lightness(color) {
  const context = new OffscreenCanvas(1, 1).getContext("2d");
  context.fillStyle = color; // read back, it is #rrggbb
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(context.fillStyle.slice(i, i + 2), 16));
  return (0.299 * r + 0.587 * g + 0.114 * b) / 255;
}
