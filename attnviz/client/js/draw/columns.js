// Where the rows and columns of one word's way stand, in pixels.

/** @typedef {"k" | "products" | "v"} VectorColumn */
/** @typedef {"word" | VectorColumn | "score" | "scaled" | "masked" | "weight"} Column */

export const ROW = 17; // pixels of a key
export const HEAD = 46; // of the columns' names and the query's own row
export const NOTE = 18; // of what is out of sight
const FOOT = 26; // of the sum
export const TOP = 20; // of the query's own row

// Where the columns stand on so many pixels: the first is the word, then [x, width] of each.
/** @type {(width: number, added: string[]) => Record<Column, [x: number, width: number]>} */
export function columnsOn(width, added) {
  /** @type {Column[]} */
  const numbers = added.length ? ["score", "scaled", "masked", "weight"] : ["score", "scaled", "weight"];
  const [word, digits, gap] = [62, 43, 6];
  /** @type {(name: Column) => number} */
  const wide = (name) => (name === "masked" && added.length > 1 ? 82 : digits); // room for “+ bias + mask”
  const all = numbers.reduce((sum, name) => sum + wide(name), 0);
  const vector = Math.max(24, (width - word - all - 5 * gap) / 3);
  /** @type {Partial<Record<Column, [x: number, width: number]>>} */
  const columns = { word: [0, word] };
  let x = word + gap;
  /** @type {(name: Column, pixels: number) => void} */
  const add = (name, pixels) => {
    columns[name] = [x, pixels];
    x += pixels;
  };
  add("k", vector);
  x += gap;
  add("products", vector);
  x += gap;
  for (const name of numbers) add(name, wide(name));
  x += gap;
  add("v", vector);
  return /** @type {Record<Column, [x: number, width: number]>} */ (columns);
}

// Where the rows below the keys begin, in pixels: what is out of sight, what is hidden, the sum, the end.
/** @param {{ inSight: number, tokens: number[], hidden: number[] }} rows */
export function placesBelow({ inSight, tokens, hidden }) {
  const note = HEAD + inSight * ROW;
  const hiddenRow = note + (tokens.length > inSight ? NOTE : 0);
  const sum = hiddenRow + (hidden.length ? ROW : 0);
  return { note, hidden: hiddenRow, sum, end: sum + FOOT };
}
