// What the Learn page's views see besides: the model that runs in the page, its run of the sentence, and where one
// looks in it.

import { hidden } from "../../model/text/reading.js";
import { remembered } from "../remembered.js";

/** @import { Changes, PageModel, Run } from "../../model/run.js" */
/** @import { Of } from "../../walk/steps/shown.js" */
/** @import { Context } from "../context.js" */
/** @import { State } from "../schema.js" */

/**
 * What came from the server: the model, and the sentence that it is to read.
 *
 * @typedef {object} Lecture
 * @property {string} id of the trace that it belongs to
 * @property {PageModel} model
 * @property {number[]} ids
 * @property {Record<string, Code>} code by step: the lines that computed it
 */

/** @typedef {{ file: string, line: number, text: string }} Code */
/** @typedef {"pane" | "walk" | "part" | "layer" | "head" | "query" | "key" | "switched"} Placed */

/**
 * A step of a lesson (attnviz/lessons): what it says, and what it shows.
 *
 * @typedef {object} LessonStep
 * @property {string} title
 * @property {string} html paragraphs; made in Python, where everything else in them was escaped
 * @property {string} sentence
 * @property {string} model
 * @property {Omit<Pick<State, Placed>, "query"> & { query: number | null }} view null: the word that is chosen
 * @property {Record<string, [layer: number, head: number]>} heads of three side by side: which is shown of each part
 * @property {"translation" | "letters" | "answer" | null} makes what its model makes of what it reads, by itself
 * @property {{ said: string, words: [word: string, kind: "same" | "new" | "gone"][] }[]} tries that with nothing
 *   changed, and in each try
 * @property {string | null} question what is asked before it is shown
 */

/**
 * A lesson.
 *
 * @typedef {object} Course
 * @property {string} name
 * @property {string} title
 * @property {string} about
 * @property {number} minutes
 * @property {LessonStep[]} steps
 * @property {string[]} problems
 */

/**
 * @typedef {object} InPage
 * @property {Lecture | null} lecture
 * @property {(changes?: Changes) => Run | null} run the model's run of the sentence, with these changes
 * @property {(changes?: Changes) => Of | null} of where one looks in it; throws an Error with a sentence for changes
 *   that this model cannot take
 */

const BLOWN_UP = "With these numbers the run blows up: what comes out are no numbers any more. Take smaller ones.";

// What is changed by hand may be anything: what comes out of it has to be numbers.
/** @type {(run: Run) => Run} */
function checked(run) {
  const last = run.layers[run.layers.length - 1];
  const { values } = run.logits ?? run.final ?? last.output ?? last.concatenated;
  if (!values.every(Number.isFinite)) throw new Error(BLOWN_UP);
  return run;
}

/** @type {(context: Context, lectureNow: () => Lecture | null) => InPage} */
export function inPageOf(context, lectureNow) {
  const lecture = () => {
    const found = lectureNow();
    return found && found.id === context.trace?.header.id ? found : null;
  };
  const plain = remembered(
    () => [lecture()],
    () => lecture()?.model.run(/** @type {Lecture} */ (lecture()).ids) ?? null,
  );
  /** @type {string} */
  let written = "";
  /** @type {Changes} */
  let asked = {};
  const otherwise = remembered(
    () => [lecture(), written],
    () => {
      const now = lecture();
      return now ? checked(now.model.run(now.ids, asked)) : null;
    },
  );
  /** @type {InPage["run"]} */
  const run = (changes = {}) => {
    if (!Object.keys(changes).length) return plain();
    [asked, written] = [changes, JSON.stringify(changes)];
    return otherwise();
  };
  return {
    get lecture() {
      return lecture();
    },
    run,
    of(changes) {
      const [now, made] = [lecture(), run(changes)];
      if (!now || !made) return null;
      const { state, part } = context;
      const { query } = context.pair();
      const { model, ids } = now;
      if (model.config.kind === "pretrained" && model.config.layer !== state.layer) return null; // it is another's
      return {
        model,
        run: made,
        row: part.queries,
        layer: state.layer,
        head: state.head,
        query,
        key: context.pair().key ?? query,
        hidden: (token) =>
          model.config.predicts === "masked" ? model.run(hidden(ids, token), changes).probabilities(token) : null,
      };
    },
  };
}
