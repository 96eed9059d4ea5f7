// Questions as the page makes them, under Node: test_page_questions.py looks for the right answers by itself.
//
//     node page_questions.js cases.json told.json
//
// A case: { model: path, asks: [{ text, changes, layer, head, kind, times }] }, or, of weights without a model,
// { names, weights: [row], blocked: [row], kind, times }. In the page each question has a seed of its own, one after
// another; so it is here.

import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";

import { createModel } from "../../attnviz/client/js/model/model.js";
import { hidden } from "../../attnviz/client/js/model/text/reading.js";
import { unpack } from "../../attnviz/client/js/numbers/unpack.js";
import { anyQuestion, questionOf } from "../../attnviz/client/js/walk/questions.js";
import { seeded } from "../../attnviz/client/js/walk/why.js";

let seed = 1;

function remembered(map, name, compute) {
  if (!map.has(name)) map.set(name, compute());
  return map.get(name);
}

const repeated = (times, ask) => Array.from({ length: times }, () => ask(seeded((seed += 1))));

function ofModel({ model: path, asks }) {
  const model = createModel(unpack(new Uint8Array(readFileSync(path))));
  const [runs, known] = [new Map(), new Map()];
  return asks.map(({ text, changes = {}, layer, head, kind, times }) => {
    const { ids, row } = model.read(text);
    const name = JSON.stringify([text, changes]);
    const run = remembered(runs, name, () => model.run(ids, changes));
    const isMasked = model.config.predicts === "masked";
    const told = (at) => model.run(hidden(ids, at), changes).probabilities(at);
    const of = {
      ...{ model, run, row, layer, head, query: 0, key: 0 },
      hidden: (at) => (isMasked ? remembered(known, `${name} ${at}`, () => told(at)) : null),
    };
    return {
      names: row.tokens.map((token) => token.name),
      questions: repeated(times, (random) => anyQuestion(of, [kind], random)),
    };
  });
}

function ofWeights({ names, weights, blocked, kind, times }) {
  const square = (rows) => ({ rows: rows.length, columns: names.length, values: Float64Array.from(rows.flat()) });
  const row = { tokens: names.map((name) => ({ name })) };
  const masked = square(blocked.map((keys) => keys.map((isBlocked) => (isBlocked ? -Infinity : 0))));
  const ask = (random) => {
    const query = Math.floor(random() * names.length);
    return questionOf(kind, { weights: square(weights), masked, row, query, random });
  };
  return [{ names, questions: repeated(times, ask) }];
}

const [, , casesPath, toldPath] = argv;
const cases = JSON.parse(readFileSync(casesPath, "utf8"));
writeFileSync(toldPath, JSON.stringify(cases.map((one) => (one.model ? ofModel(one) : ofWeights(one)))));
