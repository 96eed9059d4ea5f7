// Which tokens are shown, and which of them stand together as one word: [query, key] of tokens to [row, column].

// specials: whether special tokens are shown; words: "pieces", "words" or "joined" (with apostrophes and hyphens);
// filter: "all", or of a pair of sentences "AA", "AB", "BA", "BB" (from → to).
export function grouping(header, { specials, words, filter }) {
  const wordOf = words === "pieces" ? header.tokens.map((_, i) => i) : header.words[words];
  const groups = [];
  header.tokens.forEach((token, i) => {
    if (token.special && !specials) return;
    const last = groups[groups.length - 1];
    if (last && last.word === wordOf[i]) last.tokens.push(i);
    else groups.push({ word: wordOf[i], tokens: [i] });
  });
  const named = groups.map((group) => ({ ...group, ...namesOf(header, group.tokens, words) }));
  const inSentence = (letter) => (group) =>
    filter === "all" || (header.tokens[group.tokens[0]].segment ?? 0) === (letter === "A" ? 0 : 1);
  const rows = named.filter(inSentence(filter[0]));
  const columns = named.filter(inSentence(filter[1]));
  const isPlain = rows.length === header.tokens.length && columns.length === header.tokens.length;
  return { rows, columns, isPlain };
}

// How a word is written, and what it is called where its place does not show which one is meant: two commas are ,₃ and
// ,₇. Both are the package's (figures/labels.py).
function namesOf(header, tokens, words) {
  if (tokens.length > 1) {
    const [label, name] = header.merged[words][tokens[0]];
    return { label, name };
  }
  const { label, name } = header.tokens[tokens[0]];
  return { label, name };
}

// Weights *to* a word are summed over its pieces, weights *from* it averaged: rows of whole words still sum to 1
// (Clark et al. 2019, section 4.1). The same as attnviz.analysis.merging.merged.
export function grouped(weights, n, { rows, columns, isPlain }) {
  if (isPlain) return weights;
  const width = columns.length;
  const result = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    const share = 1 / row.tokens.length;
    for (const query of row.tokens) {
      for (let j = 0; j < width; j++) {
        let sum = 0;
        for (const key of columns[j].tokens) sum += weights[query * n + key];
        result[i * width + j] += share * sum;
      }
    }
  });
  return result;
}

// The place among groups of the one that holds the token; -1 if none does.
export function placeOf(groups, token) {
  return groups.findIndex(({ tokens }) => tokens.includes(token));
}

// [down, across] to at most [rows, columns], each cell the largest of its block: a sharp head stays visible.
export function maxPooled(values, down, across, rows, columns) {
  if (down <= rows && across <= columns) return { values, rows: down, columns: across };
  const [height, width] = [Math.min(down, rows), Math.min(across, columns)];
  const pooled = new Float32Array(height * width).fill(-Infinity);
  const places = placesOf(across, width);
  for (let i = 0; i < down; i++) {
    const row = Math.floor((i * height) / down) * width;
    for (let j = 0; j < across; j++) {
      const value = values[i * across + j];
      if (value > pooled[row + places[j]]) pooled[row + places[j]] = value;
    }
  }
  return { values: pooled, rows: height, columns: width };
}

// The same for signed numbers: each cell the number of largest magnitude.
export function strongestPooled(values, down, across, rows, columns) {
  if (down <= rows && across <= columns) return { values, rows: down, columns: across };
  const [height, width] = [Math.min(down, rows), Math.min(across, columns)];
  const pooled = new Float32Array(height * width);
  const places = placesOf(across, width);
  for (let i = 0; i < down; i++) {
    const row = Math.floor((i * height) / down) * width;
    for (let j = 0; j < across; j++) {
      const value = values[i * across + j];
      const best = pooled[row + places[j]];
      if ((value < 0 ? -value : value) > (best < 0 ? -best : best)) pooled[row + places[j]] = value;
    }
  }
  return { values: pooled, rows: height, columns: width };
}

function placesOf(across, width) {
  return Uint32Array.from({ length: across }, (_, j) => Math.floor((j * width) / across));
}
