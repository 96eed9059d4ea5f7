// Layer norm in the walk: its formula, and the numbers of one word in it.

import { tex, term } from "./shown.js";

/** @import { Norm } from "../../model/run.js" */

export const NORM =
  "\\mathrm{norm}(x) = \\frac{x - \\mathrm{mean}(x)}{\\sqrt{\\mathrm{var}(x) + \\varepsilon}} \\cdot \\gamma + \\beta";

// The first number of a row, brought to one size.
/** @type {(row: Float64Array, result: number, norm: Norm) => string} */
export function normNumbers(row, result, [scale, shift]) {
  const mean = row.reduce((all, value) => all + value, 0) / row.length;
  const variance = row.reduce((all, value) => all + (value - mean) ** 2, 0) / row.length;
  const top = `${tex(row[0])} - ${term(mean)}`;
  return `\\frac{${top}}{\\sqrt{${tex(variance)} + 10^{-5}}} \\cdot ${term(scale[0])} + ${term(shift[0])} = ${tex(result)}`;
}
