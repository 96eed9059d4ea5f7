// Questions as the page makes them, for test_page_questions.py: one line of JSON for each that was asked for.

import { questionOf } from "../../attnviz/client/js/walk/questions.js";
import { seeded } from "../../attnviz/client/js/walk/why.js";

let told = "";
for await (const piece of process.stdin) told += piece;
const { heads, each, seed } = JSON.parse(told);
const random = seeded(seed);
const made = heads.flatMap(({ weights, names, probabilities, words, isNext }, head) => {
  const n = names.length;
  const matrix = { rows: n, columns: n, values: Float64Array.from(weights.flat()) };
  const row = { tokens: names.map((name) => ({ name })) };
  return Array.from({ length: each }, (_, i) => {
    const kind = ["most", "spread", "next word"][i % 3];
    const query = Math.floor(random() * n);
    const shares = probabilities?.[query] ?? null;
    const question = questionOf(kind, { weights: matrix, row, query, random, probabilities: shares, words, isNext });
    const guess = Math.floor(random() * (question?.choices.length ?? 1));
    return { head, query, question, guess };
  });
});
process.stdout.write(JSON.stringify(made));
