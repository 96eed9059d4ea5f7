// What the walk tells of texts, step by step, with all its numbers: test_page_walk.py recomputes them.
//
//     node page_walk.js cases.json told.json told.bin
//
// A case: { model: path, walks: [walk], shuffles: [shuffle] }, where a walk is { text, changes, layer, head, query, key,
// upTo, only: [step] } and a shuffle { text, seed }. Numbers go into told.bin as float64, one array after another;
// told.json says where each begins.

import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";
import { runInThisContext } from "node:vm";

import { createModel } from "../../attnviz/client/js/model/model.js";
import { hidden } from "../../attnviz/client/js/model/predicting.js";
import { unpack } from "../../attnviz/client/js/numbers/unpack.js";
import { number } from "../../attnviz/client/js/say/words.js";
import { WALK } from "../../attnviz/client/js/state/schema.js";
import { stepAt, STEPS, stepsOf } from "../../attnviz/client/js/walk/steps.js";
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

function told({ model: path, walks, shuffles = [] }) {
  const model = createModel(unpack(new Uint8Array(readFileSync(path))));
  return {
    config: model.config,
    walks: walks.map((walk) => walked(model, walk)),
    shuffles: shuffles.map(({ text, seed }) => shuffledRun(model, model.read(text).ids, {}, seeded(seed))),
  };
}

function walked(model, { text, changes = {}, only, ...where }) {
  const { ids, row } = model.read(text);
  const run = model.run(ids, changes);
  const isMasked = model.config.predicts === "masked";
  const of = {
    ...{ model, run, row, key: 0, ...where },
    hidden: (at) => (isMasked ? model.run(hidden(ids, at), changes).probabilities(at) : null),
  };
  return {
    ...{ ids, names: row.tokens.map(({ name }) => name), all: stepsOf(of), last: keep(lastOf(run)) },
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
