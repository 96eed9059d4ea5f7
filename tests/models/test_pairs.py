"""Two sentences read as a pair."""

from __future__ import annotations

import json

import pytest
import torch

import attnviz
from attnviz import AttnvizError
from attnviz.models import ModelError, check, load_model
from tests.support.eager import eager_output
from tests.support.tiny import SENTENCE, save_tiny

FIRST, SECOND = "The cat sat", "It didn't purr."


def test_a_pair_is_one_text_with_two_segments(minilm):
    trace = minilm.trace(FIRST, second=SECOND)
    assert trace.text == "The cat sat\nIt didn't purr."
    assert (trace.first, trace.second) == (FIRST, SECOND)
    assert [(token.text, token.segment) for token in trace.tokens] == [
        *[("[CLS]", 0), ("The", 0), ("cat", 0), ("sat", 0), ("[SEP]", 0)],
        *[("It", 1), ("didn", 1), ("'", 1), ("t", 1), ("pu", 1), ("rr", 1), (".", 1), ("[SEP]", 1)],
    ]
    assert all(trace.text[t.start : t.end] == t.text for t in trace.tokens if not t.special)
    words = [token.word for token in trace.tokens if not token.special]
    assert words[:4] == [0, 1, 2, 3], "words go on counting"
    assert words == sorted(words)
    assert trace.tokens[10].continues
    assert not trace.tokens[5].continues, "word 0 of the second sentence does not continue word 0 of the first"


def test_a_pair_is_read_as_transformers_reads_it(minilm):
    trace = minilm.trace(FIRST, second=SECOND)
    theirs = minilm.tokenizer(FIRST, SECOND, return_tensors="pt")
    assert theirs.input_ids[0].tolist() == [token.id for token in trace.tokens]
    assert theirs.token_type_ids[0].tolist() == [token.segment for token in trace.tokens]
    with torch.no_grad():
        output = minilm.eager(**theirs).last_hidden_state[0]
    assert (trace.output - output).abs().max() <= 1e-5
    assert (trace.output - eager_output(minilm, trace)).abs().max() <= 1e-5
    assert check(minilm, trace).difference <= 1e-6


@pytest.mark.parametrize("family", ["bert", "roberta", "distilbert", "bart"])
def test_pairs_of_many_families_agree_with_their_eager_attention(family, tmp_path):
    model = load_model(str(save_tiny(tmp_path, family)), device="cpu")
    assert model.takes_pairs
    trace = model.trace("the cat sat", second="a dog sat on the mat")
    assert check(model, trace).difference <= 1e-6
    assert [token.segment for token in trace.tokens] == [0] * 5 + [1] * 7


def test_bert_tells_the_two_sentences_apart(minilm):
    pair = minilm.trace("the cat", second="a dog")
    ids = torch.tensor([[token.id for token in pair.tokens]])
    with torch.no_grad():
        without_segments = minilm.eager(input_ids=ids).last_hidden_state[0]
    assert (pair.output - without_segments).abs().max() > 1e-3


@pytest.mark.parametrize("blank", [None, "", "  \n", "\x00"])
def test_a_blank_second_sentence_is_none(minilm, blank):
    trace = minilm.trace(SENTENCE, second=blank)
    assert trace.second is None
    assert trace.text == trace.first == SENTENCE
    assert {token.segment for token in trace.tokens} == {0}
    assert load_model("random").trace(SENTENCE, second=blank).second is None


@pytest.mark.parametrize("name", ["random", "grammar", "induction"])
def test_models_that_take_no_pairs_say_so(name):
    model = load_model(name, device="cpu")
    assert not model.takes_pairs
    with pytest.raises(ModelError, match=f"The model {name} reads one text, not a pair of sentences"):
        model.trace("the cat", second="a dog")


def test_a_model_that_predicts_the_next_word_takes_no_pairs(tmp_path):
    model = load_model(str(save_tiny(tmp_path, "gpt2", with_head=True, has_mask=False)), device="cpu")
    with pytest.raises(ModelError, match="not a pair"):
        model.trace("the cat", second="a dog")


def test_a_tokenizer_without_a_separator_makes_no_pairs(tmp_path):
    folder = save_tiny(tmp_path, "bert")
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer | {"post_processor": None}))
    assert not load_model(str(folder), device="cpu").takes_pairs


@pytest.mark.parametrize(
    ("cats", "dogs", "kept", "cut"),
    [
        (5, 100, (5, 32), 20 + 1 + 32 * 4 - 1),  # the first has 20 characters, the line break is one
        (100, 5, (32, 5), 32 * 4 - 1),
        (100, 100, (18, 19), 18 * 4 - 1),  # both: told is the first place
    ],
)
def test_a_pair_that_is_too_long_loses_tokens_of_the_longer_sentence(tmp_path, cats, dogs, kept, cut):
    model = load_model(str(save_tiny(tmp_path, "bert")), device="cpu")
    trace = model.trace("cat " * cats, second="dog " * dogs)
    assert len(trace) == model.limit == 40
    assert tuple(sum(t.segment == i and not t.special for t in trace.tokens) for i in (0, 1)) == kept
    assert trace.cut == cut


def test_a_pair_of_512_tokens_is_cut_and_checked(minilm):
    trace = minilm.trace("word " * 300, second="other " * 300)
    assert len(trace) == 512
    assert trace.cut is not None
    assert trace.tokens[-1].segment == 1


def test_a_sentence_of_a_pair_with_nothing_to_read_is_named(minilm):
    with pytest.raises(AttnvizError, match="nothing to read in the second sentence"):
        minilm.trace("the cat", second="\u200d")
    with pytest.raises(AttnvizError, match="nothing to read in the first sentence"):
        minilm.trace("\u200d", second="the cat")


def test_words_of_a_pair_are_predicted(tmp_path):
    model = load_model(str(save_tiny(tmp_path, "bert", with_head=True)), device="cpu")
    told = model.probabilities("the cat", 5, second="a dog")
    assert told.sum().item() == pytest.approx(1, abs=1e-5)
    assert not torch.equal(told, model.probabilities("the mat", 5, second="a dog"))
    before, after = (model.trace("the cat", second="a dog", off=off) for off in ((), {(0, 0)}))
    assert attnviz.analysis.effect(model, before, after, at=5).predictions


def test_the_public_function_reads_pairs():
    assert attnviz.trace(FIRST, "minilm", second=SECOND).second == SECOND
