"""Encoder–decoders: three parts of one model, each with its own two rows of tokens, and a target that is written."""

from __future__ import annotations

import copy
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

import attnviz
from attnviz import AttnvizError, HeadOff, Masked, Scaled, Unseen, analysis, load_model
from attnviz.models import check
from tests.support.saving import made, saved

SOURCE, TARGET = "the cat sat on the mat", "a dog was black"
CLASSES = ["BartForConditionalGeneration", "T5ForConditionalGeneration", "MarianMTModel", "BartModel"]
ENDS = {"decoder_start_token_id": 2, "eos_token_id": 3, "forced_eos_token_id": None}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: saved(tmp_path_factory.mktemp(name), made(name, **ENDS)) for name in CLASSES}


@pytest.fixture(scope="module")
def bart(folders: dict[str, Path]) -> Any:
    return load_model(folders["BartForConditionalGeneration"], device="cpu")


@pytest.mark.parametrize("name", CLASSES)
def test_every_part_has_the_library_s_own_weights(folders: dict[str, Path], name: str):
    model = load_model(folders[name], device="cpu")
    trace = model.trace(SOURCE, target=TARGET)
    assert list(trace.parts) == ["encoder", "decoder", "cross"]
    assert check(model, trace).difference <= 1e-6
    layers = made(name, **ENDS).config
    encoder = getattr(layers, "encoder_layers", getattr(layers, "num_layers", 0))
    decoder = getattr(layers, "decoder_layers", getattr(layers, "num_decoder_layers", 0))
    assert [len(found) for found in trace.parts.values()] == [encoder, decoder, decoder], "all calls are recorded"
    cross = trace.parts["cross"][1]
    assert cross.weights.shape == (4, len(cross.queries), len(cross.keys)) == (4, 6, 8)
    target = [token.label for token in trace.inputs["target"]]
    assert target[2:] == ["a", "dog", "was", "black"]
    assert [token.label for token in cross.queries] == [*target[1:], "end"], "each row by the word that it writes"
    assert [token.label for token in cross.keys] == ["[CLS]", *SOURCE.split(), "[SEP]"]
    assert cross.queries.name == "written"
    assert cross.keys is trace.parts["encoder"][0].keys
    decoder_looks_back = trace.parts["decoder"][0].weights.triu(1)
    assert not decoder_looks_back.any()


