// When things are done: pictures at once, what changes in the document after them, and what can wait, later.

const KEPT = 200; // times of redraws

/** @param {HTMLElement} root what it is for: nothing is done any more once that has left the page */
export function createPace(root) {
  /** @type {Map<string, () => void>} */
  const tasks = new Map();
  /** @type {number[]} */
  const times = []; // own milliseconds of the last redraws
  /** @type {(() => void)[] | null} */
  let changes = null;

  return {
    times,

    // Canvases first, then what changes in the document: a text painted after such a change makes the browser bring all
    // styles up to date in between.
    batch(/** @type {() => void} */ paint) {
      /** @type {(() => void)[]} */
      const collected = [];
      changes = collected;
      paint();
      changes = null;
      for (const change of collected) change();
    },

    afterwards(/** @type {() => void} */ change) {
      if (changes) changes.push(change);
      else change();
    },

    // What can wait until the picture is on the screen; the last of a name counts. The clock starts at the next frame,
    // which may be long in coming where a page is just opened; what is for now (0) does not wait for it.
    /** @type {(name: string, task: () => void, milliseconds?: number) => void} */
    later(name, task, milliseconds = 40) {
      const isWaiting = tasks.has(name);
      tasks.set(name, task);
      if (isWaiting) return;
      const run = () => {
        const next = tasks.get(name);
        tasks.delete(name);
        if (root.isConnected) next?.();
      };
      if (milliseconds) requestAnimationFrame(() => setTimeout(run, milliseconds));
      else setTimeout(run);
    },

    took(/** @type {number} */ start) {
      times.push(performance.now() - start);
      if (times.length > KEPT) times.shift();
      root.dataset.drawn = String(Number(root.dataset.drawn ?? 0) + 1);
    },
  };
}
