// Q, K and V of the chosen head, a row for each token.

import { signedPixels } from "../../draw/colors.js";
import { element, image, onScreen, surface } from "../../draw/paint.js";
import { strongestPooled } from "../../numbers/grouping.js";
import { largest } from "../../numbers/analysis/measures.js";
import { explained, formula as formulaOf, written } from "../../say/formulas.js";
import { about } from "../../say/told.js";
import { counted, isolated, number } from "../../say/words.js";
import { createListeners, vacate, within } from "../view.js";

/** @import { Token } from "../../state/schema.js" */
/** @import { Shown } from "../../draw/paint.js" */
/** @import { CreateView } from "../view.js" */

/** @typedef {"q" | "k" | "v"} Name */

/**
 * One of the three.
 *
 * @typedef {object} Panel
 * @property {Name} name
 * @property {HTMLCanvasElement} canvas
 * @property {HTMLCanvasElement} marks
 * @property {HTMLElement} target
 * @property {HTMLElement} stage
 * @property {HTMLElement} formula
 * @property {number[]} tokens that are shown
 * @property {Float32Array} values of those, [token, d]
 * @property {number} d
 * @property {Shown} size
 */

/** @type {Record<Name, string>} */
const MEANINGS = {
  q: "what each word looks for",
  k: "what each word offers to be found by",
  v: "what each word hands over when it is looked at",
};
/** @type {Record<Name, string>} */
const NAMES = { q: "Query", k: "Key", v: "Value" };
const TALLEST = 190;

