import assert from "node:assert/strict";
import { test } from "node:test";

import { escaped, toSvg } from "../../attnviz/client/js/draw/save.js";
import { read, written } from "../../attnviz/client/js/hosts/standalone.js";
import { START } from "../../attnviz/client/js/state/state.js";
import { PALETTES } from "./palettes.js";

const HOSTILE = "</text><script>alert(1)</script>&\"'";
const PALETTE = PALETTES.light;
const count = (text, part) => text.split(part).length - 1;

function picture(more = {}) {
  return {
    title: "minilm, layer 0 head 1",
    rows: ["the", "cat"],
    columns: ["the", "cat"],
    matrices: [{ values: Float32Array.from([1, 0, 0.5, 0.5]), blocked: Uint8Array.from([0, 1, 0, 0]) }],
    heads: [],
    stops: PALETTE.weights,
    share: (value) => value,
    palette: PALETTE,
    ground: "#ffffff",
    ...more,
  };
}

function linesOf(...heads) {
  const made = heads.map((values, i) => ({
    name: `layer 0 head ${i}`,
    color: ["#0072b2", "#b34700"][i],
    dash: [[], [7, 4]][i],
    letter: "ab"[i],
    values: Float32Array.from(values),
  }));
  return picture({ matrices: [], heads: made });
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

test("a head is a rectangle for each cell, a frame and the ground, with its words", () => {
  const { text, width, height } = toSvg(picture());
  assertWellFormed(text);
  assert.equal(count(text, "<rect"), 4 + 2);
  assert.equal(count(text, `fill="${PALETTE.blocked}"`), 1, "the cell that may not be looked at");
  assert.equal(count(text, ">the</text>"), 2);
  assert.ok(text.includes("<title>minilm, layer 0 head 1</title>"));
  assert.ok(text.includes(`width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`));
  assert.ok(text.startsWith('<svg xmlns="http://www.w3.org/2000/svg"'), "or no program opens the file");
});

test("cells have the scale's colours: its ends for 0 and 1, its middle for no difference", () => {
  const ends = toSvg(picture({ matrices: [{ values: Float32Array.from([0, 1, 1, 1]), blocked: null }] })).text;
  assert.equal(count(ends, 'fill="rgb(255 255 255)"'), 1);
  assert.equal(count(ends, 'fill="rgb(20 36 107)"'), 3);
  const difference = {
    matrices: [{ values: Float32Array.from([-0.5, 0, 0, 0.5]), blocked: null }],
    stops: PALETTE.signed,
    share: (value) => 0.5 + value,
  };
  const { text } = toSvg(picture(difference));
  for (const [color, times] of [
    ["11 60 140", 1],
    ["155 19 38", 1],
    ["255 255 255", 2],
  ]) {
    assert.equal(count(text, `fill="rgb(${color})"`), times);
  }
});

test("two heads stand side by side and do not overlap", () => {
  const [one, two] = [picture(), picture()].map((p) => p.matrices[0]);
  const { text, width } = toSvg(picture({ matrices: [one, two] }));
  assertWellFormed(text);
  assert.equal(count(text, "<rect"), 1 + 2 * 5);
  const lefts = [...text.matchAll(/<rect x="([\d.]+)" y="[\d.]+" width="52"/g)].map((found) => Number(found[1]));
  assert.equal(lefts.length, 2);
  assert.ok(lefts[1] >= lefts[0] + 52 && lefts[1] + 52 <= width);
});

test("of a long text what cannot be seen is left out, what may not be looked at is not", () => {
  const n = 201;
  const values = new Float32Array(n * n);
  values[7] = 0.5;
  const words = Array.from({ length: n }, (_, i) => `w${i}`);
  const blocked = new Uint8Array(n * n);
  blocked[n] = 1;
  const { text } = toSvg(picture({ rows: words, columns: words, matrices: [{ values, blocked }] }));
  assert.equal(count(text, "<rect"), 2 + 2);
  assert.equal(count(text, ">w5</text>"), 0, "words that would not fit are not written");
});

test("lines are a path for each weight from 2 %", () => {
  const { text } = toSvg(linesOf([1, 0, 0.5, 0.01]));
  assertWellFormed(text);
  assert.equal(count(text, "<path"), 2);
  assert.equal(count(text, 'stroke="#0072b2"'), 2);
});

test("lines of several heads have their colours and dashes, and are named", () => {
  const { text, height } = toSvg(linesOf([1, 0, 0, 1], [0, 1, 1, 0]));
  assertWellFormed(text);
  assert.equal(count(text, "<path"), 4 + 2, "with one each in the legend");
  assert.equal(count(text, 'stroke-dasharray="7 4"'), 3);
  assert.ok(text.includes(">a: layer 0 head 0</text>") && text.includes(">b: layer 0 head 1</text>"));
  assert.ok(height > toSvg(linesOf([1, 0, 0, 1])).height);
});

test("what somebody typed stays text", () => {
  for (const made of [picture, () => linesOf([1, 1, 1, 1])]) {
    const { text } = toSvg({ ...made(), title: HOSTILE, rows: [HOSTILE, "&amp;"], columns: ["<b>", "]]>"] });
    assertWellFormed(text);
    assert.ok(!text.includes("<script") && !text.includes("<b>"));
    assert.ok(text.includes("&lt;/text&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;'</text>"));
    assert.ok(text.includes(">&amp;amp;</text>"));
  }
});

test("characters that XML does not have are dropped", () => {
  assert.equal(escaped("a\u0000b\u000bc\uffffd\ud800e🐈"), "abcde🐈");
});

test("a picture of one word is there", () => {
  const one = { rows: ["the"], columns: ["the"], matrices: [{ values: Float32Array.from([1]), blocked: null }] };
  const { text, width, height } = toSvg(picture(one));
  assertWellFormed(text);
  assert.ok(width > 0 && height > 0 && !text.includes("NaN"));
});

test("what is chosen goes into the address and comes back", () => {
  const states = [
    START,
    {
      ...START,
      layer: 3,
      second: [1, 2],
      over: [
        [0, 0],
        [4, 5],
      ],
      filter: "AB",
      key: 7,
    },
  ];
  for (const state of states) {
    assert.deepEqual(read(`#${written(state)}`), state);
    assert.match(written(state), /^[\w%.~!*'()-]*$/, "nothing that an address may not have");
  }
});

test("an address that says nothing of use leaves all as it is", () => {
  for (const hash of ["", "#", "#%E0%A4%A", "#{", "#null", "#7", '#"text"', "#undefined", "#%7B%22a%22"]) {
    assert.deepEqual(read(hash), {}, hash);
  }
});
