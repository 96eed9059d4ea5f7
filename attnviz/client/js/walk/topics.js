// What can be switched, and why it is there. Pure: what a control says becomes changes.

/** @import { Changes, PageModel } from "../model/run.js" */
/** @import { Of } from "./steps/shown.js" */

/** @typedef {"root" | "mask" | "places" | "softmax" | "heads" | "number"} TopicName */

/**
 * @typedef {object} Choice one of a select's
 * @property {string} value
 * @property {string} label
 * @property {(of: Of) => Changes} changes
 * @property {(model: PageModel) => boolean} [fits] whether it is another run than the model's own; always, if not said
 */

/**
 * @typedef {object} Topic
 * @property {string} title
 * @property {string} why
 * @property {Choice[]} choices the first changes nothing
 * @property {(keyof Changes)[]} owns what of the changes is its own
 * @property {(model: PageModel) => string} [absent] why this model cannot take it; "" if it can
 */

/** @type {(value: string, label: string, changes?: Changes | Choice["changes"], fits?: Choice["fits"]) => Choice} */
function choice(value, label, changes = {}, fits) {
  return { value, label, changes: typeof changes === "function" ? changes : () => changes, fits };
}

/** @type {Record<TopicName, Topic>} */
export const TOPICS = {
  root: {
    title: "Why divide by √d?",
    why: "A score is a sum of d products. The longer the sum, the larger the scores, and softmax then gives nearly all to one word. Dividing by √d keeps scores at one size, whatever d is.",
    choices: [choice("as", "divided by √d"), choice("unscaled", "not divided", { root: false })],
    owns: ["root"],
    absent: ({ config }) =>
      config.scale === 1 ? "This model does not divide its scores by √d, so there is nothing to leave out." : "",
  },
  mask: {
    title: "Why a mask?",
    why: "A mask says where a word may look. A causal one hides what comes later, so that a model can learn to say the next word without seeing it. Windows keep long texts affordable.",
    choices: [
      choice("none", "as the model reads"),
      choice("causal", "causal: nothing later", { mask: { kind: "causal" } }, (model) => !hasMask(model)),
      choice("bidirectional", "both ways: also what is later", { mask: { kind: "bidirectional" } }, hasMask),
      choice("window:1", "window: 1 word away", { mask: { kind: "window", width: 1 } }),
      choice("window:2", "window: 2 words away", { mask: { kind: "window", width: 2 } }),
      choice("window:4", "window: 4 words away", { mask: { kind: "window", width: 4 } }),
      choice("dilated:4:2", "dilated: every 2nd, 4 away", { mask: { kind: "dilated", width: 4, step: 2 } }),
      choice("dilated:8:4", "dilated: every 4th, 8 away", { mask: { kind: "dilated", width: 8, step: 4 } }),
    ],
    owns: ["mask"],
  },
  places: {
    title: "Why positions?",
    why: "Attention compares vectors; where a word stands is not among what it compares. Where no mask tells what came before, words in another order give, without positions, the same vectors in that other order, and nothing else.",
    choices: [choice("with", "with positions"), choice("without", "without positions", { places: false })],
    owns: ["places"],
    absent({ config }) {
      if (config.positions === "none") return "This model has no positions, so there are none to leave out.";
      const isPretrained = config.kind === "pretrained";
      return isPretrained ? "A pretrained model has its positions in what it learned; they cannot be taken out here." : "";
    },
  },
  softmax: {
    title: "Why softmax?",
    why: "Softmax makes shares: positive, together 1, the best well ahead. Others can stand in its place, but a model that was trained with softmax is disturbed by them.",
    choices: [
      choice("softmax", "softmax"),
      choice("temperature:0.25", "softmax, temperature ¼", { temperature: 0.25 }),
      choice("temperature:0.5", "softmax, temperature ½", { temperature: 0.5 }),
      choice("temperature:2", "softmax, temperature 2", { temperature: 2 }),
      choice("temperature:4", "softmax, temperature 4", { temperature: 4 }),
      choice("hard", "hard maximum: all to the best", { normalizer: "hard" }),
      choice("relu", "ReLU, divided by the words", { normalizer: "relu" }),
      choice("polynomial", "third power, divided by √words", { normalizer: "polynomial" }),
    ],
    owns: ["temperature", "normalizer"],
  },
  heads: {
    title: "Why several heads?",
    why: "Each head can look for one thing at a time. With a single one left, the layer has to do without what the others found. A head that is off still looks, so its weights stay; but nothing of it is handed on.",
    choices: [
      choice("all", "all heads"),
      choice("one", "only this head in its layer", ({ model, layer, head }) => ({
        off: /** @type {[number, number][]} */ (
          [...Array(model.config.heads).keys()].filter((h) => h !== head).map((h) => [layer, h])
        ),
      })),
      choice("off", "all but this head", ({ layer, head }) => ({ off: [[layer, head]] })),
    ],
    owns: ["off"],
    absent: ({ config }) => (config.heads === 1 ? "This model has a single head in each layer." : ""),
  },
  number: {
    title: "One number by hand",
    why: "A head is nothing but its matrices. Move a single number of W_Q, and see how far the change reaches.",
    choices: [],
    owns: ["numbers"],
    absent: ({ layers }) => (layers[0].w_q ? "" : "The matrices of this model are not known to the page."),
  },
};

// A model that reads causally: its own mask can be lifted.
/** @type {(model: PageModel) => boolean} */
function hasMask({ config }) {
  return config.causal;
}

export const TOPIC_NAMES = /** @type {TopicName[]} */ (Object.keys(TOPICS));

// The topic that what is switched belongs to; null for nothing.
/** @type {(changes: Changes) => TopicName | null} */
export function topicOf(changes) {
  return TOPIC_NAMES.find((name) => TOPICS[name].owns.some((key) => key in changes)) ?? null;
}

// What there is to choose of a model.
/** @type {(name: TopicName, model: PageModel) => Choice[]} */
export function choicesFor(name, model) {
  return TOPICS[name].choices.filter(({ fits }) => fits?.(model) ?? true);
}

// The choice that is made; null if it is none of these (a link may have any).
/** @type {(name: TopicName, changes: Changes, of: Of) => Choice | null} */
export function choiceOf(name, changes, of) {
  const { owns } = TOPICS[name];
  /** @type {(one: Changes) => string} */
  const own = (one) => JSON.stringify(owns.map((key) => one[key] ?? null));
  return choicesFor(name, of.model).find((one) => own(one.changes(of)) === own(changes)) ?? null;
}
