// The large head as a picture to take along: SVG, and the same SVG as PNG.

import { colorOf } from "./heatmap.js";
import { linesOf } from "./lines.js";
import { WORTH_A_STRIP } from "./picture.js";
import { headName } from "../say/words.js";

/** @import { Context } from "../state/context.js" */
/** @import { Palette } from "../state/schema.js" */
/** @import { Stops } from "./colors.js" */
/** @import { Matrices } from "./picture.js" */

/** @typedef {{ name: string, color: string, dash: number[], letter: string, values: Float32Array }} SavedHead */
/** @typedef {{ marks: string[], width: number, height: number }} Marks SVG, and the size of all */

/**
 * @typedef {object} Picture
 * @property {string} title
 * @property {string[]} rows the words
 * @property {string[]} columns
 * @property {{ values: Float32Array, blocked: Uint8Array | null }[]} matrices side by side; none where lines are drawn
 * @property {SavedHead[]} heads
 * @property {boolean} hasOverlays
 * @property {Stops} stops
 * @property {(value: number) => number} share where a value stands on the scale
 * @property {Palette} palette
 * @property {string} ground
 */

const CELL = 26;
const MOST_RECTANGLES = 40_000;
const FAINT = 1 / 255; // in a picture of so many cells, what cannot be told from nothing is left out
const PNG_SCALE = 2;

/** @type {(context: Context, picture: Matrices, kind: "png" | "svg") => void} */
export function save(context, picture, kind) {
  const drawing = toSvg(pictureOf(context, picture));
  const name = `attnviz-layer${context.state.layer}-head${context.state.head}.${kind}`;
  if (kind === "svg") {
    download(new Blob([drawing.text], { type: "image/svg+xml" }), name);
    return;
  }
  const image = new Image();
  image.onload = () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [PNG_SCALE * drawing.width, PNG_SCALE * drawing.height];
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => blob && download(blob, name), "image/png");
  };
  image.onerror = () => save(context, picture, "svg"); // better the drawing than nothing
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(drawing.text)}`;
}

// What is in the picture, as plain data: matrices side by side, or sets of lines.
/** @type {(context: Context, picture: Matrices) => Picture} */
function pictureOf(context, picture) {
  const { state, numbers, palette, trace, beside, shownAs: show, ground } = context;
  const { rows, columns } = numbers.grouping;
  const heads = context.heads(true).map(({ layer, head, color, dash, letter, values }) => {
    return { name: headName([layer, head]), color, dash, letter, values };
  });
  const sign = { difference: " minus ", heatmap: " | ", lines: ", " }[show];
  const other = beside && show !== "lines" ? `${sign}${headName(beside)}` : "";
  const { values, blocked, scale, most } = picture;
  const laid = show === "heatmap" ? context.heads().length : 1;
  const largest = laid > 1 ? ` and ${laid - 1} more, in each cell the largest weight` : "";
  return {
    title: `${trace.header.model}, ${headName([state.layer, state.head])}${largest}${other}`,
    rows: rows.map(({ label }) => label),
    columns: columns.map(({ label }) => label),
    matrices: show === "lines" ? [] : values.map((one, i) => ({ values: one, blocked: blocked[i] })),
    heads: show === "heatmap" ? heads.filter((_, i) => i <= context.heads().length - 1) : heads,
    hasOverlays: show === "heatmap" && context.heads().length > 1,
    stops: scale.signed ? palette.signed : palette.weights,
    share: scale.signed ? (value) => 0.5 + value / (2 * (most || 1)) : (value) => value,
    palette,
    ground,
  };
}

// A picture as SVG text, with its size in pixels.
/** @type {(picture: Picture) => { text: string, width: number, height: number }} */
export function toSvg(picture) {
  const { rows, columns, palette, title, ground, matrices, heads } = picture;
  const longest = Math.max(...[...rows, ...columns].map((label) => [...label].length));
  const margin = Math.min(140, 20 + 7 * longest);
  const { marks, width, height } = matrices.length ? cells(picture, margin) : lines(picture, margin);
  const named = heads.length > 1 && (picture.hasOverlays || !matrices.length) ? heads : [];
  const legend = named.map(({ name, color, dash, letter }, i) => {
    const [x, y] = [12 + (i % 2) * 170, height + 14 + 18 * Math.floor(i / 2)];
    const line = `<path d="M${x} ${y}h26" stroke="${color}" stroke-width="3" stroke-dasharray="${dash.join(" ")}"/>`;
    return line + written(`${letter}: ${name}`, x + 34, y + 4, "");
  });
  const wide = Math.max(width, 24 + 8 * [...title].length);
  const tall = height + 18 * Math.ceil(named.length / 2);
  const font = 'font-family="Source Sans 3, Noto Sans, system-ui, sans-serif" font-size="12"';
  const size = `width="${wide}" height="${tall}" viewBox="0 0 ${wide} ${tall}"`;
  const text = `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${font} fill="${palette.text}">
