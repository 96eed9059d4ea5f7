// Where things stand: tiles, cells, lines, points, labels, and what is under a place.

import assert from "node:assert/strict";
import { test } from "node:test";

import { besides, fitted } from "../../attnviz/client/js/views/heads/headmap.js";
import { cellAt, layout as matrix, legendGradient } from "../../attnviz/client/js/draw/heatmap.js";
import { cellsOf, layout as columns, lineAt, linesOf, wordAt } from "../../attnviz/client/js/draw/lines.js";
import { startOf } from "../../attnviz/client/js/views/head/loupe.js";
import { onScreen, written } from "../../attnviz/client/js/draw/paint.js";
import { layout as tiles, pooledSide } from "../../attnviz/client/js/views/heads/tile.js";

const layersOf = (...heads) => heads.map((count) => ({ heads: count }));

test("tiles stand in a row for each layer, within the width", () => {
  const { side, places, width, height } = tiles(layersOf(12, 12), 500);
  assert.equal(places.length, 24);
  assert.ok(width <= 500);
  assert.deepEqual([places[13].layer, places[13].head], [1, 1]);
  assert.equal(places[1].x - places[0].x, places[12].y - places[0].y, "as far across as down");
  assert.ok(places[1].x - places[0].x > side, "they do not touch");
  assert.ok(places.every(({ x, y }) => x + side <= width && y + side <= height));
});

test("layers may have different numbers of heads, and few heads are not blown up", () => {
  const { places, side, across } = tiles(layersOf(1, 3, 2), 2000);
  assert.deepEqual(
    places.map(({ layer, head }) => `${layer}.${head}`),
    ["0.0", "1.0", "1.1", "1.2", "2.0", "2.1"],
  );
  assert.deepEqual([across, side], [3, 84]);
});

test("on next to no width tiles are still there", () => {
  const { side, places } = tiles(layersOf(16), 10);
  assert.ok(side >= 6);
  assert.equal(places.length, 16);
});

test("a small picture has a cell for each token, and of many tokens one for a block of them", () => {
  assert.deepEqual([1, 13, 40, 41, 81, 512].map(pooledSide), [1, 13, 40, 21, 27, 40]);
});

test("cells fill the room, are square on short texts, and none is larger than a finger", () => {
  const short = matrix(3, 3, 800);
  assert.deepEqual([short.width, short.height], [192, 192]);
  const low = matrix(3, 3, 800, { tall: 150 });
  assert.ok(low.total <= 150 && low.width > low.height, "all is seen at once, with room for numbers");
  assert.equal(matrix(60, 60, 2000, { tall: 300 }).height, 60 * 18, "but no cell is too small to read");
  for (const n of [1, 13, 128, 512]) {
    const box = matrix(n, n, 600, { labels: 70 });
    assert.ok(box.x + box.width <= 600);
    assert.ok(box.total >= box.y + box.height);
  }
  const narrow = matrix(50, 50, 1);
  assert.ok(narrow.width > 0 && narrow.height > 0);
});

test("the cell under a place", () => {
  const box = { x: 10, y: 20, width: 60, height: 40 }; // 2 rows of 20, 3 columns of 20
  assert.deepEqual(cellAt(box, 2, 3, 10, 20), [0, 0]);
  assert.deepEqual(cellAt(box, 2, 3, 69, 59), [1, 2]);
  assert.deepEqual(cellAt(box, 2, 3, 35, 45), [1, 1]);
  for (const [x, y] of [
    [9, 30],
    [70, 30],
    [30, 19],
    [30, 60],
  ]) {
    assert.equal(cellAt(box, 2, 3, x, y), null);
  }
});

test("every cell's middle is found again", () => {
  for (const [rows, across] of [
    [1, 1],
    [7, 11],
    [128, 128],
  ]) {
    const box = matrix(rows, across, 613, { labels: 33 });
    for (let row = 0; row < rows; row += 3) {
      for (let column = 0; column < across; column += 3) {
        const [x, y] = [box.x + ((column + 0.5) * box.width) / across, box.y + ((row + 0.5) * box.height) / rows];
        assert.deepEqual(cellAt(box, rows, across, x, y), [row, column]);
      }
    }
  }
});

test("scales as CSS", () => {
  const stops = [
    [0, "#000000"],
    [0.0625, "#102030"],
    [1, "#ffffff"],
  ];
  assert.equal(legendGradient(stops), "#000000 0.0%, #102030 6.3%, #ffffff 100.0%");
});

test("lines are the weights from 0.02, the faintest first", () => {
  const values = Float32Array.from([0.5, 0.01, 0.25, 0.02, 0.75, 0.019]); // 2 rows, 3 columns
  const found = linesOf(values, 2, 3).map(([i, j]) => [i, j]);
  assert.deepEqual(
    found,
    [
      [0, 2],
      [0, 0],
      [1, 1],
    ],
    "0.02 is a little less in float32",
  );
  assert.deepEqual(
    linesOf(values, 2, 3, 0.6).map(([i, j]) => [i, j]),
    [[1, 1]],
  );
  assert.deepEqual(linesOf(new Float32Array(4), 2, 2), []);
});

