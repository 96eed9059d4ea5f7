import assert from "node:assert/strict";
import { test } from "node:test";

import { rowOf, vectorsOf } from "../../attnviz/client/js/numbers/equations/attention.js";
import * as told from "../../attnviz/client/js/say/told.js";
import { columnsOn, placesBelow } from "../../attnviz/client/js/draw/columns.js";
import { partOf } from "../../attnviz/client/js/numbers/part.js";
import { traceOf as made } from "./made.js";

const traceOf = (given) => partOf(made(given), "");

// Three tokens, q and k of two numbers, v of three; token 0 looks at all alike: its weights are 1/3 each.
const V = [3, 0, 6, 0, 9, 0, 6, 0, -3];
const WIDE = { q: [0, 0, 1, 0, 0, 1], k: [1, 2, 3, 4, 5, 6], v: V, n: 3, d: 2, dValue: 3 };

function wayOf(query, { tokens = [0, 1, 2], hidden = [], ...rest } = {}) {
  const trace = traceOf({ ...WIDE, ...rest });
  const names = ["a", "b", "c"];
  const [layer] = trace.layers;
  const own = { name: names[query], names, query, layer, tokens, hidden };
  return { ...vectorsOf(trace, 0, 0), ...own, dValue: layer.dValue, steps: rowOf(trace, 0, 0, query) };
}

test("the context is as wide as the values are, narrower or wider than q", () => {
  assert.deepEqual([...wayOf(0).steps.context], [3, 3, 1].map(Math.fround));
  const narrow = traceOf({ q: [0, 0, 0, 0], k: [1, 2, 3, 4], v: [4, 8], n: 2, d: 2, dValue: 1 });
  assert.deepEqual([...vectorsOf(narrow, 0, 0).v], [4, 8]);
  assert.deepEqual([...rowOf(narrow, 0, 0, 1).context], [6]);
});

test("values of whole numbers and of grouped heads are found where they are, whatever their width", () => {
  const scales = { q: [1, 1], k: [1], v: [0.5] };
  const q = Array.from({ length: 8 }, () => 0);
  const shared = { n: 2, d: 2, dValue: 1, heads: 2, kvHeads: 1, q, k: [1, 2, 3, 4], v: [4, 8] };
  const trace = traceOf({ ...shared, scales, type: Int16Array });
  assert.deepEqual([...vectorsOf(trace, 0, 1).v], [2, 4]);
  const own = traceOf({ ...shared, kvHeads: 2, k: [1, 2, 3, 4, 1, 2, 3, 4], v: [4, 8, 10, 20] });
  assert.deepEqual([...vectorsOf(own, 0, 1).v], [10, 20]);
});

test("what is rounded has a sign: vectors that travelled as whole numbers, and what the page made of them", () => {
  const way = { ...wayOf(0), isRounded: true };
  assert.deepEqual(told.elementInWords(way, "q", 0), ["≈ q[0] of a: 0.000"]);
  assert.deepEqual(told.elementInWords(way, 1, 0, "k"), ["≈ k[0] of b: 3.00"]);
  assert.match(told.rowInWords(way, "q"), /, 2 numbers, rounded$/);
  assert.deepEqual(told.elementInWords(way, "sum", 0), ["sum[0] of weight · v[0]: 3.00"], "the package's own");
  assert.doesNotMatch(told.rowInWords(way, 1), /≈/);
  assert.match(told.rowInWords({ ...way, areStepsRounded: true }, 1), /^≈ b: score/);
  assert.deepEqual(told.elementInWords({ ...way, areStepsRounded: true }, "sum", 0)?.[0][0], "≈");
  const exact = wayOf(0);
  assert.equal(exact.isRounded, false);
  assert.doesNotMatch([told.rowInWords(exact, "q"), told.elementInWords(exact, 1, 0)].flat().join(), /≈|rounded/);
});

test("hidden tokens are one row: their weights summed, and their weighted values", () => {
  const way = wayOf(0, { tokens: [1], hidden: [0, 2] });
  const { weight, values } = told.together(way);
  assert.ok(Math.abs(weight + way.steps.weights[1] - 1) < 1e-6, "what is listed sums to 1");
  assert.deepEqual([...values].map((value) => Math.round(value * 1e5) / 1e5), [3, 0, 1]);
  assert.equal(told.rowInWords(way, "hidden"), "2 hidden tokens: weight 0.667 in all");
  assert.deepEqual(told.elementInWords(way, "hidden", 2), ["weight · v[2] of 2 hidden tokens, summed: 1.00"]);
  assert.equal(told.hiddenName({ hidden: [4] }), "1 hidden token");
});