/** @type {CreateView} */
export const createVectors = (root, { context, actions }) => {
  const listeners = createListeners();
  const panels = /** @type {Name[]} */ (["q", "k", "v"]).map((name) => {
    const box = within(root, `.matrix.${name}`);
    const made = panel(name, within(box, ".stage"), within(box, ".formula"));
    listeners.on(made.target, "click", (event) => actions.choose(tokenAs(made, under(made, event).token)));
    listeners.points(made.target, (event) => pointed(made, event), leave);
    return made;
  });
  let width = 0;
  let drawn = "";
  let explainedAs = "";
  /** @type {unknown} */
  let takenOf = null;
  let isRounded = false;

  /** @type {(one: Panel, token: number) => { query: number } | { key: number }} */
  const tokenAs = ({ name }, token) => (name === "q" ? { query: token } : { key: token });
  /** @type {(one: Panel) => Token[]} */
  const tokensOf = ({ name }) => (name === "q" ? context.part.queries : context.part.keys).tokens;

  // How this layer makes them of X, where it is known (LayerTrace.projection).
  function explain() {
    const { projection } = context.part.layers[context.state.layer];
    const wanted = JSON.stringify(projection);
    if (explainedAs === wanted) return;
    explainedAs = wanted;
    for (const { name, formula } of panels) {
      const steps = projection?.[name];
      const made = formulaOf(name.toUpperCase(), steps);
      formula.replaceChildren(...made.map((one) => (typeof one === "string" ? one : element("sub", "", one.low))));
      const whole = made.length ? ` ${written(made)}` : ""; // where there is too little room for it
      const title = [`${NAMES[name]}${whole}: ${MEANINGS[name]}`, ...explained(steps)].join("; ");
      if (formula.parentElement) formula.parentElement.title = title;
    }
  }

  function draw() {
    const { state, numbers, zoom } = context;
    const wanted = `${state.layer}.${state.head}`;
    actions.later("vectors", describe);
    if (drawn === wanted) {
      if (takenOf !== numbers.way) take(); // the package's own numbers have come: they look the same
      mark();
      return;
    }
    drawn = wanted;
    actions.afterwards(explain);
    for (const one of panels) {
      const groups = one.name === "q" ? numbers.all.rows : numbers.all.columns;
      one.tokens = groups.flatMap(({ tokens }) => tokens);
    }
    take();
    for (const one of panels) {
      const { values, d, tokens, stage, canvas } = one;
      const height = Math.min(TALLEST, tokens.length * 12);
      const small = strongestPooled(values, tokens.length, d, onScreen(height, zoom), onScreen(width, zoom));
      const pixels = signedPixels(small.values, largest(values), context.signedColors);
      stage.style.height = `${zoom * height}px`;
      one.size = { width, height, zoom };
      image(surface(canvas, one.size, null), pixels, small.rows, small.columns, { x: 0, y: 0, width, height });
    }
    mark();
  }

  // Each panel's numbers, and how many a token has in it.
  function take() {
    const { state, numbers } = context;
    takenOf = numbers.way;
    const vectors = numbers.vectors(state.layer, state.head);
    ({ isRounded } = vectors);
    for (const one of panels) {
      const n = tokensOf(one).length;
      one.d = vectors[one.name].length / n;
      one.values = rowsOf(vectors[one.name], one.tokens, one.d, n);
    }
  }

  function mark() {
    const { state, hover, palette } = context;
    for (const { name, marks, size, tokens } of panels) {
      const pen = surface(marks, size, null);
      const tall = size.height / tokens.length;
      /** @type {(token: number | null, color: string, line: number, dash?: number[]) => void} */
      const band = (token, color, line, dash = []) => {
        const row = token === null ? -1 : tokens.indexOf(token);
        if (row < 0) return;
        pen.strokeStyle = color;
        pen.lineWidth = line;
        pen.setLineDash(dash);
        pen.strokeRect(1, row * tall, size.width - 2, Math.max(2, tall));
      };
      if (name === "q") band(state.query, palette.accent, 2);
      else band(context.pair().key, palette.accent, 2, [4, 3]);
      band((name === "q" ? hover?.query : hover?.key) ?? null, palette.text, 1.2);
    }
  }

  /** @type {(one: Panel, event: MouseEvent) => { row: number, column: number, token: number }} */
  function under({ target, tokens, d }, event) {
    const frame = target.getBoundingClientRect();
    /** @type {(value: number, count: number) => number} */
    const clamp = (value, count) => Math.min(Math.max(Math.floor(value), 0), count - 1);
    const row = clamp(((event.clientY - frame.top) / frame.height) * tokens.length, tokens.length);
    const column = clamp(((event.clientX - frame.left) / frame.width) * d, d);
    return { row, column, token: tokens[row] };
  }

  function leave() {
    actions.point(null);
  }

  /** @type {(one: Panel, event: MouseEvent) => void} */
  function pointed(one, event) {
    const { row, column, token } = under(one, event);
    actions.point(tokenAs(one, token));
    const name = isolated(tokensOf(one)[token].name);
    const said = number(one.values[row * one.d + column]);
    actions.tip(event, `${about(isRounded)}${one.name}[${column}] of ${name}: ${said}`);
  }

  function describe() {
    const { state, part } = context;
    for (const one of panels) {
      const { name, target, values, d, tokens } = one;
      const token = name === "q" ? state.query : (context.pair().key ?? (part.isSquare ? state.query : tokens[0]));
      const row = tokens.indexOf(token);
      const said = Array.from(values.subarray(row * d, (row + 1) * d), number).join(", ");
      const what = `${NAMES[name]} vectors of layer ${state.layer} head ${state.head}`;
      const size = `${counted(tokens.length, "token")} by ${d} numbers${isRounded ? ", rounded" : ""}`;
      target.setAttribute("aria-label", `${what}, ${size}. ${tokensOf(one)[token]?.name ?? ""}: ${said}`);
    }
  }

  return {
    measure() {
      width = panels[0].stage.clientWidth / context.zoom;
      drawn = "";
    },
    draw,
    mark,
    describe,
    destroy: () => vacate(listeners, ...panels.flatMap(({ stage, formula }) => [stage, formula])),
  };
};

/** @type {(name: Name, stage: HTMLElement, formula: HTMLElement) => Panel} */
function panel(name, stage, formula) {
  const canvas = /** @type {HTMLCanvasElement} */ (element("canvas"));
  const marks = /** @type {HTMLCanvasElement} */ (element("canvas", "over"));
  const target = element("div", "target", null, { role: "img", "aria-label": `${NAMES[name]} vectors` });
  stage.append(canvas, marks, target);
  const nothingYet = { tokens: [], values: new Float32Array(), d: 0, size: { width: 0, height: 0, zoom: 1 } };
  return { name, canvas, marks, target, stage, formula, ...nothingYet };
}

/** @type {(values: Float32Array, tokens: number[], d: number, n: number) => Float32Array} */
function rowsOf(values, tokens, d, n) {
  if (tokens.length === n) return values;
  const rows = new Float32Array(tokens.length * d);
  tokens.forEach((token, i) => rows.set(values.subarray(token * d, (token + 1) * d), i * d));
  return rows;
}
