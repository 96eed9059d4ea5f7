import assert from "node:assert/strict";
import { test } from "node:test";

import { givenWay, rowSet, withRow } from "../../attnviz/client/js/walk/by_hand.js";
import { seeded } from "../../attnviz/client/js/walk/why.js";

const all = () => true;

function near(seen, wanted) {
  assert.equal(seen.length, wanted.length);
  wanted.forEach((value, i) => assert.ok(Math.abs(seen[i] - value) < 1e-12, `${[...seen]} is not ${wanted}`));
}

test("what is pulled is set, and the others share what is left in their proportions", () => {
  near(givenWay([0.5, 0.3, 0.2], 0, 0.75, all), [0.75, 0.15, 0.1]);
  near(givenWay([0.5, 0.3, 0.2], 0, 0, all), [0, 0.6, 0.4]);
  near(givenWay([0.5, 0.3, 0.2], 2, 1, all), [0, 0, 1]);
});

test("where all others had nothing they share alike", () => {
  near(givenWay([1, 0, 0], 0, 0.4, all), [0.4, 0.3, 0.3]);
});

test("a weight stays between nothing and all that the row has", () => {
  near(givenWay([0.5, 0.5], 0, 7, all), [1, 0]);
  near(givenWay([0.5, 0.5], 0, -7, all), [0, 1]);
  near(givenWay([0.5, 1], 0, 1.2, all), [1.2, 0.3]);
});

test("a token that may not be looked at keeps its 0", () => {
  const may = (token) => token < 2;
  near(givenWay([0.5, 0.5, 0], 0, 0.2, may), [0.2, 0.8, 0]);
  near(givenWay([0, 1, 0], 1, 0.2, may), [0.8, 0.2, 0]);
  near(givenWay([0.5, 0.5, 0], 2, 0.9, may), [0.5, 0.5, 0]);
  near(givenWay([1, 0, 0], 0, 0.3, (token) => token === 0), [1, 0, 0]);
});

test("the sum stays and what is hidden stays hidden, pulled again and again", () => {
  const random = seeded(2);
  for (let i = 0; i < 200; i++) {
    const n = 1 + Math.floor(random() * 12);
    const seen = Array.from({ length: n }, (_, token) => token === 0 || random() < 0.6);
    const powers = seen.map((may) => (may ? random() + 1e-9 : 0));
    const total = powers.reduce((sum, power) => sum + power, 0);
    let row = powers.map((power) => power / total);
    for (let pull = 0; pull < 20; pull++) {
      const at = Math.floor(random() * n);
      row = givenWay(row, at, random() * 1.4 - 0.2, (token) => seen[token]);
      assert.ok(Math.abs(row.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-9);
      assert.ok(row.every((weight, token) => weight >= 0 && (seen[token] || weight === 0)));
    }
  }
});

test("what is given is left as it is", () => {
  const row = Float64Array.of(0.5, 0.5);
  givenWay(row, 0, 0.1, all);
  assert.deepEqual(row, Float64Array.of(0.5, 0.5));
});

const WHERE = { layer: 1, head: 2, query: 3 };
const of = (n) => ({ ...WHERE, row: { tokens: new Array(n) } });

test("a row is set beside what else is changed, in place of one before it, and taken back", () => {
  const first = withRow({ root: false }, WHERE, [0.5, 0.5]);
  assert.deepEqual(first, { root: false, rows: [{ ...WHERE, weights: [0.5, 0.5] }] });
  const second = withRow(first, { ...WHERE, query: 0 }, [1, 0]);
  assert.equal(second.rows.length, 2);
  const again = withRow(second, WHERE, [0, 1]);
  assert.deepEqual(rowSet(again, of(2)), [0, 1]);
  assert.deepEqual(withRow(withRow(again, WHERE, null), { ...WHERE, query: 0 }, null), { root: false });
});

test("a row of another text, head or word is none", () => {
  const set = withRow({}, WHERE, [0.5, 0.5]);
  assert.equal(rowSet(set, of(3)), null);
  assert.equal(rowSet(set, { ...of(2), head: 0 }), null);
  assert.equal(rowSet(set, { ...of(2), query: 0 }), null);
  assert.equal(rowSet({}, of(2)), null);
});
