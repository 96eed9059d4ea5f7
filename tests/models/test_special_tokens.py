"""Special tokens that stand in the text: read as what the model has learned, or as plain text, and said so."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch

import attnviz
from attnviz import HeadOff
from attnviz.analysis.meanings.meaning import again
from attnviz.models import check, load_model
from attnviz.training.vocabulary import MASK, START
from tests.support.tiny import save_tiny, tiny_config

MARKED = "the [E1] dog [/E1] sat"


def ids(trace: attnviz.Trace) -> list[int]:
    return [token.id for token in trace.tokens]


def pieces(trace: attnviz.Trace) -> list[str]:
    return [token.piece for token in trace.tokens]


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A BERT to whose tokenizer somebody added the markers of an entity, and a word."""
    import transformers

    folder = save_tiny(tmp_path_factory.mktemp("marked"), "bert", with_head=True)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    tokenizer.add_special_tokens({"additional_special_tokens": ["[E1]", "[/E1]"]})
    tokenizer.add_tokens(["covid19"])
    tokenizer.save_pretrained(folder)
    return load_model(str(folder), device="cpu")


def test_an_added_token_and_the_mask_are_read_as_the_tokenizer_reads_them(marked):
    for text in (MARKED, "the [MASK] sat", "a cat[MASK]sat"):
        assert ids(marked.trace(text)) == marked.tokenizer(text).input_ids, text
    tokens = marked.trace(MARKED).tokens
    assert [(t.text, t.start, t.end, t.special, t.marker, t.mask) for t in tokens[1:4]] == [
        ("the", 0, 3, False, False, False),
        ("[E1]", 4, 8, False, True, False),
        ("dog", 9, 12, False, False, False),
    ]
    assert [token.mask for token in marked.trace("the [MASK] sat").tokens] == [False, False, True, False, False]


def test_a_typed_sep_is_text_until_all_special_tokens_are_asked_for(marked):
    text = "[CLS] the cat [SEP] [MASK] [E1]"
    told = {switch: marked.trace(text, special_tokens=switch) for switch in (None, True, False)}
    assert ids(told[True]) == marked.tokenizer(text).input_ids
    assert ids(told[False]) == marked.tokenizer(text, split_special_tokens=True).input_ids
    assert pieces(told[None])[-3:] == ["[MASK]", "[E1]", "[SEP]"]
    assert pieces(told[None]).count("[SEP]") == 1, "the model's own"
    assert {switch: trace.spelled for switch, trace in told.items()} == {
        None: ("[CLS]", "[SEP]"),
        True: (),
        False: ("[CLS]", "[SEP]", "[MASK]", "[E1]"),
    }
    assert {switch: trace.special_tokens for switch, trace in told.items()} == {None: None, True: True, False: False}
    for trace in told.values():
        assert check(marked, trace).difference <= 1e-6
        assert all(trace.text[t.start : t.end] == t.text for t in trace.tokens if not t.special)
        assert [t.special for t in trace.tokens].count(True) == 2, "what a person typed is never hidden"


def test_a_word_that_was_added_is_a_word_whatever_the_switch_says(marked):
    for switch in (None, True, False):
        assert [token.text for token in marked.trace("a covid19 cat", special_tokens=switch).tokens[1:-1]] == [
            "a",
            "covid19",
            "cat",
        ]


def test_a_text_without_special_tokens_reads_the_same_with_every_switch(marked):
    read = [marked.trace("the cat [ mask ]", special_tokens=switch) for switch in (None, True, False)]
    assert read[0].tokens == read[1].tokens == read[2].tokens
    assert [trace.spelled for trace in read] == [(), (), ()]


def test_both_sentences_of_a_pair_are_read_so(marked):
    trace = marked.trace("the [MASK]", second="[SEP] [E1] dog")
    assert [t.text for t in trace.tokens if t.marker] == ["[MASK]", "[E1]"]
    assert trace.spelled == ("[SEP]",)
    everything = marked.trace("the [MASK]", second="[SEP] [E1] dog", special_tokens=True)
    assert ids(everything) == marked.tokenizer("the [MASK]", "[SEP] [E1] dog").input_ids
    marker = everything.tokens[4]
    assert (marker.text, marker.segment, marker.start) == ("[SEP]", 1, 11)


