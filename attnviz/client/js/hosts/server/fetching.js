// The vectors of a model of very many heads come by layer, when something asks for them: the server is asked here.

/** @import { Numbers } from "../../numbers/numbers.js" */
/** @import { Unpacked } from "../../numbers/part.js" */
/** @import { Seen } from "../../state/context.js" */
/** @import { State } from "../../state/schema.js" */
/** @import { Request } from "../../views/view.js" */

/** @typedef {number | "all"} Lacking a layer, or all of them */

// What a choice needs and the page has not: null where it can be drawn.
/** @type {(numbers: Numbers, state: State) => Lacking | null} */
export function lackingOf(numbers, { layer, head, second, over, of }) {
  if (of === "rollout" && !numbers.isWhole) return "all";
  if (of === "layer" && !numbers.hasLayer(layer)) return layer;
  const heads = [[layer, head], ...(second ? [second] : []), ...over];
  return heads.find(([l, h]) => !numbers.knows(l, h))?.[0] ?? null;
}

// Vectors that have come, among what is here of their trace.
/** @type {(trace: Unpacked, come: Unpacked) => void} */
export function merge(trace, { header, arrays }) {
  const scales = (trace.header.scales ??= {});
  for (const [part, layers] of Object.entries(header.scales ?? {})) {
    const own = (scales[part] ??= []);
    layers.forEach((steps, layer) => {
      if (Object.keys(steps).length) own[layer] = steps;
    });
  }
  Object.assign(trace.arrays, arrays);
}

// Asks once for each, and after the event: what is told with it is then what is shown.
/** @type {(seen: () => Seen, request: (asked: Request) => void) =>
 *   { ask: (part: string, lacking: Lacking) => void, asShown: () => void, isNeeded: () => boolean }} */
export function createFetching(seen, request) {
  let asked = "";

  const isNeeded = () => seen().trace?.header.byLayer === true;

  /** @type {(part: string, lacking: Lacking) => void} */
  function ask(part, lacking) {
    if (!isNeeded()) return;
    const { id } = seen().trace.header;
    const name = `${id} ${part} ${lacking}`;
    if (asked === name) return;
    asked = name;
    queueMicrotask(() => {
      if (seen().trace.header.id === id) request({ vectors: lacking === "all" ? null : [part, lacking] });
    });
  }

  return {
    ask,
    isNeeded,
    // What is merged or left out is computed of all heads.
    asShown() {
      const { numbers, part } = seen();
      if (!numbers.grouping.isPlain && !numbers.isWhole) ask(part.name, "all");
    },
  };
}
