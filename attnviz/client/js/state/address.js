// What is chosen, in the address: written as attnviz/ui/state/link.py writes and reads it. What is the default, or was
// chosen by the page itself, need not stand there.

import { CHOICES, IN_ADDRESS } from "./schema.js";

/** @import { Own, State } from "./schema.js" */
/** @import { Place } from "./state.js" */

/** @typedef {Partial<Record<string, string>>} Params */

// The parameters of a choice. `isHeadChosen`: where one looks is a person's choice.
/** @type {(state: State, own: Own | undefined, isHeadChosen: boolean) => Params} */
export function paramsOf(state, own, isHeadChosen) {
  const { part, layer, head, query, key, second, over, of, show, words, filter, specials, scale, present } = state;
  const { pane, walk, switched, at } = state;
  /** @type {(is: boolean, value: unknown) => string | undefined} */
  const where = (is, value) => (is ? String(value) : undefined);
  return {
    part: where(part !== "" && part !== own?.part, part),
    layer: where(isHeadChosen, layer),
    head: where(isHeadChosen, head),
    query: where(isHeadChosen && query !== own?.queries[part], query),
    key: where(key !== null, key),
    second: second ? written([second]) : undefined,
    over: where(over.length > 0, written(over)),
    of: where(of !== CHOICES.of[0], of),
    show: where(show !== CHOICES.show[0], show),
    words: where(words !== CHOICES.words[0], words),
    filter: where(filter !== CHOICES.filter[0], filter),
    specials: where(!specials, "off"),
    scale: where(scale !== CHOICES.scale[0], scale),
    present: where(present > 0, present),
    pane: where(pane !== CHOICES.pane[0], pane),
    walk: where(walk !== CHOICES.walk[0], walk),
    switched: where(switched !== "", switched),
    at: where(at > 0, at),
  };
}

// The address with these parameters: they come last, in their order; what else stands there stays as it is.
/** @type {(search: string, params: Params) => string} */
export function withParams(search, params) {
  const parts = search.replace(/^\?/, "").split("&").filter(Boolean);
  /** @type {(part: string) => string} */
  const nameOf = (part) => part.split("=", 1)[0];
  const before = Object.fromEntries(parts.map((part) => [nameOf(part), part]));
  const own = IN_ADDRESS.flatMap((name) => {
    if (!(name in params)) return before[name] ?? [];
    return params[name] === undefined ? [] : `${name}=${params[name]}`;
  });
  return [...parts.filter((part) => !IN_ADDRESS.includes(nameOf(part))), ...own].join("&");
}

/** @type {(heads: Place[]) => string} */
function written(heads) {
  return heads.map((head) => head.join(".")).join("-");
}
