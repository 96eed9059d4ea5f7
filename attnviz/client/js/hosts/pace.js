// When things are done: pictures at once, what changes in the document after them, and what can wait, later.

import { Selection } from "../state/selection.js";

export class Pace extends Selection {
  constructor() {
    super();
    this.tasks = new Map();
    this.times = []; // own milliseconds of the last redraws
  }

  // Canvases first, then what changes in the document: a text painted after such a change makes the browser bring all
  // styles up to date in between.
  batch(paint) {
    this.changes = [];
    paint();
    const { changes } = this;
    this.changes = null;
    for (const change of changes) change();
  }

  afterwards(change) {
    if (this.changes) this.changes.push(change);
    else change();
  }

  // What can wait until the picture is on the screen; the last of a name counts.
  later(name, task, milliseconds = 40) {
    const isWaiting = this.tasks.has(name);
    this.tasks.set(name, task);
    if (isWaiting) return;
    setTimeout(() => {
      const next = this.tasks.get(name);
      this.tasks.delete(name);
      if (this.root.isConnected) next();
    }, milliseconds);
  }

  took(start) {
    this.times.push(performance.now() - start);
    if (this.times.length > 200) this.times.shift();
    this.root.dataset.drawn = String(Number(this.root.dataset.drawn ?? 0) + 1);
  }
}
