// A head built by hand: what the ready ones do, what is typed, and what is said. (Its weights are held against the
// package's in tests/explorer/test_page_built.py.)

import assert from "node:assert/strict";
import { test } from "node:test";

import { each } from "../../attnviz/client/js/model/matrix.js";
import { rowOf } from "../../attnviz/client/js/model/run.js";
import {
  AIM_NAMES,
  AIMS,
  built,
  clicked,
  emptyHead,
  featuresAt,
  featuresOf,
  headFor,
  largestOf,
  LARGEST,
  namesOf,
  reached,
  readNumber,
  shareWanted,
  timesAll,
  vectorsOf,
  withNumber,
  WORDS,
} from "../../attnviz/client/js/walk/built.js";
import { goalSaid, meetingSaid, plain } from "../../attnviz/client/js/walk/built_said.js";

const READY = AIM_NAMES.filter((name) => name !== "next");
const TEXTS = [
  [...WORDS],
  ["a", "b"],
  ["a", "a", "a"],
  ["one"],
  ["we", "see", "what", "we", "see", "when", "we", "look"],
];

function near(seen, wanted) {
  assert.ok(Math.abs(seen - wanted) < 1e-12, `${seen} is not ${wanted}`);
}

// Previous word, moved: the query of each place has its number in the column of the next one.
function nextWord(words, size) {
  let head = emptyHead(words);
  words.forEach((_, token) => {
    const [, row] = featuresAt(words, token);
    head = withNumber(head, "w_k", { row, column: token, value: size });
    if (token < words.length - 1) head = withNumber(head, "w_q", { row, column: token + 1, value: size });
  });
  return head;
}

test("a word's vector has a 1 at its word, at its place, and one that is always there", () => {
  assert.deepEqual(featuresOf(["a", "b", "a"]), ["a", "b", "1st", "2nd", "3rd", "always"]);
  assert.deepEqual([...vectorsOf(["a", "b", "a"]).values], [1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1, 1, 0, 0, 0, 1, 1]);
  assert.deepEqual(namesOf(["a", "b", "a"]), ["a₁", "b", "a₃"]);
});

for (const name of READY) {
  test(`the head for “${AIMS[name].title}” does it in every row that can, of any words`, () => {
    for (const words of TEXTS) {
      const wanted = AIMS[name].wanted(words);
      const right = reached(built(words, headFor(words, name)).weights, wanted);
      right.forEach((one, query) => assert.equal(one, wanted[query].length ? true : null, `${words} ${query}`));
    }
  });
}

test("the weights of “previous word” are those of a hand: e to the 16/√6 over that and five ones", () => {
  const { weights, scores } = built(WORDS, headFor(WORDS, "previous"));
  const large = Math.exp(16 / Math.sqrt(6));
  assert.equal(scores.values[1 * 6 + 0], 16);
  near(weights.values[1 * 6 + 0], large / (large + 5));
  near(weights.values[1 * 6 + 4], 1 / (large + 5));
  for (const weight of rowOf(weights, 0)) near(weight, 1 / 6); // its query is 0
});

test("a word that stands twice is looked at twice alike", () => {
  const { weights } = built(WORDS, headFor(WORDS, "same"));
  assert.equal(weights.values[0], weights.values[3]);
  assert.ok(weights.values[0] > 0.49);
});

test("no ready head but the one asked for does the next word, and one that is built does", () => {
  const wanted = AIMS.next.wanted([...WORDS]);
  for (const name of AIM_NAMES) {
    const right = reached(built(WORDS, headFor(WORDS, name)).weights, wanted);
    assert.ok(right.includes(false), name);
  }
  const { weights } = built(WORDS, nextWord([...WORDS], 1));
  assert.deepEqual(reached(weights, wanted), [true, true, true, true, true, null]);
});

test("a tie is not the largest weight", () => {
  const { weights } = built(["a", "b"], emptyHead(["a", "b"]));
  assert.deepEqual(reached(weights, [[1], [0]]), [false, false]);
  assert.deepEqual(reached(weights, [[0, 1], []]), [true, null]);
});

