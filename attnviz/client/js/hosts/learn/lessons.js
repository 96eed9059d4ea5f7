// A lesson that runs in the page, without a server: the models that it needs read its sentences here, and each step of
// it says where one looks.

import { createModel } from "../../model/model.js";
import { traceOf } from "../../model/trace.js";
import { element } from "../../draw/paint.js";
import { unpack } from "../../numbers/unpack.js";
import { within } from "../../views/view.js";
import { createExplorer } from "../explorer.js";
import { createLearning } from "./learning.js";

/** @import { PackedModel } from "../../model/packed.js" */
/** @import { PageModel } from "../../model/run.js" */
/** @import { Unpacked } from "../../numbers/part.js" */
/** @import { Code, Course, Lecture } from "../../state/learn/lecture.js" */
/** @import { Notes, Sentences, State } from "../../state/schema.js" */
/** @import { Host } from "../explorer.js" */

/**
 * A lesson with its models, each packed by itself (attnviz/client/lessons.py).
 *
 * @typedef {object} LessonHeader
 * @property {"lesson"} kind
 * @property {Course} course
 * @property {{ name: string, sentence: string | null, layer: number | null, notes: Notes | null }[]} models
 *   `sentence`: it is here for that one alone; `layer`: of a pretrained one, the layer whose matrices are here; `notes`
 *   on its heads
 * @property {Record<string, Code>} code
 */

/**
 * Who reads a sentence; the model null where the lesson holds no more than the heads of what it has read.
 *
 * @typedef {object} Known
 * @property {PageModel | null} model
 * @property {Sentences | null} sentences
 * @property {Unpacked | null} trace
 * @property {Notes | null} notes
 * @property {string | null} read the one sentence that it is here for; null: it reads any
 * @property {Record<string, Code>} code
 */

/** @typedef {{ id: string, made: Unpacked, lecture: Lecture | null, notes: Notes | null }} Made of what is read */

/** @typedef {{ groundOf: () => string, publish?: (state: State) => void }} Around */

/** @typedef {{ header: LessonHeader, arrays: Unpacked["arrays"] }} PackedLesson */

const ONE_SENTENCE =
  "At this step a model reads that does not run in the page: the lesson holds what it made of its sentence alone. " +
  "At another step your own can be read.";
/** @type {Partial<State>} */
const OWN = { key: null, switched: "" }; // what another sentence begins with
const LAST = 1e6; // a place beyond all words: the last of them

/** @type {(host: Host, around: Around, packed: PackedLesson, at?: number) => Lessons} */
export function startLesson(host, { groundOf, publish = () => {} }, packed, first = 0) {
  let models = modelsOf(packed);
  let { course } = packed.header;

  const explorer = createExplorer(host, {
    ...createLearning(host, groundOf),
    groundOf,
    publish(state, { text }) {
      if (text !== undefined) read(course.steps[state.at].model, text, { ...OWN, query: LAST });
      else publish(state);
    },
    // Another step is another place to look, and perhaps another sentence: all of it is one choice.
    leads(change) {
      if (change.at === undefined) return false;
      go(change.at, change);
      publish(explorer.state);
      return true;
    },
  });
  host.explorer = explorer;

  // A sentence, read here by a model. Throws an Error with a sentence where it cannot be read.
  /** @type {(name: string, sentence: string, wanted: Partial<State>) => void} */
  function read(name, sentence, wanted) {
    const layer = wanted.layer ?? explorer.state.layer;
    const { model, sentences, trace, notes, read: one, code } = models(name, sentence, layer);
    const id = `${name} ${model?.config.layer ?? ""}: ${sentence}`;
    const isOwn = sentence !== course.steps[wanted.at ?? explorer.state.at].sentence;
    if (explorer.trace?.header.id === id) {
      explorer.follow(wanted);
      form.offerBack(isOwn);
      return;
    }
    if (!model || !sentences) {
      if (!trace || sentence !== one) throw new Error(ONE_SENTENCE);
      show({ id, made: trace, lecture: null, notes }, wanted);
      form.offerBack(isOwn);
      return;
    }
    const { ids, row } = model.read(sentence);
    const made = trace ?? traceOf(model, model.run(ids), row, { id, sentences });
    show({ id, made, lecture: { id, ids, code, model }, notes }, wanted);
    form.offerBack(isOwn);
  }

  /** @type {(read: Made, wanted: Partial<State>) => void} */
  function show({ id, made, lecture, notes }, wanted) {
    made.header.id = id;
    // Of a picture or a sound no sentence is read.
    form.element.hidden = Object.values(made.header.rows).some(({ picture, sound }) => picture || sound);
    explorer.teach({ lecture });
    explorer.show(made, { ...explorer.state, ...wanted }, notes);
  }

  // To a step; `more` is chosen besides.
  /** @type {(to: number, more?: Partial<State>) => void} */
  function go(to, more = {}) {
    const at = Math.min(Math.max(to, 0), course.steps.length - 1);
    const { model, sentence, view } = course.steps[at];
    read(model, sentence, { ...view, query: view.query ?? explorer.state.query, ...more, at });
  }

  /** @type {(next: PackedLesson, at: number) => void} */
  function open(next, to) {
    models = modelsOf(next);
    course = next.header.course;
    explorer.teach({ course });
    go(to);
  }

  // A sentence of one's own, read by the model of the present step; what is wrong with it is said.
  const form = addForm(within(within(host, ".explorer"), ".card.lesson"), {
    read: (sentence) => read(course.steps[explorer.state.at].model, sentence, OWN),
    back: () => go(explorer.state.at),
  });

  open(packed, first);
  return { explorer, go, open };
}

