// Heads as points: near ones look at the same words. The places come from the package (classical scaling of the
// Jensen–Shannon divergences); the number in a point is its layer.

import { css, inkOn, mixed } from "../../draw/colors.js";
import { element } from "../../draw/paint.js";
import { hasLoose } from "../../numbers/equations/normalizers.js";
import { headName, whole } from "../../say/words.js";
import { SQUARE } from "../../state/schema.js";
import { isSame } from "../../state/state.js";
import { createListeners, IDLE, vacate, within } from "../view.js";

/** @import { Part } from "../../numbers/part.js" */
/** @import { Place } from "../../state/state.js" */
/** @import { CreateView, View } from "../view.js" */

/** @typedef {[x: number, y: number]} Point */

const SVG = "http://www.w3.org/2000/svg";
const LOOSE = "How unlike heads are is told by shares, and the weights of this run are none: there is no map.";
const MOST = whole(SQUARE);
const LONG = `Of a text of more than ${MOST} tokens there is no map: it takes all heads’ weights.`;
const SIZE = { width: 320, height: 240, edge: 14 };
/** @type {[number, string][]} */
const LAYERS = [
  [0, "#fde725"],
  [0.33, "#35b779"],
  [0.66, "#31688e"],
  [1, "#440154"],
];

// Places [x, y] of any spread to pixels, both axes on one scale, so that distances stay distances.
/** @type {(places: Point[], size: { width: number, height: number, edge: number }) => Point[]} */
export function fitted(places, { width, height, edge }) {
  const [xs, ys] = [places.map(([x]) => x), places.map(([, y]) => y)];
  /** @type {(values: number[]) => number} */
  const middle = (values) => (Math.min(...values) + Math.max(...values)) / 2;
  /** @type {(values: number[]) => number} */
  const spread = (values) => Math.max(...values) - Math.min(...values);
  const scale = Math.min((width - 2 * edge) / (spread(xs) || 1), (height - 2 * edge) / (spread(ys) || 1));
  return places.map(([x, y]) => [width / 2 + (x - middle(xs)) * scale, height / 2 - (y - middle(ys)) * scale]);
}

/** @type {CreateView<View & { readonly isOpen: boolean }>} */
export const createHeadMap = (root, { context, actions }) => {
  const listeners = createListeners();
  const details = /** @type {HTMLDetailsElement} */ (within(root, "details"));
  const box = within(root, ".map");
  /** @type {SVGGElement[]} */
  let points = [];
  /** @type {Point[]} */
  let places = [];
  let drawn = "";
  /** @type {Part | null} */
  let requested = null; // the part whose map the server was asked for
  listeners.on(details, "toggle", () => {
    if (!details.open) actions.request({ map: false });
    requested = null;
    draw();
  });

  function draw() {
    if (!details.open) return;
    if (context.part.isTiled || hasLoose(context.part)) {
      box.textContent = context.part.isTiled ? LONG : LOOSE;
      drawn = "";
      points = [];
      return;
    }
    const { heads } = context.numbers;
    const { answer, part, partNotes } = context;
    const sent = (answer?.part === part.name ? answer.map : undefined) ?? partNotes?.map;
    if (!sent || sent.length !== heads.length) {
      if (requested !== context.part) actions.request({ map: true });
      requested = context.part;
      box.textContent = "Measuring …";
      drawn = "";
      points = [];
      return;
    }
    const wanted = JSON.stringify(sent);
    if (drawn !== wanted) fill(sent, heads);
    drawn = wanted;
    update();
  }

  /** @type {(sent: Point[], heads: Place[]) => void} */
  function fill(sent, heads) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", `0 0 ${SIZE.width} ${SIZE.height}`);
    svg.setAttribute("role", "group");
    svg.setAttribute("aria-label", "Map of heads");
    places = fitted(sent, SIZE);
    points = places.map((at, i) => point(heads[i], at));
    svg.append(...points);
    const how = "Distance: the root of the Jensen–Shannon divergence of their rows. Number and colour: layer.";
    box.replaceChildren(svg, element("p", "faint", how));
  }

  /** @type {(place: Place, at: Point) => SVGGElement} */
  function point([layer, head], [x, y]) {
    const layers = context.part.layers.length;
    const color = mixed(LAYERS, layers > 1 ? layer / (layers - 1) : 0);
    const group = document.createElementNS(SVG, "g");
    group.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    group.setAttribute("role", "button");
    group.setAttribute("aria-label", headName([layer, head]));
    const circle = document.createElementNS(SVG, "circle");
    circle.setAttribute("r", "9");
    circle.setAttribute("fill", css(color));
    const text = document.createElementNS(SVG, "text");
    text.setAttribute("fill", inkOn(color));
    text.textContent = String(layer);
    group.append(circle, text);
    listeners.on(group, "click", () => actions.choose({ layer, head }));
    listeners.on(group, "keydown", (event) => typed(event, [layer, head]));
    listeners.points(group, (event) => actions.tip(event, context.headInWords(layer, head)), () => actions.tip(null));
    return group;
  }

  // Enter chooses; arrow keys go to the nearest head on that side.
  /** @type {(event: KeyboardEvent, place: Place) => void} */
  function typed(event, [layer, head]) {
    const isChosen = event.key === "Enter" || event.key === " ";
    const at = context.numbers.heads.findIndex((one) => isSame(one, [layer, head]));
    const next = isChosen ? -1 : besides(event.key, places, at);
    if (!isChosen && next < 0) return;
    event.preventDefault();
    if (isChosen) actions.choose({ layer, head });
    else points[next].focus();
  }

  function update() {
    const { state, numbers } = context;
    points.forEach((one, i) => {
      const isChosen = isSame(numbers.heads[i], [state.layer, state.head]);
      if (one.getAttribute("aria-pressed") === String(isChosen)) return;
      one.classList.toggle("chosen", isChosen);
      one.setAttribute("aria-pressed", String(isChosen));
      one.setAttribute("tabindex", isChosen ? "0" : "-1");
    });
  }

  return {
    ...IDLE,
    get isOpen() {
      return details.open;
    },
    draw,
    destroy: () => vacate(listeners, box),
  };
};

// Of places [x, y], the nearest to one of them on the side of an arrow key; -1 if there is none, or for another key.
/** @type {(key: string, places: Point[], from: number) => number} */
export function besides(key, places, from) {
  /** @type {Record<string, Point>} */
  const sides = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const side = sides[key];
  if (!side) return -1;
  let best = -1;
  let least = Infinity;
  places.forEach(([x, y], i) => {
    const [dx, dy] = [x - places[from][0], y - places[from][1]];
    const along = dx * side[0] + dy * side[1];
    const distance = Math.hypot(dx, dy);
    // Within 45 degrees of the arrow.
    const isThere = i !== from && along > 0 && along >= distance * Math.SQRT1_2;
    if (isThere && distance < least) [best, least] = [i, distance];
  });
  return best;
}
