// The pen that writes SVG.

import assert from "node:assert/strict";
import { test } from "node:test";

import { table } from "../../attnviz/client/js/draw/colors.js";
import { drawHeatmap } from "../../attnviz/client/js/draw/heatmap.js";
import { escaped, SvgPen } from "../../attnviz/client/js/draw/pen.js";
import { PALETTES } from "./palettes.js";

const PALETTE = PALETTES.light;

function attributesOf(text) {
  return Object.fromEntries([...text.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
}

test("the pen keeps its place, and gives it back", () => {
  const pen = new SvgPen();
  pen.save();
  pen.fillStyle = "#123456";
  pen.translate(10, 20.126);
  pen.rotate(-Math.PI / 4);
  pen.globalAlpha = 0.5;
  pen.fillRect(0, 0, 1, 2);
  pen.restore();
  pen.fillRect(1, 2, 3, 4);
  assert.deepEqual(pen.marks, [
    '<rect x="0" y="0" width="1" height="2" fill="#123456" opacity="0.5" transform="translate(10 20.13) rotate(-45)"/>',
    '<rect x="1" y="2" width="3" height="4" fill="#000000"/>',
  ]);
});

test("a pixel's alpha is kept", () => {
  const pen = new SvgPen();
  pen.pixels(Uint32Array.from([0x80030201, 0xff0000ff]), 1, 2, { x: 0, y: 0, width: 4, height: 2 });
  const [faint, full] = pen.marks.map(attributesOf);
  assert.deepEqual([faint.fill, faint["fill-opacity"]], ["#010203", "0.5"]);
  assert.deepEqual([full.fill, full["fill-opacity"], full.x], ["#ff0000", undefined, "2"]);
});

test("a matrix of many cells is one picture in the picture", () => {
  const n = 101;
  const asked = [];
  const pen = new SvgPen((pixels, rows, columns) => {
    asked.push([pixels.length, rows, columns]);
    return "data:image/png;base64,AAAA";
  });
  const groups = Array.from({ length: n }, (_, i) => ({ tokens: [i], label: `w${i}`, name: `w${i}` }));
  const box = { x: 5, y: 6, width: 300, height: 300 };
  const shown = { values: new Float32Array(n * n), rows: groups, columns: groups, blocked: null, palette: PALETTE };
  drawHeatmap(pen, { ...shown, zoom: 1, colors: table(PALETTE.weights) }, box);
  assert.deepEqual(asked, [[n * n, n, n]]);
  const [mark] = pen.marks;
  assert.match(mark, /^<image x="5" y="6" width="300" height="300" .*href="data:image\/png;base64,AAAA"\/>$/);
});

test("text is placed by its end or middle, and in the middle of its line", () => {
  const pen = new SvgPen();
  pen.font = 'bold 10px "A face", serif';
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  pen.fillText("a < b", 1, 2);
  const look = 'fill="#000000" font-size="10" text-anchor="end" font-weight="bold"';
  assert.deepEqual(pen.marks, [`<text x="1" y="5.5" ${look}>a &lt; b</text>`]);
});

test("characters that XML does not have are dropped", () => {
  assert.equal(escaped("a\u0000b\u000bc\uffffd\ud800e🐈"), "abcde🐈");
});