/** @typedef {{ read: (sentence: string) => void, back: () => void }} Reads */

/** @typedef {{ element: HTMLElement, offerBack: (isOwn: boolean) => void }} Form where a sentence is typed; the way
 *   back to the lesson's is there while another one is read */

/** @type {(card: HTMLElement, does: Reads) => Form} */
function addForm(card, { read, back }) {
  const form = element("form", "own-sentence");
  const label = element("label", "", "A sentence of your own ");
  const field = /** @type {HTMLInputElement} */ (element("input", "", null, { maxlength: 4000, autocomplete: "off" }));
  const [submit, leave] = [element("button", "", "Read it"), element("button", "", "Back to the lesson’s sentence")];
  const wrong = element("p", "wrong", "", { role: "alert" });
  leave.setAttribute("type", "button");
  label.append(field);
  form.append(label, submit, leave, wrong);
  card.append(form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    wrong.textContent = "";
    try {
      read(field.value);
    } catch (error) {
      wrong.textContent = error instanceof Error ? error.message : String(error);
    }
  });
  leave.addEventListener("click", () => {
    [field.value, wrong.textContent] = ["", ""];
    back();
    field.focus(); // the button goes
  });
  return { element: form, offerBack: (isOwn) => void (leave.hidden = !isOwn) };
}

// The models of a lesson by name, each unpacked when it is needed; one for a single sentence is found by it.
/** @type {(packed: PackedLesson) => (name: string, sentence: string, layer: number) => Known} */
function modelsOf({ header: { models, code }, arrays }) {
  /** @type {Map<number, Known>} */
  const known = new Map();
  return (name, sentence, layer) => {
    const named = [...models.keys()].filter((i) => models[i].name === name);
    const read = named.filter((i) => (models[i].sentence ?? sentence) === sentence);
    const found = read.find((i) => (models[i].layer ?? layer) === layer) ?? read[0] ?? named[0] ?? -1;
    if (found < 0) throw new Error(`This lesson has no model “${name}”.`);
    let made = known.get(found);
    if (!made) {
      const own = arrays[`model${found}`];
      const packed = own ? /** @type {PackedModel} */ (unpack(/** @type {Uint8Array} */ (own))) : null;
      const trace = arrays[`trace${found}`];
      made = {
        model: packed && createModel(packed),
        sentences: packed && packed.header.sentences,
        read: models[found].sentence,
        notes: models[found].notes,
        trace: trace ? /** @type {Unpacked} */ (unpack(/** @type {Uint8Array} */ (trace))) : null,
        code,
      };
      known.set(found, made);
    }
    return made;
  };
}

/**
 * @typedef {object} Lessons
 * @property {ReturnType<typeof createExplorer>} explorer
 * @property {(to: number, more?: Partial<State>) => void} go to a step
 * @property {(packed: PackedLesson, at: number) => void} open another lesson
 */
