// The saved picture: what is shown, drawn by the same functions with a pen that writes SVG.

import assert from "node:assert/strict";
import { test } from "node:test";

import { table } from "../../attnviz/client/js/draw/colors.js";
import { Lines, Matrices } from "../../attnviz/client/js/draw/picture.js";
import { toSvg } from "../../attnviz/client/js/draw/save.js";
import { headerOf, seenOf, threeParts } from "./made.js";
import { PALETTES } from "./palettes.js";

const HOSTILE = "</text><script>alert(1)</script>&\"'";
const PALETTE = PALETTES.light;
const SIZE = { width: 500, labels: 40 };
const SHARP = [
  [0.5, 0.5, 0],
  [0, 1, 0],
  [0.25, 0.25, 0.5],
];
const OTHER = [
  [0, 0.5, 0.5],
  [1, 0, 0],
  [0.25, 0.25, 0.5],
];
const WORDS = ["the", "cat", "sat"];
const TEMPLATES = { looks: "{word} looks at {looks}.", forced: "{word} only {key}", nothing: "", hidden: "" };
const VERDICTS = ["common", "distance", "out", "out_both", "out_place", "alone"];
const SENTENCES = {
  times: 2,
  least: 0.005,
  most: 0.5,
  templates: { ...TEMPLATES, ...Object.fromEntries(VERDICTS.map((name) => [name, name])) },
};

// Letters are six pixels wide, the bold ones seven.
globalThis.OffscreenCanvas = class {
  getContext() {
    return {
      font: "",
      measureText(text) {
        return { width: [...text].length * (this.font.startsWith("bold") ? 7 : 6) };
      },
    };
  }
};

