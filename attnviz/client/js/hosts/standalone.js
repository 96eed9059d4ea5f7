// The explorer in a file of its own: no server, no network. What is chosen stands in the address after #.

import { unpack } from "../numbers/unpack.js";
import { createExplorer } from "./explorer.js";

/** @import { Notes } from "../state/schema.js" */
/** @import { Explorer, Host } from "./explorer.js" */

/** @type {(host: Host, packed: string, notes: Notes) => Explorer} */
export function start(host, packed, notes) {
  const darkness = matchMedia("(prefers-color-scheme: dark)");
  const explorer = createExplorer(host, {
    isDark: () => darkness.matches,
    groundOf: () => (darkness.matches ? "#121212" : "#ffffff"),
    publish: (state) => history.replaceState(null, "", `#${written(state)}`),
  });
  host.explorer = explorer;
  explorer.show(unpack(bytesOf(packed)), read(location.hash), notes);
  darkness.addEventListener("change", () => explorer.drawAll());
  return explorer;
}

// What base64 stands for. (A loop: a call for each of half a million bytes takes 20 ms, this 3.)
/** @type {(packed: string) => Uint8Array} */
export function bytesOf(packed) {
  const characters = atob(packed);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

/** @type {(state: object) => string} */
export function written(state) {
  return encodeURIComponent(JSON.stringify(state));
}

/** @type {(hash: string) => object} */
export function read(hash) {
  try {
    const state = JSON.parse(decodeURIComponent(hash.slice(1)));
    return state && typeof state === "object" ? state : {};
  } catch {
    return {};
  }
}
