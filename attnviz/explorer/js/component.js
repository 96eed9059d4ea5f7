// The explorer on a Streamlit page. The trace comes here; what is chosen goes to the follower (follower.js), and from
// it comes what the package answers. So a choice never sends the trace again.

import { channel } from "./channel.js";
import { Explorer } from "./explorer.js";
import { unpack } from "./unpack.js";

export default function component({ data, parentElement }) {
  const host = parentElement.querySelector(".host");
  const { say, hear, last, deafen } = channel();
  if (!host.explorer) {
    const groundOf = () => getComputedStyle(host).getPropertyValue("--st-background-color").trim() || "#ffffff";
    const isDark = () => lightness(groundOf()) < 0.5;
    host.explorer = new Explorer(host, {
      isDark,
      groundOf,
      onChoice: (state, asked) => say("choice", { id: host.shown, state, asked }),
    });
  }
  const { explorer } = host;
  if (host.bytes === data) {
    explorer.drawAll(); // another theme
  } else {
    host.bytes = data;
    const trace = unpack(data);
    host.shown = trace.header.id;
    const wanted = last("wanted");
    explorer.show(trace, wanted?.id === host.shown ? wanted.state : {});
  }
  hear("wanted", (wanted) => {
    if (wanted.id === host.shown) explorer.follow(wanted.state);
  });
  hear("notes", (notes) => {
    if (notes.id === host.shown) explorer.annotate(notes);
  });
  hear("answer", (answer) => {
    if (answer.header.id === host.shown) explorer.receive(answer);
  });
  return () => ["wanted", "notes", "answer"].forEach(deafen);
}

// How light a CSS colour is, 0 to 1.
function lightness(color) {
  const context = new OffscreenCanvas(1, 1).getContext("2d");
  context.fillStyle = color; // read back, it is #rrggbb
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(context.fillStyle.slice(i, i + 2), 16));
  return (0.299 * r + 0.587 * g + 0.114 * b) / 255;
}
