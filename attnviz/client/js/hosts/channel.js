// How the explorer's parts on a Streamlit page find each other: what one publishes, its subscriber gets, also one that
// comes later.

/** @typedef {(value: any) => void} Subscriber takes what its name's publisher sends */

/**
 * @typedef {object} Shared
 * @property {Map<string, unknown>} published what was published last, by name
 * @property {Map<string, Subscriber>} subscribers
 * @property {number} [sequence] of the last choice
 */

// What all of them on the page share.
/** @returns {Shared} */
export function shared() {
  const page = /** @type {{ attnviz?: Shared }} */ (globalThis);
  return (page.attnviz ??= { published: new Map(), subscribers: new Map() });
}

export function channel() {
  const { published, subscribers } = shared();
  return {
    publish(/** @type {string} */ name, /** @type {unknown} */ value) {
      published.set(name, value);
      subscribers.get(name)?.(value);
    },
    // One subscriber for a name: the last. It gets at once what was published last.
    subscribe(/** @type {string} */ name, /** @type {Subscriber} */ subscriber) {
      subscribers.set(name, subscriber);
      if (published.has(name)) subscriber(published.get(name));
    },
    unsubscribe(/** @type {string} */ name) {
      subscribers.delete(name);
    },
    forget(/** @type {string} */ name) {
      published.delete(name);
    },
    last(/** @type {string} */ name) {
      return published.get(name);
    },
  };
}
