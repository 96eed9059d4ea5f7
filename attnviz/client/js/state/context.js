// What a view sees: a frozen window on what is chosen, pointed at, computed and told. It is always of now; a view may
// keep it, and cannot change it.

import {
  answeredLinks,
  besideOf,
  chosenOf,
  fromOf,
  guessOf,
  headInWords,
  headsOf,
  looseOf,
  isOff,
  markedOf,
  notesOf,
  overlayOf,
  pairOf,
  partNotesOf,
  placedOf,
  rowsOf,
  shownAsOf,
} from "./selectors.js";
import { inPageOf } from "./learn/lecture.js";
import { remembered } from "./remembered.js";
import { besideOfLayer, shownBlocked, shownMayLook, shownRow, shownRowAt, shownWeights, summaryOf } from "./summary.js";

/** @import { Numbers } from "../numbers/numbers.js" */
/** @import { Part, Unpacked } from "../numbers/part.js" */
/** @import { OfLayer, Summary } from "../numbers/analysis/summary.js" */
/** @import { Answer, HeadNotes, Links, Notes, Palette, PartNotes, State } from "./schema.js" */
/** @import { Course, InPage, Lecture } from "./learn/lecture.js" */
/** @import { ShownAs, ShownHead } from "./selectors.js" */
/** @import { Place } from "./state.js" */

/** @typedef {{ row: number, column: number }} Cell of what is shown; -1 where it is none */
/** @typedef {{ query: number, key: number | null }} Pair two tokens */
/** @typedef {{ query?: number | null, key?: number | null }} Pointed the tokens under the pointer */

/**
 * What everything on the page is made of.
 *
 * @typedef {object} Seen
 * @property {State} state
 * @property {Unpacked} trace
 * @property {Part} part the part of it that is shown
 * @property {Numbers} numbers of that part
 * @property {Notes | null} notes what is told of it a moment later
 * @property {Answer | null} answer to the last choice
 * @property {Pointed | null} hover
 * @property {Lecture | null} lecture on the Learn page: the model that runs in the page
 * @property {Course | null} course and the lesson that is read
 * @property {boolean} covered a question waits: no weight is shown or said until it is answered
 * @property {boolean} headsAlone neither means of heads nor a rollout are offered
 * @property {boolean} dark
 * @property {string} ground the colour behind everything
 * @property {number} zoom how many times as large as on the page canvases are shown; they are laid out as there
 * @property {(box: HTMLElement) => number} room pixels in which a picture in an element is seen at once
 * @property {Palette} palette
 * @property {Uint32Array} weightColors a table of pixels (draw/colors.js)
 * @property {Uint32Array} signedColors
 */

/**
 * What is selected from it.
 *
 * @typedef {object} Selected
 * @property {Place | null} beside the pinned head, unless it is the chosen one
 * @property {ShownAs} shownAs
 * @property {boolean} loose whether weights that are shown large are no shares
 * @property {Summary | null} summary what is shown large where that is not one head (and those laid over it)
 * @property {() => Float32Array} weights of what is shown large, [row, column]
 * @property {() => Uint8Array | null} blocked where it can have none
 * @property {(row: number) => Float32Array} rowAt its weights of one row, [column]
 * @property {(row: number, column: number) => boolean} mayLookAt whether it can have a weight there
 * @property {(tokens: number[]) => Float32Array} row its weights of one word, of all words
 * @property {(layer: number) => OfLayer[]} besideHeads what stands beside a layer's heads
 * @property {PartNotes | undefined} partNotes
 * @property {(layer: number, head: number) => HeadNotes | undefined} notesOf
 * @property {(layer: number, head: number) => string[]} headInWords
 * @property {(layer: number, head: number) => boolean} isOff
 * @property {(withSecond?: boolean) => ShownHead[]} heads in the large picture
 * @property {(i: number) => { color: string, dash: number[], letter: string }} overlay
 * @property {() => Pair} pair the two words in question
 * @property {() => Cell} linked their places
 * @property {(pair: Pointed) => Cell} placed
 * @property {() => Cell} chosen
 * @property {() => Cell} marked what is pointed at, else what is chosen
 * @property {() => string} from the name of the word that looks
 * @property {(tokens: number[]) => Map<string, Float32Array>} rowsOf a row's weights in every head
 * @property {(layer: number, head: number) => { weight: number, to: string } | null} link between the two words
 * @property {() => Links["heads"] | null} answeredLinks
 * @property {InPage} inPage the model's run of the sentence in the page
 * @property {() => ReturnType<typeof guessOf>} guess what the model says for the chosen word
 */

