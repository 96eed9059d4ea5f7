// What pointing at something says, beside the pointer.

import { element } from "../draw/paint.js";

export class Tip {
  constructor(root) {
    this.root = root;
    this.box = root.querySelector(".tip");
  }

  // A text, lines of which the first is the heading, or a function that gives either; without an event, nothing.
  show(event, said) {
    this.box.hidden = event === null;
    if (event === null) return;
    this.said = said;
    this.write();
    const frame = this.root.getBoundingClientRect();
    const { offsetWidth, offsetHeight } = this.box;
    const x = Math.min(event.clientX - frame.left + 14, frame.width - offsetWidth - 4);
    const y = event.clientY - frame.top + 18;
    const isLow = event.clientY + 24 + offsetHeight > globalThis.innerHeight;
    this.box.style.transform = `translate(${Math.max(0, x)}px, ${isLow ? y - offsetHeight - 28 : y}px)`;
  }

  // The numbers may be others by now.
  refresh() {
    if (!this.box.hidden && typeof this.said === "function") this.write();
  }

  write() {
    const said = typeof this.said === "function" ? this.said() : this.said;
    const lines = Array.isArray(said) ? said : [said];
    this.box.replaceChildren(...lines.map((line, i) => element(i ? "span" : "b", "", line)));
  }
}
