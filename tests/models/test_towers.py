"""CLIP's two towers: a tiny one, made on the spot, through our attention; what it compares, and what it lacks."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

import attnviz
from attnviz import HeadOff, Masked, PatchToken, Unseen
from attnviz.analysis import head_figures, rollout
from attnviz.client import html
from attnviz.client.packing import unpacked
from attnviz.errors import AttnvizError
from attnviz.export import csv_text, npz_bytes
from attnviz.heads import Head
from attnviz.models import check, load_model
from tests.support.tiny import save_clip, save_tokenizer

PICTURE = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
TEXT = "The black cat sat"
MEAN, SPREAD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_clip(tmp_path_factory.mktemp("clip"))


@pytest.fixture(scope="module")
def model(folder: Path):
    return load_model(folder)


@pytest.fixture(scope="module")
def trace(model):
    return model.trace(PICTURE, question=TEXT)


@pytest.fixture(scope="module")
def own(folder: Path, trace):
    """What the library's own CLIP gives, under its own attention."""
    import transformers

    eager = transformers.CLIPModel.from_pretrained(folder, attn_implementation="eager").eval()
    pixels = (torch.tensor(PICTURE).permute(2, 0, 1) / 255 - torch.tensor(MEAN).view(3, 1, 1)) / (
        torch.tensor(SPREAD).view(3, 1, 1)
    )
    ids = torch.tensor([[token.id for token in trace.inputs["text"].of_text]])
    with torch.no_grad():
        return eager(input_ids=ids, pixel_values=pixels[None], output_attentions=True)


def test_both_towers_run_through_our_attention_and_give_the_library_s_own_weights(model, trace, own):
    theirs = {"image": own.vision_model_output, "text": own.text_model_output}
    assert {part: len(layers) for part, layers in trace.parts.items()} == {"image": 2, "text": 3}
    for part, layers in trace.parts.items():
        for layer, weights in zip(layers, theirs[part].attentions, strict=True):
            assert float((layer.weights - weights[0]).abs().max()) <= 1e-6
            assert layer.w_o is not None
            assert layer.projection is not None
        assert torch.allclose(trace.outputs[part], theirs[part].last_hidden_state[0], atol=1e-5)
    assert check(model, trace).difference <= 1e-6


def test_each_tower_has_its_own_tokens_and_only_the_text_s_is_causal(trace):
    image, text = trace.inputs["image"], trace.inputs["text"]
    assert [token.label for token in image if token.special] == ["[CLS]"]
    assert sum(isinstance(token, PatchToken) for token in image) == 16
    assert [token.label for token in text] == ["[CLS]", "The", "black", "cat", "sat", "[SEP]"]
    assert all(layer.mask is None for layer in trace.parts["image"])
    allowed = trace.parts["text"][0].allowed[0]
    assert torch.equal(allowed, torch.ones(6, 6).tril().bool())
    assert trace.only("text").has_distance
    assert not trace.only("image").has_distance
    assert trace.shape.opening == "image"


def test_how_alike_the_two_are_is_the_library_s_own_number(trace, own):
    assert trace.similarity.cosine == pytest.approx(float((own.image_embeds * own.text_embeds).sum()), abs=1e-6)
    assert trace.similarity.logit == pytest.approx(float(own.logits_per_image), abs=1e-5)
    assert -1 <= trace.similarity.cosine <= 1


def test_a_picture_without_a_text_is_read_by_its_tower_alone(model, trace):
    alone = model.trace(PICTURE)
    assert list(alone.parts) == ["image"]
    assert alone.similarity is None
    assert check(model, alone).agrees
    for ours, beside in zip(alone.layers, trace.parts["image"], strict=True):
        assert torch.equal(ours.weights, beside.weights), "the towers do not look at each other"
    assert list(model.trace(PICTURE, question="  ").parts) == ["image"], "a blank text is none"


def test_a_head_that_is_off_moves_the_similarity_and_nothing_of_the_other_tower(model, trace):
    off = model.trace(PICTURE, question=TEXT, changes=[HeadOff("text.0.1")])
    assert off.similarity.cosine != trace.similarity.cosine
    assert torch.equal(off.outputs["image"], trace.outputs["image"])
    assert not torch.equal(off.outputs["text"], trace.outputs["text"])
    unseen = model.trace(PICTURE, question=TEXT, changes=[Unseen(key=5, part="image")])
    assert float(unseen.parts["image"][0].weights[..., 5].abs().max()) == 0.0
    assert torch.equal(unseen.outputs["text"], trace.outputs["text"])
    assert list(model.trace(PICTURE, changes=[HeadOff("image.0.1")]).off) == [Head(0, 1, "image")]


def test_what_cannot_be_read_or_changed_gets_a_sentence(model):
    with pytest.raises(AttnvizError, match=r"looks at pictures, and reads no text\..*question='a photo of a cat'"):
        model.trace(TEXT)
    with pytest.raises(AttnvizError, match=r"several parts \(image, text\). Say which, such as “image.0.1”"):
        model.trace(PICTURE, question=TEXT, changes=[HeadOff("0.1")])
    with pytest.raises(AttnvizError, match=r"There is no layer 2: image of"):
        model.trace(PICTURE, question=TEXT, changes=[HeadOff("image.2.0")])
    with pytest.raises(AttnvizError, match="There is no part “text”"):
        model.trace(PICTURE, changes=[HeadOff("text.0.0")])
    with pytest.raises(AttnvizError, match="by how far words are apart"):
        model.trace(PICTURE, question=TEXT, changes=[Masked("causal", part="text")])
    with pytest.raises(AttnvizError, match="too small"):
        model.trace(np.zeros((1, 1, 3), np.uint8), question=TEXT)
    with pytest.raises(AttnvizError, match="predicts no words"):
        model.probabilities(PICTURE, 1, question=TEXT)


