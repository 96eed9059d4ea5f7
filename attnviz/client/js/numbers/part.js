// One part of a trace: who looks at whom in it, and its layers. A model of one part has one without a name.

import { SQUARE } from "../state/schema.js";

/** @import { Header, Layer, Row, SoundOf, State } from "../state/schema.js" */

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
 * @property {boolean} isSquare whether the two are one row of tokens
 * @property {boolean} isLine whether the two are one row of words, between which there is a distance
 * @property {boolean} isTiled whether so many words look that no head's weights are here all at once (tiled.js)
 * @property {Picture | null} picture what is looked at, if it is one
 * @property {Sound | null} sound the same
 * @property {(name: string) => Numeric} array an array of this part ("q0", "thumbnails3")
 * @property {(name: string) => boolean} has whether that array is here
 * @property {(layer: number, head: number) => boolean} isOff whether that head is switched off
 * @property {(layer: number) => Record<string, number[]>} scales what a step of whole numbers is worth, by head
 */

/**
 * A sound that is looked at.
 *
 * @typedef {object} Sound
 * @property {SoundOf} of
 * @property {Numeric} samples
 * @property {Numeric} heard [frame, band], 0 to 255
 */

/**
 * A picture that is looked at.
 *
 * @typedef {object} Picture
 * @property {number} columns in pixels
 * @property {number} rows
 * @property {Numeric} pixels red, green and blue, row by row
 * @property {number[]} patches the tokens that are its patches
 * @property {number} across how many stand side by side
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
    isLine: found.queries === found.keys && !header.rows[found.keys].picture,
    isTiled: header.rows[found.queries].tokens.length > SQUARE && !header.rows[found.queries].picture,
    picture: pictureOf(header.rows[found.keys], arrays),
    sound: soundOf(header.rows[found.keys], arrays),
    array: (array) => arrays[`${prefix}${array}`],
    isOff: (layer, head) => header.off.includes(addressOf(found.name, [layer, head])),
    has: (array) => `${prefix}${array}` in arrays,
    scales: (layer) => header.scales?.[found.name]?.[layer] ?? {}, // they come with the vectors
  };
}

/** @type {(row: Row, arrays: Record<string, Numeric>) => Sound | null} */
function soundOf({ sound }, arrays) {
  return sound ? { of: sound, samples: arrays[sound.samples], heard: arrays[sound.heard] } : null;
}

/** @type {(row: Row, arrays: Record<string, Numeric>) => Picture | null} */
function pictureOf({ tokens, picture }, arrays) {
  if (!picture) return null;
  const patches = tokens.flatMap(({ box }, i) => (box ? [i] : []));
  const top = tokens[patches[0]].box?.[1];
  const across = patches.filter((i) => tokens[i].box?.[1] === top).length;
  return { columns: picture.columns, rows: picture.rows, pixels: arrays[picture.pixels], patches, across };
}

// A head's address, as in Python and in links: "5.11", of a part with a name "cross.3.5".
/** @type {(part: string, head: [layer: number, head: number]) => string} */
export function addressOf(part, [layer, head]) {
  return part ? `${part}.${layer}.${head}` : `${layer}.${head}`;
}
