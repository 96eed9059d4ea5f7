// A lesson on a Streamlit page. It needs no server for anything; where one is in it stands in the address.

import { unpack } from "../numbers/unpack.js";
import { within } from "../views/view.js";
import { createAddress } from "./address.js";
import { startLesson } from "./lessons.js";
import { groundOf } from "./theme.js";

/** @import { Host } from "./explorer.js" */
/** @import { Lessons, PackedLesson } from "./lessons.js" */

/** @typedef {Host & { lessons?: Lessons, read?: Uint8Array }} Place */

/** @param {{ data: Uint8Array, parentElement: HTMLElement }} component */
export default function lesson({ data, parentElement }) {
  const host = /** @type {Place} */ (within(parentElement, ".host"));
  if (host.read === data) {
    host.explorer?.drawAll(); // another theme
    return host.leave;
  }
  host.read = data;
  const packed = /** @type {PackedLesson} */ (unpack(data));
  if (host.lessons)
    {host.lessons.open(packed, 0);} // another lesson
  else begin(host, packed);
  return host.leave;
}

/** @type {(host: Place, packed: PackedLesson) => void} */
function begin(host, packed) {
  const address = createAddress();
  const at = Number(new URLSearchParams(location.search).get("at") ?? 0);
  host.lessons = startLesson(
    host,
    {
      groundOf: () => groundOf(host),
      publish: (state) => address.write({ at: state.at ? String(state.at) : undefined }),
    },
    packed,
    Number.isInteger(at) ? at : 0,
  );
  host.leave = () => host.lessons?.explorer.leave();
}
