"""What a token is called: two that are written alike are told apart, and nothing that was typed turns round."""

from __future__ import annotations

from typing import Any

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

import attnviz
from attnviz import figures
from attnviz._trace import Trace
from attnviz.analysis import word_groups
from attnviz.analysis.comparing import compare
from attnviz.client import notes, packed_trace
from attnviz.client.packing import unpacked
from attnviz.figures.labels import (
    LONGEST,
    described,
    escaped,
    isolated,
    names,
    runs_from_right,
    token_label,
    told_apart,
    word_names,
)
from attnviz.tokens import TextToken, Tokens

SENTENCE = "The cat, which was black, sat on the mat"
ARABIC = "القطة السوداء نامت"


def row_of(trace: Trace) -> dict[str, Any]:
    """What is said of the tokens of a text."""
    header, _ = unpacked(packed_trace(trace, identity="x", first={"layer": 0, "head": 0, "query": 0}))
    row: dict[str, Any] = header["rows"]["text"]
    return row


def test_equal_tokens_have_their_index_and_others_have_none(minilm):
    assert names(minilm.trace(SENTENCE).tokens) == [
        *["[CLS]", "The", "cat", ",₃", "which", "was", "black", ",₇", "sat", "on", "the", "mat", "[SEP]"],
    ]
    assert names(minilm.trace("the cat", second="the cat").tokens)[1:] == [
        *["the₁", "cat₂", "[SEP]₃", "the₄", "cat₅", "[SEP]₆"],
    ]


def test_labels_that_are_cut_to_the_same_are_told_apart():
    trace = attnviz.trace("Donaudampfschifffahrt Donaudampfschiffskapitän x", "random")
    assert names(trace.tokens) == ["Donaudampfsch…₀", "Donaudampfsch…₁", "x"]


@pytest.mark.parametrize(
    ("marker", "label"),
    [
        ("<|endoftext|>", "<|endoftext|>"),
        ("<|notimestamps|>", "<notimestamps>"),
        ("<|startoftranscript|>", "<startoftran…>"),
        ("<|start|of|prompt|>", "<start|of|pr…>"),
        ("<||>" + "x" * 20, "<||>xxxxxxxxx…"),
    ],
)
def test_a_long_marker_goes_without_its_bars_and_keeps_its_brackets(marker, label):
    token = TextToken(marker, 7, 0, 0, special=True, piece=marker)
    assert token_label(token) == label
    assert len(label) <= LONGEST
    assert (f"id 7 “{marker}”" in described(Tokens("target", (token,), ""), 0)) is (label != marker)


def test_the_bytes_of_one_character_are_told_apart(tmp_path):
    from tests.models.test_texts import byte_level, model_of

    assert names(model_of(byte_level(), tmp_path).trace("今\n\n").tokens) == ["今", "##今₁", "##今₂", "↵", "##↵"]


def test_a_merged_word_is_what_was_typed_and_told_apart_from_its_like(minilm):
    trace = minilm.trace("Ünaffable didn't مُحَمَّد unaffable didn't")
    groups = word_groups(trace)
    assert [label for label, _ in word_names(trace.tokens, groups)][1:-1] == [
        *["Ünaffable", "didn't", "مُحَمَّد", "unaffable", "didn't"],
    ]
    first, second = (name for label, name in word_names(trace.tokens, groups) if label == "didn't")
    assert (first, second) == (f"didn't{'₄'}", told_apart(["didn't"] * 2, [4, groups[5][0]])[1])


def test_a_character_cut_into_bytes_is_one_character_of_its_word(tmp_path):
    from tests.models.test_texts import byte_level, model_of

    trace = model_of(byte_level(), tmp_path).trace("今天 a")
    assert next(label for label, _ in word_names(trace.tokens, word_groups(trace))) == "今天"


