// The chosen row, in words, and how much of it the chosen word can claim.

import { placeOf } from "./grouping.js";
import { strongest } from "./measures.js";
import { element } from "./paint.js";
import { percent, quoted, short } from "./words.js";

const OWN = 2; // so many times what others give a word is the chosen word's own doing

// [text, isStrong] pairs: where the word looks, what others give its strongest word, what special tokens hold.
export function rowInWords(explorer) {
  const { state, numbers } = explorer;
  const { rows, columns } = numbers.grouping;
  const { row } = explorer.chosen();
  if (row < 0) return [["No word of this sentence is shown.", false]];
  const weights = numbers.weights(state.layer, state.head);
  const values = weights.subarray(row * columns.length, (row + 1) * columns.length);
  const best = strongest(values, 3).filter((j) => values[j] > 0);
  if (!best.length) return [["It may look at nothing here.", false]];
  const told = [
    [quoted(rows[row].name), true],
    [" looks at ", false],
  ];
  best.forEach((j, i) => {
    told.push([i ? ", " : "", false], [quoted(columns[j].name), true], [` ${short(values[j])}`, false]);
  });
  told.push([". ", false], ...others(explorer, values, row, best[0]));
  return told;
}

function others(explorer, values, row, column) {
  const { state, numbers } = explorer;
  const weights = numbers.weights(state.layer, state.head);
  const blocked = numbers.blocked(state.layer, state.head);
  const { rows, columns } = numbers.grouping;
  const meanOf = (columnOf) => {
    let [sum, count] = [0, 0];
    for (let i = 0; i < rows.length; i++) {
      const j = columnOf(i);
      if (i === row || j < 0 || j >= columns.length || blocked?.[i * columns.length + j]) continue;
      sum += weights[i * columns.length + j];
      count += 1;
    }
    return count ? sum / count : null;
  };
  const mean = meanOf(() => column);
  const atDistance = meanOf((i) => i + column - row);
  if (mean === null) return [];
  const word = quoted(columns[column].name);
  const told = [
    ["Another word gives ", false],
    [word, true],
    [` ${short(mean)} on average: `, false],
  ];
  if (values[column] < OWN * mean) return [...told, ["so this says little about this word. ", false]];
  if (atDistance !== null && values[column] < OWN * atDistance) {
    const how = `but any word gives ${short(atDistance)} to the one at that distance. `;
    return [...told.slice(0, 2), [` ${short(mean)} on average, `, false], [how, false]];
  }
  return [...told, ["this is its own doing. ", false]];
}

// How much weight special tokens hold, whether they are shown or not; nothing where there are none.
export function specialsInWords(explorer) {
  const { state, numbers, trace } = explorer;
  const { tokens } = trace.header;
  const specials = tokens.map((token, i) => (token.special ? i : -1)).filter((i) => i >= 0);
  if (!specials.length) return "";
  const weights = numbers.plain(state.layer, state.head);
  const of = (query) => specials.reduce((sum, key) => sum + weights[query * tokens.length + key], 0);
  const mean = (queries) => queries.reduce((sum, query) => sum + of(query), 0) / queries.length;
  const chosen = numbers.all.rows[placeOf(numbers.all.rows, state.query)] ?? { tokens: [state.query], name: "it" };
  const shown = state.specials ? "" : "are hidden; they ";
  const [own, all] = [mean(chosen.tokens), mean([...tokens.keys()])];
  return `Special tokens ${shown}hold ${percent(own)} of what ${quoted(chosen.name)} gives, ${percent(all)} of all.`;
}

export function write(box, told, last) {
  box.replaceChildren(...told.map(([text, isStrong]) => element(isStrong ? "b" : "span", "", text)));
  if (last) box.append(element("span", "faint", last));
}
