import assert from "node:assert/strict";
import { test } from "node:test";

import {
  differenceOf,
  entropiesByWidth,
  lastOf,
  meanEntropy,
  movedShare,
  movedText,
  seeded,
  shuffledInWords,
  shuffledOrder,
  shuffledRun,
  spreadText,
  WIDTHS,
} from "../../attnviz/client/js/walk/why.js";
import { choiceOf, choicesFor, TOPIC_NAMES, topicOf, TOPICS } from "../../attnviz/client/js/walk/topics.js";
import { readSwitched, writtenSwitched } from "../../attnviz/client/js/state/learn/switched.js";
import { ofText, tinyModel } from "./tiny.js";

const matrix = (...rows) => ({ rows: rows.length, columns: rows[0].length, values: Float64Array.from(rows.flat()) });
const near = (seen, wanted, within = 1e-12) => assert.ok(Math.abs(seen - wanted) <= within, `${seen} is not ${wanted}`);

test("the entropy of rows is in bits, and their mean", () => {
  near(meanEntropy(matrix([0.5, 0.5], [1, 0])), 0.5);
  near(meanEntropy(matrix([0.25, 0.25, 0.25, 0.25])), 2);
  near(meanEntropy(matrix([0.5, 0.25, 0.25])), 1.5);
});

test("rows that are no shares have no entropy", () => {
  assert.ok(Number.isNaN(meanEntropy(matrix([0.5, 0.4]))));
  assert.ok(Number.isNaN(meanEntropy(matrix([1, 0], [1.5, -0.5]))));
});

test("a row by hand, written with six digits, still has shares", () => {
  near(meanEntropy(matrix([0.333333, 0.333333, 0.333333])), Math.log2(3), 1e-5);
});

test("how evenly weights are spread is told of the row and of all, before and after", () => {
  const found = { ofRow: [0.154, NaN], entropy: [3, 1.996] };
  const row = "Entropy of the row of “the”₂: 0.15 bits before, no shares after.";
  const all = "Of all rows, on average: 3.00 bits before, 2.00 bits after.";
  assert.equal(spreadText(found, "the₂", true), `${row} ${all}`);
  const still = "Entropy of the row of “sat”: 0.15 bits. Of all rows, on average: 3.00 bits.";
  assert.equal(spreadText(found, "sat", false), still);
});

test("how far they have moved is told of what a run has last", () => {
  assert.equal(movedText(0.034, { final: {} }), "The model’s last vectors have moved by 3.4% of their length.");
  assert.equal(movedText(0.25, { final: null }), "What this layer’s attention gives has moved by 25% of its length.");
});

test("how far vectors have moved is a share of their length", () => {
  near(movedShare(matrix([3, 4]), matrix([3, 4])), 0);
  near(movedShare(matrix([3, 4]), matrix([0, 0])), 1);
  near(movedShare(matrix([3, 0], [0, 4]), matrix([3, 0], [3, 4])), 0.6);
  near(movedShare(matrix([0, 0]), matrix([1, 0])), 0);
});

test("another order has every word once, and some word has moved", () => {
  for (let seed = 0; seed < 50; seed++) {
    const order = shuffledOrder(4, seeded(seed));
    assert.deepEqual([...order].sort(), [0, 1, 2, 3]);
    assert.notDeepEqual(order, [0, 1, 2, 3]);
  }
  assert.deepEqual(shuffledOrder(1, seeded(1)), [0]);
  assert.deepEqual(shuffledOrder(3, () => 0.999), [1, 2, 0]);
});

test("the same seed gives the same numbers, from 0 up to 1", () => {
  const [one, same, other] = [seeded(7), seeded(7), seeded(8)];
  const drawn = Array.from({ length: 1000 }, one);
  assert.deepEqual(drawn, Array.from({ length: 1000 }, same));
  assert.notEqual(drawn[0], other());
  assert.ok(drawn.every((value) => value >= 0 && value < 1));
  near(drawn.reduce((all, value) => all + value, 0) / 1000, 0.5, 0.03);
});

test("without places and a mask, words in another order give the outputs in that order", () => {
  const ids = [3, 4, 5, 4, 1];
  const free = shuffledRun(tinyModel(), ids, {}, seeded(1));
  assert.ok(free.without <= 1e-12);
  assert.ok(free.with > 0.01);
  const causal = shuffledRun(tinyModel({ causal: true }), ids, {}, seeded(1));
  assert.ok(causal.without > 0.01);
  assert.match(shuffledInWords(free, false)[0], /the outputs are the same/);
  assert.match(shuffledInWords(causal, true)[0], /differ all the same, by up to \d/);
});

