// What the walk tells of texts, step by step, with all its numbers: test_page_walk.py recomputes them.
//
//     node page_walk.js cases.json told.json told.bin
//
// A case: { model: path, walks: [walk], shuffles: [shuffle], pulls: [pull] }, where a walk is { text, changes, layer,
// head, query, key, upTo, only: [step] }, a shuffle { text, seed }, and a pull, of a weight of a row, { text, layer,
// head, query, key, weight }. Numbers go into told.bin as float64, one array after another;
// told.json says where each begins.

import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";
import { runInThisContext } from "node:vm";

import { createModel } from "../../attnviz/client/js/model/model.js";
import { rowOf } from "../../attnviz/client/js/model/run.js";
import { hidden } from "../../attnviz/client/js/model/text/reading.js";
import { remembered } from "../../attnviz/client/js/numbers/remembered.js";
import { unpack } from "../../attnviz/client/js/numbers/unpack.js";
import { number } from "../../attnviz/client/js/say/words.js";
import { WALK } from "../../attnviz/client/js/state/schema.js";
import { givenWay, withRow } from "../../attnviz/client/js/walk/by_hand.js";
import { stepAt, STEPS, stepsOf } from "../../attnviz/client/js/walk/steps/steps.js";
import { lastOf, seeded, shuffledRun } from "../../attnviz/client/js/walk/why.js";

const MOST_HOVERED = 600; // cells of a matrix whose hover texts are told

// KaTeX as a page has it: a script of its own, which leaves a global.
runInThisContext(readFileSync(new URL("../../attnviz/client/katex/katex.min.js", import.meta.url), "utf8"));
console.warn = () => {}; // of letters whose width KaTeX does not know

const kept = [];
let count = 0;

function keep({ rows, columns, values }) {
  kept.push(Buffer.from(Float64Array.from(values).buffer));
  count += values.length;
  return { at: count - values.length, shape: [rows, columns] };
}

function told({ model: path, walks, shuffles, pulls }) {
  const model = createModel(unpack(new Uint8Array(readFileSync(path))));
  const runs = new Map(); // a text is run once, as in the page
  return {
    config: model.config,
    walks: walks.map((walk) => walked(model, walk, runs)),
    shuffles: shuffles.map(({ text, seed }) => shuffledRun(model, model.read(text).ids, {}, seeded(seed))),
    pulls: pulls.map((pull) => pulled(model, pull)),
  };
}

// A weight of a row pulled by hand: the row that gives way, and the last vectors of the run with it.
function pulled(model, { text, layer, head, query, key, weight }) {
  const { ids } = model.read(text);
  const { weights, masked } = model.run(ids).layers[layer].head(head);
  const row = givenWay(rowOf(weights, query), key, weight, (token) => rowOf(masked, query)[token] !== -Infinity);
  const run = model.run(ids, withRow({}, { layer, head, query }, row));
  return { row: Array.from(row), last: keep(lastOf(run)) };
}

function walked(model, { text, changes = {}, only, ...where }, runs) {
  const { ids, row } = model.read(text);
  const run = remembered(runs, JSON.stringify([text, changes]), () => model.run(ids, changes));
  const isMasked = model.config.predicts === "masked";
  const of = {
    ...{ model, run, row, key: 0, ...where },
    hidden: (at) => (isMasked ? model.run(hidden(ids, at), changes).probabilities(at) : null),
  };
  return {
    ...{ ids, names: row.tokens.map(({ name }) => name), all: stepsOf(of) },
    fallen: Object.fromEntries(WALK.map((name) => [name, stepAt(of, name)])),
    steps: (only ?? stepsOf(of)).map((name) => stepTold(name, of)),
  };
}

function stepTold(name, of) {
  const { title, tell } = STEPS[name];
  const { shown, ...said } = tell(of);
  return {
    ...{ name, title, ...said, refused: [said.formula, ...said.numbers].flatMap(refusal) },
    shown: shown.map(({ matrix, ...one }) => {
      const isHovered = matrix.values.length <= MOST_HOVERED;
      return { ...one, place: keep(matrix), hovers: isHovered ? Array.from(matrix.values, number) : null };
    }),
  };
}

// What KaTeX says of a formula that it cannot render.
function refusal(tex) {
  try {
    globalThis.katex.renderToString(tex, { displayMode: true, throwOnError: true, strict: "ignore" });
    return [];
  } catch (error) {
    return [`${tex}: ${error.message}`];
  }
}

const [, , casesPath, toldPath, numbersPath] = argv;
writeFileSync(toldPath, JSON.stringify(JSON.parse(readFileSync(casesPath, "utf8")).map(told)));
writeFileSync(numbersPath, Buffer.concat(kept));
