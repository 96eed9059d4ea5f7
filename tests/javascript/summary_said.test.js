// What is said of means of heads and of rollouts, on the page and in the saved picture.

import assert from "node:assert/strict";
import { test } from "node:test";

import { table } from "../../attnviz/client/js/draw/colors.js";
import { toSvg } from "../../attnviz/client/js/draw/save.js";
import { cellInWords, columnsInWords, summaryName, tileName } from "../../attnviz/client/js/say/summary.js";
import { TRACE } from "./heads.js";
import { seenOf } from "./made.js";
import { PALETTES } from "./palettes.js";

test("they are called by name", () => {
  assert.deepEqual([tileName("layer", 2), tileName("rollout", 2)], ["mean of layer 2", "rollout through layer 2"]);
  const heads = [[2, 0], [2, 1]];
  assert.equal(summaryName({ of: "layer", layer: 2, heads }), "mean of layer 2’s 2 heads");
  assert.equal(summaryName({ of: "chosen", layer: 2, heads }), "mean of 2 chosen heads");
  const summary = { of: "rollout", layer: 2, heads };
  assert.equal(cellInWords("sat", "cat", 0.25, summary), "sat → cat, 0.25, rollout through layer 2");
  assert.match(cellInWords("sat", "cat", null, summary), /nothing can come from there/);
});

test("the help says what the columns are, and why there is no rollout", () => {
  assert.match(columnsInWords(true, "", 5, 128), /^At the right, “mean” is .*; “rollout” says .*\.$/);
  assert.match(columnsInWords(true, "long", 300, 128), /heads\. There is no “rollout” here: this text has 300 tokens/);
  assert.match(columnsInWords(false, "source", 5, 128), /^There is no “rollout” where words also look at another text/);
});

// Letters are six pixels wide.
globalThis.OffscreenCanvas = class {
  getContext() {
    return { font: "", measureText: (text) => ({ width: 6 * [...text].length }) };
  }
};

const TEMPLATES = {
  mean: "On average over {heads}, {word} looks at {looks}.",
  mean_note: "Their mean.",
  rolled: "Through {layers}, {word} is made of {looks}.",
  rolled_note: "A share.",
};

test("the saved picture has the mean or the rollout, with its name and what is said of the row", () => {
  const trace = { ...TRACE, header: { ...TRACE.header, model: "made", sentences: { least: 0, templates: TEMPLATES } } };
  const palette = PALETTES.light;
  const looks = { palette, ground: "#fff", weightColors: table(palette.weights), signedColors: table(palette.signed) };
  const saved = (state) => {
    const { text } = toSvg(seenOf(trace, state, looks).context, { width: 500, labels: 40 });
    const words = [...text.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map((found) => found[1]);
    return { title: /<title>([^<]*)</.exec(text)[1], words: words.join(" ") };
  };
  const mean = saved({ of: "layer" });
  assert.equal(mean.title, "made, mean of layer 0’s 2 heads");
  assert.match(mean.words, /On average over layer 0’s heads, a looks at a 0\.75, b 0\.25\. Their mean\./);
  for (const number of ["0.75", "0.25"]) assert.ok(mean.words.split(" ").includes(number), "in a cell");
  const rolled = saved({ layer: 1, of: "rollout" });
  assert.equal(rolled.title, "made, rollout through layer 1");
  assert.match(rolled.words, /Through layers 0 to 1, a is made of a 0\.50, b 0\.50\. A share\./);
  assert.match(rolled.words, /Row: the word that is made up/);
});
