// The explorer in a file of its own: no server, no network. What is chosen stands in the address after #.

import { Explorer } from "./explorer.js";
import { unpack } from "../numbers/unpack.js";

export function start(host, packed, notes) {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const isDark = () => matchMedia("(prefers-color-scheme: dark)").matches;
  const explorer = new Explorer(host, {
    isDark,
    groundOf: () => (isDark() ? "#121212" : "#ffffff"),
    onChoice: (state) => history.replaceState(null, "", `#${written(state)}`),
  });
  host.explorer = explorer;
  const trace = unpack(bytes);
  explorer.show(trace, read(location.hash));
  explorer.annotate(notes);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => explorer.drawAll());
  return explorer;
}

export function written(state) {
  return encodeURIComponent(JSON.stringify(state));
}

export function read(hash) {
  try {
    const state = JSON.parse(decodeURIComponent(hash.slice(1)));
    return state && typeof state === "object" ? state : {};
  } catch {
    return {};
  }
}