<title>${escaped(title)}</title><rect width="100%" height="100%" fill="${ground}"/>
<text x="12" y="20" font-weight="bold">${escaped(title)}</text>
${[...marks, ...legend].join("\n")}
</svg>`;
  return { text, width: wide, height: tall };
}

/** @type {(picture: Picture, margin: number) => Marks} */
function cells({ rows, columns, matrices, heads, hasOverlays, palette, stops, share }, margin) {
  const side = Math.max(2, Math.min(CELL, Math.floor(900 / Math.max(rows.length, columns.length))));
  const [across, down, top] = [side * columns.length, side * rows.length, margin + 20];
  /** @type {string[]} */
  const marks = [];
  matrices.forEach(({ values, blocked }, which) => {
    const left = margin + which * (across + margin);
    values.forEach((value, at) => {
      const isFaint = values.length > MOST_RECTANGLES && !blocked?.[at] && Math.abs(value) < FAINT;
      if (isFaint) return;
      const fill = blocked?.[at] ? palette.blocked : colorOf(stops, share(value));
      const [x, y] = [left + (at % columns.length) * side, top + Math.floor(at / columns.length) * side];
      marks.push(box(x, y, side, side, `fill="${fill}"`));
    });
    if (which === 0 && hasOverlays) marks.push(...strips(heads, columns.length, left, top, side));
    if (side >= 9) marks.push(...names(rows, columns, left, top, side));
    marks.push(box(left, top, across, down, `fill="none" stroke="${palette.faint}"`));
  });
  return { marks, width: matrices.length * (across + margin) + margin, height: top + down + 16 };
}

// Below each cell the colour of the head that is strongest in it.
/** @type {(heads: SavedHead[], columns: number, left: number, top: number, side: number) => string[]} */
function strips(heads, columns, left, top, side) {
  /** @type {string[]} */
  const marks = [];
  heads[0].values.forEach((_, at) => {
    const best = heads.reduce((a, b) => (b.values[at] > a.values[at] ? b : a));
    if (best.values[at] < WORTH_A_STRIP) return;
    const [x, y] = [left + (at % columns) * side, top + (Math.floor(at / columns) + 1) * side - side / 4];
    marks.push(box(x, y, side, side / 4, `fill="${best.color}"`));
  });
  return marks;
}

/** @type {(rows: string[], columns: string[], left: number, top: number, side: number) => string[]} */
function names(rows, columns, left, top, side) {
  return [
    ...rows.map((label, i) => written(label, left - 6, top + (i + 0.7) * side, 'text-anchor="end"')),
    ...columns.map((label, j) => {
      const [x, y] = [left + (j + 0.5) * side, top - 6];
      return written(label, x, y, `transform="rotate(-45 ${x} ${y})"`);
    }),
  ];
}

/** @type {(picture: Pick<Picture, "rows" | "columns" | "heads">, margin: number) => Marks} */
function lines({ rows, columns, heads }, margin) {
  const step = Math.max(6, Math.min(CELL, Math.floor(1400 / Math.max(rows.length, columns.length))));
  const [left, right, top] = [margin, margin + 320, 40];
  /** @type {(i: number) => number} */
  const y = (i) => top + (i + 0.5) * step;
  const marks = heads.flatMap(({ values, color, dash }) =>
    linesOf(values, rows.length, columns.length).map(([i, j, weight]) => {
      const look = `stroke-width="${(0.5 + 3.5 * weight).toFixed(2)}" opacity="${Math.max(0.1, weight).toFixed(2)}"`;
      const path = `d="M${left} ${y(i)}L${right} ${y(j)}" stroke="${color}"`;
      return `<path ${path} ${look} stroke-dasharray="${dash.join(" ")}"/>`;
    }),
  );
  if (step >= 9) {
    rows.forEach((label, i) => marks.push(written(label, left - 8, y(i) + 4, 'text-anchor="end"')));
    columns.forEach((label, i) => marks.push(written(label, right + 8, y(i) + 4, 'text-anchor="start"')));
  }
  return { marks, width: right + margin, height: top + step * Math.max(rows.length, columns.length) + 20 };
}

/** @type {(x: number, y: number, width: number, height: number, look: string) => string} */
function box(x, y, width, height, look) {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" ${look}/>`;
}

/** @type {(label: string, x: number, y: number, look: string) => string} */
function written(label, x, y, look) {
  return `<text x="${x}" y="${y}" ${look}>${escaped(label)}</text>`;
}

// Text for XML, without the characters that XML does not have.
/** @type {(text: string) => string} */
export function escaped(text) {
  const told = text.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "");
  return told.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** @type {(blob: Blob, name: string) => void} */
function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
