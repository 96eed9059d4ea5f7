// How the large figure is to be read: its scale, heads and axes, in words. For the page and for the saved picture.

import { rowOnPatches } from "../state/seen_picture.js";
import { summaryName } from "./summary.js";
import { headings, headName, quoted, short, signed } from "./words.js";

/** @import { Stops } from "../draw/colors.js" */
/** @import { Context } from "../state/context.js" */
/** @import { ShownHead } from "../state/selectors.js" */

/** @typedef {{ most: number, divergences: Float32Array, scale: { most?: number } }} Difference the largest, how unlike
 * rows are, in bits, and the weight that has the strongest colour */
/** @typedef {{ stops: Stops, colors: Uint32Array, low: string, high: string }} NamedScale */
/** @typedef {{ scale: NamedScale | null, heads: ShownHead[], texts: string[] }} Legend heads are named if several */

const ROLLED = "Row: the word that is made up. Column: the word that a share of it comes from.";
const LOOSE =
  "Weights are no shares in this run: colours go to the weight furthest from 0 here. Do not compare them with " +
  "another head’s.";
const LOOSE_LINES = "Lines: how far weights are from 0, from 0.02 of the largest.";
const LOOSE_BITS = "Weights are no shares in this run, so how unlike rows are cannot be told in bits.";
const HEARD =
  "Above: the sound, low notes below; bright is where the chosen one listens, up to its largest weight. Each row " +
  "under it is what is written, one after another; dark is where it listens, from 0 to 1.";
const WORTH_TELLING = 0.005; // bits: less would be written as 0.00

/** @type {(context: Context, difference: Difference) => Legend} */
export function legendOf(context, { most, divergences, scale: { most: strongest = 1 } }) {
  const { state, palette, shownAs, beside, weightColors, signedColors, loose } = context;
  if (shownAs === "lines") {
    const sides = "Left: the word that looks. Right: the word looked at.";
    const texts = [`${sides} ${loose ? LOOSE_LINES : "Weights from 0.02."}`];
    return { scale: null, heads: several(context.heads(true)), texts };
  }
  if (shownAs === "sound") return { scale: null, heads: [], texts: [HEARD] };
  if (shownAs === "picture") return { scale: null, heads: [], texts: lightInWords(context) };
  if (shownAs === "difference" && beside) {
    const less = `Weight in ${headName([state.layer, state.head])} minus weight in ${headName(beside)}.`;
    const scale = { stops: palette.signed, colors: signedColors, low: signed(-most), high: signed(most) };
    return { scale, heads: [], texts: [less, loose ? LOOSE_BITS : mostDifferent(context, divergences)] };
  }
  const heads = several(context.heads());
  const largest = heads.length ? " A cell has the largest weight of these heads; its strip says whose." : "";
  const blocks = blocksInWords(context);
  const plain = `Row: the word that looks (query). Column: the word looked at (key).${largest}${blocks}`;
  const how = context.summary?.of === "rollout" ? ROLLED : plain;
  if (loose) {
    const scale = { stops: palette.signed, colors: signedColors, low: signed(-strongest), high: signed(strongest) };
    return { scale, heads, texts: [how, LOOSE] };
  }
  const own = "Colours go up to the largest weight of what is shown here: do not compare them with another head’s.";
  const texts = state.scale === "own" ? [how, own] : [how];
  return { scale: { stops: palette.weights, colors: weightColors, low: "0", high: weight(strongest) }, heads, texts };
}

// Of a long text, what a cell is.
/** @type {(context: Context) => string} */
function blocksInWords({ part, numbers }) {
  const { block } = numbers.tiled;
  if (!part.isTiled || block === 1) return "";
  return ` A cell has the largest weight of ${block} × ${block} words; what you point at is said by itself.`;
}

// How bright a patch is, and for which weight.
/** @type {(context: Context) => string[]} */
function lightInWords(context) {
  const { most } = rowOnPatches(context);
  const light = "The brighter a patch, the more of its weight the chosen token gives it.";
  if (most === 1) return [light];
  return [light, `Full light is ${short(most)}, the largest weight of this row: do not compare it with other rows.`];
}

/** @type {(most: number) => string} */
const weight = (most) => (most === 1 ? "1" : short(most));

/** @type {(heads: ShownHead[]) => ShownHead[]} */
function several(heads) {
  return heads.length > 1 ? heads : [];
}

/** @type {(head: ShownHead) => string} */
export function swatchInWords({ letter, layer, head }) {
  return `${letter}: ${headName([layer, head])}`;
}

// The rows in which two heads are least alike, in words: over all words, be they shown or not, as Compare has it.
/** @type {(context: Context, divergences: Float32Array) => string} */
function mostDifferent(context, divergences) {
  const { rows } = context.numbers.grouping;
  const differ = [...divergences.keys()].filter((i) => divergences[i] >= WORTH_TELLING);
  if (!differ.length) return "The two are alike in every row.";
  const order = differ.sort((a, b) => divergences[b] - divergences[a]).slice(0, 3);
  const said = order.map((i) => `${quoted(rows[i].name)} ${divergences[i].toFixed(2)}`);
  return `Least alike, in bits (0 alike, 1 nothing in common): ${said.join(", ")}.`;
}

// The names of the axes: between two rows of words with the row that each is.
/** @type {(context: Context) => [query: string, key: string]} */
export function axesInWords({ part, trace }) {
  if (part.isSquare) return ["query", "key"];
  const [queries, keys] = headings(trace.header.parts, part.name);
  return [`query (${queries.toLowerCase()})`, `key (${keys.toLowerCase()})`];
}

// What is in the figure: model, part and heads.
/** @type {(context: Context) => string} */
export function titleOf(context) {
  const { state, trace, part, beside, shownAs, summary } = context;
  if (summary) return [trace.header.model, ...(part.name ? [part.name] : []), summaryName(summary)].join(", ");
  const sign = { difference: " minus ", heatmap: " | ", lines: ", ", picture: "", sound: "" }[shownAs];
  const all = context.heads(shownAs === "lines").map(({ layer, head }) => headName([layer, head]));
  const own = headName([state.layer, state.head]);
  const further = all.length > 1 ? ` and ${all.length - 1} more, in each cell the largest weight` : "";
  const second = beside ? `${sign}${headName(beside)}` : "";
  const heads = {
    lines: all.join(", "),
    difference: `${own}${second}`,
    heatmap: `${own}${further}${second}`,
    picture: own,
    sound: own,
  }[shownAs];
  return [trace.header.model, ...(part.name ? [part.name] : []), heads].join(", ");
}
