// What attnviz/client/packing.py packed: a JSON header, then arrays.

/** @import { Numeric } from "./part.js" */

/** @typedef {"float32" | "int16" | "uint8"} TypeName */
/** @typedef {{ at: number, type: TypeName, shape: number[] }} Place of an array, and what it holds */

const TYPES = { float32: Float32Array, int16: Int16Array, uint8: Uint8Array };

/**
 * @param {Uint8Array} bytes
 * @returns {{ header: any, arrays: Record<string, Numeric> }} the header is what its kind says (state/schema.js)
 */
export function unpack(bytes) {
  const length = bytes[0] + 256 * (bytes[1] + 256 * (bytes[2] + 256 * bytes[3]));
  const start = 4 + length;
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, start)));
  // What arrives need not begin at a multiple of four: a copy does.
  const body = bytes.slice(start).buffer;
  /** @type {Record<string, Numeric>} */
  const arrays = {};
  for (const [name, place] of Object.entries(/** @type {Record<string, Place>} */ (header.arrays))) {
    const count = place.shape.reduce((a, b) => a * b, 1);
    arrays[name] = new TYPES[place.type](body, place.at, count);
  }
  return { header, arrays };
}
