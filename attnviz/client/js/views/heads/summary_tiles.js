// Beside the small pictures of a layer's heads: its mean, and the rollout through it. They are computed when there is
// time, a head at a time, so that neither the page nor a choice waits for them.

import { MOST_ROLLED } from "../../state/schema.js";
import { isLoose, sizesOf } from "../../numbers/equations/normalizers.js";
import { whyNotRolled } from "../../numbers/analysis/summary.js";
import { columnsInWords, tileName } from "../../say/summary.js";
import { isolated, short } from "../../say/words.js";

/** @import { Numeric } from "../../numbers/part.js" */
/** @import { Summary } from "../../numbers/analysis/summary.js" */
/** @import { Context } from "../../state/context.js" */
/** @import { BesideTile } from "./tile.js" */
/** @import { Actions } from "../view.js" */

const SHARE = 8; // milliseconds of computing in a frame
/** @type {Record<string, string>} */
export const HEADINGS = { layer: "mean", rollout: "rollout" };

/** @typedef {(tile: BesideTile, bytes: Numeric, rows: number, columns: number) => void} Paint */

// Computes and paints them all, a few each frame, once their vectors are here; then `done` is called.
/** @type {(context: Context, later: Actions["later"], does: { paint: Paint, done: () => void }) =>
 *   { draw: (places: BesideTile[], version: string) => void }} */
export function tilesBeside(context, later, { paint, done }) {
  /** @type {unknown[]} */
  let begun = []; // for which words, and how many

  /** @type {(places: BesideTile[]) => void} */
  function begin(places) {
    const { numbers } = context;
    const { grouping, summaries } = numbers;
    let next = 0;
    const some = () => {
      if (context.numbers !== numbers || numbers.grouping !== grouping) return; // others have come since
      const until = performance.now() + SHARE;
      while (next < places.length && performance.now() < until) {
        const { of, layer } = places[next];
        if (!summaries.step(of, layer)) continue;
        const own = summaries.weights({ of, layer, heads: [] });
        const weights = isLoose(numbers.part, layer) ? sizesOf(own) : own;
        const bytes = new Uint8Array(weights.length);
        for (let i = 0; i < weights.length; i++) bytes[i] = 255 * Math.sqrt(weights[i]) + 0.5;
        paint(places[next++], bytes, grouping.rows.length, grouping.columns.length);
      }
      if (next < places.length) later("beside", some, 1);
      else done();
    };
    later("beside", some);
  }

  return {
    draw(places, version) {
      const { numbers } = context;
      const { grouping, isWhole } = numbers;
      const known = places.filter(({ of, layer }) => isWhole || (of === "layer" && numbers.hasLayer(layer)));
      if (!known.length || [grouping, known.length, version].every((one, i) => one === begun[i])) return;
      begun = [grouping, known.length, version];
      begin(known);
    },
  };
}

// What is said of one: its name, and once it is computed its weight between the two words in question.
/** @type {(context: Context, tile: BesideTile) => string[]} */
export function besideInWords({ numbers, linked, from }, { of, layer }) {
  const name = tileName(of, layer);
  const { row, column } = linked();
  if (row < 0 || column < 0 || !numbers.summaries.knows(of, layer)) return [name];
  /** @type {Summary} */
  const summary = { of, layer, heads: [] };
  const { rows, columns } = numbers.grouping;
  const weight = numbers.summaries.row(summary, rows[row].tokens, false)[column];
  return [name, `${isolated(from())} → ${isolated(columns[column].name)} ${short(weight)}`];
}

// The help says what the columns are.
/** @type {(context: Context, help: HTMLElement | null) => void} */
export function explainBeside({ part, trace, besideHeads, headsAlone }, help) {
  if (!help) return;
  const isMean = part.layers.some((_, layer) => besideHeads(layer).includes("layer"));
  const { length } = part.queries.tokens;
  const isAlone = headsAlone || part.layers.every(({ heads }) => heads === 1);
  help.hidden = isAlone && !part.layers.some((_, layer) => besideHeads(layer).length);
  const said = columnsInWords(isMean, whyNotRolled(part), length, MOST_ROLLED);
  const when = trace.header.byLayer ? " Of so many heads they are drawn for the layers that were looked at." : "";
  help.textContent = help.hidden ? "" : said + when;
}
