"""Any text becomes tokens that say where they stand; what cannot be read is a clear sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.errors import AttnvizError
from attnviz.texts import CHARACTER_LIMIT, checked_text, clean_text, word_id, word_tokens


def test_a_typed_mask_is_one_token_where_it_is_meant():
    assert texts("a [MASK] b") == ["a", "[", "MASK", "]", "b"]
    found = word_tokens("a [Mask] [mas k]", whole=["[MASK]"])[0]
    assert [(t.text, t.start, t.end) for t in found][:2] == [("a", 0, 1), ("[Mask]", 2, 8)]
    assert len(found) == 6


def texts(text: str) -> list[str]:
    return [token.text for token in word_tokens(text)[0]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The cat, which was black.", ["The", "cat", ",", "which", "was", "black", "."]),
        ("didn't mother-in-law don’t", ["didn't", "mother-in-law", "don’t"]),
        ("wait... “what”?!", ["wait", ".", ".", ".", "“", "what", "”", "?", "!"]),
        ("猫が黒い。", ["猫", "が", "黒", "い", "。"]),
        ("القطة سوداء", ["القطة", "سوداء"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("🐈‍⬛ and 👩‍👩‍👧", ["🐈‍⬛", "and", "👩‍👩‍👧"]),
        ("cafe\u0301", ["cafe\u0301"]),
        ("<script>x</script>", ["<", "script", ">", "x", "<", "/", "script", ">"]),
        ("$x$ \\alpha **b**", ["$", "x", "$", "\\", "alpha", "*", "*", "b", "*", "*"]),
    ],
)
def test_words_of_any_script_keep_their_characters(text, expected):
    assert texts(text) == expected


@given(st.text(max_size=200))
def test_every_visible_character_is_in_exactly_one_token(text):
    text = clean_text(text)
    tokens, cut = word_tokens(text)
    assert cut is None
    assert all(token.text == text[token.start : token.end] for token in tokens)
    covered = [i for token in tokens for i in range(token.start, token.end)]
    assert covered == sorted(set(covered))
    assert all(text[i].isspace() for i in set(range(len(text))) - set(covered))


@given(st.text(max_size=100))
def test_cleaning_keeps_every_place_and_can_be_encoded(text):
    cleaned = clean_text(text)
    assert len(cleaned) == len(text)
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert clean_text(cleaned) == cleaned


def test_control_characters_and_lone_surrogates_are_replaced_one_for_one():
    assert clean_text("a\x00b\x1bc\x0bd\ud83de") == "a b c d\ufffde"


def test_line_breaks_and_tabs_stay_as_typed():
    assert clean_text("a\n\tb\r\nc") == "a\n\tb\r\nc"
    assert texts("a\n\tb\r\nc") == ["a", "b", "c"]


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\x00\x01"])
def test_blank_text_is_refused_with_a_sentence(text):
    with pytest.raises(AttnvizError, match="Type a sentence"):
        checked_text(text)


def test_what_is_not_text_is_refused():
    with pytest.raises(AttnvizError, match="must be a string, not int"):
        checked_text(3)


def test_a_word_is_the_same_word_in_either_case_and_composition():
    ids = [token.id for token in word_tokens("The the THE Café Cafe\u0301 caf\u00e9")[0]]
    assert ids[0] == ids[1] == ids[2]
    assert ids[3] == ids[4] == ids[5]
    assert ids[0] != ids[3]


def test_an_id_is_the_same_on_every_machine():
    assert word_id("cat") == 0x6A8B12BB >> 1  # printf cat | b2sum -l 32


def test_a_long_text_is_cut_at_the_limit_and_says_where():
    tokens, cut = word_tokens("one two three four", limit=2)
    assert [token.text for token in tokens] == ["one", "two"]
    assert cut == 7
    assert word_tokens("one two", limit=2)[1] is None


def test_an_endless_word_is_cut_as_well():
    tokens, cut = word_tokens("x" * (CHARACTER_LIMIT + 5))
    assert len(tokens) == 1
    assert cut == CHARACTER_LIMIT