def test_the_explorer_is_told_names_and_words_as_the_package_writes_them(minilm):
    row = row_of(minilm.trace("the cat purred, the cat purred"))
    assert [token["name"] for token in row["tokens"]][1:4] == ["the₁", "cat₂", "pu₃"]
    merged = {int(first): tuple(said) for first, said in row["merged"]["words"].items()}
    assert merged[3] == ("purred", "purred₃")
    assert all(len([t for t in row["words"]["words"] if t == row["words"]["words"][first]]) > 1 for first in merged)
    assert row["fromRight"] is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [(SENTENCE, False), (ARABIC, True), ("1, «שלום» and cat", True), ("cat شيء", False), ("123 🐈‍⬛", False)],
)
def test_a_sentence_runs_as_its_first_letter_does(text, expected):
    assert runs_from_right(text) is expected
    assert row_of(attnviz.trace(text, "random"))["fromRight"] is expected


def test_a_head_s_character_names_one_of_two_equal_words(minilm):
    trace = minilm.trace("dog saw dog saw dog")
    said = {head["character"] for layer in notes(trace, identity="")["parts"][""]["heads"] for head in layer}
    named = [word for character in said if "→" in character for word in character.split(" → ")]
    assert named
    assert set(named) <= set(names(trace.tokens)), "dog₁ or dog₃ or dog₅, and never dog"
    assert "dog" not in names(trace.tokens)


def test_a_word_from_the_right_has_its_index_behind_it_and_stays_in_its_place():
    assert told_apart(["قط", "قط", "cat"]) == ["قط\u200e₀", "قط\u200e₁", "cat"]
    assert isolated("قط\u200e₁") == "\u2068قط\u200e₁\u2069"
    assert isolated("cat₂") == "cat₂"


def test_pointing_at_a_cell_of_an_arabic_head_keeps_the_arrow_s_sides():
    plain, arabic = (figures.head(attnviz.trace(text, "random")).data[0].hovertemplate for text in ("a b", ARABIC))
    assert plain.startswith("%{y} → %{x}: ")
    assert arabic.startswith("\u2068%{y}\u2069 → \u2068%{x}\u2069: ")


def test_a_comparison_counts_a_side_s_own_words():
    first, second = attnviz.trace("a cat sat, a cat", "random"), attnviz.trace("so a cat sat, a cat", "random")
    pair = compare(first, (0, 0), second, (0, 1))
    assert pair.b[0] is not None
    assert pair.a[0] is None
    assert pair.index(1) == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<script>", ["&lt;", "script", "&gt;"]),
        ("<b>x</b>", ["&lt;₀", "b₁", "&gt;₂", "x", "&lt;₄", "/", "b₆", "&gt;₇"]),
        ("&lt;", ["&amp;", "lt", ";"]),
        ("$x$", ["&#36;₀", "x", "&#36;₂"]),
        ("قطة 猫 🐈‍⬛", ["قطة", "猫", "🐈‍⬛"]),
    ],
)
def test_labels_never_turn_into_markup(text, expected):
    assert list(figures.head(attnviz.trace(text, "random")).layout.xaxis.ticktext) == expected


@given(st.text(min_size=1, max_size=60))
def test_no_label_is_empty_long_or_markup(text):
    label = token_label(TextToken(text, 0, 0, len(text)))
    assert label.strip()
    assert len(regex.findall(r"\X", label)) <= LONGEST
    assert "<" not in escaped(label)
    assert "$" not in escaped(label)
    assert not any(c in label for c in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\x00")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("\u200d", "U+200D"),
        ("\u0301", "U+0301"),
        (" ", "␣"),
        ("\u2028", "␣"),
        ("e" + "\u0301" * 50, "e" + "\u0301" * 4),
        ("Donaudampfschifffahrt", "Donaudampfsch…"),
        ("\u202eabc", "abc"),
        ("\n", "↵"),
        (":\r\n\t", ":␍↵⇥"),
        ("   ", "␣␣␣"),
        ("\u093e", "◌\u093e"),  # a vowel sign without its letter
        ("\u094d\u092f", "◌\u094d\u092f"),
    ],
)
def test_what_hides_is_shown_and_what_is_long_is_cut(text, label):
    assert token_label(TextToken(text, 0, 0, 1)) == label
