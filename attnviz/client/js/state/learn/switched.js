// What the Learn page has switched in the run, as a link has changes (attnviz/changes/linked.py), and beside them
// heads that are off: "unscaled~window:2~temperature:2~off:1.0-1.3". What cannot be read is left out.

/** @import { Changes } from "../../model/run.js" */

const MATRICES = /** @type {const} */ (["w_q", "w_k", "w_v", "w_o"]);
const STANDARD = { width: 4, step: 2 };
const MOST_DIGITS = 9; // of a number by hand: so many tell float32 numbers apart
const [BETWEEN, WEIGHTS] = ["~", "_"]; // stand unescaped in an address

/** @type {(told: string) => Changes} */
export function readSwitched(told) {
  /** @type {Changes} */
  const changes = {};
  for (const one of told.split(BETWEEN)) {
    const [name, ...rest] = one.split(":");
    if (Object.hasOwn(READS, name)) Object.assign(changes, READS[name](rest, changes));
  }
  return changes;
}

/** @type {Record<string, (rest: string[], before: Changes) => Changes>} */
const READS = {
  unscaled: () => ({ root: false }),
  unplaced: () => ({ places: false }),
  temperature: ([value]) => (numeral(value) > 0 ? { temperature: numeral(value) } : {}),
  relu: () => ({ normalizer: "relu" }),
  polynomial: () => ({ normalizer: "polynomial" }),
  hard: () => ({ normalizer: "hard" }),
  bidirectional: () => ({ mask: { kind: "bidirectional" } }),
  causal: () => ({ mask: { kind: "causal" } }),
  window: ([width]) => ({ mask: { kind: "window", width: whole(width) || STANDARD.width } }),
  dilated: ([width, step]) => ({
    mask: { kind: "dilated", width: whole(width) || STANDARD.width, step: whole(step) || STANDARD.step },
  }),
  off([heads = ""]) {
    const all = heads.split("-").map((head) => head.split(".").map(whole));
    const read = all.filter((head) => head.length === 2 && !head.includes(null));
    return read.length ? { off: /** @type {[number, number][]} */ (read) } : {};
  },
  number([layer, matrix, row, column, value], { numbers = [] }) {
    const [l, r, c] = [layer, row, column].map(whole);
    const known = MATRICES.find((one) => one === matrix);
    if (l === null || r === null || c === null || !known || !Number.isFinite(numeral(value))) return {};
    return { numbers: [...numbers, { layer: l, matrix: known, row: r, column: c, value: numeral(value) }] };
  },
  row([layer, head, query, weights], { rows = [] }) {
    const [l, h, q] = [layer, head, query].map(whole);
    const read = (weights ?? "?").split(WEIGHTS).map((one) => (one === "" ? 0 : numeral(one)));
    if (l === null || h === null || q === null || !read.every(Number.isFinite)) return {};
    return { rows: [...rows, { layer: l, head: h, query: q, weights: read }] };
  },
};

/** @type {(changes: Changes) => string} */
export function writtenSwitched({ root, places, temperature, normalizer, mask, off, numbers = [], rows = [] }) {
  const parts = [
    mask && maskWritten(mask),
    temperature !== undefined && temperature !== 1 && `temperature:${short(temperature)}`,
    root === false && "unscaled",
    normalizer && normalizer !== "softmax" && normalizer,
    ...rows.map(({ layer, head, query, weights }) => {
      const written = Array.from(weights, (one) => (one === 0 ? "" : short(one)));
      return `row:${layer}:${head}:${query}:${written.join(WEIGHTS)}`;
    }),
    places === false && "unplaced",
    ...numbers.map((one) => `number:${one.layer}:${one.matrix}:${one.row}:${one.column}:${short(one.value)}`),
    off?.length && `off:${off.map((head) => head.join(".")).join("-")}`,
  ];
  return parts.filter(Boolean).join(BETWEEN);
}

/** @type {(mask: NonNullable<Changes["mask"]>) => string} */
function maskWritten({ kind, width = STANDARD.width, step = STANDARD.step }) {
  const numbers = { bidirectional: "", causal: "", window: `:${width}`, dilated: `:${width}:${step}` };
  return kind + numbers[kind];
}

/** @type {(text: string | undefined) => number | null} */
function whole(text) {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : null;
}

/** @type {(text: string | undefined) => number} */
function numeral(text) {
  return text !== undefined && /^-?\d*\.?\d+(e[+-]?\d{1,3})?$/.test(text) ? Number(text) : NaN;
}

/** @type {(value: number) => string} */
function short(value) {
  return String(Number(value.toPrecision(MOST_DIGITS))).replace("e+", "e"); // an address has no "+"
}

