// One part of a trace: who looks at whom in it, and its layers. A model of one part has one without a name.

/** @import { Header, Layer, Row, State } from "../state/schema.js" */

/** @typedef {Float32Array | Int16Array | Uint8Array} Numeric */

/**
 * A trace as it was unpacked.
 *
 * @typedef {object} Unpacked
 * @property {Header} header
 * @property {Record<string, Numeric>} arrays by name
 */

/**
 * @typedef {object} Part
 * @property {State["part"]} name
 * @property {Row} queries the tokens that look
 * @property {Row} keys the tokens that are looked at
 * @property {Layer[]} layers
 * @property {boolean} isSquare whether the two are one row of words
 * @property {(name: string) => Numeric} array an array of this part ("q0", "thumbnails3")
 * @property {(name: string) => boolean} has whether that array is here
 * @property {(layer: number, head: number) => boolean} isOff whether that head is switched off
 * @property {(layer: number) => Record<string, number[]>} scales what a step of whole numbers is worth, by head
 */

// The part of that name; the first if there is none of that name.
/** @type {(trace: { header: Header, arrays?: Record<string, Numeric> }, name: string) => Part} */
export function partOf({ header, arrays = {} }, name) {
  const found = header.parts.find((one) => one.name === name) ?? header.parts[0];
  const prefix = found.name ? `${found.name}/` : "";
  return {
    name: found.name,
    queries: header.rows[found.queries],
    keys: header.rows[found.keys],
    layers: found.layers,
    isSquare: found.queries === found.keys,
    array: (array) => arrays[`${prefix}${array}`],
    isOff: (layer, head) => header.off.includes(addressOf(found.name, [layer, head])),
    has: (array) => `${prefix}${array}` in arrays,
    scales: (layer) => header.scales?.[found.name]?.[layer] ?? {}, // they come with the vectors
  };
}

// A head's address, as in Python and in links: "5.11", of a part with a name "cross.3.5".
/** @type {(part: string, head: [layer: number, head: number]) => string} */
export function addressOf(part, [layer, head]) {
  return part ? `${part}.${layer}.${head}` : `${layer}.${head}`;
}
