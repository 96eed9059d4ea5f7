"""A model that is in memory already, handed over as it is."""

from __future__ import annotations

import pytest
import torch
from transformers import AutoTokenizer

import attnviz
from attnviz import AttnvizError
from attnviz.models import check
from tests.support.saving import made, refusal, saved
from tests.support.tiny import SENTENCE, save_tokenizer


@pytest.fixture
def tokenizer(tmp_path):
    save_tokenizer(tmp_path)
    return AutoTokenizer.from_pretrained(tmp_path)


@pytest.mark.parametrize("name", ["BertForMaskedLM", "LlamaForCausalLM", "BartModel", "T5EncoderModel"])
def test_a_wrapped_model_gives_what_its_folder_gives(name, tokenizer, tmp_path):
    model = made(name)
    wrapped = attnviz.wrap(model, tokenizer)
    loaded = attnviz.load_model(saved(tmp_path / "saved", model), device="cpu")
    ours, theirs = wrapped.trace(SENTENCE), loaded.trace(SENTENCE)
    assert ours.tokens == theirs.tokens
    assert all(torch.equal(a.weights, b.weights) for a, b in zip(ours.layers, theirs.layers, strict=True))
    assert wrapped.predicts == loaded.predicts
    assert ours.notices == theirs.notices
    assert ours.model == name
    assert check(wrapped, ours).agrees


def test_the_model_itself_stays_as_it_was(tokenizer):
    model = made("BertForMaskedLM").bfloat16().train()
    attention = model.config._attn_implementation
    before = {name: value.clone() for name, value in model.state_dict().items()}
    side = tokenizer.truncation_side = "left"
    wrapped = attnviz.wrap(model, tokenizer)
    wrapped.trace("cat " * 100)
    wrapped.untrained()
    assert model.training
    assert model.config._attn_implementation == attention
    assert all(parameter.requires_grad and parameter.dtype == torch.bfloat16 for parameter in model.parameters())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert tokenizer.truncation_side == side
    assert wrapped.trace("the cat").notices[0].startswith("The weights are saved in bfloat16")


def test_what_becomes_of_the_model_later_is_not_seen(tokenizer):
    model = made("BertModel")
    wrapped = attnviz.wrap(model, tokenizer)
    before = wrapped.trace(SENTENCE).layers[0].weights
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    assert torch.equal(wrapped.trace(SENTENCE).layers[0].weights, before)


def test_what_cannot_be_shown_is_refused_as_from_a_folder(tokenizer, tmp_path):
    gpt_j = made("GPTJModel", n_embd=16, n_layer=2, n_head=4, rotary_dim=4, n_positions=40)
    for model, said in (
        (gpt_j, "its code computes attention in a way of its own"),
        (made("MambaModel", state_size=4), "it computes no attention"),
        (made("WhisperModel"), "a speech model"),
    ):
        with pytest.raises(AttnvizError, match=said):
            attnviz.wrap(model, tokenizer)
        assert said in refusal(saved(tmp_path / type(model).__name__, model))
    with pytest.raises(AttnvizError, match="takes a model of the transformers library, not Linear"):
        attnviz.wrap(torch.nn.Linear(2, 2), tokenizer)
    with pytest.raises(AttnvizError, match="needs the model's tokenizer as well"):
        attnviz.wrap(made("BertModel"), None)
    quantised = made("BertModel")
    quantised.pooler.dense.weight = torch.nn.Parameter(torch.ones(16, 16, dtype=torch.uint8), requires_grad=False)
    with pytest.raises(AttnvizError, match="are quantised"):
        attnviz.wrap(quantised, tokenizer)