def test_a_text_that_is_too_long_loses_its_end_and_keeps_the_token_that_ends_it(model):
    tokens = model.trace(PICTURE, question="the cat sat on the mat " * 4).inputs["text"]
    assert len(tokens) == 12
    assert tokens[-1].label == "[SEP]"
    assert tokens.cut is not None


def test_the_untrained_twin_has_the_same_towers_and_other_weights(model, trace):
    twin = model.untrained()
    drawn = twin.trace(PICTURE, question=TEXT)
    assert drawn.shape.parts == trace.shape.parts
    assert check(twin, drawn).agrees
    assert drawn.similarity.cosine != trace.similarity.cosine
    assert drawn.similarity.scale == pytest.approx(np.exp(2.6592), rel=1e-5), "as it is before training"
    assert float(twin.network.vision_model.embeddings.class_embedding.abs().min()) > 0
    assert (twin.untrained(), model.untrained()) == (None, twin)


def test_both_parts_go_into_files_and_figures(trace):
    rows = list(csv.DictReader(io.StringIO("".join(csv_text(trace, list(trace.shape.heads()))))))
    counts = {part: sum(row["part"] == part for row in rows) for part in ("image", "text")}
    assert counts == {"image": 2 * 3 * 17 * 17, "text": 3 * 2 * 21}, "a causal row ends at its own word"
    with np.load(io.BytesIO(npz_bytes(trace))) as held:
        assert held["image/q"].shape == (2, 3, 17, 8)
        assert held["text/weights"].shape == (3, 2, 6, 6)
        assert np.array_equal(held["image/pixels"], PICTURE)
        assert list(held["text/tokens"])[1:-1] == TEXT.split()
        assert held["similarity"] == pytest.approx([trace.similarity.cosine, trace.similarity.scale])
    packed = re.search(r'id="trace"[^>]*>([^<]+)<', html(trace))
    header, arrays = unpacked(base64.b64decode(packed[1]))
    assert [part["name"] for part in header["parts"]] == ["image", "text"]
    assert header["similarity"]["logit"] == trace.similarity.logit
    assert arrays["text/q0"].shape == (2, 6, 8)
    assert rollout(trace.only("text")).shape[-2:] == (6, 6)
    assert len(head_figures(trace.only("image"))) == 2
    assert attnviz.figures.head(trace.only("text"), layer=2, head=1, query=5).data


def test_its_towers_alone_are_models_of_their_own(folder: Path, tmp_path: Path, trace):
    import transformers

    whole = transformers.CLIPModel.from_pretrained(folder)
    whole.vision_model.save_pretrained(tmp_path / "sees")
    whole.text_model.save_pretrained(tmp_path / "reads")
    save_tokenizer(tmp_path / "reads", has_mask=False)
    seen = load_model(tmp_path / "sees").trace(PICTURE)
    read = load_model(tmp_path / "reads").trace(TEXT)
    for alone, part in ((seen, "image"), (read, "text")):
        assert list(alone.parts) == [""]
        for ours, beside in zip(alone.layers, trace.parts[part], strict=True):
            assert float((ours.weights - beside.weights).abs().max()) <= 1e-6


def test_a_folder_that_lacks_something_gets_a_sentence(folder: Path, tmp_path: Path):
    def copied(name: str) -> Path:
        made = tmp_path / name
        made.mkdir()
        for file in folder.iterdir():
            (made / file.name).write_bytes(file.read_bytes())
        return made

    wordless = copied("wordless")
    (wordless / "tokenizer.json").unlink()
    with pytest.raises(AttnvizError, match="without a tokenizer"):
        load_model(wordless)
    one_tower = copied("one_tower")
    weights = load_file(one_tower / "model.safetensors")
    kept = {name: x for name, x in weights.items() if not name.startswith("text_model.")}
    save_file(kept, one_tower / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(AttnvizError, match=r"lack \d+ parts"):
        load_model(one_tower)


@pytest.mark.parametrize("size", [(100, 75), (75, 100), (20, 24), (32, 32)])
def test_a_picture_is_made_as_small_as_the_library_s_own_processor_makes_it(model, size):
    import transformers

    sides = {"size": {"shortest_edge": 32}, "crop_size": {"height": 32, "width": 32}}
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    smooth = np.stack([127 + 120 * np.sin(x / 5 + y / 9 + shift) for shift in range(3)], axis=-1).astype(np.uint8)
    theirs = transformers.CLIPImageProcessorPil(**sides)(smooth, return_tensors="pt").pixel_values
    asked = model.request(smooth, question=TEXT).input
    ours = model.image.preparation.apply(asked.pixels)
    assert float((ours - theirs).abs().max()) <= 4 / 255 / min(SPREAD), "a few steps of 255 at the edges"


def test_it_is_prepared_as_its_folder_says_in_either_file(folder: Path, tmp_path: Path, model, trace):
    told = {"image_mean": [0.1, 0.2, 0.3], "image_std": [0.5, 0.5, 0.5], "size": {"shortest_edge": 32}}
    assert model.image.preparation.mean == tuple(MEAN), "the library's, where the folder says nothing"
    for name, said in (("preprocessor_config.json", told), ("processor_config.json", {"image_processor": told})):
        made = tmp_path / name.partition(".")[0]
        made.mkdir()
        for file in folder.iterdir():
            (made / file.name).write_bytes(file.read_bytes())
        (made / name).write_text(json.dumps(said))
        assert load_model(made).image.preparation.mean == (0.1, 0.2, 0.3)
