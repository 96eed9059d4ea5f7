import assert from "node:assert/strict";
import { test } from "node:test";

import { css, DASHES, indexOf, inkOn, mixed, OVERLAYS } from "../../attnviz/client/js/draw/colors.js";
import { rootTable, shade, table } from "../../attnviz/client/js/draw/colors.js";
import { contrast, GROUNDS, PALETTES, rgb } from "./palettes.js";

const STOPS = [
  [0, "#000000"],
  [0.5, "#ff0000"],
  [1, "#ffff00"],
];
const pixel = ([r, g, b]) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;

test("a scale has its stops' colours, and between them what lies between", () => {
  assert.deepEqual(mixed(STOPS, 0), [0, 0, 0]);
  assert.deepEqual(mixed(STOPS, 0.25), [128, 0, 0]);
  assert.deepEqual(mixed(STOPS, 0.5), [255, 0, 0]);
  assert.deepEqual(mixed(STOPS, 0.75), [255, 128, 0]);
  assert.deepEqual(mixed(STOPS, 1), [255, 255, 0]);
});

test("a shade is the scale's colour at that place, with the ink that can be read on it", () => {
  for (const place of [0, 0.25, 0.5, 0.77, 1]) {
    const color = mixed(STOPS, indexOf(place) / 1023);
    assert.deepEqual(shade(STOPS, place), { color: css(color), ink: inkOn(color) });
    assert.equal(shade(STOPS, place), shade(STOPS, place), "made once");
  }
  const other = [...STOPS.slice(0, 2), [1, "#0000ff"]];
  assert.notEqual(shade(other, 1).color, shade(STOPS, 1).color, "each scale has its own");
});

test("what is off the scale has its end's colour", () => {
  assert.deepEqual(mixed(STOPS, -3), [0, 0, 0]);
  assert.deepEqual(mixed(STOPS, 1.0000001), [255, 255, 0]);
  assert.deepEqual([indexOf(-1), indexOf(0), indexOf(1), indexOf(1.5)], [0, 0, 1023, 1023]);
});

test("tables for canvases begin and end as their scale does, each pixel opaque", () => {
  for (const { weights, signed } of Object.values(PALETTES)) {
    for (const stops of [weights, signed]) {
      const colors = table(stops);
      assert.equal(colors[indexOf(0)], pixel(rgb(stops[0][1])));
      assert.equal(colors[indexOf(1)], pixel(rgb(stops.at(-1)[1])));
      assert.ok(colors.every((color) => color >>> 24 === 255));
    }
    const roots = rootTable(weights);
    assert.deepEqual([roots.length, roots[0], roots[255]], [256, table(weights)[0], table(weights)[1023]]);
    assert.equal(roots[128], pixel(mixed(weights, (128 / 255) ** 2)), "a byte holds the root of a weight");
  }
});

test("no difference is the middle of the signed scale", () => {
  for (const { signed } of Object.values(PALETTES)) {
    assert.deepEqual(mixed(signed, 0.5), rgb(signed[2][1]));
  }
});

test("numbers can be read on every colour of both scales, in light and dark", () => {
  for (const [theme, { weights, signed }] of Object.entries(PALETTES)) {
    for (const stops of [weights, signed]) {
      for (let i = 0; i <= 1000; i++) {
        const color = mixed(stops, i / 1000);
        const seen = contrast(rgb(inkOn(color)), color);
        assert.ok(seen >= 4.5, `${theme}, ${css(color)}: ${seen}`);
      }
    }
  }
});

test("ink can be read on any colour at all", () => {
  for (let r = 0; r < 256; r += 17) {
    for (let g = 0; g < 256; g += 17) {
      for (let b = 0; b < 256; b += 17) assert.ok(contrast(rgb(inkOn([r, g, b])), [r, g, b]) >= 4.5);
    }
  }
});

test("heads laid over one another can be seen on the page, and told apart without colour", () => {
  for (const [theme, colors] of Object.entries(OVERLAYS)) {
    assert.equal(new Set(colors).size, colors.length);
    for (const ground of [...GROUNDS[theme], PALETTES[theme].weights[0][1]]) {
      for (const color of colors) {
        const seen = contrast(rgb(color), rgb(ground));
        assert.ok(seen >= 3, `${theme}, ${color} on ${ground}: ${seen}`);
      }
    }
    assert.equal(DASHES.length, colors.length);
  }
  assert.equal(new Set(DASHES.map(String)).size, DASHES.length);
});

test("text can be read on the page's grounds", () => {
  for (const [theme, { text, faint }] of Object.entries(PALETTES)) {
    for (const ground of GROUNDS[theme]) {
      for (const color of [text, faint]) {
        const seen = contrast(rgb(color), rgb(ground));
        assert.ok(seen >= 4.5, `${theme}, ${color} on ${ground}: ${seen}`);
      }
    }
  }
});
