// The explorer in a file of its own, opened by itself or shown in a notebook's frame: no server, no network. What is
// chosen stands in the address after #, where the file has one.

import { unpack } from "../numbers/unpack.js";
import { around } from "./around.js";
import { createExplorer } from "./explorer.js";

/** @import { Notes } from "../state/schema.js" */
/** @import { Explorer, Host } from "./explorer.js" */

/** @type {(host: Host, packed: string, notes: Notes) => Explorer} */
export function start(host, packed, notes) {
  const { groundOf, watch } = around();
  const hasAddress = location.protocol !== "about:"; // a notebook's frame has none
  const explorer = createExplorer(host, {
    groundOf,
    publish: (state) => {
      if (hasAddress) history.replaceState(null, "", `#${written(state)}`);
    },
  });
  host.explorer = explorer;
  explorer.show(unpack(bytesOf(packed)), read(location.hash), notes);
  watch(() => explorer.drawAll());
  return explorer;
}

// What base64 stands for. (Half a million bytes, in a page just opened: by the browser 0.6 ms, by the loop 9. Browsers
// before 2025 have the loop alone.)
/** @type {(packed: string) => Uint8Array} */
export function bytesOf(packed) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(packed);
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
