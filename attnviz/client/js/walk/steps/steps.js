// The steps of the walk, in their order: which there are for a model, and what each tells.

import { WALK } from "../../state/schema.js";
import { feedForward, hasBlock, hasFeedForward, layers, residual, secondResidual } from "./block.js";
import { probabilities } from "./prediction.js";
import { projections } from "./projections.js";
import { masked, row, scaled, score, scores } from "./scores.js";
import { layerOf } from "./shown.js";
import { softmax } from "./softmax.js";
import { concatenated, context, heads, output } from "./values.js";
import { inWindow } from "./window.js";
import { embeddings, ids, positions, words } from "./words.js";

/** @import { State } from "../../state/schema.js" */
/** @import { Of, Tells } from "./shown.js" */

/** @typedef {State["walk"]} StepName */

const NAMES = /** @type {StepName[]} */ (WALK);

/**
 * @typedef {object} Step
 * @property {string} title
 * @property {Tells} tell
 * @property {(of: Of) => boolean} [isThere] whether the model does it, and the page knows its numbers; always, if not
 *   said
 * @property {boolean} [isOfHead] it is of the chosen head
 */

/** @type {Record<StepName, Step>} */
const WHOLE = {
  words: { title: "Words", tell: words },
  ids: { title: "Token ids", tell: ids },
  embeddings: { title: "Embeddings", tell: embeddings, isThere: ({ run }) => run.embedded !== null },
  positions: { title: "Positions", tell: positions, isThere: ({ run }) => run.placed !== null },
  projections: { title: "Query, key, value", tell: projections, isOfHead: true },
  score: { title: "One score", tell: score, isOfHead: true },
  row: { title: "A row of scores", tell: row, isOfHead: true },
  scores: { title: "All scores", tell: scores, isOfHead: true },
  scaled: { title: "÷ √d", tell: scaled, isOfHead: true },
  masked: { title: "Mask", tell: masked, isOfHead: true },
  softmax: { title: "Softmax", tell: softmax, isOfHead: true },
  context: { title: "Sum of values", tell: context, isOfHead: true },
  heads: { title: "All heads", tell: heads },
  concatenated: { title: "Side by side", tell: concatenated, isThere: ({ model }) => model.config.heads > 1 },
  output: { title: "Times W_O", tell: output, isThere: (of) => layerOf(of).output !== null },
  residual: { title: "Add and norm", tell: residual, isThere: hasBlock },
  feed_forward: { title: "Feed-forward", tell: feedForward, isThere: hasFeedForward },
  second_residual: { title: "Add again", tell: secondResidual, isThere: hasFeedForward },
  layers: { title: "The next layers", tell: layers, isThere: (of) => hasBlock(of) && of.run.layers.length > 1 },
  probabilities: { title: "Which word?", tell: probabilities, isThere: ({ run }) => run.logits !== null },
};

// What each step tells; of a long text it shows a window.
/** @type {(name: StepName) => [StepName, Step]} */
const shown = (name) => [name, { ...WHOLE[name], tell: inWindow(WHOLE[name].tell) }];
export const STEPS = /** @type {Record<StepName, Step>} */ (Object.fromEntries(NAMES.map(shown)));

// The steps that there are, in their order.
/** @type {(of: Of) => StepName[]} */
export function stepsOf(of) {
  return NAMES.filter((name) => STEPS[name].isThere?.(of) ?? true);
}

// The step that is shown: the wanted one, else the last before it that there is.
/** @type {(of: Of, wanted: StepName) => StepName} */
export function stepAt(of, wanted) {
  const all = stepsOf(of);
  const before = all.filter((name) => NAMES.indexOf(name) <= NAMES.indexOf(wanted));
  return before[before.length - 1] ?? all[0];
}
