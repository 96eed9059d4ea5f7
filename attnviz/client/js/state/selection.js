// What is chosen and pointed at, in the terms that the views ask for: rows, columns, pairs of words, names.

import { DASHES, OVERLAYS } from "../draw/colors.js";
import { placeOf } from "../numbers/grouping.js";
import { isSame } from "./state.js";
import { headName, percent } from "../say/words.js";

export class Selection {
  // The pinned second head, unless it is the chosen one itself.
  get beside() {
    const { second, layer, head } = this.state;
    return second && !isSame(second, [layer, head]) ? second : null;
  }

  // How the large figure is drawn: there is no difference without a second head.
  get shownAs() {
    return this.state.show === "difference" && !this.beside ? "heatmap" : this.state.show;
  }

  notesOf(layer, head) {
    return this.trace.notes?.heads[layer][head] ?? {};
  }

  // A head's name, character and figures, and where the chosen word looks in it.
  headInWords(layer, head) {
    const notes = this.notesOf(layer, head);
    const lines = [
      headName([layer, head]) +
        (notes.character ? `: ${notes.character}` : "") +
        (this.isOff(layer, head) ? " (off)" : ""),
    ];
    if (notes.choosing === 0) lines.push("here each word may look at one word only");
    else if (notes.character) {
      const { entropy, distance, previous, following, itself, first, special } = notes;
      lines.push(
        `entropy ${percent(entropy)} of the largest possible`,
        `looks ${distance.toFixed(1)} tokens away on average`,
        `previous ${percent(previous)}`,
        `next ${percent(following)}`,
        `itself ${percent(itself)}`,
        `first ${percent(first)}`,
        `special ${percent(special)}`,
      );
      const { length } = this.trace.header.tokens;
      const { choosing } = notes;
      if (choosing < length) lines.push(`means over the ${choosing} of ${length} tokens that have a choice`);
    }
    return lines;
  }

  isOff(layer, head) {
    return this.off.has(`${layer},${head}`);
  }

  // The heads in the large picture, each with its weights as grouped, and its colour, dash and letter.
  heads(withSecond = false) {
    const { state, numbers, beside } = this;
    const chosen = [state.layer, state.head];
    const over = state.over.filter((one) => !isSame(one, chosen));
    const further = withSecond && beside && !over.some((one) => isSame(one, beside)) ? [beside] : [];
    const all = [chosen, ...over, ...further];
    return all.map(([layer, head], i) => ({ layer, head, values: numbers.weights(layer, head), ...this.overlay(i) }));
  }

  overlay(i) {
    const colors = OVERLAYS[this.dark ? "dark" : "light"];
    return { color: colors[i % colors.length], dash: DASHES[i % DASHES.length], letter: "abcdef"[i] };
  }

  shownTokens() {
    return this.numbers.all.rows.flatMap(({ tokens }) => tokens);
  }

  // The pair of words in question: the pinned one, or the strongest that is no special token.
  pair() {
    const { way } = this.numbers;
    if (this.pairOf?.state !== this.state || this.pairOf.way !== way) {
      this.pairOf = { state: this.state, way, found: this.findPair() };
    }
    return this.pairOf.found;
  }

  findPair() {
    const { query, key, layer, head } = this.state;
    if (key !== null) return { query, key };
    const { rows, columns } = this.numbers.grouping;
    const { tokens } = this.trace.header;
    const row = placeOf(rows, query);
    if (row < 0) return { query, key: query };
    const weights = this.numbers.row(layer, head, rows[row].tokens, false);
    let best = -1;
    for (let i = 0; i < columns.length; i++) {
      if (tokens[columns[i].tokens[0]].special || columns[i].word === rows[row].word) continue;
      if (weights[i] > (best < 0 ? 0 : weights[best])) best = i;
    }
    return { query, key: best < 0 ? query : columns[best].tokens[0] };
  }

  linked() {
    return this.placed(this.pair());
  }

  placed({ query, key }) {
    const { rows, columns } = this.numbers.grouping;
    const of = (groups, token) => (token === undefined || token === null ? -1 : placeOf(groups, token));
    return { row: of(rows, query), column: of(columns, key) };
  }

  chosen() {
    return this.placed({ query: this.state.query, key: this.state.key });
  }

  // What is pointed at, else what is chosen.
  marked() {
    return this.hover ? this.placed(this.hover) : this.chosen();
  }

  words() {
    const { rows } = this.numbers.grouping;
    const { row } = this.chosen();
    return { from: row < 0 ? "" : rows[row].name };
  }
}
