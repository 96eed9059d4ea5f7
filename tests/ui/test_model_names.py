"""What is typed into the model field is what is asked for."""

from __future__ import annotations

from itertools import product

import pytest

from attnviz.service import named
from attnviz.ui.controls import completed, title
from attnviz.ui.state import allowed

NAMES = (
    "grammar",
    "minilm",
    "bert-base-uncased",
    "gpt2",
    "openai-community/gpt2",
    "/runs/checkpoint-500",
    "/runs/checkpoint-5000",
    "~/runs/checkpoint-500",
    "checkpoint-500.safetensors",
    "/runs/checkpoint-500.safetensors",
    "grammar-seed3-2x4-32-2000",
    "grammar-seed33-2x4-32-2000",
    "mine",
    "/runs/mine",
)


def kept_by_the_field(shown: str, typed: str) -> str:
    """What Streamlit's field keeps of a text that is typed or pasted over the one that is shown: where that stands in
    it, in one or two parts, only the rest."""

    def shared(a: str, b: str) -> int:
        return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))

    start = shared(shown, typed)
    end = shared(shown[start:][::-1], typed[start:][::-1])
    rest = typed[start : len(typed) - end]
    return rest if start + end == len(shown) and rest else typed


def test_the_field_keeps_all_of_a_name_whatever_model_was_shown(monkeypatch):
    monkeypatch.setenv(named.VARIABLE, "/models/mine, EleutherAI/pythia-14m")
    assert kept_by_the_field("/runs/checkpoint-500", "/runs/checkpoint-5000") == "0", "what the field does"
    assert kept_by_the_field("gpt2", "openai-community/gpt2") == "openai-community/"
    for shown, typed in product(NAMES, NAMES):
        assert kept_by_the_field(title(shown), typed) == typed
    assert len({title(name) for name in NAMES}) == len(NAMES)


@pytest.mark.parametrize("typed", ["MiniLM", " minilm ", "all-minilm"[4:], "bert", "induct", "download"])
def test_a_part_of_an_offer_is_completed(typed):
    assert completed(typed) in ("minilm", "induction", "bert-base-uncased")


@pytest.mark.parametrize("typed", ["./minilm", "/data/minilm", "~/bert", "microsoft/minilm", "google/bert", "gpt2"])
def test_a_path_or_a_hub_id_is_not_completed(typed):
    assert completed(typed) == typed


def test_a_folder_here_is_not_completed_and_for_a_visitor_it_is_not_looked_for(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bert").mkdir()
    assert completed("bert") == "bert"
    monkeypatch.setattr(allowed, "is_visitor", lambda: True)
    assert completed("bert") == "minilm"
    monkeypatch.setenv(named.VARIABLE, "/models/bert")
    assert completed("bert") == "bert", "named at the start"


def test_a_title_that_was_changed_by_hand_is_read_without_what_the_page_put_before_it():
    for name in NAMES:
        changed = title(name) + "7"
        if changed.startswith(("File: ", "Folder: ", "Other: ")):
            assert completed(changed) == f"{name}7"