test("the entropy of random scores falls with d where they are not divided by √d, and stays where they are", () => {
  const measured = entropiesByWidth(12, seeded(3));
  assert.deepEqual(measured.map(({ d }) => d), WIDTHS);
  const even = Math.log2(12);
  for (const { d, plain, scaled } of measured) {
    assert.ok(plain >= 0 && scaled <= even);
    near(scaled, 0.8 * even, 0.1 * even);
    if (d === 1) near(plain, scaled, 1e-9);
  }
  for (let i = 2; i < WIDTHS.length; i++) assert.ok(measured[i].plain < measured[i - 1].plain, `d = ${WIDTHS[i]}`);
  assert.ok(measured.at(-1).plain < 0.1 * even);
});

test("one word has nothing to spread", () => {
  assert.ok(entropiesByWidth(1, seeded(3)).every(({ plain, scaled }) => plain === 0 && scaled === 0));
});

test("what a switch changes is told of the head, the last vectors and the words", () => {
  const before = ofText(tinyModel(), "cat sat cat", { query: 2 });
  const same = differenceOf(before, before);
  assert.deepEqual([same.moved, same.entropy[0]], [0, same.entropy[1]]);
  const after = ofText(tinyModel(), "cat sat cat", { query: 2 }, { temperature: 0.01 });
  const { entropy, ofRow, moved, weights } = differenceOf(before, after);
  assert.ok(entropy[1] < entropy[0]);
  weights.forEach(({ columns, values }, i) => {
    near(ofRow[i], meanEntropy(matrix([...values.slice(2 * columns, 3 * columns)])));
  });
  near(moved, movedShare(lastOf(before.run), lastOf(after.run)));
  assert.equal(weights[1], after.run.layers[0].head(0).weights);
});

test("the words are the most probable ones of either run, those of before first", () => {
  const model = tinyModel({ predicts: "next" });
  const ofChanged = (changes) => ofText(model, "cat sat cat", { query: 1 }, changes);
  const [before, after] = [{}, { normalizer: "hard" }].map(ofChanged);
  const { words } = differenceOf(before, after);
  const shares = words.map((one) => one.before);
  assert.deepEqual(shares, [...shares].sort((a, b) => b - a));
  for (const { word, before: was, after: is } of words) {
    const id = model.words.indexOf(word);
    assert.deepEqual([was, is], [before.run.probabilities(1)[id], after.run.probabilities(1)[id]]);
  }
});

test("of every topic the first choice changes nothing, and each is found again by what a link says of it", () => {
  for (const causal of [false, true]) {
    const of = ofText(tinyModel({ causal }), "cat sat", { layer: 1, head: 1 });
    for (const name of TOPIC_NAMES) {
      const choices = choicesFor(name, of.model);
      if (choices.length) assert.deepEqual(choices[0].changes(of), {});
      for (const choice of choices) {
        const changes = readSwitched(writtenSwitched(choice.changes(of)));
        assert.equal(choiceOf(name, changes, of), choice, `${name}, ${choice.value}`);
        if (choice !== choices[0]) assert.equal(topicOf(changes), name, choice.value);
      }
    }
  }
  assert.equal(topicOf({}), null);
  assert.equal(topicOf({ rows: [] }), null);
});

test("a model that reads causally can look both ways, and another can read causally", () => {
  /** @type {(causal: boolean) => string[]} */
  const values = (causal) => choicesFor("mask", tinyModel({ causal })).map(({ value }) => value);
  assert.ok(values(false).includes("causal") && !values(false).includes("bidirectional"));
  assert.ok(!values(true).includes("causal") && values(true).includes("bidirectional"));
  const of = ofText(tinyModel({ causal: true }), "cat sat cat", {}, { mask: { kind: "bidirectional" } });
  const { weights } = of.run.layers[0].head(0);
  assert.ok(weights.values.every((weight) => weight > 0));
});

test("every choice that a model can take is one that it runs with", () => {
  for (const config of [{}, { scale: 1 }, { positions: "none" }, { heads: 1, kv_heads: 1, d_head: 4, d_value: 4 }]) {
    const model = tinyModel(config);
    const of = ofText(model, "cat sat cat");
    for (const name of TOPIC_NAMES) {
      if (TOPICS[name].absent?.(model)) continue;
      for (const choice of TOPICS[name].choices) assert.doesNotThrow(() => model.run(of.run.ids, choice.changes(of)));
    }
  }
});

test("what a model cannot take is said", () => {
  assert.match(TOPICS.root.absent(tinyModel({ scale: 1 })), /does not divide/);
  assert.match(TOPICS.places.absent(tinyModel({ positions: "none" })), /has no positions/);
  assert.match(TOPICS.heads.absent(tinyModel({ heads: 1, kv_heads: 1, d_head: 4, d_value: 4 })), /single head/);
  assert.equal(TOPICS.number.absent(tinyModel()), "");
});
