"""Sentences on the page: true, and safe whatever was typed."""

from __future__ import annotations

import re
from dataclasses import replace

import attnviz
from attnviz.analysis import KeyReading, RowReading, links, read_row, saying
from attnviz.models import Check
from attnviz.ui import words
from tests.support.traces import as_encoder


def in_words(trace: attnviz.Trace, reading: RowReading) -> str:
    return " ".join(as_html(trace, sentence) for sentence in saying.row_sentences(reading))


def as_html(trace: attnviz.Trace, sentence: saying.Sentence) -> str:
    return "".join(words.word(trace, part.index) if isinstance(part, saying.Word) else part for part in sentence)


def test_a_head_in_which_every_word_looks_at_cat_says_so(minilm):
    trace = minilm.trace("The cat, which was black, sat on the mat")
    said = in_words(trace, read_row(trace, layer=5, head=11, query=8))
    assert "cat</bdi></b> 0.64" in said
    assert "Other words give <b><bdi>cat</bdi></b> 0.56 on average, so this says little about" in said


def test_a_head_in_which_every_word_looks_one_back_says_so(minilm):
    trace = minilm.trace("The cat, which was black, sat on the mat")
    said = in_words(trace, read_row(trace, layer=0, head=2, query=8))  # a previous-token head
    assert "on average at the same distance, so it may be the place of" in said
    assert "stands out" not in said


def test_what_an_induction_head_finds_in_a_repetition_of_one_length_is_at_one_distance():
    model = attnviz.load_model("induction")
    trace = model.trace("cat black tree dog cat black tree dog")
    layer, head = model.first_look.layer, model.first_look.head
    said = in_words(trace, read_row(trace, layer=layer, head=head, query=6))
    link = links(trace, 6, 3)[4 * layer + head]
    assert link.position > 0.5, "any word of the second round looks so far back"
    assert f"Other words give {link.position:.2f} on average at the same distance" in said
    assert "stands out" not in said


def test_beside_the_strongest_word_only_weights_that_are_not_written_as_0_are_said():
    trace = attnviz.load_model("induction").trace("cat black tree dog cat black tree dog")
    reading = read_row(trace, layer=1, head=0, query=6)
    sharp = replace(reading, strongest=(KeyReading(3, 0.997, 0.5), KeyReading(4, 0.003, 0.5)))
    assert "0.997" not in in_words(trace, sharp)
    assert in_words(trace, sharp).startswith(
        "<b><bdi>black</bdi></b><sub>6</sub> looks at <b><bdi>tree</bdi></b><sub>3</sub> 1.00. "
    )


def test_the_learned_weight_of_the_grammar_stands_out():
    model = attnviz.load_model("grammar")
    trace = model.trace("The cat, which was black, sat on the mat")
    said = in_words(trace, read_row(trace, layer=1, head=model.first_look.head, query=8))
    assert "This stands out: other words give <b><bdi>cat</bdi></b> only" in said


def test_the_weight_of_special_tokens_is_said_shown_or_hidden(minilm):
    trace = minilm.trace("The cat, which was black, sat on the mat")
    reading = read_row(trace, layer=5, head=11, query=8)
    said = as_html(trace, saying.specials_sentence(reading, shown=False))
    assert said.startswith("Special tokens are hidden; they hold 0.15 of the weight of <b><bdi>sat</bdi></b>, and ")
    assert said.endswith(", and 0.19 on average over all words.")
    nearly = replace(reading, on_special=0.004, on_special_mean=0.0049)
    assert saying.specials_sentence(nearly, shown=True) == []  # what is seen to hold nothing
    assert saying.specials_sentence(nearly, shown=False)  # that they are hidden has to be said
    assert saying.specials_sentence(replace(nearly, on_special_mean=0.005), shown=True)
    scratch = attnviz.trace("a b", "random")
    assert as_html(scratch, saying.specials_sentence(read_row(scratch, layer=0, head=0, query=0), shown=True)) == ""


def test_typed_markup_is_text():
    trace = attnviz.trace("<img> <b>", "random")
    said = in_words(trace, read_row(trace, layer=0, head=0, query=1))
    assert "<img" not in said
    assert "<b><bdi>img</bdi></b>" in said


def test_signs_and_repeated_words_can_be_told_apart():
    trace = attnviz.trace("cat , cat", "random")
    assert [words.word(trace, i) for i in range(3)] == [
        "<b><bdi>cat</bdi></b><sub>0</sub>",
        "<b><bdi>“,”</bdi></b>",
        "<b><bdi>cat</bdi></b><sub>2</sub>",
    ]


def test_words_that_a_model_reads_as_unk_are_named_once(minilm):
    trace = minilm.trace("a 😂 and a 😂 สวัสดี <b>☃")
    assert words.unknown_in_words(trace) == (
        "This model has no token for <b><bdi>“😂”</bdi></b>, <b><bdi>สวัสดี</bdi></b>, <b><bdi>“☃”</bdi></b>: "
        "it reads [UNK] there, one and the same for all of them."
    )
    one = minilm.trace("ok 😂")
    assert words.unknown_in_words(one) == "This model has no token for <b><bdi>“😂”</bdi></b>: it reads [UNK] there."
    assert words.unknown_in_words(minilm.trace("ok [UNK]", special_tokens=True)) == ""
    trained = attnviz.trace("the zebra", "grammar")
    assert words.unknown_in_words(trained, 190) == (
        "This model knows 190 words, and not <b><bdi>zebra</bdi></b>: it reads [UNK] there."
    )


