"""Vision Transformers of the transformers library: tiny ones, made on the spot; and DINOv2 from its package."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import attnviz
from attnviz import HeadOff, Masked, PatchToken, Unseen
from attnviz.analysis import head_figures, rollout
from attnviz.errors import AttnvizError
from attnviz.export import csv_text, npz_bytes
from attnviz.figures import picture as figure
from attnviz.models import check, load_model
from attnviz.models.pretrained.vision import Preparation
from benchmarks.flowers import found, pasted
from tests.support.packages import needs

SIDE, PATCH = 32, 8
SHAPE = {
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "image_size": SIDE,
    "patch_size": PATCH,
    "initializer_range": 0.5,
}
KINDS = {
    "vit": ("ViTConfig", "ViTModel", ["[CLS]"]),
    "deit": ("DeiTConfig", "DeiTModel", ["[CLS]", "[DIST]"]),
    "dinov2": ("Dinov2Config", "Dinov2Model", ["[CLS]"]),
    "dinov2_with_registers": ("Dinov2WithRegistersConfig", "Dinov2WithRegistersModel", ["[CLS]", "[REG0]", "[REG1]"]),
    "clip": ("CLIPVisionConfig", "CLIPVisionModelWithProjection", ["[CLS]"]),
}
PICTURE = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)


def saved(kind: str, folder: Path) -> Path:
    """A tiny model of that kind, as the library saves one."""
    import transformers

    config_name, model_name, added = KINDS[kind]
    more = {"num_register_tokens": len(added) - 1} if kind == "dinov2_with_registers" else {}
    more |= {} if "dinov2" in kind else {"intermediate_size": 48}
    torch.manual_seed(0)
    model = getattr(transformers, model_name)(getattr(transformers, config_name)(**SHAPE, **more))
    model.save_pretrained(folder)
    told = {"image_mean": [0.4, 0.5, 0.6], "image_std": [0.2, 0.25, 0.3], "size": {"height": SIDE, "width": SIDE}}
    (folder / "preprocessor_config.json").write_text(json.dumps(told))
    return folder


@pytest.fixture(scope="module", params=list(KINDS))
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    return request.param, saved(request.param, tmp_path_factory.mktemp(request.param))


def test_each_kind_runs_through_our_attention_and_gives_the_library_s_own_weights(folder):
    import transformers

    kind, path = folder
    model = load_model(path)
    trace = model.trace(PICTURE)
    assert [token.label for token in trace.tokens if token.special] == KINDS[kind][2]
    boxes = [token.box for token in trace.tokens if isinstance(token, PatchToken)]
    assert boxes == [(x, y, PATCH, PATCH) for y in range(0, SIDE, PATCH) for x in range(0, SIDE, PATCH)]
    eager = transformers.AutoModel.from_pretrained(path, attn_implementation="eager").eval()
    given = (torch.tensor(PICTURE).permute(2, 0, 1) / 255 - torch.tensor([0.4, 0.5, 0.6]).view(3, 1, 1)) / (
        torch.tensor([0.2, 0.25, 0.3]).view(3, 1, 1)
    )
    with torch.no_grad():
        own = eager(pixel_values=given[None], output_attentions=True).attentions
    for layer, weights in zip(trace.layers, own, strict=True):
        assert float((layer.weights - weights[0]).abs().max()) <= 1e-6
    assert check(model, trace).agrees


@pytest.fixture(scope="module")
def vit(tmp_path_factory: pytest.TempPathFactory):
    return load_model(saved("vit", tmp_path_factory.mktemp("vit")))


def test_analysis_export_and_figures_take_it(vit):
    trace = vit.trace(PICTURE)
    assert rollout(trace).shape[-2:] == (17, 17)
    assert head_figures(trace)[0][0].distance is None, "there is none between patches in a line"
    rows = "".join(csv_text(trace, list(trace.shape.heads()))).splitlines()
    assert len(rows) == 1 + 2 * 3 * 17 * 17
    with np.load(io.BytesIO(npz_bytes(trace))) as held:
        assert np.array_equal(held["pixels"], PICTURE)
    assert figure(trace, layer=1, head=2).data
    assert "image of 32 × 32 pixels" in repr(trace)


def test_changes_work_and_a_mask_by_distance_is_refused(vit):
    plain = vit.trace(PICTURE)
    off = vit.trace(PICTURE, changes=[HeadOff("0.1")])
    assert not torch.equal(plain.layers[1].weights, off.layers[1].weights)
    unseen = vit.trace(PICTURE, changes=[Unseen(key=5)])
    assert float(unseen.layers[0].weights[..., 5].abs().max()) == 0.0
    with pytest.raises(AttnvizError, match="by how far words are apart"):
        vit.trace(PICTURE, changes=[Masked("causal")])
    assert vit.untrained() is not None
    assert vit.untrained().untrained() is None


def test_what_is_no_picture_or_asks_something_gets_a_sentence(vit, tmp_path: Path):
    with pytest.raises(AttnvizError, match="is asked nothing"):
        vit.trace(PICTURE, question="which digit is red?")
    with pytest.raises(AttnvizError, match="There is no file"):
        vit.trace(tmp_path / "nothing.png")
    with pytest.raises(AttnvizError, match="looks at pictures, and reads no text"):
        vit.trace("/etc/hostname")  # what is typed opens no file
    with pytest.raises(AttnvizError, match="too small"):
        vit.trace(np.zeros((1, 1, 3), np.uint8))
    large = tmp_path / "wide.png"
    Image.fromarray(np.zeros((40, 300, 3), np.uint8)).save(large)
    trace = attnviz.trace(str(large), model=str(vit.name))
    assert "its middle square was taken and made smaller, 32 × 32" in trace.notices[0]


def test_a_picture_is_prepared_as_the_folder_says():
    class Config:
        model_type, image_size, patch_size = "vit", 37, 8

    told = {"crop_size": {"height": 32, "width": 32}, "size": {"shortest_edge": 40}, "image_mean": [0, 0, 0]}
    assert Preparation.of(told, Config).side == 32
    assert Preparation.of({"size": 50}, Config).side == 48, "whole patches"
    assert Preparation.of({}, Config) == Preparation(32)


@pytest.fixture(scope="module")
def dinov2():
    needs("dinov2")
    return load_model("dinov2")


def test_dinov2_is_the_published_network_and_its_check_is_exact(dinov2):
    assert repr(dinov2) == "<Model dinov2: 12 layers × 6 heads>"
    assert dinov2.parameter_count == 22_056_192
    trace = dinov2.trace(next(pasted(1)).picture)
    assert len(trace) == 257
    assert check(dinov2, trace).difference == 0.0


def test_its_cls_looks_at_the_flower(dinov2):
    assert sum(found(dinov2, one)[0] for one in pasted(6, seed=1)) >= 5
