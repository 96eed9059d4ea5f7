// What is said of a mean of heads and of a rollout: their names, their cells, the chosen row.

import { placeOf } from "../numbers/grouping.js";
import { strongest } from "../numbers/analysis/measures.js";
import { filled, ofKind, rowInWords, SAID, specialsInWords } from "./reading.js";
import { counted, isolated, quoted, short } from "./words.js";

/** @import { OfLayer, Summary, WhyNot } from "../numbers/analysis/summary.js" */
/** @import { Context } from "../state/context.js" */
/** @import { Piece } from "./reading.js" */

/** @typedef {{ row: Piece[], note: string }} Said of the chosen row, and faintly */

// Of a tile.
/** @type {(of: OfLayer, layer: number) => string} */
export function tileName(of, layer) {
  return of === "layer" ? `mean of layer ${layer}` : `rollout through layer ${layer}`;
}

/** @type {(summary: Summary) => string} */
export function summaryName({ of, layer, heads }) {
  if (of === "rollout") return tileName(of, layer);
  return of === "layer" ? `mean of layer ${layer}’s ${heads.length} heads` : `mean of ${heads.length} chosen heads`;
}

// null: there can be no weight.
/** @type {(from: string, to: string, weight: number | null, summary: Summary) => string} */
export function cellInWords(from, to, weight, summary) {
  const isRolled = summary.of === "rollout";
  const told = weight === null ? (isRolled ? "nothing can come from there" : "may not look") : short(weight);
  return `${isolated(from)} → ${isolated(to)}, ${told}, ${summaryName(summary)}`;
}

// What is said of the chosen row, of whatever is shown.
/** @type {(context: Context) => Said} */
export function saidOf(context) {
  const { summary } = context;
  if (!summary) return { row: rowInWords(context), note: specialsInWords(context) };
  return { row: rowOf(context, summary), note: noteOn(context, summary) };
}

// Where the word looks, or what it is made of. Whether that stands out is not said: of that the means beside a head's
// weight tell.
/** @type {(context: Context, summary: Summary) => Piece[]} */
function rowOf(context, summary) {
  const { numbers, trace } = context;
  const { rows, columns } = numbers.grouping;
  const { row } = context.chosen();
  if (row < 0) return rowInWords(context);
  const values = context.weights().subarray(row * columns.length, (row + 1) * columns.length);
  const { least } = trace.header.sentences;
  const size = context.loose ? values.map(Math.abs) : values;
  const best = strongest(size, SAID).filter((j, i) => size[j] > (i ? least : 0));
  /** @type {Piece[]} */
  const looks = best.flatMap((j, i) => {
    /** @type {Piece[]} */
    const told = [[i ? ", " : "", false], [quoted(columns[j].name), true], [` ${short(values[j])}`, false]];
    return told;
  });
  const kind = summary.of === "rollout" ? "rolled" : "mean";
  const said = context.loose ? "mean_loose" : best.length ? kind : `${kind}_hidden`;
  return filled(trace.header.sentences, best.length || !context.loose ? said : "loose_none", {
    word: [[quoted(rows[row].name), true]],
    looks,
    heads: [[summary.of === "layer" ? `layer ${summary.layer}’s heads` : `these ${summary.heads.length} heads`, false]],
    layers: [[summary.layer ? `layers 0 to ${summary.layer}` : "layer 0", false]],
  });
}

// What one has to know of it; and how much of the row special tokens hold.
/** @type {(context: Context, summary: Summary) => string} */
function noteOn(context, summary) {
  const { numbers, part, state, trace } = context;
  const { templates } = trace.header.sentences;
  const kind = summary.of === "rollout" ? "rolled" : "mean";
  const layers = summary.of === "rollout" ? [...Array(summary.layer + 1).keys()] : [];
  const heads = layers.length ? numbers.heads.filter(([layer]) => layers.includes(layer)) : summary.heads;
  const said = [templates[`${kind}_note`]];
  if (heads.some(([layer, head]) => context.isOff(layer, head))) said.push(templates[`${kind}_off`]);
  const { rows } = numbers.all;
  const chosen = rows[placeOf(rows, state.query)];
  const { tokens } = part.keys;
  if (chosen && !context.loose && tokens.some(({ special }) => special)) {
    const plain = numbers.summaries.plain(summary);
    let own = 0;
    for (const query of chosen.tokens) {
      tokens.forEach(({ special }, key) => {
        if (special) own += plain[query * tokens.length + key];
      });
    }
    const name = ofKind(context, state.specials ? "of_row" : "of_row_hidden");
    said.push(templates[name].replace("{own}", short(own / chosen.tokens.length)));
  }
  return said.join(" ");
}

// What the columns beside the heads are, and why there is no rollout where there is none.
/** @type {(means: boolean, whyNot: WhyNot, tokens: number, most: number) => string} */
export function columnsInWords(means, whyNot, tokens, most) {
  const mean = "“mean” is the mean of a layer’s heads";
  const rollout = "“rollout” says what each word is made of, through all layers up to that one";
  const there = [...(means ? [mean] : []), ...(whyNot ? [] : [rollout])].join("; ");
  const count = counted(tokens, "token");
  const long = `There is no “rollout” here: this text has ${count}, and it is computed up to ${most}.`;
  const source = "There is no “rollout” where words also look at another text: it adds up one row of words.";
  const loose = "There is no “rollout” of this run: it adds up shares, and its weights are none.";
  const why = { "": "", long, source, loose }[whyNot];
  return [there && `At the right, ${there}.`, why].filter(Boolean).join(" ");
}
