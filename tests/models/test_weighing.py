"""How large a model is, before it is built."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
import torch
from torch import nn

from attnviz.models import ModelError
from attnviz.models.pretrained.files import weighing
from attnviz.models.pretrained.files.folder import amount_held
from attnviz.models.pretrained.files.weighing import Amount, amount, check_amount, check_fetched
from attnviz.ui.serving import start
from tests.support.saving import edit, refusal
from tests.support.tiny import save_tiny

PLENTY = Amount(10**15, 10**6)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small BERT, for a test to change."""
    return save_tiny(tmp_path, "bert")


@pytest.fixture
def made_on(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """On which devices weights are made from now on."""
    seen: set[str] = set()
    register = nn.Module.register_parameter

    def watched(module: nn.Module, name: str, param: nn.Parameter | None) -> None:
        seen.update(() if param is None else (param.device.type,))
        register(module, name, param)

    monkeypatch.setattr(nn.Module, "register_parameter", watched)
    return seen


def test_a_configuration_that_asks_for_far_more_than_its_file_holds_is_refused_before_it_is_built(folder, made_on):
    edit(folder / "config.json", hidden_size=16_384, num_hidden_layers=48, intermediate_size=65_536)
    held = amount_held(folder)
    assert held is not None
    said = refusal(folder)
    assert "its config.json asks for at least" in said
    assert f"its weights hold {held.numbers:,} in {held.parts:,}" in said
    assert made_on == {"meta"}, "nothing took memory"


def test_a_configuration_with_a_billion_layers_is_refused_at_once(folder, made_on):
    edit(folder / "config.json", num_hidden_layers=10**9)
    assert "its config.json asks for at least" in refusal(folder)
    assert made_on == {"meta"}


def test_a_model_that_is_larger_than_one_may_be_here_is_refused_before_it_is_built(folder, made_on, monkeypatch):
    monkeypatch.setenv(weighing.VARIABLE, "0.01")
    said = refusal(folder)
    assert "its numbers take 0.02 MB or more in float32, and here a model may take 0.01 MB" in said
    assert weighing.VARIABLE in said
    assert made_on == {"meta"}


def test_what_was_not_fetched_yet_is_weighed_by_its_configuration_alone(monkeypatch):
    monkeypatch.setenv(weighing.VARIABLE, "2000")
    check_amount("some/model", lambda: nn.Linear(10_000, 49_990))
    with pytest.raises(ModelError, match=r"its numbers take 2\.0 GB or more in float32, and here a model may take 2"):
        check_amount("some/model", lambda: nn.Linear(10_000, 50_000))
    with pytest.raises(ModelError, match="more layers than any model has"):
        check_amount("some/model", lambda: nn.ParameterList(torch.empty(1) for _ in range(1_000_000)))


def test_an_amount_is_that_of_the_parameters_and_buffers_with_tied_weights_once():
    def tied() -> nn.Module:
        model = nn.Sequential(nn.Embedding(7, 5), nn.Linear(5, 7), nn.BatchNorm1d(7))
        model[1].weight = model[0].weight
        return model

    real = tied()
    parts = [*real.parameters(), *real.buffers()]
    assert amount(tied, PLENTY) == Amount(sum(x.numel() for x in parts), len(parts))


def test_what_other_threads_make_meanwhile_is_real_and_does_not_count():
    elsewhere: list[torch.Tensor] = []

    def make() -> nn.Module:
        thread = threading.Thread(target=lambda: elsewhere.append(torch.zeros(1000)))
        thread.start()
        thread.join()
        return nn.Linear(2, 3, bias=False)

    assert amount(make, PLENTY) == Amount(6, 1)
    assert elsewhere[0].device.type == "cpu"


def test_what_cannot_be_built_is_left_to_loading_which_says_why():
    def fails() -> nn.Module:
        raise ValueError("The hidden size (10) is not a multiple of the number of attention heads (3)")

    check_amount("some/model", fails, Amount(1, 1))


def test_weights_in_several_files_count_together(folder, tmp_path_factory):
    from safetensors.torch import load_file, save_file

    whole = amount_held(folder)
    weights = load_file(folder / "model.safetensors")
    parted = tmp_path_factory.mktemp("parted")
    names = sorted(weights)
    files = {name: f"model-{i % 2}.safetensors" for i, name in enumerate(names)}
    for file in set(files.values()):
        save_file({name: weights[name] for name in names if files[name] == file}, parted / file)
    (parted / "model.safetensors.index.json").write_text(json.dumps({"weight_map": files}))
    assert amount_held(parted) == whole
    (parted / "model-1.safetensors").unlink()
    assert amount_held(parted) is None


def test_one_s_own_computer_takes_what_its_memory_holds(monkeypatch, tmp_path):
    monkeypatch.delenv(weighing.VARIABLE, raising=False)
    for said, size in (("8000000000\n", 6_000_000_000), ("max\n", int(0.75 * 64e9))):
        (tmp_path / "memory.max").write_text(said)
        monkeypatch.setattr(weighing, "_LIMITS", (str(tmp_path / "memory.max"), str(tmp_path / "none")))
        monkeypatch.setattr(weighing.os, "sysconf", lambda name: 64_000_000 if name == "SC_PHYS_PAGES" else 1000)
        assert weighing.largest() == size
    check_fetched("some/model", [int(40e9)])


def test_where_others_are_let_in_less_may_be_taken_unless_the_owner_says_otherwise(monkeypatch):
    monkeypatch.setattr(start, "listens_here_only", lambda: False)
    monkeypatch.setenv("HF_HUB_DISABLE_IMPLICIT_TOKEN", "")
    monkeypatch.setenv(weighing.VARIABLE, "5000")
    start.settle()
    assert weighing.largest() == 5_000_000_000
    monkeypatch.delenv(weighing.VARIABLE)
    start.settle()
    assert weighing.largest() == 2_000_000_000
    with pytest.raises(ModelError, match=r"its files take 3\.0 GB"):
        check_fetched("some/model", [int(3e9)])
