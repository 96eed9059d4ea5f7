// The explorer on a Streamlit page.

import { within } from "../views/view.js";
import { sideOf } from "./server/channel.js";
import { start } from "./side.js";

/** @import { Host } from "./explorer.js" */

/** @param {{ parentElement: HTMLElement }} component */
export default function component({ parentElement }) {
  const host = /** @type {Host} */ (within(parentElement, ".host"));
  if (host.explorer) host.explorer.drawAll(); // another theme
  else start(host, sideOf(parentElement));
  return host.leave;
}
