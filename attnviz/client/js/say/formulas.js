// What a layer does, as formulas: how it makes Q, K and V of X, and what becomes of its scores (see LayerTrace).

import { counted, number } from "./words.js";

/** @import { Layer } from "../state/schema.js" */

/** @typedef {string | { low: string }} Term of a formula: what stands on the line, or lower */
/** @typedef {Pick<Layer, "scale" | "temperature" | "added" | "dHead" | "normalizer">} Scored */

/** @type {Record<NonNullable<Layer["normalizer"]>, string>} of a column, which is narrow */
const NAMES = { softmax: "softmax", relu: "ReLU ÷ n", polynomial: "x³ ÷ √n", hard: "largest" };

/** @type {Record<string, string>} */
const EXPLAINED = {
  bias: "b is added to each",
  norm: "norm brings each to one size",
  rotary: "R turns it by its place",
  scale: "c is a fixed factor",
};

// How Q, K or V ("Q", …) is made, step after step: texts, and { low } for what stands lower; where it is not known,
// nothing.
/** @type {(letter: string, steps: string[] | undefined) => Term[]} */
export function formula(letter, steps) {
  if (!steps?.length) return [];
  /** @type {Term[]} */
  let made = ["X·W", { low: letter }];
  let isSum = false;
  for (const step of steps.slice(1)) {
    if (step === "bias") made = [...made, " + b", { low: letter }];
    else if (step === "scale") made = isSum ? ["c·(", ...made, ")"] : ["c·", ...made];
    else made = [step === "norm" ? "norm(" : "R(", ...made, ")"];
    isSum = step === "bias";
  }
  return ["= ", ...made];
}

// A formula as one text.
/** @type {(made: Term[]) => string} */
export function written(made) {
  return made.map((one) => (typeof one === "string" ? one : `_${one.low}`)).join("");
}

// What the letters in the formula mean.
/** @type {(steps: string[] | undefined) => string[]} */
export function explained(steps) {
  return (steps ?? []).flatMap((step) => (step in EXPLAINED ? [EXPLAINED[step]] : []));
}

// How many numbers Q, K and V have; V may be narrower.
/** @type {(tokens: number, layer: Pick<Layer, "dHead" | "dValue">) => string} */
export function shapeInWords(tokens, { dHead, dValue }) {
  const count = counted(tokens, "token");
  if (dHead === dValue) return `${count} × ${dHead} (d_head)`;
  return `Q and K: ${count} × ${dHead} (d_head), V: ${count} × ${dValue} (d_value)`;
}

// From scores to weights, in this layer.
/** @type {(layer: Scored) => { scaled: string, masked: string, weight: string }} */
export function scoring({ scale, temperature, added, dHead, normalizer = "softmax" }) {
  const isUsual = Math.abs(scale * Math.sqrt(dHead) - 1) < 1e-6;
  return {
    scaled: isUsual ? `÷ √${dHead}` : scale === 1 ? "× 1" : `× ${number(scale)}`,
    masked: `+ ${added.join(" + ")}`,
    weight: normalizer === "softmax" && temperature !== 1 ? `softm./${number(temperature)}` : NAMES[normalizer],
  };
}
