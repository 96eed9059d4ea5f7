// A model in the page, from what attnviz/client/models.py packed: it reads a text, and runs.

import { checkChanges } from "./changes.js";
import { headMatrices, matrixOf, networkOf } from "./packed.js";
import { runPretrained, runRandom } from "./module.js";
import { readerOf, readOnly } from "./text/reading.js";
import { run as runTransformer } from "./transformer.js";

/** @import { Known, PackedModel } from "./packed.js" */
/** @import { Network } from "./transformer.js" */
/** @import { Changes, PageModel, Run } from "./run.js" */

/** @typedef {Pick<PageModel, "read" | "run">} Doing what a model does */

/** @type {(packed: PackedModel) => PageModel} */
export function createModel(packed) {
  const { config, words } = packed.header;
  const network = networkOf(packed);
  const { embedding, unembedding, bias, norm, layers } = network;
  const { read, run } = { trained, random, pretrained }[config.kind](packed, network);
  /** @type {(ids: number[], changes?: Changes) => Run} */
  const checked = (ids, changes = {}) => {
    checkChanges(changes, config, layers, ids.length);
    return run(ids, changes);
  };
  return { config, layers, embedding, unembedding, bias, norm, words, read, run: checked };
}

// The from-scratch transformer: it reads any text, and runs on any words that it knows.
/** @type {(packed: PackedModel, network: Network) => Doing} */
function trained({ header: { config, words } }, network) {
  /** @type {(ids: number[], changes?: Changes) => Run} */
  const run = (ids, changes = {}) => {
    const { length } = ids;
    const isLong = length > config.longest;
    refuse(isLong, `The text has ${length.toLocaleString("en")} tokens; this model reads up to ${config.longest}.`);
    refuse(length === 0, "There is no token to run on.");
    for (const id of ids) refuse(!(id in words), `There is no word ${id}: this model knows ${words.length}.`);
    return runTransformer(network, ids, changes);
  };
  return { read: readerOf(words, config.longest - 1), run };
}

// Random weights on random words' vectors, of which only those of one text are here.
/** @type {(packed: PackedModel, network: Network) => Doing} */
function random(packed, { config, layers }) {
  const known = knownOf(packed);
  const vectorOf = new Map(known.ids.map((id, token) => [id, token]));
  const module = { config, weights: layers[0], vectorOf, vectors: matrixOf(packed, "vectors") };
  /** @type {(ids: number[], changes?: Changes) => Run} */
  const run = (ids, changes = {}) => {
    for (const id of ids) refuse(!vectorOf.has(id), `There is no vector of a word ${id} here.`);
    return runRandom(module, ids, changes);
  };
  return { read: readOnly(known, "The random model's word vectors are drawn in Python"), run };
}

// One layer of a pretrained model, on the text that it was recorded on.
/** @type {(packed: PackedModel, network: Network) => Doing} */
function pretrained(packed, { config, layers }) {
  const known = knownOf(packed);
  const [q, k, v, masks, biases] = ["q", "k", "v", "masks", "biases"].map((name) => headMatrices(packed, name));
  const recorded = { x: packed.header.arrays.x ? matrixOf(packed, "x") : null, q, k, v, masks, biases };
  /** @type {(ids: number[], changes?: Changes) => Run} */
  const run = (ids, changes = {}) => {
    const isIt = ids.length === known.ids.length && ids.every((id, token) => id === known.ids[token]);
    refuse(!isIt, "This layer was recorded on one text: the page cannot run it on other tokens.");
    refuse(changes.places === false, "The positions are part of what a pretrained model learned: they stay.");
    return runPretrained({ config, weights: layers[0], recorded }, ids, changes);
  };
  return { read: readOnly(known, "A pretrained model runs in Python"), run };
}

/** @type {(packed: PackedModel) => Known} */
function knownOf({ header: { known } }) {
  if (known === null) throw new Error("The model was packed without a text.");
  return known;
}

/** @type {(isWrong: boolean, sentence: string) => void} */
function refuse(isWrong, sentence) {
  if (isWrong) throw new Error(sentence);
}