def test_special_tokens_that_are_read_as_letters_are_named(minilm):
    text = "[SEP] a [MASK] [CLS]"
    assert words.notices_for(text, minilm.trace(text)) == [
        "In this text [SEP], [CLS] are read as plain text, not as special tokens."
    ]
    assert words.notices_for("[SEP]", minilm.trace("[SEP]")) == [
        "In this text [SEP] is read as plain text, not as a special token."
    ]
    assert words.notices_for(text, minilm.trace(text, special_tokens=True)) == []
    assert words.typed_specials(minilm.trace(text)) == ["[MASK]", "[SEP]", "[CLS]"]


def test_line_breaks_and_tabs_are_no_characters_that_cannot_be_shown(minilm):
    text = "a\n\tb\r\nc"
    assert words.notices_for(text, minilm.trace(text)) == []


def test_no_claim_is_made_where_there_was_no_choice():
    trace = attnviz.trace("The cat", "random", causal=True)
    first, second = (in_words(trace, read_row(trace, layer=0, head=0, query=i)) for i in (0, 1))
    assert "may look only at <b><bdi>The</bdi></b> here: it has no choice" in first
    assert "stands out" not in first
    assert "cat" in second
    alone = attnviz.trace("Hello", "random")
    assert "may look only at" in in_words(alone, read_row(alone, layer=0, head=0, query=0))


def test_a_check_that_fails_is_not_hidden():
    assert "✗" in words.check_in_words(Check(0.5, "the reference"))
    assert "3·10⁻⁸" in words.check_in_words(Check(3.2e-8, "the reference"))
    assert "largest difference 0" in words.check_in_words(Check(0.0, "the reference"))


def test_what_was_done_to_the_text_is_said():
    text = "a\x00 " + "word " * 600
    said = words.notices_for(text, attnviz.trace(text, "random"))
    assert "1 character that cannot be shown" in said[0]
    assert "only its first 512 tokens" in said[1]
    assert "cut at character 2,557 of 3,003, after “word”" in said[1]
    assert words.notices_for("fine", attnviz.trace("fine", "random")) == []


def test_a_notice_says_where_only_the_encoder_is_shown():
    trace = attnviz.trace("fine", "random")
    (said,) = words.notices_for("fine", as_encoder(trace))
    assert said.startswith("This model has an encoder and a decoder. Its encoder alone is shown")


def test_what_predictions_are_about_is_said():
    trace = attnviz.trace("the cat [MASK]", "grammar")
    assert words.asked_in_words(trace, 3, "masked") == "For <b><bdi>[MASK]</bdi></b>, the model guesses"
    assert words.asked_in_words(trace, 2, "masked") == "If <b><bdi>cat</bdi></b> were hidden, the model would guess"
    assert words.asked_in_words(trace, 2, "next") == "After <b><bdi>cat</bdi></b>, the model expects"


def test_of_a_picture_the_sentence_speaks_of_all_else_and_not_of_words():
    look = KeyReading(key=4, weight=0.68, others=0.04, position=None, special=False)
    reading = RowReading(1, (look,), 0.0, 0.0, 27, has_specials=False, kind="seen")
    said = saying.row_sentences(reading)[1]
    assert said == ["This stands out: all else here gives ", saying.Word(4), " only ", "0.04", " on average."]
    common = saying.row_sentences(replace(reading, strongest=(replace(look, others=0.5),)))[1]
    assert common[0] == "All else here gives "


def test_of_a_sound_the_special_tokens_are_the_silence_after_it():
    look = KeyReading(key=4, weight=0.68, others=0.04, position=None, special=True)
    reading = RowReading(1, (look,), 0.14, 0.24, 27, has_specials=True, kind="heard")
    held = saying.specials_sentence(reading, shown=True)
    said = "".join("it" if isinstance(part, saying.Word) else part for part in held)
    assert said == "The silence after the sound holds 0.14 of the weight of it, and 0.24 on average over all rows."
    judged = saying.row_sentences(reading)[1]
    assert judged[0] == saying.Word(4)
    assert str(judged[1]).startswith(" lies in the silence after the sound: ")
    common = saying.row_sentences(replace(reading, strongest=(replace(look, others=0.5),)))[1]
    assert common[0] == "Other rows give "


def test_each_template_of_a_kind_has_the_fields_of_the_one_it_stands_for():
    own = [name for name in saying.TEMPLATES if name.endswith(("_seen", "_heard"))]
    assert own
    for name in own:
        plain = saying.TEMPLATES[name.rpartition("_")[0]]
        assert set(re.findall(r"{\w+}", saying.TEMPLATES[name])) <= set(re.findall(r"{\w+}", plain)), name
