// A lesson on a Streamlit page. It needs no server for anything; where one is in it stands in the address.

import { unpack } from "../../numbers/unpack.js";
import { within } from "../../views/view.js";
import { createAddress } from "../address.js";
import { startLesson } from "./lessons.js";
import { groundOf } from "../theme.js";

/** @import { Host } from "../explorer.js" */
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
  if (host.lessons) host.lessons.open(packed, numberOf("at")); // another lesson
  else begin(host, packed);
  return host.leave;
}

/** @type {(host: Place, packed: PackedLesson) => void} */
function begin(host, packed) {
  const address = createAddress();
  const lessons = startLesson(
    host,
    {
      groundOf: () => groundOf(host),
      publish({ at, present }) {
        address.write({ at: at ? String(at) : undefined, present: present ? "1" : undefined });
      },
    },
    packed,
    numberOf("at"),
  );
  host.lessons = lessons;
  if (numberOf("present")) lessons.explorer.choose({ present: 1 });
  // The browser's Back leads to the step before.
  const moved = () => {
    address.forget();
    lessons.go(numberOf("at"), { present: numberOf("present") });
  };
  addEventListener("popstate", moved);
  host.leave = () => {
    removeEventListener("popstate", moved);
    lessons.explorer.leave();
  };
}

// A whole number in the address; 0 for none.
/** @type {(name: string) => number} */
function numberOf(name) {
  const found = Number(new URLSearchParams(location.search).get(name) ?? 0);
  return Number.isInteger(found) && found > 0 ? found : 0;
}
