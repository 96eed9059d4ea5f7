"""The text is the text: what a pretrained model reads stands at its place, and words are words to a person as well."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
import torch

from attnviz.analysis import word_groups
from attnviz.models import Model, check, load_model
from tests.support.saving import made, saved
from tests.support.tiny import save_tiny


def byte_level(*, prefix: bool = False) -> Any:
    """A tokenizer of bytes, as GPT-2's is before it merges any."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({letter: i for i, letter in enumerate(letters)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="!")


def sentencepiece() -> Any:
    """A tokenizer with sentencepiece's sign for the start of a word, and three letters."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    vocabulary = [("<unk>", 0.0), ("▁", -2.0), ("今", -3.0), ("天", -3.0), ("▁a", -1.0)]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=0))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>")


def model_of(tokenizer: Any, folder: Path) -> Model:
    """A tiny GPT-2 that reads with that tokenizer."""
    import transformers

    with torch.random.fork_rng():
        config = transformers.GPT2Config(vocab_size=len(tokenizer), n_embd=16, n_layer=2, n_head=4)
        transformers.GPT2LMHeadModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return load_model(str(folder), device="cpu")


@pytest.mark.parametrize("text", ["Q: 2\nA:\t4", "\n\na", "a\r\n", "\tif x:\n\t\treturn"])
def test_line_breaks_and_tabs_reach_the_tokenizer_as_typed(text, tmp_path):
    tokenizer = byte_level()
    trace = model_of(tokenizer, tmp_path).trace(text)
    assert trace.text == text
    assert [token.id for token in trace.tokens] == tokenizer(text).input_ids
    assert "".join(token.text for token in trace.tokens) == text.replace(" ", " ")
    assert check(load_model(str(tmp_path), device="cpu"), trace).agrees


def test_a_pair_whose_sentences_have_line_breaks_keeps_them_apart(minilm):
    trace = minilm.trace("one\ntwo", second="three\n\tfour")
    assert (trace.first, trace.second) == ("one\ntwo", "three\n\tfour")
    assert [(t.text, t.segment) for t in trace.tokens if not t.special] == [
        *[("one", 0), ("two", 0), ("three", 1), ("four", 1)],
    ]
    assert all(trace.text[t.start : t.end] == t.text for t in trace.tokens if not t.special)


@pytest.mark.parametrize("word", ["مُحَمَّد", "नमस्ते", "co\u00adop", "a\u200bb", "can\u00adtaloupe\u200ds", "cafe\u0301"])
def test_what_a_normaliser_takes_out_does_not_part_a_word(minilm, word):
    tokens = minilm.trace(f"x {word} y").tokens[2:-2]
    assert len({token.word for token in tokens}) == 1
    assert [token.continues for token in tokens] == [False] + [True] * (len(tokens) - 1)


@pytest.mark.parametrize("word", ["مُحَمَّد", "नमस्ते", "cafe\u0301", "שָׁלוֹם"])
def test_letters_keep_the_marks_that_stand_on_them(minilm, word):
    tokens = minilm.trace(f"{word} {word}").tokens[1:-1]
    assert "".join(token.text for token in tokens) == word * 2
    assert all(a.end <= b.start for a, b in itertools.pairwise(tokens))


@pytest.mark.parametrize("text", ["今天", " 今天", "a 今天"])
def test_the_sign_of_a_word_s_start_is_not_named_by_the_character_behind_it(text, tmp_path):
    tokens = model_of(sentencepiece(), tmp_path).trace(text).tokens
    at = next(i for i, token in enumerate(tokens) if token.piece == "▁")
    sign, first = tokens[at], tokens[at + 1]
    if text == "今天":
        assert (sign.text, sign.start, sign.end) == ("▁", 0, 0)
    else:
        assert text[sign.start : sign.end] == sign.text == " "
    assert (first.text, first.piece) == ("今", "今")


def test_a_byte_level_tokenizer_s_lone_space_is_not_named_so_either(tmp_path):
    tokens = model_of(byte_level(prefix=True), tmp_path).trace("今 a").tokens
    assert [(t.text, t.start, t.end) for t in tokens] == [
        ("Ġ", 0, 0),
        *[("今", 0, 1)] * 3,
        (" ", 1, 2),
        ("a", 2, 3),
    ]
    assert [t.continues for t in tokens] == [False, True, True, True, False, True]
    assert not any(t.unknown for t in tokens), "bytes know every character"


def test_a_typed_sign_of_a_word_s_start_is_a_character_like_any_other(minilm):
    tokens = minilm.trace("a ▁ b").tokens
    assert (tokens[2].text, tokens[2].start, tokens[2].end) == ("▁", 2, 3)


def test_words_that_a_model_does_not_know_are_marked(minilm):
    trace = minilm.trace("ok 😂 สวัสดี " + "a" * 101 + " [UNK]")
    assert [t.text for t in trace.tokens if t.unknown] == ["😂", "สวัสดี", "a" * 101]
    assert {t.id for t in trace.tokens if t.unknown} == {minilm.tokenizer.unk_token_id}
    asked = minilm.trace("ok [UNK] 😂", special_tokens=True).tokens[2:4]
    assert [(t.text, t.unknown, t.marker) for t in asked] == [("[UNK]", False, True), ("😂", True, False)]


def test_a_marked_word_is_one_word_after_merging(tmp_path):
    model = load_model(str(save_tiny(tmp_path, "bert")), device="cpu")
    trace = model.trace("the [MASK] sat")
    assert [[trace.tokens[i].text for i in group] for group in word_groups(trace)] == [
        *[["[CLS]"], ["the"], ["[MASK]"], ["sat"], ["[SEP]"]],
    ]


def test_what_a_tokenizer_leaves_out_is_said(tmp_path, minilm):
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    from attnviz.ui.words import notices_for

    tokenizer = Tokenizer(models.BPE({"a": 0, "b": 1, "c": 2, "ab": 3}, [("a", "b")]))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    folder = saved(tmp_path, made("GPT2Model", n_embd=16, n_layer=2, n_head=4), tokenizer=False)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer).save_pretrained(folder)
    trace = load_model(folder, device="cpu").trace("ab zzz c")
    assert [token.text for token in trace.tokens] == ["ab", "c"]
    assert notices_for(trace.text, trace) == [
        "The model’s tokenizer has no token for “zzz”, and leaves it out: the model does not read it."
    ]
    for text in ("Ünaffable didn't 🐈‍⬛", "مُحَمَّد कित्ते ไทย", "a\tb\n c\u200bd\u00ade"):
        assert notices_for(text, minilm.trace(text)) == []
