// A lesson as one file: no server, no network. Whoever opens it can read another sentence in it, too.

import { unpack } from "../numbers/unpack.js";
import { closest, within } from "../views/view.js";
import { around } from "./around.js";
import { startLesson } from "./lessons.js";
import { bytesOf, read, written } from "./standalone.js";

/** @import { Host } from "./explorer.js" */
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
  const form = /** @type {HTMLFormElement} */ (within(document.body, "form.own-sentence"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    readOwn(form, lessons);
  });
  form.addEventListener("click", (event) => {
    if (closest(event, ".back-to-lesson")) lessons.go(lessons.explorer.state.at);
  });
  return lessons;
}

// A sentence of one's own, read by the model of the present step; what is wrong with it is said.
/** @type {(form: HTMLFormElement, lessons: Lessons) => void} */
function readOwn(form, lessons) {
  const field = /** @type {HTMLInputElement} */ (within(form, "input"));
  const said = within(form, ".wrong");
  said.textContent = "";
  try {
    lessons.readOwn(field.value);
  } catch (error) {
    said.textContent = error instanceof Error ? error.message : String(error);
  }
}
