// Heads as points: near ones look at the same words. The places come from the package (classical scaling of the
// Jensen–Shannon divergences); the number in a point is its layer.

import { css, inkOn, mixed } from "../draw/colors.js";
import { element } from "../draw/paint.js";
import { isSame } from "../state/state.js";
import { headName } from "../say/words.js";

const SVG = "http://www.w3.org/2000/svg";
const SIZE = { width: 320, height: 240, edge: 14 };
const LAYERS = [
  [0, "#fde725"],
  [0.33, "#35b779"],
  [0.66, "#31688e"],
  [1, "#440154"],
];

// Places [x, y] of any spread to pixels, both axes on one scale, so that distances stay distances.
export function fitted(places, { width, height, edge }) {
  const [xs, ys] = [places.map(([x]) => x), places.map(([, y]) => y)];
  const middle = (values) => (Math.min(...values) + Math.max(...values)) / 2;
  const spread = (values) => Math.max(...values) - Math.min(...values);
  const scale = Math.min((width - 2 * edge) / (spread(xs) || 1), (height - 2 * edge) / (spread(ys) || 1));
  return places.map(([x, y]) => [width / 2 + (x - middle(xs)) * scale, height / 2 - (y - middle(ys)) * scale]);
}

export class HeadMap {
  constructor(card, explorer) {
    this.explorer = explorer;
    this.details = card.querySelector("details");
    this.box = card.querySelector(".map");
    this.details.ontoggle = () => {
      this.explorer.ask({ map: this.details.open });
      this.draw();
    };
  }

  draw() {
    if (!this.details.open) return;
    const { trace } = this.explorer;
    const places = this.explorer.answer?.map ?? trace.notes?.map ?? trace.header.map;
    const { heads } = this.explorer.numbers;
    if (!places || places.length !== heads.length) {
      this.box.textContent = "Measuring …";
      this.drawn = null;
      return;
    }
    const wanted = JSON.stringify(places);
    if (this.drawn !== wanted) this.fill(places, heads);
    this.drawn = wanted;
    this.update();
  }

  fill(places, heads) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", `0 0 ${SIZE.width} ${SIZE.height}`);
    svg.setAttribute("role", "group");
    svg.setAttribute("aria-label", "Map of heads");
    const layers = this.explorer.trace.header.layers.length;
    this.points = fitted(places, SIZE).map(([x, y], i) => this.point(heads[i], x, y, layers));
    svg.append(...this.points);
    const how = "Distance: the root of the Jensen–Shannon divergence of their rows. Number and colour: layer.";
    this.box.replaceChildren(svg, element("p", "faint", how));
  }

  point([layer, head], x, y, layers) {
    const color = mixed(LAYERS, layers > 1 ? layer / (layers - 1) : 0);
    const group = document.createElementNS(SVG, "g");
    group.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    group.setAttribute("role", "button");
    group.setAttribute("aria-label", headName([layer, head]));
    const circle = document.createElementNS(SVG, "circle");
    circle.setAttribute("r", "7");
    circle.setAttribute("fill", css(color));
    const text = document.createElementNS(SVG, "text");
    text.setAttribute("fill", inkOn(color));
    text.textContent = layer;
    group.append(circle, text);
    group.onclick = () => this.explorer.choose({ layer, head });
    group.onkeydown = (event) => this.typed(event, [layer, head]);
    group.onpointermove = (event) => this.explorer.tip(event, this.explorer.headInWords(layer, head));
    group.onpointerleave = () => this.explorer.tip(null);
    return group;
  }

  // Enter chooses; arrow keys go to the nearest head on that side.
  typed(event, [layer, head]) {
    const { heads } = this.explorer.numbers;
    const isChosen = event.key === "Enter" || event.key === " ";
    const next = isChosen
      ? -1
      : besides(
          event.key,
          this.points.map(placeOf),
          heads.findIndex((one) => isSame(one, [layer, head])),
        );
    if (!isChosen && next < 0) return;
    event.preventDefault();
    if (isChosen) this.explorer.choose({ layer, head });
    else this.points[next].focus();
  }

  update() {
    const { state, numbers } = this.explorer;
    this.points?.forEach((point, i) => {
      const isChosen = isSame(numbers.heads[i], [state.layer, state.head]);
      if (point.getAttribute("aria-pressed") === String(isChosen)) return;
      point.classList.toggle("chosen", isChosen);
      point.setAttribute("aria-pressed", isChosen);
      point.setAttribute("tabindex", isChosen ? 0 : -1);
    });
  }
}

function placeOf(point) {
  return point
    .getAttribute("transform")
    .match(/[-\d.]+/g)
    .map(Number);
}

// Of places [x, y], the nearest to one of them on the side of an arrow key; -1 if there is none, or for another key.
export function besides(key, places, from) {
  const side = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
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
