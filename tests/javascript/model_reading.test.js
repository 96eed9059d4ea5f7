import assert from "node:assert/strict";
import { test } from "node:test";

import { runsFromRight, tokenLabel, toldApart, visible } from "../../attnviz/client/js/model/text/labels.js";
import { readOnly } from "../../attnviz/client/js/model/text/reading.js";
import { checkedText, normalForm, piecesOf } from "../../attnviz/client/js/model/text/tokens.js";
import { modelWith } from "./made_model.js";

const read = (text) => modelWith().read(text);
const textsOf = (text, limit = 20) => piecesOf(checkedText(text), limit).pieces.map((piece) => piece.text);

test("a text is [CLS] and its words; capitals make no other word, and an unknown one is [UNK]", () => {
  const { ids, row, cut } = read("The cat SAT there");
  assert.deepEqual(ids, [3, 4, 5, 6, 2]);
  assert.equal(cut, null);
  assert.deepEqual(
    row.tokens.map((token) => token.label),
    ["[CLS]", "The", "cat", "SAT", "there"],
  );
  assert.deepEqual(
    row.tokens.map(({ special, unknown, word }) => [special, unknown, word]),
    [[true, false, null], ...[0, 1, 2, 3].map((word) => [false, word === 3, word])],
  );
  assert.equal(row.tokens[1].title, "token 1 · id 4 “the” · characters 0 to 3, word 0");
});

test("a typed [MASK] is the hidden word, in any case", () => {
  const { ids, row } = read("the [mask]!");
  assert.deepEqual(ids, [3, 4, 1, 2]);
  assert.equal(row.tokens[2].mask, true);
  assert.match(row.tokens[2].title, /“\[MASK\]” \(read as a special token that the model knows\)/);
});

test("words, signs and emoji are cut as a person sees them", () => {
  assert.deepEqual(textsOf("didn't, mother-in-law 日本"), ["didn't", ",", "mother-in-law", "日", "本"]);
  assert.deepEqual(textsOf("👩‍👩‍👧🇮🇱 e\u0301t"), ["👩‍👩‍👧", "🇮🇱", "e\u0301t"]);
  assert.deepEqual(textsOf("'tis [CLS]"), ["'", "tis", "[", "CLS", "]"]);
});

test("places are counted in characters, not in halves of them", () => {
  assert.deepEqual(piecesOf("😀 cat", 9).pieces, [
    { text: "😀", start: 0, end: 1 },
    { text: "cat", start: 2, end: 5 },
  ]);
});

test("a text over the limit is cut, and it is known where", () => {
  const { ids, cut } = read("cat ".repeat(20));
  assert.equal(ids.length, 8);
  assert.equal(cut, 27);
  assert.equal(piecesOf(`${" ".repeat(19_990)}cat dog mouse`, 9).cut, 20_000);
});

test("what cannot be shown becomes a space or �; nothing to read is said", () => {
  assert.equal(checkedText("a\0b\n\ud800"), "a b\n�");
  for (const nothing of ["", "  \n", "\0"]) {
    assert.throws(() => read(nothing), {
      message: "There is no word in this text. Type a sentence, for example “The cat sat on the mat”.",
    });
  }
});

test("case is folded letter by letter", () => {
  assert.equal(normalForm("ΣΑΣ Straße ﬁsh ſat K ı"), "σασ strasse fish sat k ı");
  assert.equal(normalForm("E\u0301"), "é");
});

test("a hyphen of another kind joins words when they are shown as words", () => {
  const { row } = read("the cat‐dog sat");
  assert.deepEqual(row.words.joined, [0, 1, 2, 2, 2, 3]);
  assert.deepEqual(row.merged, { words: {}, joined: { 2: ["cat‐dog", "cat‐dog"] } });
});

test("labels that come twice have their places below the line", () => {
  assert.deepEqual(toldApart(["the", ",", "cat", ","]), ["the", ",₁", "cat", ",₃"]);
  assert.deepEqual(toldApart(["קט", "קט"]), ["קט\u200e₀", "קט\u200e₁"]);
});

test("nothing hides in a label, and none is too long", () => {
  assert.equal(visible("\u200d"), "U+200D");
  assert.equal(visible("\u0301"), "U+0301");
  assert.equal(visible("\u0903"), "◌\u0903"); // a mark that takes room
  assert.equal(visible("a\u202eb"), "ab");
  assert.equal(visible(`a${"\u0301".repeat(9)}`), `a${"\u0301".repeat(4)}`);
  assert.equal(visible("a\nb"), "a↵b");
  assert.equal(tokenLabel("incomprehensible"), "incomprehensi…");
  const markers = ["<|endoftext|>", "<|notimestamps|>", "<|startoftranscript|>", "<|start|of|prompt|>"];
  const expected = ["<|endoftext|>", "<notimestamps>", "<startoftran…>", "<start|of|pr…>"];
  assert.deepEqual(markers.map(tokenLabel), expected);
});

test("the first letter says from where a text runs", () => {
  for (const text of ["1 قط and a cat", "(שלום", "؟ cat"]) assert.equal(runsFromRight(text), true, text);
  for (const text of ["a קט", "12", "", "🇮🇱 שלום", "日 קט"]) assert.equal(runsFromRight(text), false, text);
});

test("a model that is known on one text reads that one, and says why no other", () => {
  const known = { text: "the  cat", ids: [1, 2], row: read("a").row, cut: null };
  const one = readOnly(known, "It is so");
  assert.deepEqual(one("the  cat"), { ids: [1, 2], row: known.row, cut: null });
  assert.throws(() => one("a cat"), { message: "It is so, so the page can read no other text than “the  cat”." });
});
