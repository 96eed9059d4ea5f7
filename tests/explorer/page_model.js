// What the page's own model makes of texts: what it reads, and every stage of its runs. test_page_model.py holds it
// against the package.
//
//     node page_model.js cases.json told.json told.bin
//
// A case: { model: path, texts: [text], runs: [run] }, where a run is { text | ids, changes, heads: [[layer, head]],
// hidden: [token], trace }.
// Numbers go into told.bin as float64, one array after another; told.json says where each begins, and its shape.

import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";

import { unpack } from "../../attnviz/client/js/numbers/unpack.js";
import { createModel } from "../../attnviz/client/js/model/model.js";
import { hidden } from "../../attnviz/client/js/model/text/reading.js";
import { traceOf } from "../../attnviz/client/js/model/trace.js";
import { ranked } from "../../attnviz/client/js/walk/steps/prediction.js";

const STAGES = ["embedded", "placed", "final", "logits"];
const OF_LAYER = ["before", "input", "concatenated", "output", "attended"];
const FEED_FORWARD = ["feedForwardInput", "hidden", "feedForward", "after"];
const OF_HEAD = ["projectedQ", "projectedK", "q", "k", "v", "scores", "scaled", "masked", "weights", "context"];

const kept = [];
let count = 0;

// Where an array is kept, counted in numbers.
function keep(values, shape) {
  const place = { at: count, shape };
  kept.push(Buffer.from(Float64Array.from(values).buffer));
  count += values.length;
  return place;
}

function told({ model: path, texts, runs }) {
  const packed = unpack(new Uint8Array(readFileSync(path)));
  const model = createModel(packed);
  return {
    texts: texts.map((text) => orError(() => model.read(text))),
    runs: runs.map((asked) => orError(() => ran(model, packed.header, asked))),
    config: model.config,
  };
}

function orError(of) {
  try {
    return of();
  } catch (error) {
    return { error: error.message };
  }
}

function ran(model, header, { text, ids: given, changes, heads, hidden: places = [], trace = false }) {
  const read = given ? { ids: given } : model.read(text);
  const run = model.run(read.ids, changes);
  const arrays = {};
  const add = (name, matrix) => {
    if (matrix !== null) arrays[name] = keep(matrix.values, [matrix.rows, matrix.columns]);
  };
  for (const stage of STAGES) add(stage, run[stage]);
  run.layers.forEach((layer, i) => {
    for (const stage of [...OF_LAYER, ...FEED_FORWARD]) add(`${i}.${stage}`, layer[stage]);
  });
  for (const [layer, head] of heads ?? everyHead(model, run)) {
    const steps = run.layers[layer].head(head);
    for (const name of OF_HEAD) add(`${layer}.${head}.${name}`, steps[name]);
  }
  const predicted = (at) => (model.config.predicts === "masked" ? model.run(hidden(read.ids, at), changes) : run);
  const guesses = places.map((at) => {
    const probabilities = predicted(at).probabilities(at);
    arrays[`probabilities.${at}`] = keep(probabilities, [probabilities.length]);
    return ranked(probabilities, 5).map((id) => model.words[id]);
  });
  return { arrays, guesses, trace: trace ? tracedOf(model, header, run, read.row) : null };
}

function everyHead({ config }, { layers }) {
  return layers.flatMap((_, layer) => Array.from({ length: config.heads }, (__, head) => [layer, head]));
}

function tracedOf(model, header, run, row) {
  const { header: said, arrays } = traceOf(model, run, row, { id: "in the page", sentences: header.sentences });
  const places = Object.entries(arrays).map(([name, values]) => {
    return [name, { ...keep(values, [values.length]), type: values.constructor.name }];
  });
  return { header: said, arrays: Object.fromEntries(places) };
}

const [, , casesPath, toldPath, numbersPath] = argv;
const cases = JSON.parse(readFileSync(casesPath, "utf8"));
writeFileSync(toldPath, JSON.stringify(cases.map(told)));
writeFileSync(numbersPath, Buffer.concat(kept));