/** @typedef {Readonly<Omit<Seen, "lecture"> & Selected>} Context */

/** @type {Pick<Seen, "notes" | "answer" | "hover" | "lecture" | "course" | "covered">} */
export const UNSEEN = { notes: null, answer: null, hover: null, lecture: null, course: null, covered: false };

/** @type {(seen: Seen) => Context} */
export function contextOf(seen) {
  const pair = remembered(
    () => [seen.state, seen.numbers, seen.numbers.grouping, seen.numbers.way],
    () => pairOf(seen),
  );
  /** @type {number[]} */
  let looking = [];
  const rows = remembered(
    () => [looking.join(), seen.numbers, seen.numbers.grouping, seen.numbers.way],
    () => rowsOf(seen, looking),
  );
  const blocked = remembered(
    () => [seen.state, seen.numbers, seen.numbers.grouping],
    () => shownBlocked(seen),
  );
  const linked = () => placedOf(seen, pair());
  /** @type {Context["rowsOf"]} */
  const rowsOfTokens = (tokens) => {
    looking = tokens;
    return rows();
  };
  /** @type {Context} */
  const context = Object.freeze({
    get inPage() {
      return inPage;
    },
    get course() {
      return seen.course;
    },
    get state() {
      return seen.state;
    },
    get trace() {
      return seen.trace;
    },
    get part() {
      return seen.part;
    },
    get numbers() {
      return seen.numbers;
    },
    get notes() {
      return seen.notes;
    },
    get answer() {
      return seen.answer;
    },
    get hover() {
      return seen.hover;
    },
    get covered() {
      return seen.covered;
    },
    get dark() {
      return seen.dark;
    },
    get ground() {
      return seen.ground;
    },
    get zoom() {
      return seen.zoom;
    },
    get room() {
      return seen.room;
    },
    get palette() {
      return seen.palette;
    },
    get weightColors() {
      return seen.weightColors;
    },
    get signedColors() {
      return seen.signedColors;
    },
    get beside() {
      return besideOf(seen);
    },
    get shownAs() {
      return shownAsOf(seen);
    },
    get loose() {
      return looseOf(seen);
    },
    get partNotes() {
      return partNotesOf(seen);
    },
    get summary() {
      return summaryOf(seen);
    },
    get headsAlone() {
      return seen.headsAlone;
    },
    weights: () => shownWeights(seen),
    blocked,
    rowAt: (row) => shownRowAt(seen, row),
    mayLookAt: (row, column) => shownMayLook(seen, row, column),
    row: (tokens) => shownRow(seen, tokens),
    besideHeads: (layer) => besideOfLayer(seen, layer),
    pair,
    linked,
    notesOf: (layer, head) => notesOf(seen, layer, head),
    headInWords: (layer, head) => headInWords(seen, layer, head),
    isOff: (layer, head) => isOff(seen, layer, head),
    heads: (withSecond) => headsOf(seen, withSecond),
    overlay: (i) => overlayOf(seen, i),
    placed: (some) => placedOf(seen, some),
    chosen: () => chosenOf(seen),
    marked: () => markedOf(seen),
    from: () => fromOf(seen),
    rowsOf: rowsOfTokens,
    link(layer, head) {
      const { row, column } = linked();
      if (row < 0 || column < 0) return null;
      const { grouping } = seen.numbers;
      if (!seen.numbers.isWhole) {
        const known = answeredLinks(seen, pair())?.find((one) => one.layer === layer && one.head === head);
        return known ? { weight: known.weight, to: grouping.columns[column].name } : null;
      }
      const weights = rowsOfTokens(grouping.rows[row].tokens).get(`${layer}.${head}`);
      return weights ? { weight: weights[column], to: grouping.columns[column].name } : null;
    },
    guess: () => guessOf(seen),
    answeredLinks: () => answeredLinks(seen, pair()),
  });
  const inPage = inPageOf(context, () => seen.lecture);
  return context;
}
