// The views of the explorer, each in its element.

import { createFigure } from "../views/figure.js";
import { createHeadMap } from "../views/headmap.js";
import { createLinks } from "../views/links.js";
import { createNeuron } from "../views/neuron.js";
import { createOptions } from "../views/options.js";
import { createParts } from "../views/parts.js";
import { createReading } from "../views/reading.js";
import { createSentence } from "../views/sentence.js";
import { createTiles } from "../views/tiles.js";
import { createVectors } from "../views/vectors.js";
import { within } from "../views/view.js";

/** @import { Tools, View } from "../views/view.js" */

/** @param {HTMLElement} root @param {Tools} tools */
export function createViews(root, tools) {
  /** @type {(selector: string) => HTMLElement} */
  const find = (selector) => within(root, selector);
  const tiles = createTiles(find(".card.heads"), tools);
  const figure = createFigure(find(".card.head"), tools);
  const vectors = createVectors(find(".card.vectors"), tools);
  const neuron = createNeuron(find(".neuron"), tools);
  const links = createLinks(find(".card.linking"), tools);
  const map = createHeadMap(find(".heads-map"), tools);
  /** @type {View[]} */
  const controls = [createOptions(find(".options-row"), tools), createParts(find(".parts"), tools)];
  /** @type {View[]} */
  const pictures = [tiles, figure, vectors, neuron]; // what is painted, and painted first
  /** @type {View[]} */
  const texts = [createSentence(find(".sentence"), tools), links, map, createReading(root, tools)];
  return { tiles, figure, vectors, neuron, links, map, controls, pictures, texts };
}
