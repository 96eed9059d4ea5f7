"""The sweep over architectures (benchmarks/architectures.py), on a few of them: what it says of each is so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

import attnviz
from benchmarks import architecture_check
from benchmarks.architecture_check import Architecture, NotMadeError, Outcome
from benchmarks.architecture_list import architectures, no_text
from benchmarks.architecture_table import names, page
from benchmarks.architectures import classes_of, outcome_of
from benchmarks.tiny_configs import tiny_rope, tiny_value


@pytest.mark.parametrize(
    ("name", "model_type", "layers"),
    [("BertForMaskedLM", "bert", 2), ("Gemma3TextModel", "gemma3_text", 2), ("T5ForConditionalGeneration", "t5", 2)],
)
def test_a_tiny_model_is_shown_with_the_weights_of_transformers_own_eager_attention(
    name: str, model_type: str, layers: int
) -> None:
    outcome = outcome_of(Architecture(name, model_type))
    assert (outcome.kind, outcome.layers, outcome.heads) == ("shown", layers, 4), outcome
    assert outcome.spread > 0.5, "the weights are so near uniform that a fault would not show"


def test_a_model_whose_attention_has_a_further_term_is_refused() -> None:
    outcome = outcome_of(Architecture("GptOssForCausalLM", "gpt_oss"), explain=True)
    assert outcome.kind == "refused", outcome
    assert "rows off 1" in outcome.eager  # the sinks take a part of each row


def test_a_class_that_cannot_be_made_is_told_with_the_reason() -> None:
    config = {"num_attention_heads": 5}  # of 32 dimensions
    outcome = outcome_of(Architecture("BertModel", "bert", config=config))
    assert outcome.kind == "not made"
    assert "not a multiple" in outcome.sentence


def test_weights_of_another_model_are_found_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import transformers

    bert = Architecture("BertModel", "bert")
    for folder in (tmp_path / "asked", tmp_path / "other"):
        architecture_check.make(bert, transformers.BertModel, transformers.BertConfig, folder)
    model = transformers.BertModel.from_pretrained(tmp_path / "other")
    architecture_check.draw(model, seed=1)
    model.save_pretrained(tmp_path / "other")
    assert architecture_check.compare(transformers.BertModel, tmp_path / "asked").kind == "shown"

    load_model: Any = attnviz.load_model
    monkeypatch.setattr(attnviz, "load_model", lambda _, **options: load_model(tmp_path / "other", **options))
    outcome = architecture_check.compare(transformers.BertModel, tmp_path / "asked")
    assert outcome.kind == "wrong"
    assert outcome.sentence.startswith("weights are off by")


def test_an_error_without_a_sentence_is_raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import transformers

    def broken(*_: object, **__: object) -> None:
        raise KeyError("attnviz")

    architecture_check.make(
        Architecture("BertModel", "bert"), transformers.BertModel, transformers.BertConfig, tmp_path
    )
    monkeypatch.setattr(attnviz, "load_model", broken)
    assert architecture_check.compare(transformers.BertModel, tmp_path).kind == "raw"


def test_weights_are_drawn_large_and_by_a_generator_of_their_own() -> None:
    before = torch.get_rng_state()
    first, second = (torch.nn.utils.skip_init(torch.nn.Linear, 32, 32, bias=False) for _ in range(2))
    architecture_check.draw(first, seed=1)
    architecture_check.draw(second, seed=1)
    assert torch.equal(first.weight, second.weight)
    assert first.weight.std().item() == pytest.approx(1.4 / 32**0.5, rel=0.1)
    assert torch.equal(before, torch.get_rng_state())


def test_every_class_is_tried_once_and_none_of_pictures_as_text() -> None:
    plain = [a.name for a in architectures() if not a.what]
    assert len(plain) == len(set(plain)) > 900
    assert {"BertModel", "LlamaForQuestionAnswering", "T5EncoderModel", "DPRReader", "MarianForCausalLM"} <= set(plain)
    other = {a.name for a in no_text()}
    assert {"CLIPModel", "ViTModel", "Wav2Vec2Model"} <= other
    assert not other & set(plain)


def test_fields_become_tiny_by_their_names() -> None:
    given = {"hidden_size": 4096, "num_key_value_heads": 8, "sliding_window": 4096, "eos_token_id": [7, 8], "eps": 1e-6}
    assert [tiny_value(*field) for field in given.items()] == [32, 2, 4, 3, 1e-6]
    assert tiny_rope({"rope_theta": 1e4, "rope_type": "default"}, 8, True)["mrope_section"] == [2, 1, 1]


def test_the_page_counts_and_groups() -> None:
    bert, masked = Architecture("BertModel", "bert"), Architecture("BertForMaskedLM", "bert")
    vit = Architecture("ViTModel", "vit")
    found = [(bert, Outcome("shown", difference=1e-7, layers=2, heads=4)), (masked, Outcome("raw", "KeyError: 'x'"))]
    text = page(found, [(vit, Outcome("refused", "It reads pictures."))], versions={"transformers": "5", "torch": "2"})
    assert "| made and tried | 2 | 1 | 1 |" in text
    assert "| bert | BertModel | 2 × 4 | 1.0e-07 |" in text
    assert "- BertForMaskedLM: KeyError: 'x'" in text
    assert "> It reads pictures.\n\n1: ViTModel" in text
    assert names([bert, masked]) == "BertModel, …ForMaskedLM"


def test_not_made_is_an_error_of_its_own() -> None:
    with pytest.raises(NotMadeError, match="does not have it"):
        classes_of(Architecture("NoSuchModel", "bert"))
