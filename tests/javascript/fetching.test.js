import assert from "node:assert/strict";
import { test } from "node:test";

import { createFetching, lackingOf, merge } from "../../attnviz/client/js/hosts/server/fetching.js";
import { Numbers } from "../../attnviz/client/js/numbers/numbers.js";
import { partOf } from "../../attnviz/client/js/numbers/part.js";
import { settled } from "../../attnviz/client/js/state/state.js";
import { headerOf } from "./made.js";

// Two layers of two heads, of which no vectors are here.
function made() {
  const layer = { heads: 2, kvHeads: 2, dHead: 1, dValue: 1, scale: 1, temperature: 1, extra: null, added: [] };
  const trace = { header: { ...headerOf(["the", "cat"], { layers: [layer, layer] }), byLayer: true }, arrays: {} };
  const numbers = new Numbers(partOf(trace, ""));
  numbers.group({ words: "pieces", specials: true, filter: "all" });
  return { trace, numbers, state: (change) => settled(change, trace) };
}

// The vectors of a layer, as whole numbers whose step is `step`.
function come(layer, step) {
  const vectors = Int16Array.from([0, 1, 2, 3]);
  const scales = { "": [{}, {}] };
  scales[""][layer] = { q: [step, step], k: [1, 1], v: [1, 1] };
  return { header: { scales }, arrays: { [`q${layer}`]: vectors, [`k${layer}`]: vectors, [`v${layer}`]: vectors } };
}

test("a layer that has come draws its heads, and the others still lack", () => {
  const { trace, numbers, state } = made();
  assert.equal(lackingOf(numbers, state({ layer: 1 })), 1);
  merge(trace, come(1, 0.5));
  assert.equal(lackingOf(numbers, state({ layer: 1, head: 1 })), null);
  assert.equal(lackingOf(numbers, state({ of: "layer", layer: 1 })), null);
  assert.equal(lackingOf(numbers, state({ layer: 1, second: [0, 1] })), 0);
  assert.equal(lackingOf(numbers, state({ of: "rollout", layer: 1 })), "all");
  assert.equal(numbers.isWhole, false);
  merge(trace, come(0, 2));
  assert.equal(numbers.isWhole, true);
  const share = (x) => 1 / (1 + Math.exp(-x)); // of q·k with keys 2 and 3, the larger one
  assert.ok(Math.abs(numbers.plainRow(1, 1, 0)[1] - share(2 * 0.5)) < 1e-6, "each layer by its own step");
  assert.ok(Math.abs(numbers.plainRow(0, 1, 0)[1] - share(2 * 2)) < 1e-6);
});

test("what is lacking is asked for once, after the event, and not where vectors come by themselves", async () => {
  const { trace, numbers } = made();
  const asked = [];
  const seen = { trace, numbers, part: numbers.part };
  const fetching = createFetching(
    () => seen,
    (request) => asked.push(request),
  );
  fetching.ask("", 1);
  fetching.ask("", 1);
  assert.deepEqual(asked, []);
  await null;
  fetching.ask("", "all");
  await null;
  assert.deepEqual(asked, [{ vectors: ["", 1] }, { vectors: null }]);
  trace.header.byLayer = false;
  fetching.ask("", 0);
  await null;
  assert.equal(asked.length, 2);
});
