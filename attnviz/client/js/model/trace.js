// A run in the page as the explorer reads a trace: the header and the arrays that client/payloads.packed_trace packs of
// the same run, with float32 vectors.

import { THUMBNAIL } from "../state/schema.js";
import { addressOf } from "../numbers/part.js";
import { changed } from "./changes.js";
import { ownRule } from "./transformer.js";

/** @import { Numeric, Unpacked } from "../numbers/part.js" */
/** @import { Layer, Row, Sentences } from "../state/schema.js" */
/** @import { Rule } from "./attention.js" */
/** @import { Config, HeadRun, LayerRun, Matrix, PageModel, Run } from "./run.js" */

/** @typedef {{ id: string, sentences: Sentences }} Called `sentences` are those of the model's header */

// Of a model that is here whole: trained, or random. (One layer of a pretrained model is no trace.)
/** @type {(model: PageModel, run: Run, row: Row, called: Called) => Unpacked} */
export function traceOf({ config }, run, row, { id, sentences }) {
  if (config.kind === "pretrained") throw new Error("One layer of this model is here: its trace comes from Python.");
  const rule = changed(ownRule(config, run.ids.length), run.changes, run.ids.length);
  const { extra, added, array } = addedOf(rule.mask);
  /** @type {Record<string, Numeric>} */
  const arrays = {};
  const layers = run.layers.map((layer, i) => {
    Object.assign(arrays, arraysOf(layer, i, config.heads));
    if (array) arrays[`extra${i}`] = array;
    return { ...layerOf(config, run, rule), added, extra: array ? `extra${i}` : extra };
  });
  const header = {
    kind: /** @type {const} */ ("trace"),
    ...{ id, sentences, model: config.name, rows: { text: row } },
    parts: [{ name: /** @type {const} */ (""), queries: "text", keys: "text", layers }],
    off: offIn(run),
    scales: { "": layers.map(() => ({})) },
    first: {},
  };
  return { header, arrays };
}

// What is said of a layer.
/** @type {(config: Config, run: Run, rule: Rule) => Omit<Layer, "extra" | "added">} */
function layerOf(config, { changes }, { scale, temperature, normalizer }) {
  const turn = config.positions === "rotary" && changes.places !== false ? ["rotary"] : [];
  return {
    heads: config.heads,
    kvHeads: config.kv_heads,
    dHead: config.d_head,
    dValue: config.d_value,
    ...{ scale, temperature, ...(normalizer === "softmax" ? {} : { normalizer }) },
    projection: { q: ["linear", ...turn], k: ["linear", ...turn], v: ["linear"] },
  };
}

// q, k and v of all heads, and their small pictures.
/** @type {(layer: LayerRun, i: number, heads: number) => Record<string, Numeric>} */
function arraysOf(layer, i, heads) {
  const all = Array.from({ length: heads }, (_, head) => layer.head(head));
  /** @type {(of: (head: HeadRun) => Matrix) => Float32Array} */
  const float32 = (of) => Float32Array.from(all.flatMap((head) => [...of(head).values]));
  return {
    [`thumbnails${i}`]: Uint8Array.from(all.flatMap(({ weights }) => thumbnail(weights))),
    [`q${i}`]: float32(({ q }) => q),
    [`k${i}`]: float32(({ k }) => k),
    [`v${i}`]: float32(({ v }) => v),
  };
}

// The root of the largest weight of each block, 0 to 255: at most 40 along a side.
/** @type {(weights: Matrix) => number[]} */
function thumbnail({ rows: n, values }) {
  const block = Math.ceil(n / THUMBNAIL);
  const side = Math.ceil(n / block);
  const largest = new Array(side * side).fill(-Infinity);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const cell = Math.floor(i / block) * side + Math.floor(j / block);
      largest[cell] = Math.max(largest[cell], values[i * n + j]);
    }
  }
  return largest.map((weight) => Math.round(255 * Math.sqrt(Math.min(1, Math.max(0, weight)))));
}

// How what is added to the scores is named: nothing, "causal", or an array of its own.
/** @type {(mask: Matrix | null) => { extra: string | null, added: string[], array: Float32Array | null }} */
function addedOf(mask) {
  if (!mask?.values.includes(-Infinity)) return { extra: null, added: [], array: null };
  const n = mask.rows;
  const isCausal = mask.values.every((value, i) => (value === 0) === (i % n <= Math.floor(i / n)));
  if (isCausal) return { extra: "causal", added: ["mask"], array: null };
  return { extra: null, added: ["mask"], array: Float32Array.from(mask.values) };
}

// The heads that are off, by address, in order.
/** @type {(run: Run) => string[]} */
function offIn({ changes: { off = [] } }) {
  const inOrder = [...off].sort(([layer, head], [other, one]) => layer - other || head - one);
  return [...new Set(inOrder.map((place) => addressOf("", place)))];
}
