// The package's answer to a choice (attnviz/client/payloads/, packed_choice), by head.

import { scaled } from "./equations/attention.js";

/** @import { Answer } from "../state/schema.js" */
/** @import { Steps, Vectors } from "./equations/attention.js" */
/** @import { Numeric, Part } from "./part.js" */

/** @typedef {{ header: Pick<Answer, "heads" | "queries">, arrays: Record<string, Numeric> }} Answered */
/** @typedef {Steps & { layer: number, head: number, query: number }} Way of the first query in the first head */

/**
 * @typedef {object} Read
 * @property {Map<string, Float32Array>} weights "layer.head" → all of them, of a text that is not long
 * @property {Map<string, Float32Array>} rows "layer.head.query" → the weights of one query
 * @property {Map<string, Vectors>} vectors "layer.head" → q, k and v, where they came with it
 * @property {Way} way
 */

/** @type {(part: Part, answer: Answered) => Read} */
export function readAnswer(part, { header, arrays }) {
  /** @type {(name: string) => Float32Array | undefined} */
  const find = (name) => /** @type {Float32Array | undefined} */ (arrays[name]);
  /** @type {(name: string) => Float32Array} */
  const array = (name) => find(name) ?? new Float32Array();
  const keys = part.keys.tokens.length;
  /** @type {Omit<Read, "way">} */
  const read = { weights: new Map(), rows: new Map(), vectors: new Map() };
  header.heads.forEach(([layer, head], i) => {
    const name = `${layer}.${head}`;
    const steps = find(`head${i}.steps`); // what one is worth, where they are whole numbers: of a long text
    const [q, k, v] = ["q", "k", "v"].map((what, of) => {
      const values = array(`head${i}.${what}`);
      return steps ? scaled(values, steps[of]) : values;
    });
    const [weights, rows] = ["weights", "rows"].map((what) => find(`head${i}.${what}`));
    const d = q.length / part.queries.tokens.length;
    if (d) read.vectors.set(name, { d, q, k, v, isRounded: steps !== undefined });
    if (weights) read.weights.set(name, weights);
    header.queries.forEach((query, at) => {
      if (rows) read.rows.set(`${name}.${query}`, rows.subarray(at * keys, (at + 1) * keys));
    });
  });
  const [layer, head] = header.heads[0];
  const steps = ["scores", "masked", "weights", "context"].map((step) => array(`way.${step}`));
  const [scores, masked, weights, context] = steps;
  return { ...read, way: { layer, head, query: header.queries[0], scores, masked, weights, context } };
}
