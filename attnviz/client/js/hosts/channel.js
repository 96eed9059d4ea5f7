// How the explorer's parts on a Streamlit page find each other: what one says, the others hear, also those that come
// later.

export function channel() {
  globalThis.attnviz ??= { said: new Map(), ears: new Map() };
  const { said, ears } = globalThis.attnviz;
  return {
    say(name, value) {
      said.set(name, value);
      ears.get(name)?.(value);
    },
    // One ear for a name: the last. It hears at once what was said last.
    hear(name, ear) {
      ears.set(name, ear);
      if (said.has(name)) ear(said.get(name));
    },
    deafen: (name) => ears.delete(name),
    forget: (name) => said.delete(name),
    last: (name) => said.get(name),
  };
}
