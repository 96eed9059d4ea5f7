// What several tests are made of: small traces as unpack gives them, and what a view sees of them.

import { Numbers } from "../../attnviz/client/js/numbers/numbers.js";
import { partOf } from "../../attnviz/client/js/numbers/part.js";
import { contextOf } from "../../attnviz/client/js/state/context.js";
import { settled } from "../../attnviz/client/js/state/state.js";

// Tokens from words: "[…]" is special, "##…" goes on with the word before; segments by index, 0 where not given.
export function tokensOf(labels, segments = []) {
  return labels.map((label, i) => ({
    label,
    name: label,
    special: label.startsWith("["),
    continues: label.startsWith("##"),
    segment: segments[i] ?? 0,
  }));
}

// [token]: the word of each token, special tokens counted as words.
function wordsOf(tokens) {
  let word = -1;
  return tokens.map((token) => (token.continues ? word : ++word));
}

export function headerOf(labels, { layers = [{ heads: 2 }], segments = [], joined } = {}) {
  const tokens = tokensOf(labels, segments);
  const words = wordsOf(tokens);
  const of = { words, joined: joined ?? words };
  const merged = { words: mergedOf(tokens, of.words), joined: mergedOf(tokens, of.joined) };
  const text = { tokens, words: of, merged, fromRight: false };
  return { rows: { text }, parts: [{ name: "", queries: "text", keys: "text", layers }], off: [] };
}

// Label and name of each word of several tokens, by its first one.
function mergedOf(tokens, words) {
  const merged = {};
  words.forEach((word, i) => {
    const first = words.indexOf(word);
    if (first === i) return;
    const text = (merged[first]?.[0] ?? tokens[first].label.replace(/^##/, "")) + tokens[i].label.replace(/^##/, "");
    merged[first] = [text, `${text}·${first}`];
  });
  return merged;
}

// A trace of one layer: q [head, token, d], k [kv head, token, d] and v [kv head, token, dValue] as flat lists.
export function traceOf({ q, k, v = k, n, d, dValue = d, heads = 1, kvHeads = heads, ...rest }) {
  const { scale = 1, temperature = 1, extra = null, arrays = {}, scales = {}, type = Float32Array } = rest;
  const { added = [], projection = null } = rest;
  const layer = { heads, kvHeads, dHead: d, dValue, scale, temperature, extra, added, projection };
  const labels = Array.from({ length: n }, (_, i) => `w${i}`);
  return {
    header: { ...headerOf(labels, { layers: [layer] }), scales: { "": [scales] } },
    arrays: { q0: type.from(q), k0: type.from(k), v0: type.from(v), ...arrays },
  };
}

// What is seen of a trace in a state, and the context that selects from it; `more` is seen besides.
export function seenOf(trace, state = {}, more = {}) {
  const chosen = settled(state, trace);
  const part = partOf(trace, chosen.part);
  const numbers = new Numbers(part);
  numbers.group(chosen);
  const told = { notes: null, answer: null, hover: null };
  const seen = { state: chosen, trace, part, numbers, ...told, dark: false, zoom: 1, ...more };
  return { seen, context: contextOf(seen) };
}

// A row of tokens as a trace of several parts has it.
function rowOf(labels) {
  return headerOf(labels).rows.text;
}

// An encoder–decoder: two rows of words, and three parts of so many layers of heads.
export function threeParts(source, target, layers = { encoder: [2, 2], decoder: [3], cross: [3, 1] }) {
  const part = (name, queries, keys) => ({
    name,
    queries,
    keys,
    layers: layers[name].map((heads) => ({
      ...{ heads, kvHeads: heads, dHead: 2, dValue: 2, scale: 1, temperature: 1 },
      ...{ extra: null, added: [], projection: null },
    })),
  });
  const parts = [
    part("encoder", "source", "source"),
    part("decoder", "target", "target"),
    part("cross", "target", "source"),
  ];
  const rows = { source: rowOf(source), target: rowOf(target) };
  return { header: { rows, parts, off: ["cross.0.2"], first: {} }, arrays: {} };
}
