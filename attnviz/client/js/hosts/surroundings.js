// What an explorer may be told of what is around it.

/** @import { Pointed } from "../state/context.js" */
/** @import { State } from "../state/schema.js" */
/** @import { Request, Tools, View } from "../views/view.js" */
/** @import { Presenting } from "./presenting.js" */

/**
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
 * @property {Presents} [presents] who presents it, if it does not do so itself, card by card
 */

/** @typedef {Pick<Presenting, "zoom" | "ground" | "settle" | "stop">} Presents */

export {};
