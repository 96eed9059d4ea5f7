// Where a word stands, as numbers: added to its vector (sinusoidal) or turned into its query and key (rotary). The
// equations of attnviz/positions.py, which rounds to float32, as is done here.

import { zeros } from "./run.js";

/** @import { Matrix } from "./run.js" */

// [token, d_model]: sines and cosines of wavelengths 2π to 10000·2π (Vaswani et al. 2017, section 3.5).
//
//     PE(pos, 2i) = sin(pos / 10000^(2i/d_model))    PE(pos, 2i+1) = cos(the same)
/** @type {(n: number, dModel: number) => Matrix} */
export function sinusoidalPositions(n, dModel) {
  const positions = zeros(n, dModel);
  for (let place = 0; place < n; place++) {
    for (let c = 0; c < dModel; c++) {
      const angle = place * 10000 ** (-(c - (c % 2)) / dModel);
      positions.values[place * dModel + c] = Math.fround(c % 2 ? Math.cos(angle) : Math.sin(angle));
    }
  }
  return positions;
}

// [token, d_head / 2]: by how much each pair of numbers is turned at each place, in radians.
//
//     angle(pos, i) = pos · base^(-2i/d_head)      (Su et al. 2021, "RoFormer", section 3.2.2)
/** @type {(n: number, dHead: number, base: number) => Matrix} */
export function rotaryAngles(n, dHead, base) {
  const angles = zeros(n, dHead / 2);
  for (let place = 0; place < n; place++) {
    for (let i = 0; i < dHead / 2; i++) {
      angles.values[place * angles.columns + i] = Math.fround(place * base ** ((-2 * i) / dHead));
    }
  }
  return angles;
}

// Queries or keys [token, d_head], each pair (x_i, x_{i + d_head/2}) turned by its angle. The dot product of a query
// and a key so turned depends on their distance only (Su et al. 2021, eq. 16).
/** @type {(x: Matrix, angles: Matrix) => Matrix} */
export function rotated(x, angles) {
  const out = zeros(x.rows, x.columns);
  const half = angles.columns;
  for (let token = 0; token < x.rows; token++) {
    const at = token * x.columns;
    for (let i = 0; i < half; i++) {
      const angle = angles.values[token * half + i];
      const [first, second] = [x.values[at + i], x.values[at + i + half]];
      out.values[at + i] = first * Math.cos(angle) - second * Math.sin(angle);
      out.values[at + i + half] = first * Math.sin(angle) + second * Math.cos(angle);
    }
  }
  return out;
}
