// Play: one word's way by itself. Its query meets each key, the scores are divided, softmax makes weights of them,
// and the values pour into the sum.

/** @import { State } from "../schema.js" */

/** @typedef {{ walk: State["walk"], key: number }} Beat */

/** @type {State["walk"][]} */
const WAY = ["score", "row", "scaled", "masked", "softmax", "context"];
/** @type {State["walk"][]} */
const BY_WORD = ["score", "context"]; // where it goes from word to word
export const BEATS = { word: 550, step: 2200 }; // milliseconds

// Where it begins: where one is, if that is on the way.
/** @type {(walk: State["walk"], key: number | null) => Beat} */
export function firstBeat(walk, key) {
  const isOnTheWay = WAY.includes(walk);
  return { walk: isOnTheWay ? walk : WAY[0], key: isOnTheWay && BY_WORD.includes(walk) && key !== null ? key : 0 };
}

// What comes next; null at the end.
/** @type {(beat: Beat, count: number) => Beat | null} */
export function beatAfter({ walk, key }, count) {
  if (BY_WORD.includes(walk) && key + 1 < count) return { walk, key: key + 1 };
  const next = WAY[WAY.indexOf(walk) + 1];
  if (!next) return null;
  return { walk: next, key: BY_WORD.includes(next) ? 0 : key };
}

/** @type {(beat: Beat) => number} */
export function lengthOf({ walk, key }) {
  return BY_WORD.includes(walk) && key > 0 ? BEATS.word : BEATS.step;
}