def test_a_long_text_with_special_tokens_is_cut_like_any_other(marked):
    trace = marked.trace("[SEP] [E1] " + "cat " * 100)
    assert len(trace) == marked.limit == 40
    assert trace.cut is not None
    assert trace.spelled == ("[SEP]",)


def test_a_word_hidden_by_a_typed_mask_is_predicted(marked):
    typed = marked.probabilities("the [MASK] sat", 2)
    assert typed.sum().item() == pytest.approx(1, abs=1e-5)
    assert torch.equal(typed, marked.probabilities("the cat sat", 2)), "the same as a word that is hidden there"
    letters = marked.probabilities("the [MASK] sat", 2, special_tokens=False)
    assert not torch.allclose(typed, letters)


def test_what_is_read_again_is_read_in_the_same_way(marked):
    for switch in (None, True, False):
        trace = marked.trace("[SEP] [MASK] sat", special_tokens=switch)
        assert again(marked, trace, HeadOff("0.0")).tokens == trace.tokens
        assert attnviz.analysis.effect(marked, trace, again(marked, trace, HeadOff("0.0")), at=1).outputs


def test_a_chat_is_read_with_its_frame(tmp_path: Path):
    import transformers

    from tests.models.test_texts import byte_level

    tokenizer = byte_level()
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    with torch.random.fork_rng():
        config = transformers.GPT2Config(vocab_size=len(tokenizer), n_embd=16, n_layer=2, n_head=4)
        transformers.GPT2LMHeadModel(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    model = load_model(str(tmp_path), device="cpu")
    chat = "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n"
    trace = model.trace(chat)
    assert ids(trace) == tokenizer(chat).input_ids
    assert trace.text == chat
    assert [t.text for t in trace.tokens if t.marker] == ["<|im_start|>", "<|im_end|>", "<|im_start|>"]
    assert trace.tokens[1].text == "u"
    assert not trace.tokens[1].continues, "a marker is no part of a word"


def test_a_mask_that_takes_the_space_before_it_stands_at_its_own_place(tmp_path: Path):
    import tokenizers
    import transformers

    folder = save_tiny(tmp_path, "bert", with_head=True)
    loaded = transformers.AutoTokenizer.from_pretrained(folder)
    tokenizer = copy.deepcopy(loaded)
    tokenizer.add_special_tokens({"mask_token": tokenizers.AddedToken("<mask>", lstrip=True, special=True)})
    tokenizer.save_pretrained(folder)
    with torch.random.fork_rng():
        config = tiny_config("bert")
        config.vocab_size = len(tokenizer)
        transformers.BertForMaskedLM(config).save_pretrained(folder)
    trace = load_model(str(folder), device="cpu").trace("the  <mask> sat")
    assert ids(trace) == tokenizer("the  <mask> sat").input_ids
    assert [(t.text, t.start, t.end, t.mask) for t in trace.tokens[2:3]] == [("<mask>", 5, 11, True)]


def test_models_trained_here_follow_the_same_switch():
    model = load_model("grammar", device="cpu")
    text = "the [mask] [CLS] sat"
    default, everything, letters = (model.trace(text, special_tokens=switch) for switch in (None, True, False))
    assert [(t.text, t.id) for t in default.tokens if t.marker] == [("[mask]", MASK)]
    assert default.spelled == ("[CLS]",)
    assert [(t.text, t.id, t.unknown) for t in everything.tokens if t.marker] == [
        ("[mask]", MASK, False),
        ("[CLS]", START, False),
    ]
    assert [t.text for t in letters.tokens][:5] == ["[CLS]", "the", "[", "mask", "]"]
    assert letters.spelled == ("[MASK]", "[CLS]")
    assert not any(t.mask or t.marker for t in letters.tokens)
    assert not model.trace("the [UNK] sat", special_tokens=True).tokens[2].unknown, "it was asked for"
    assert check(model, everything).agrees


def test_the_random_model_has_none_to_read():
    traces = [attnviz.trace("a [MASK]", "random", special_tokens=switch) for switch in (None, True, False)]
    assert {tuple(t.text for t in trace.tokens) for trace in traces} == {("a", "[", "MASK", "]")}
    assert {trace.spelled for trace in traces} == {()}
