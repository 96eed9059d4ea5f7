// What the Learn page has switched in the run, as it stands in a link: "noroot;mask:window:2;temperature:2". What
// cannot be read is left out.

/** @import { Changes, MatrixName } from "../model/run.js" */

export const MASKS = /** @type {const} */ (["causal", "window", "dilated"]);
export const NORMALIZERS = /** @type {const} */ (["softmax", "relu", "polynomial", "hard"]);
const MATRICES = /** @type {const} */ (["w_q", "w_k", "w_v", "w_o"]);
const MOST_DIGITS = 6; // of a number by hand
const [WIDTH, STEP] = [4, 2]; // of a mask that does not say them

/** @type {(told: string) => Changes} */
export function readSwitched(told) {
  /** @type {Changes} */
  const changes = {};
  for (const one of told.split(";").filter(Boolean)) {
    const [name, ...rest] = one.split(":");
    if (Object.hasOwn(READS, name)) Object.assign(changes, READS[name](rest, changes));
  }
  return changes;
}

/** @type {Record<string, (rest: string[], before: Changes) => Changes>} */
const READS = {
  noroot: () => ({ root: false }),
  noplaces: () => ({ places: false }),
  temperature: ([value]) => (Number(value) > 0 && Number.isFinite(Number(value)) ? { temperature: Number(value) } : {}),
  normalizer: ([kind]) => {
    const known = NORMALIZERS.find((one) => one === kind);
    return known && known !== "softmax" ? { normalizer: known } : {};
  },
  mask([kind, width, step]) {
    const known = MASKS.find((one) => one === kind);
    if (!known) return {};
    if (known === "causal") return { mask: { kind: known } };
    const wide = { kind: known, width: Math.max(1, whole(width) ?? WIDTH) };
    return { mask: known === "window" ? wide : { ...wide, step: Math.max(1, whole(step) ?? STEP) } };
  },
  off([heads]) {
    const all = (heads ?? "").split("-").map((head) => head.split(".").map(whole));
    const read = all.filter((one) => one.length === 2 && one.every((part) => part !== null));
    return read.length ? { off: /** @type {[number, number][]} */ (read) } : {};
  },
  number([layer, matrix, row, column, value], { numbers = [] }) {
    const [l, r, c] = [layer, row, column].map(whole);
    const known = MATRICES.find((one) => one === matrix);
    const isRead = l !== null && r !== null && c !== null && known && value !== "" && Number.isFinite(Number(value));
    if (!isRead) return {};
    return {
      numbers: [
        ...numbers,
        { layer: l, matrix: /** @type {MatrixName} */ (known), row: r, column: c, value: Number(value) },
      ],
    };
  },
  row([layer, head, query, weights], { rows = [] }) {
    const [l, h, q] = [layer, head, query].map(whole);
    const read = (weights ?? "").split(",").map((weight) => (weight === "" ? NaN : Number(weight)));
    if (l === null || h === null || q === null || !read.every(Number.isFinite)) return {};
    return { rows: [...rows, { layer: l, head: h, query: q, weights: read }] };
  },
};

/** @type {(changes: Changes) => string} */
export function writtenSwitched({ root, places, temperature, normalizer, mask, off, numbers, rows }) {
  const parts = [
    root === false && "noroot",
    places === false && "noplaces",
    temperature !== undefined && temperature !== 1 && `temperature:${short(temperature)}`,
    normalizer && normalizer !== "softmax" && `normalizer:${normalizer}`,
    mask && writtenMask(mask),
    off?.length && `off:${off.map((head) => head.join(".")).join("-")}`,
    ...(numbers ?? []).map((one) => `number:${one.layer}:${one.matrix}:${one.row}:${one.column}:${short(one.value)}`),
    ...(rows ?? []).map(
      (one) => `row:${one.layer}:${one.head}:${one.query}:${Array.from(one.weights, short).join(",")}`,
    ),
  ];
  return parts.filter(Boolean).join(";");
}

/** @type {(mask: NonNullable<Changes["mask"]>) => string} */
function writtenMask({ kind, width = WIDTH, step = STEP }) {
  return ["mask", kind, ...(kind === "causal" ? [] : [width]), ...(kind === "dilated" ? [step] : [])].join(":");
}

/** @type {(text: string | undefined) => number | null} */
function whole(text) {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : null;
}

/** @type {(value: number) => string} */
function short(value) {
  return String(Number(value.toPrecision(MOST_DIGITS))).replace("e+", "e"); // an address has no "+"
}
