import assert from "node:assert/strict";
import { test } from "node:test";

import {
  cellAfter,
  headAfter,
  laidOver,
  letterChange,
  pinned,
  pinnedBeside,
  placeAfter,
  settled,
  START,
} from "../../attnviz/client/js/state/state.js";
import { MOST_OVER } from "../../attnviz/client/js/state/schema.js";
import { headerOf } from "./made.js";

const traceOf = (...given) => ({ header: headerOf(...given) });
const LAYERS = [{ heads: 4 }, { heads: 2 }, { heads: 3 }];
const TRACE = traceOf(["[CLS]", "the", "cat", "sat", "[SEP]"], { layers: LAYERS });
const PAIR = traceOf(["[CLS]", "a", "[SEP]", "b", "[SEP]"], { layers: LAYERS, segments: [0, 0, 0, 1, 1] });

test("nothing chosen is the first head and word", () => {
  assert.deepEqual(settled({}, TRACE), START);
  assert.deepEqual(settled({ layer: undefined }, TRACE), START);
});

test("what the trace has is kept", () => {
  const state = { ...START, layer: 2, head: 1, query: 3, key: 2, second: [0, 3], over: [[1, 0]], show: "difference" };
  assert.deepEqual(settled(state, TRACE), state);
});

test("what it does not have becomes the nearest", () => {
  const of = (state) => settled(state, TRACE);
  assert.equal(of({ layer: 99 }).layer, 2);
  assert.deepEqual([of({ layer: 1, head: 3 }).head, of({ layer: 9, head: 9 }).head], [1, 2]);
  assert.deepEqual([of({ query: 99 }).query, of({ key: 70 }).key], [4, 4]);
});

test("what is no state at all is left at its start", () => {
  const damaged = [
    ...["layer", "head", "query", "key"].flatMap((name) =>
      [-1, 1.5, "2", NaN, [], {}].map((bad) => ({ [name]: bad })),
    ),
    ...["show", "words", "filter", "scale", "of"].flatMap((name) =>
      ["toString", 3, null, ["lines"], ["AA"]].map((bad) => ({ [name]: bad })),
    ),
    ...[5, "ab", [1], [-1, 0], [0, 0.5], [1, 2, 3]].map((second) => ({ second })),
    ...["x", 7, null, [[0, -1]], [1, 2]].map((over) => ({ over })),
    { specials: "no" },
    [1, 2],
  ];
  for (const state of damaged) {
    for (const trace of [TRACE, PAIR]) assert.deepEqual(settled(state, trace), START, JSON.stringify(state));
  }
});

test("a hidden special token gives way to the nearest word", () => {
  const hidden = settled({ specials: false, query: 4, key: 0 }, TRACE);
  assert.deepEqual([hidden.query, hidden.key], [3, 1]);
  assert.equal(settled({ specials: false, query: 2 }, TRACE).query, 2);
  assert.equal(settled({ specials: false, query: 1 }, traceOf(["[CLS]", "[SEP]"])).query, 1, "there is no word");
});

test("a direction of a pair moves the words to its sentences", () => {
  const { query, key } = settled({ filter: "BA", query: 1, key: 4 }, PAIR);
  assert.deepEqual([query, key], [3, 2]);
  const words = settled({ filter: "AB", query: 4, key: 0, specials: false }, PAIR);
  assert.deepEqual([words.query, words.key], [1, 3]);
});

test("one sentence has no directions", () => {
  assert.equal(settled({ filter: "AB" }, TRACE).filter, "all");
  assert.equal(settled({ filter: "AB" }, PAIR).filter, "AB");
});

test("a second head that is gone is let go, and with it the difference", () => {
  const base = { layer: 1, head: 0, show: "difference" };
  for (const second of [
    [3, 0],
    [1, 2],
  ]) {
    const state = settled({ ...base, second }, TRACE);
    assert.deepEqual([state.second, state.show], [null, "heatmap"]);
  }
  assert.equal(settled({ ...base, second: [1, 1] }, TRACE).show, "difference");
  assert.equal(settled({ show: "lines" }, TRACE).show, "lines");
});

test("a pinned head stays pinned while it is the chosen one too", () => {
  assert.deepEqual(settled({ layer: 1, head: 0, second: [1, 0] }, TRACE).second, [1, 0]);
});

test("heads laid over are those that exist, and no more than fit", () => {
  const over = [
    [9, 9],
    [0, 1],
    [0, 2],
    [2, 3],
    [0, 3],
    [1, 0],
    [1, 1],
  ];
  const state = settled({ over }, TRACE);
  assert.deepEqual(state.over, [
    [0, 1],
    [0, 2],
    [0, 3],
    [1, 0],
  ]);
  assert.equal(state.over.length, MOST_OVER);
});

test("what is unknown is dropped", () => {
  assert.deepEqual(Object.keys(settled({ color: "red" }, TRACE)), Object.keys(START));
});