test("larger numbers make sharper rows, smaller ones softer, and the largest stays where it is", () => {
  const wanted = AIMS.next.wanted([...WORDS]);
  let head = nextWord([...WORDS], 1);
  let before = 1 / 6;
  for (let i = 0; i < 4; i++) {
    const { weights } = built(WORDS, head);
    const share = shareWanted(weights, wanted);
    assert.ok(share > before || (share === 1 && before === 1));
    assert.deepEqual(reached(weights, wanted).slice(0, 5), Array(5).fill(true));
    before = share;
    head = timesAll(head, 2);
  }
  assert.equal(largestOf(head), 16);
});

test("numbers are doubled and halved only as long as they can be read", () => {
  assert.equal(timesAll(nextWord([...WORDS], 60), 2), null);
  assert.equal(timesAll(nextWord([...WORDS], 0.15), 0.5), null);
  assert.equal(timesAll(emptyHead(WORDS), 2), null);
  assert.equal(largestOf(timesAll(nextWord([...WORDS], 50), 2)), LARGEST);
});

test("a head is never changed in place", () => {
  const head = headFor(WORDS, "previous");
  const other = withNumber(head, "w_q", { row: 0, column: 2, value: -3 });
  assert.equal(head.w_q.values[2], 0);
  assert.equal(other.w_q.values[2], -3);
  assert.equal(other.w_k, head.w_k);
});

test("a click goes from 0 to 1 to −1 and back, from any other number to 0", () => {
  assert.deepEqual([0, 1, -1, 4, 0.5].map(clicked), [1, -1, 0, 0, 0]);
});

test("numbers are read as people type them", () => {
  const typed = { 4: 4, "−1": -1, "-1": -1, " 0,5 ": 0.5, ".25": 0.25, "2.": 2, "1e-3": 0.001, "+7": 7, "-100": -100 };
  for (const [text, value] of Object.entries(typed)) assert.equal(readNumber(text), value, text);
  assert.ok(Object.is(readNumber("-0"), 0));
});

test("what is no number, or too large, is refused with a sentence", () => {
  for (const text of ["NaN", "abc", "Infinity", "1 2", "0x10", "--1", "e5", "1,2,3", "−"]) {
    assert.throws(() => readNumber(text), /is not a number\. Type one such as 4/, text);
  }
  for (const text of ["1e300", "-1e300", "1e999", "101", "100.01"]) {
    assert.throws(() => readNumber(text), /too large: numbers here go from −100 to 100/, text);
  }
  assert.throws(() => readNumber("  "), /no number in the field/);
});

test("the largest numbers that can be typed leave weights that are shares", () => {
  const { w_q, w_k } = emptyHead(WORDS);
  const full = { w_q: each(w_q, () => LARGEST), w_k: each(w_k, () => LARGEST) };
  const head = withNumber(full, "w_q", { row: 0, column: 0, value: -LARGEST });
  const { weights } = built(WORDS, head);
  for (let i = 0; i < WORDS.length; i++) near([...rowOf(weights, i)].reduce((a, b) => a + b), 1);
});

test("what is said counts rows, and speaks of sharpness only where it is all that lacks", () => {
  assert.equal(goalSaid("next", [true, false, null], 0.4).count, "So far 1 of 2 rows do.");
  assert.doesNotMatch(goalSaid("next", [true, false, null], 0.4).more, /sharper/);
  const soft = goalSaid("next", [true, true, null], 0.23);
  assert.equal(soft.count, "Done: 2 of 2 rows do.");
  assert.match(soft.more, /only 0\.23 of a row.*sharper/);
  assert.doesNotMatch(goalSaid("next", [true, true, null], 0.97).more, /sharper/);
  assert.equal(goalSaid("previous", [null, true], 0.99).count, "1 of 1 rows do.");
});

test("a score is told product by product", () => {
  let head = headFor(WORDS, "previous");
  head = withNumber(head, "w_q", { row: featuresOf(WORDS).indexOf("always"), column: 0, value: -0.5 });
  const [pair, sum, weight] = meetingSaid(WORDS, built(WORDS, head), { row: 1, column: 0 });
  assert.equal(pair, "cat → the₁");
  assert.equal(sum, ": q · k = 3.5 · 4 = 14; ÷ √6 = 5.72; softmax over the row: ");
  assert.equal(weight, "0.98");
  const [, none] = meetingSaid(WORDS, built(WORDS, head), { row: 1, column: 5 });
  assert.match(none, /^: q · k = 0, since no column has a number in both; ÷ √6 = 0;/);
  assert.deepEqual([0, -1, 0.25, 1 / 3, 100].map(plain), ["0", "−1", "0.25", "0.333", "100"]);
});