def test_the_outputs_are_those_of_the_model(folders: dict[str, Path]):
    model = load_model(folders["BartForConditionalGeneration"], device="cpu")
    trace = model.trace(SOURCE, target=TARGET)
    theirs = made("BartForConditionalGeneration", **ENDS).eval()
    ids = {name: torch.tensor([[token.id for token in row]]) for name, row in trace.inputs.items()}
    with torch.no_grad():
        found = theirs.model(input_ids=ids["source"], decoder_input_ids=ids["target"])
        logits = theirs(input_ids=ids["source"], decoder_input_ids=ids["target"]).logits
    torch.testing.assert_close(trace.outputs["target"], found.last_hidden_state[0], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(trace.outputs["source"], found.encoder_last_hidden_state[0], atol=1e-5, rtol=1e-5)
    told = model.probabilities(SOURCE, 3, target=TARGET)
    torch.testing.assert_close(told, logits[0, 3].softmax(-1), atol=1e-6, rtol=1e-4)


def test_without_a_target_the_encoder_is_read_as_before(bart: Any):
    trace = bart.trace(SOURCE)
    assert (trace.part, len(trace.layers), len(trace.tokens)) == ("encoder", 2, 8)
    both = bart.trace(SOURCE, target=TARGET)
    for alone, within in zip(trace.layers, both.parts["encoder"], strict=True):
        assert torch.equal(alone.weights, within.weights)


@pytest.mark.parametrize("name", CLASSES[:3])
def test_the_written_target_is_the_library_s_greedy_one(folders: dict[str, Path], name: str):
    model = load_model(folders[name], device="cpu")
    grown = list(model.generate(SOURCE, limit=6))
    source = model.trace(SOURCE, target="").inputs["source"]
    theirs = made(name, **ENDS).eval()
    theirs.generation_config.forced_bos_token_id = model.both.network.generation_config.forced_bos_token_id
    ids = theirs.generate(
        torch.tensor([[token.id for token in source]]), max_new_tokens=6, do_sample=False, num_beams=1
    )
    assert grown[-1] == model.tokenizer.decode(ids[0], skip_special_tokens=True)
    assert all(later.startswith(earlier) for earlier, later in pairwise(grown))


def test_a_target_that_has_begun_goes_on(bart: Any):
    whole = list(bart.generate(SOURCE, limit=5))
    assert list(bart.generate(SOURCE, target="", limit=5)) == whole
    begun = list(bart.generate(SOURCE, target="a dog", limit=2))
    assert all(text.startswith("a dog") for text in begun)


def test_a_head_of_one_part_is_off_there_and_nowhere_else(bart: Any):
    whole = bart.trace(SOURCE, target=TARGET)
    off = bart.trace(SOURCE, target=TARGET, changes=[HeadOff("cross.0.1")])
    assert torch.equal(off.outputs["source"], whole.outputs["source"])
    assert not torch.allclose(off.outputs["target"], whole.outputs["target"], atol=1e-4)
    assert off.only("cross").heads_off(0) == {1}
    assert off.only("decoder").heads_off(0) == set()
    with pytest.raises(AttnvizError, match=r"has several parts \(encoder, decoder, cross\). Say which"):
        bart.trace(SOURCE, target=TARGET, changes=[HeadOff("0.1")])
    with pytest.raises(AttnvizError, match=r"There is no layer 3: cross of .* has layers 0 to 2"):
        bart.trace(SOURCE, target=TARGET, changes=[HeadOff("cross.3.0")])


def test_a_word_of_the_source_is_unseen_by_the_target_alone(bart: Any):
    trace = bart.trace(SOURCE, target=TARGET, changes=[Unseen(key=2, part="cross")])
    assert all((layer.weights[:, :, 2] == 0).all() for layer in trace.parts["cross"])
    assert all((layer.weights[:, :, 2] > 0).all() for layer in trace.parts["encoder"])
    assert trace.only("cross").cuts == (Unseen(key=2, part="cross"),)


def test_masks_and_temperature_hold_where_they_have_a_meaning(bart: Any):
    whole = bart.trace(SOURCE, target=TARGET)
    near = bart.trace(SOURCE, target=TARGET, changes=[Masked("window", width=1)])
    assert (near.parts["encoder"][0].weights[:, 0, 2:] == 0).all()
    assert (near.parts["cross"][0].weights > 0).all(), "from one row to another there is no distance"
    hot = bart.trace(SOURCE, target=TARGET, changes=[Scaled(temperature=5.0, part="cross")])
    assert torch.equal(hot.parts["encoder"][0].weights, whole.parts["encoder"][0].weights)
    first, second = (x.parts["cross"][0] for x in (whole, hot))
    torch.testing.assert_close(second.weights, (first.scores * first.scale / 5.0).softmax(-1), atol=1e-6, rtol=1e-4)


def test_one_weight_of_the_cross_attention_is_measured_in_every_way(bart: Any):
    trace = bart.trace(SOURCE, target=TARGET).only("cross")
    found = analysis.meaning(bart, trace, layer=2, head=1, query=3, key=2)
    assert found.weight == pytest.approx(float(trace.layers[2].weights[1, 3, 2]))
    assert found.position is None, "there is no distance"
    assert found.rollout is None, "nor a way from layer to layer within one row"
    again = bart.trace(SOURCE, target=TARGET, changes=[Unseen(2, 1, 3, 2, "cross")]).outputs["target"]
    moved = float((again[3] - trace.output[3]).norm() / trace.output[3].norm())
    assert found.effect == pytest.approx(moved, rel=1e-4)
    assert found.norm is not None


def test_before_training_it_has_three_parts_as_well(bart: Any):
    before = bart.untrained()
    trace = before.trace(SOURCE, target=TARGET)
    assert check(before, trace).agrees
    assert not torch.allclose(trace.outputs["target"], bart.trace(SOURCE, target=TARGET).outputs["target"])


def test_bad_input_is_a_sentence(bart: Any, minilm: Any):
    for model in (minilm, load_model("grammar"), load_model("random")):
        with pytest.raises(AttnvizError, match=r"takes no target\. Choose an encoder–decoder"):
            model.trace("the cat", target="le chat")
        with pytest.raises(AttnvizError, match="writes no translation"):
            list(model.generate("the cat"))
    with pytest.raises(AttnvizError, match="There is a target, but no source"):
        bart.trace(" ", target="le chat")
    with pytest.raises(AttnvizError, match="A target is of one text, not of a pair"):
        bart.trace("the cat", second="it sat", target="le chat")
    with pytest.raises(AttnvizError, match="The target must be a string, not int"):
        bart.trace("the cat", target=5)
    with pytest.raises(AttnvizError, match="There is no part “cross” in grammar"):
        load_model("grammar").trace("the cat", changes=[HeadOff("cross.0.0")])


def test_a_long_source_is_cut_at_the_limit_and_so_is_a_long_target(bart: Any):
    trace = bart.trace("the cat sat " * 30, target="a dog " * 40)
    source, target = trace.inputs["source"], trace.inputs["target"]
    assert len(source) == len(target) == 40
    assert source.cut is not None
    assert source.content[: source.cut].split()[-1] == source[-2].label
    assert target.cut is not None


def test_a_decoder_whose_cross_attention_goes_another_way_is_refused_by_name(
    folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from transformers.models.bart.modeling_bart import BartAttention

    forward = BartAttention.forward

    def other(self: Any, hidden_states: Any, key_value_states: Any = None, **more: Any) -> Any:
        if key_value_states is not None:
            self.config = copy.deepcopy(self.config)
            self.config._attn_implementation = "eager"
        return forward(self, hidden_states, key_value_states, **more)

    monkeypatch.setattr(BartAttention, "forward", other)
    folder = saved(tmp_path, made("BartForConditionalGeneration", **ENDS))
    model = load_model(folder, device="cpu")
    assert model.trace(SOURCE).part == "encoder", "the encoder is shown all the same"
    with pytest.raises(AttnvizError, match="its cross-attention does not run through attnviz's attention"):
        model.trace(SOURCE, target=TARGET)


def test_a_decoder_that_is_not_in_the_file_is_not_shown(folders: dict[str, Path], tmp_path: Path):
    from safetensors.torch import load_file, save_file

    folder = saved(tmp_path, made("BartModel", **ENDS))
    weights = load_file(folder / "model.safetensors")
    kept = {name: x for name, x in weights.items() if "decoder.layers.2" not in name}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    model = load_model(folder, device="cpu")
    with pytest.raises(AttnvizError, match="some of its weights are not in the file"):
        model.trace(SOURCE, target=TARGET)


def test_the_way_in_from_the_package_takes_a_target(folders: dict[str, Path]):
    trace = attnviz.trace(SOURCE, folders["MarianMTModel"], target=TARGET, changes=[HeadOff("cross.0.1")])
    assert trace.only("cross").is_off(0, 1)


def test_an_index_past_the_end_of_the_vocabulary_is_no_word(bart: Any):
    assert bart.word(8) == "dog"
    assert bart.word(27) == "[no word 27]", "the model has room for 32, the tokenizer 20"
    past = copy.copy(bart.both)
    past.network = copy.copy(past.network)
    past.network.generation_config = None
    past.network.config = copy.copy(past.network.config)
    past.network.config.decoder_start_token_id = 27
    assert past.target((), "", None)[0].label == "[no word 27]"