test("settling twice changes nothing", () => {
  const states = [
    { layer: 9, head: 9, query: 9, key: 9, specials: false },
    { filter: "BB", query: 0, key: 1 },
  ];
  for (const trace of [TRACE, PAIR]) {
    for (const state of states) {
      const once = settled(state, trace);
      assert.deepEqual(settled(once, trace), once);
    }
  }
});

test("arrow keys go from head to head and stop at the edges", () => {
  const after = (key, head) => headAfter(key, head, LAYERS);
  assert.deepEqual(after("ArrowRight", [0, 0]), [0, 1]);
  assert.deepEqual(after("ArrowLeft", [0, 1]), [0, 0]);
  assert.equal(after("ArrowLeft", [0, 0]), null);
  assert.equal(after("ArrowRight", [1, 1]), null);
  assert.equal(after("ArrowUp", [0, 2]), null);
  assert.equal(after("ArrowDown", [2, 0]), null);
  assert.deepEqual(
    [after("Home", [0, 2]), after("End", [2, 0])],
    [
      [0, 0],
      [2, 2],
    ],
  );
  assert.equal(after("Enter", [0, 0]), null);
});

test("to a layer with fewer heads one comes to its last", () => {
  assert.deepEqual(headAfter("ArrowDown", [0, 3], LAYERS), [1, 1]);
  assert.deepEqual(headAfter("ArrowUp", [2, 2], LAYERS), [1, 1]);
  assert.deepEqual(headAfter("ArrowDown", [1, 1], LAYERS), [2, 1]);
});

test("arrow keys go from cell to cell and stay within", () => {
  const after = (key, cell) => cellAfter(key, cell, 2, 3);
  assert.deepEqual(after("ArrowRight", [0, 0]), [0, 1]);
  assert.deepEqual(after("ArrowRight", [0, 2]), [0, 2]);
  assert.deepEqual(after("ArrowUp", [0, 1]), [0, 1]);
  assert.deepEqual(after("ArrowDown", [0, 1]), [1, 1]);
  assert.deepEqual(
    [after("Home", [1, 1]), after("End", [1, 1])],
    [
      [1, 0],
      [1, 2],
    ],
  );
  assert.equal(after("Tab", [0, 0]), null);
});

test("in a row of things arrow keys stop at its ends", () => {
  assert.deepEqual([placeAfter("ArrowLeft", 1, 3), placeAfter("ArrowLeft", 0, 3)], [0, null]);
  assert.deepEqual([placeAfter("ArrowRight", 1, 3), placeAfter("ArrowRight", 2, 3)], [2, null]);
  assert.deepEqual([placeAfter("Home", 2, 3), placeAfter("End", 0, 3), placeAfter("a", 0, 3)], [0, 2, null]);
});

test("a letter changes how the head is shown, capital or not", () => {
  assert.deepEqual(letterChange("l", START), { show: "lines" });
  assert.deepEqual(letterChange("H", START), { show: "heatmap" });
  assert.equal(letterChange("d", START), null, "a difference needs a second head");
  assert.deepEqual(letterChange("d", { ...START, second: [1, 0] }), { show: "difference" });
  for (const key of ["x", "Enter", "ArrowLeft", " "]) assert.equal(letterChange(key, START), null, key);
});

test("p pins the chosen head, and again lets it go", () => {
  assert.deepEqual(letterChange("p", { ...START, layer: 2, head: 1 }), { second: [2, 1] });
  assert.deepEqual(pinned({ ...START, second: [1, 0] }), { second: null, show: "heatmap" });
  assert.deepEqual(pinned({ ...START, second: [1, 0], show: "difference" }), { second: null, show: "heatmap" });
  assert.deepEqual(pinned({ ...START, second: [1, 0], show: "lines" }), { second: null, show: "lines" });
});

test("a head is laid over, taken away again, and the oldest gives way", () => {
  assert.deepEqual(laidOver(START, [1, 0]), { over: [[1, 0]] });
  assert.deepEqual(
    laidOver(
      {
        ...START,
        over: [
          [1, 0],
          [1, 1],
        ],
      },
      [1, 0],
    ),
    { over: [[1, 1]] },
  );
  const four = [
    [0, 1],
    [0, 2],
    [0, 3],
    [1, 0],
  ];
  assert.deepEqual(laidOver({ ...START, over: four }, [1, 1]), { over: [...four.slice(1), [1, 1]] });
});

test("to pin the pinned head again lets it go", () => {
  assert.deepEqual(pinnedBeside(START, [1, 0]), { second: [1, 0] });
  assert.deepEqual(pinnedBeside({ ...START, second: [1, 0] }, [1, 0]), { second: null });
  assert.deepEqual(pinnedBeside({ ...START, second: [1, 0] }, [1, 1]), { second: [1, 1] });
});
