// How the explorer's parts on a Streamlit page find each other: what one publishes, its subscriber gets, also one that
// comes later.

/** @typedef {(value: any) => void} Subscriber takes what its name's publisher sends */

/**
 * @typedef {object} Shared
 * @property {Map<string, unknown>} published what was published last, by name
 * @property {Map<string, Subscriber>} subscribers
 * @property {number} [sequence] of the last choice
 * @property {number} [told] of the last one that the server was told
 */

// What all of them on the page share.
/** @returns {Shared} */
export function shared() {
  const page = /** @type {{ attnviz?: Shared }} */ (globalThis);
  return (page.attnviz ??= { published: new Map(), subscribers: new Map() });
}

// Where a page has two explorers, each has its own channel: `side` tells them apart.
export function channel(side = "") {
  const { published, subscribers } = shared();
  /** @type {(name: string) => string} */
  const full = (name) => name + side;
  return {
    publish(/** @type {string} */ name, /** @type {unknown} */ value) {
      published.set(full(name), value);
      subscribers.get(full(name))?.(value);
    },
    // One subscriber for a name: the last. It gets at once what was published last.
    subscribe(/** @type {string} */ name, /** @type {Subscriber} */ subscriber) {
      subscribers.set(full(name), subscriber);
      if (published.has(full(name))) subscriber(published.get(full(name)));
    },
    // On a change of pages the next subscriber may have come already, and the next value: these stay.
    unsubscribe(/** @type {string} */ name, /** @type {Subscriber} */ subscriber) {
      if (subscribers.get(full(name)) === subscriber) subscribers.delete(full(name));
    },
    forget(/** @type {string} */ name, /** @type {unknown} */ value) {
      if (published.get(full(name)) === value) published.delete(full(name));
    },
    last(/** @type {string} */ name) {
      return published.get(full(name));
    },
  };
}

// Which side a component is of: written on its element.
/** @type {(parent: HTMLElement) => string} */
export function sideOf(parent) {
  return /** @type {HTMLElement} */ (parent.querySelector("[data-side]"))?.dataset.side ?? "";
}