test("of very many lines the strongest are kept", () => {
  const values = Float32Array.from({ length: 3600 }, (_, i) => 0.1 + i / 10_000);
  const found = linesOf(values, 60, 60);
  assert.equal(found.length, 2500);
  assert.equal(found.at(-1)[2], values[3599]);
  assert.equal(found[0][2], values[1100]);
});

test("the line under a place is the strongest of those near it, and near the words there is none", () => {
  const place = columns(4, 400, 60);
  const heads = [{ lines: [[0, 3, 0.2], [3, 0, 0.9], [1, 1, 0.5]] }];
  const y = (i) => place.top + (i + 0.5) * place.row;
  const middle = (place.left + place.right) / 2;
  assert.deepEqual(lineAt(place, heads, middle, y(1.5)), [3, 0], "where two cross");
  assert.deepEqual(lineAt(place, heads, place.left + 0.25 * (place.right - place.left), y(0.75)), [0, 3]);
  assert.deepEqual(lineAt(place, heads, middle, y(1)), [1, 1]);
  assert.equal(lineAt(place, heads, middle, y(2.4)), null);
  assert.equal(lineAt(place, heads, place.left, y(1)), null);
  assert.equal(lineAt(place, heads, place.right, y(1)), null);
});

test("a word's lines are its cells in any head, the strongest first", () => {
  const heads = [{ lines: [[0, 1, 0.2], [0, 2, 0.6], [1, 2, 0.9]] }, { lines: [[0, 1, 0.7]] }];
  assert.deepEqual(cellsOf(heads, { row: 0, column: -1 }), [[0, 1], [0, 2]]);
  assert.deepEqual(cellsOf(heads, { row: -1, column: 2 }), [[1, 2], [0, 2]]);
  assert.deepEqual(cellsOf(heads, { row: 2, column: -1 }), []);
});

test("the word under a place: queries left, keys right", () => {
  const place = columns(4, 400, 60);
  const middle = (i) => place.top + (i + 0.5) * place.row;
  const count = { rows: 4, columns: 2 };
  assert.deepEqual(wordAt(place, count, 10, middle(3)), { row: 3 });
  assert.deepEqual(wordAt(place, count, 390, middle(1)), { column: 1 });
  assert.equal(wordAt(place, count, 390, middle(2)), null, "there are two keys");
  assert.equal(wordAt(place, count, 10, place.top - 1), null);
  assert.equal(wordAt(place, count, 10, middle(4)), null);
});

test("columns of words leave room between them, however narrow the page and long the text", () => {
  for (const [count, width] of [
    [1, 100],
    [13, 500],
    [512, 300],
  ]) {
    const { left, right, row, total, top } = columns(count, width, 90);
    assert.ok(left < right && row >= 3 && total >= top + count * row);
  }
});

test("points keep their distances and stay inside", () => {
  const size = { width: 320, height: 240, edge: 14 };
  const places = [
    [0, 0],
    [2, 0],
    [0, 1],
  ];
  const points = fitted(places, size);
  assert.ok(points.every(([x, y]) => x >= 14 && x <= 306 && y >= 14 && y <= 226));
  const far = ([a, b], [c, d]) => Math.hypot(a - c, b - d);
  assert.ok(Math.abs(far(points[0], points[1]) / far(points[0], points[2]) - 2) < 1e-9);
  assert.ok(points[2][1] < points[0][1], "up is up");
});

test("points that are all one stand in the middle", () => {
  const size = { width: 300, height: 200, edge: 10 };
  assert.deepEqual(
    fitted(
      [
        [0, 0],
        [0, 0],
      ],
      size,
    ),
    [
      [150, 100],
      [150, 100],
    ],
  );
  assert.deepEqual(fitted([[3, -7]], size), [[150, 100]]);
});

test("an arrow key goes to the nearest point on its side", () => {
  const points = [
    [0, 0],
    [10, 1],
    [4, 9],
    [-3, 0],
    [5, 4],
  ];
  assert.equal(besides("ArrowRight", points, 0), 4);
  assert.equal(besides("ArrowDown", points, 0), 2);
  assert.equal(besides("ArrowLeft", points, 0), 3);
  assert.equal(besides("ArrowUp", points, 0), -1);
  assert.equal(besides("Enter", points, 0), -1);
});

test("the loupe stays within the words", () => {
  assert.deepEqual(
    [0, 4, 5, 50, 99].map((middle) => startOf(middle, 100)),
    [0, 0, 1, 46, 91],
  );
  assert.deepEqual(
    [0, 4].map((middle) => startOf(middle, 5)),
    [0, 0],
    "there are fewer than fit",
  );
});

test("of many labels those that have room are written, the chosen ones always", () => {
  assert.deepEqual(written(4, 100, 13), [0, 1, 2, 3]);
  assert.deepEqual(written(10, 65, 13), [0, 2, 4, 6, 8]);
  assert.deepEqual(written(10, 65, 13, [3]), [0, 3, 6, 8], "its neighbours give way");
  assert.deepEqual(written(3, 0, 13), [0]);
  assert.equal(onScreen(0.2, 1), 1, "nothing is smaller than a pixel");
  assert.equal(onScreen(10, 1.5), 15, "larger where it is presented");
});
