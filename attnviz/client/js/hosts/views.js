// The views of the explorer, each in its element.

import { createAnswer } from "../views/inputs/answer.js";
import { createFigure } from "../views/head/figure.js";
import { createHeadMap } from "../views/heads/headmap.js";
import { createInteresting } from "../views/heads/interesting.js";
import { createLinks } from "../views/heads/links.js";
import { createMean } from "../views/head/mean.js";
import { createNeuron } from "../views/head/neuron.js";
import { createOptions } from "../views/inputs/options.js";
import { createOutstanding } from "../views/heads/outstanding.js";
import { createParts } from "../views/inputs/parts.js";
import { createPicture } from "../views/inputs/picture.js";
import { createReading } from "../views/head/reading.js";
import { createSentence } from "../views/inputs/sentence.js";
import { createSound } from "../views/inputs/sound.js";
import { createTiles } from "../views/heads/tiles.js";
import { createVectors } from "../views/head/vectors.js";
import { within } from "../views/view.js";

/** @import { Pointed } from "../state/context.js" */
/** @import { State } from "../state/schema.js" */
/** @import { CreateView, Request, Tools, View } from "../views/view.js" */
/** @import { Presenting } from "./screen/presenting.js" */

/**
 * What an explorer may be told of what is around it.
 *
 * @typedef {object} Surroundings
 * @property {(state: State, asked: Request) => void} [publish] hears of every choice made here; asked is what only the
 *   server can tell
 * @property {(hover: Pointed | null) => void} [pointed] hears of what is pointed at here
 * @property {() => void} [drawn] hears that numbers or what is chosen have changed
 * @property {() => string} [groundOf] the colour behind everything
 * @property {boolean} [headsAlone] neither means of heads nor rollouts are offered
 * @property {(state: State) => boolean} [arrange] lays the page out for what is chosen, before it is drawn; whether
 *   anything has moved
 * @property {(root: HTMLElement, tools: Tools) => View[]} [further] views that this page alone has
 * @property {(change: Partial<State>) => boolean} [leads] makes a choice by itself; whether it did
 * @property {Presents} [presents] who presents it, if it does not do so itself, card by card
 */

/** @typedef {Pick<Presenting, "zoom" | "ground" | "settle" | "stop">} Presents */

/** @param {HTMLElement} root @param {Tools} tools */
export function createViews(root, tools) {
  /** @type {(selector: string) => HTMLElement} */
  const find = (selector) => within(root, selector);
  // A page may leave these cards out.
  /**
   * @template {View} V
   * @param {string} selector
   * @param {CreateView<V>} create
   */
  const perhaps = (selector, create) => (root.querySelector(selector) ? create(find(selector), tools) : null);
  const tiles = createTiles(find(".card.heads"), tools);
  const figure = createFigure(find(".card.head"), tools);
  const picture = perhaps(".card.head:has(> .seen)", createPicture);
  const sound = perhaps(".card.head:has(> .hearing)", createSound);
  const answer = perhaps(".card.head > .seen > .answer", createAnswer);
  const vectors = perhaps(".card.vectors", createVectors);
  const neuron = perhaps(".neuron", createNeuron);
  const links = perhaps(".card.linking", createLinks);
  const map = perhaps(".heads-map", createHeadMap);
  const sentence = createSentence(find(".sentence"), tools);
  const reading = createReading(root, tools);
  const outstanding = createOutstanding(find(".of-all"), tools);
  const mean = createMean(find(".card.head"), tools);
  const interesting = createInteresting(find(".card.heads"), tools);
  return {
    tiles,
    figure,
    neuron,
    map,
    mean,
    controls: [createOptions(find(".options-row"), tools), createParts(find(".parts"), tools)],
    pictures: present([tiles, figure, picture, sound, vectors, neuron]), // what is painted, and painted first
    // The same for another head or word, the largest first.
    moved: present([picture, sound, figure, vectors, neuron, tiles]),
    numbers: present([vectors, neuron]), // what shows the package's numbers
    links: present([links]), // what needs all heads
    texts: present([sentence, reading, answer, mean, outstanding, interesting, links, map]),
  };
}

/** @type {(views: (View | null)[]) => View[]} */
function present(views) {
  return views.filter((view) => view !== null);
}
