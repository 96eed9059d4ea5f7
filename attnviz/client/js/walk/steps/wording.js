// How shares and tokens are said in the sentences of the walk.

import { inQuotes, isolated } from "../../say/words.js";

/** @import { Row } from "../../state/schema.js" */

// A share in percent. What is not all is not said to be all, and what is something not to be nothing.
/** @type {(share: number) => string} */
export function percent(share) {
  const written = (100 * share).toFixed(0);
  if (written === "0" && share > 0) return "less than 1%";
  if (written === "100" && share < 1 - 1e-9) return "more than 99%";
  return `${written}%`;
}

// A token's name in a sentence. Two that are written alike are told apart by their places.
/** @type {(row: Row, token: number) => string} */
export function called({ tokens }, token) {
  return isolated(inQuotes(tokens[token].name));
}

// "a", "a and b", "a, b and c".
/** @type {(all: string[]) => string} */
export function listed(all) {
  return all.length < 2 ? all.join("") : `${all.slice(0, -1).join(", ")} and ${all[all.length - 1]}`;
}
