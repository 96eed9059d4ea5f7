// A lesson as one file: no server, no network.

import { unpack } from "../../numbers/unpack.js";
import { around } from "../around.js";
import { startLesson } from "./lessons.js";
import { bytesOf, read, written } from "../standalone.js";

/** @import { Host } from "../explorer.js" */
/** @import { Lessons, PackedLesson } from "./lessons.js" */

/** @type {(host: Host, packed: string) => Lessons} */
export function startHandout(host, packed) {
  const { groundOf, watch } = around();
  const wanted = /** @type {{ at?: number }} */ (read(location.hash));
  const lesson = /** @type {PackedLesson} */ (unpack(bytesOf(packed)));
  const lessons = startLesson(
    host,
    { groundOf, publish: ({ at }) => history.replaceState(null, "", `#${written({ at })}`) },
    lesson,
    Number.isInteger(wanted.at) ? wanted.at : 0,
  );
  watch(() => lessons.explorer.drawAll());
  return lessons;
}