test("every element of q, of k, of q·k, of v and of the sum is told", () => {
  const way = wayOf(1);
  assert.deepEqual(told.elementInWords(way, "q", 0, "k"), ["q[0] of b: 1.00"]);
  assert.deepEqual(told.elementInWords(way, 2, 1, "k"), ["k[1] of c: 6.00"]);
  assert.deepEqual(told.elementInWords(way, 2, 0, "products"), ["q[0] · k[0] = 1.00 · 5.00 = 5.00"]);
  const strong = Math.exp(5) / (Math.exp(1) + Math.exp(3) + Math.exp(5));
  const product = `${strong.toFixed(3)} · 6.00 = ${(6 * strong).toFixed(2)}`;
  assert.deepEqual(told.elementInWords(way, 2, 0, "v"), [`v[0] of c: ${product}`]);
  assert.deepEqual(told.elementInWords(wayOf(0), "sum", 2, "v"), ["sum[2] of weight · v[2]: 1.00"]);
});

test("what a column does not have at a place is not told there", () => {
  const way = wayOf(0);
  assert.equal(told.elementInWords(way, "q", 0, "v"), null, "no value stands in q's row");
  assert.equal(told.elementInWords(way, "sum", 0, "k"), null);
  assert.equal(told.elementInWords(way, "hidden", 0, "products"), null);
  assert.equal(told.elementInWords(way, 1, 2, "k"), null, "k has two numbers, v three");
  assert.equal(told.elementInWords(way, 1, 2, "v").length, 1);
  assert.equal(told.elementInWords(way, 1, 2).length, 1);
  assert.equal(told.elementInWords(way, 1, 1).length, 3);
});

test("keys lead from q over the tokens and what is hidden to the sum, and stop there", () => {
  const way = { tokens: [1, 3], hidden: [0, 2] };
  const walk = (row, step) => told.rowAfter(way, row, step);
  assert.deepEqual(["q", 1, 3, "hidden"].map((row) => walk(row, 1)), [1, 3, "hidden", "sum"]);
  assert.deepEqual([walk("sum", 1), walk("q", -1), walk(1, -1)], [null, null, "q"]);
  assert.equal(told.rowAfter({ tokens: [1, 3], hidden: [] }, 3, 1), "sum");
});

test("a row has as many elements as the widest of what stands in it", () => {
  assert.deepEqual(["q", 1, "hidden", "sum"].map((row) => told.elementsOf(wayOf(0), row)), [2, 3, 3, 3]);
  assert.deepEqual(told.valuesOf(wayOf(1), "q"), [1, 0]);
  assert.deepEqual(told.valuesOf(wayOf(0), "sum").length, 3);
  assert.deepEqual(told.valuesOf(wayOf(0), 1), []);
});

test("a row's numbers name what is added in this layer", () => {
  const extra0 = Float32Array.from([-Infinity, 0, 0, 0, 0, 0, 0, 0, 0]);
  const masked = wayOf(0, { extra: "extra0", added: ["mask"], arrays: { extra0 } });
  assert.equal(told.rowInWords(masked, 0), "a: score 0.000, scaled 0.000, + mask −∞, weight 0.000");
  assert.equal(told.rowInWords(wayOf(0), 0), "a: score 0.000, scaled 0.000, weight 0.333");
});

test("the sum is said to be this head's share, before W_O", () => {
  assert.match(told.rowInWords(wayOf(0), "sum"), /^This head’s share of the new vector of a, before W_O/);
});

test("what is out of sight is counted, with its weight", () => {
  const way = { tokens: [0, 1, 2, 3], steps: { weights: [0.1, 0.2, 0.3, 0.4] } };
  assert.equal(told.outOfSight(way, 0, 2), "2 more below, weight 0.700");
  assert.equal(told.outOfSight(way, 1, 3), "1 more above, weight 0.100 · 1 more below, weight 0.400");
  assert.equal(told.outOfSight(way, 0, 4), "");
  const far = { tokens: Array(4096).fill(0), steps: { weights: [0] } };
  assert.equal(told.outOfSight(far, 1, 4), "1 more above, weight 0.000 · 4,092 more below, weight 0.000");
});

test("rows below the keys take room only where they are", () => {
  const all = placesBelow({ inSight: 14, tokens: new Array(19), hidden: [0] });
  const few = placesBelow({ inSight: 3, tokens: new Array(3), hidden: [] });
  assert.ok(all.note < all.hidden && all.hidden < all.sum && all.sum < all.end);
  assert.ok(few.note === few.hidden && few.hidden === few.sum);
});

test("a column for what is added is there where something is, and wide enough for both", () => {
  const [none, mask, both] = [[], ["mask"], ["bias", "mask"]].map((added) => columnsOn(440, added));
  assert.equal(none.masked, undefined);
  assert.ok(both.masked[1] > mask.masked[1]);
  for (const { v } of [none, mask, both]) assert.ok(v[0] + v[1] > 430 && v[0] + v[1] <= 440, "they fill the width");
});