const count = (text, part) => text.split(part).length - 1;
const written = (text) => [...text.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map((found) => found[1]);

// Heads with just these rows of weights: q is their logarithm, k the identity.
function contextOf(heads, state = {}, { labels = WORDS, extra = null } = {}) {
  const n = labels.length;
  const layer = { heads: heads.length, kvHeads: heads.length, dHead: n, scale: 1, temperature: 1, extra };
  const header = { model: "made", ...headerOf(labels, { layers: [layer] }), scales: [{}], sentences: SENTENCES };
  const q0 = Float32Array.from(heads.flat(2), (weight) => Math.log(Math.max(weight, 1e-30)));
  const k0 = Float32Array.from(heads.flatMap(() => Array.from({ length: n * n }, (_, at) => +(at % (n + 1) === 0))));
  return seenOf({ header, arrays: { q0, k0, v0: k0 } }, state, looks()).context;
}

function looks() {
  const { weights, signed } = PALETTE;
  return { palette: PALETTE, ground: "#fefefe", weightColors: table(weights), signedColors: table(signed) };
}

// The fills of the cells, row after row.
function cells(text) {
  const found = [...text.matchAll(/<rect ([^>]*)\/>/g)].map((one) => one[1]);
  return found.filter((one) => one.includes("crispEdges") && !/height="10"/.test(one)).map(attributesOf);
}

function attributesOf(text) {
  return Object.fromEntries([...text.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
}

// Well-formed, for what is written here: tags that close in turn, attributes in quotes, no bare & or <.
function assertWellFormed(xml) {
  const open = [];
  const rest = xml.replace(/<(\/?)(\w+)((?: [\w-]+="[^"<]*")*)\s*(\/?)>/g, (_, closes, name, __, isAlone) => {
    if (closes) assert.equal(open.pop(), name);
    else if (!isAlone) open.push(name);
    return "";
  });
  assert.deepEqual(open, []);
  assert.ok(!/[<>]/.test(rest), rest);
  assert.ok(!/&(?!(amp|lt|gt|quot);)/.test(xml));
}

test("a head is a rectangle for each cell in its colour, with words, numbers and marks", () => {
  const { text, width, height } = toSvg(contextOf([SHARP], { query: 2 }), SIZE);
  assertWellFormed(text);
  assert.ok(text.startsWith('<svg xmlns="http://www.w3.org/2000/svg"'), "or no program opens the file");
  assert.ok(text.includes(`width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`));
  const fills = cells(text).map(({ fill }) => fill);
  assert.equal(fills.length, 9);
  assert.deepEqual([fills[2], fills[4]], [PALETTE.weights[0][1], PALETTE.weights.at(-1)[1]], "its ends for 0 and 1");
  assert.equal(fills[0], fills[1]);
  const said = written(text);
  for (const [word, times] of [["cat", 3], ["0.50", 3], ["1.00", 1], ["0.25", 2], ["0.00", 0]]) {
    assert.equal(said.filter((one) => one === word).length, times, word);
  }
  assert.equal(count(text, `stroke="${PALETTE.accent}"`), 1, "a frame around the chosen row");
  assert.match(text, /font-weight="bold"[^>]*>sat</);
});

test("it bears title, sentence, axes and scale", () => {
  const { text } = toSvg(contextOf([SHARP], { query: 1 }), SIZE);
  const said = written(text);
  assert.ok(text.includes("<title>made, layer 0 head 0</title>"));
  for (const one of ["made, layer 0 head 0", "looks at", "query", "key", "0", "1"]) assert.ok(said.includes(one), one);
  assert.ok(said.some((one) => one.startsWith("1.00")), "the weight that the sentence gives");
  const bar = [...text.matchAll(/<rect ([^>]*height="10"[^>]*)\/>/g)].map((one) => attributesOf(one[1]));
  assert.equal(bar[0].fill, PALETTE.weights[0][1]);
  assert.equal(bar[64].fill, PALETTE.weights.at(-1)[1]);
});

test("weak weights have all colours when the scale ends at the largest, and that is said", () => {
  const weak = [
    [0.2, 0.1, 0],
    [0, 0.1, 0.1],
    [0.1, 0.1, 0],
  ].map((row) => [...row.slice(0, 2), 0]);
  const of = (scale) => {
    const context = contextOf([SHARP], { query: 1, scale });
    context.numbers.weights = () => Float32Array.from(weak.flat());
    const { text } = toSvg(context, SIZE);
    return { fills: cells(text).map(({ fill }) => fill), said: written(text) };
  };
  const [fixed, own] = [of("fixed"), of("own")];
  assert.notEqual(fixed.fills[0], PALETTE.weights.at(-1)[1]);
  assert.equal(own.fills[0], PALETTE.weights.at(-1)[1]);
  assert.equal(own.fills[2], PALETTE.weights[0][1], "0 has the same colour as ever");
  assert.ok(fixed.said.includes("1") && own.said.includes("0.20"), "where the scale ends");
  assert.ok(own.said.join(" ").includes("do not compare them with another head’s"));
});

test("places are those of the figure on the page", () => {
  const context = contextOf([SHARP], { query: 1 });
  const shown = new Matrices(context);
  shown.lay({ ...SIZE, width: SIZE.width - 18 });
  const [box] = shown.boxes;
  const [first] = cells(toSvg(context, SIZE).text);
  assert.deepEqual([Number(first.x), Number(first.y)], [box.x, box.y]);
  assert.ok(Math.abs(Number(first.width) - box.width / 3) < 0.01);
  assert.match(first.transform, /^translate\(32 [\d.]+\)$/);
});

test("what may not be looked at is grey, and has no number", () => {
  const causal = [
    [1, 0, 0],
    [0.5, 0.5, 0],
    [0.25, 0.25, 0.5],
  ];
  const { text } = toSvg(contextOf([causal], { query: 2 }, { extra: "causal" }), SIZE);
  const grey = cells(text).map(({ fill }) => fill === PALETTE.blocked);
  assert.deepEqual(grey, [false, true, true, false, false, true, false, false, false]);
});

test("a difference is on the signed scale, named with its ends", () => {
  const { text } = toSvg(contextOf([SHARP, OTHER], { query: 1, second: [0, 1], show: "difference" }), SIZE);
  assertWellFormed(text);
  const fills = cells(text).map(({ fill }) => fill);
  const [low, middle, high] = [0, 2, 4].map((stop) => PALETTE.signed[stop][1]);
  assert.deepEqual([fills[3], fills[4], fills[8]], [low, high, middle], "-1, 1 and 0");
  const said = written(text);
  for (const one of ["−1.00", "+1.00", "−1.00", "made, layer 0 head 0 minus layer 0 head 1"]) {
    assert.ok(said.includes(one), one);
  }
  assert.ok(said.some((one) => one.startsWith("Least alike")));
});

test("two heads stand side by side and do not overlap", () => {
  const { text, width } = toSvg(contextOf([SHARP, OTHER], { query: 1, second: [0, 1] }), SIZE);
  const all = cells(text);
  assert.equal(all.length, 18);
  const ends = all.map((one) => Number(one.x) + Number(one.width));
  assert.ok(Math.max(...ends.slice(0, 9)) < Math.min(...all.slice(9).map(({ x }) => Number(x))));
  assert.ok(Math.max(...ends) + 32 <= width);
});

test("heads over one another show the largest weight, a strip of whose it is, and their names", () => {
  const context = contextOf([SHARP, OTHER], { query: 1, over: [[0, 1]] });
  const { text } = toSvg(context, SIZE);
  assert.equal(cells(text)[3].fill, PALETTE.weights.at(-1)[1], "the second head's 1");
  const strips = [...text.matchAll(/<rect ([^>]*)\/>/g)].map((one) => attributesOf(one[1]));
  const of = (color) => strips.filter(({ fill }) => fill === color).length;
  const [a, b] = context.heads().map(({ color }) => color);
  assert.deepEqual([of(a), of(b)], [6, 2], "a cell that neither looks at has none");
  const said = written(text);
  assert.ok(said.includes("a: layer 0 head 0") && said.includes("b: layer 0 head 1"));
  assert.equal(count(text, 'stroke-dasharray="7 4"'), 1);
});

test("lines end at the words, in their heads' colours and dashes", () => {
  const context = contextOf([SHARP, OTHER], { query: 1, show: "lines", over: [[0, 1]] });
  const { text } = toSvg(context, SIZE);
  assertWellFormed(text);
  const shown = new Lines(context);
  shown.lay({ ...SIZE, width: SIZE.width - 18 });
  const { left, right, top, row } = shown.place;
  const own = `d="M${left} ${top + 1.5 * row}L${right} ${top + 1.5 * row}"`; // cat looks at cat
  assert.equal(count(text, own), 1);
  const drawn = text.split("\n").find((line) => line.includes(own));
  assert.ok(drawn.includes(`stroke="${context.heads()[0].color}"`) && drawn.includes('stroke-width="4"'), drawn);
  assert.equal(count(text, "crispEdges"), 0, "no cells, and no scale");
  assert.ok(count(text, 'stroke-dasharray="7 4"') >= 2, "the second head's lines, and its name");
});

test("between two rows of words the axes bear their names", () => {
  const trace = threeParts(["the", "cat"], ["le", "chat", "."]);
  const q = Float32Array.from({ length: 18 }, (_, i) => i / 18);
  Object.assign(trace.arrays, { "cross/q0": q, "cross/k0": q.slice(0, 12), "cross/v0": q.slice(0, 12) });
  Object.assign(trace.header, { model: "made", sentences: SENTENCES });
  const { context } = seenOf(trace, { part: "cross", layer: 0, head: 0, query: 1 }, looks());
  const { text } = toSvg(context, SIZE);
  const said = written(text);
  assert.ok(said.includes("query (target)") && said.includes("key (source)"), said.join());
  assert.equal(cells(text).length, 3 * 2);
  assert.ok(text.includes("<title>made, cross, layer 0 head 0</title>"));
});

test("what somebody typed stays text", () => {
  for (const show of ["heatmap", "lines"]) {
    const context = contextOf([SHARP], { query: 0, show }, { labels: [HOSTILE, "<b>", "&amp;"] });
    const { text } = toSvg(context, { width: 900, labels: 100 });
    assertWellFormed(text);
    assert.ok(!text.includes("<script") && !text.includes("<b>"));
    assert.ok(text.includes("&lt;/text&gt;&lt;"));
    assert.ok(text.includes(">&amp;amp;</text>"));
  }
});

test("on a narrow page the picture is no narrower than can be read, and its texts are in lines", () => {
  const { text, width } = toSvg(contextOf([SHARP], { query: 1 }), { width: 200, labels: 40 });
  assert.equal(width, 480 + 28);
  const ends = [...text.matchAll(/<text ([^>]*)>([^<]*)</g)]
    .map(([, attributes, said]) => [attributesOf(attributes), said])
    .filter(([{ transform }]) => !transform)
    .map(([{ x }, said]) => Number(x) + 6 * [...said].length);
  assert.ok(Math.max(...ends) <= width, `${Math.max(...ends)}`);
});
