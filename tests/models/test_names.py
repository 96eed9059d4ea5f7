"""What a name means is decided in one place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from attnviz.models import ModelError, load_model, names
from attnviz.models.names import MINILM, Checkpoint, Folder, Hub, Random, Run, Shipped, parsed
from attnviz.models.options import ScratchOptions
from attnviz.training.loop import TrainingOptions

ROOT = Path(__file__).parent.parent.parent / "attnviz"
RUN = "grammar-seed3-2x4-32-2000"


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("random", Random()),
        ("grammar", Shipped("grammar")),
        ("minilm", MINILM),
        (RUN, Run(TrainingOptions("grammar", seed=3))),
        ("mine.safetensors", Checkpoint("mine.safetensors")),
        ("~/mine", Folder("~/mine")),
        ("/no/such/folder", Folder("/no/such/folder")),
        ("bert-base-uncased", Hub("bert-base-uncased")),
        ("google/electra-small-discriminator", Hub("google/electra-small-discriminator")),
        ("chess-seed1-2x4-32-10", Hub("chess-seed1-2x4-32-10")),
        ("", Hub("")),
    ],
)
def test_a_name_means_the_same_whether_files_are_looked_for_or_not_and_is_given_back(name, weights):
    assert parsed(name) == parsed(name, look=False) == weights
    assert weights.name == name
    assert len({weights, parsed(f' "{name}"\n')}) == 1, "hashable, and the same from quotes"


def test_a_folder_is_seen_only_where_one_looks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    assert parsed("mine") == Folder("mine")
    assert parsed("mine", look=False) == Hub("mine")
    assert parsed(Path("grammar")) == Shipped("grammar")
    (tmp_path / "grammar").mkdir()
    assert parsed("grammar") == Shipped("grammar"), "what is offered goes before a folder of that name"
    assert parsed(Path("grammar")) == Folder("./grammar"), "a path is none"


def test_what_was_named_at_the_start_goes_by_that_name_and_not_by_its_path():
    weights = parsed("/data/secret/mine", known_as="mine")
    assert (weights.name, weights.place, weights.title) == ("mine", "/data/secret/mine", "Offered here · mine")


def test_a_model_and_its_traces_say_which_weights_they_are_of():
    model = load_model("grammar", step=0)
    assert model.weights == Shipped("grammar", step=0)
    assert model.trace("the cat sat").request.weights == model.weights
    assert load_model("random", seed=3).weights == Random(ScratchOptions(seed=3))
    untrained = load_model("grammar").untrained()
    assert untrained is not None
    assert untrained.weights == Shipped("grammar", step=0)


def test_a_run_of_the_page_is_not_looked_for_on_the_hub():
    with pytest.raises(ModelError, match=f"“{RUN}” is a training run of the page.*“{RUN}.safetensors”"):
        load_model(RUN)


def test_no_page_asks_a_model_what_class_it_is_and_none_interprets_a_name():
    """The ways of old: a class of models, a known name in a comparison, an ending, a separator."""
    of_old = re.compile(
        r"isinstance\((?:self\.)?model\b|(?:Trained|Pretrained|Scratch)Model\.name|[!=]= \"(?:grammar|induction)\""
        r"|== \"(?:minilm|random)\"|if \w+(?:\.\w+)* (?:not )?in TASKS\b|\.endswith\((?:ENDING|\"\.safetensors\")\)"
    )
    inside = ("models/", "training/")
    for path in ROOT.rglob("*.py"):
        place = path.relative_to(ROOT).as_posix()
        if not place.startswith(inside):
            assert not of_old.search(path.read_text(encoding="utf-8")), place


def test_takes_settings_knows_the_random_model_alone():
    assert names.takes_settings("random")
    assert not any(names.takes_settings(one.name) for one in names.offered() if one != Random())


def test_two_runs_never_have_the_same_title():
    of_runs = [
        "grammar-seed1-2x4-32-40",
        "grammar-seed1-2x4-32-20",
        "grammar-seed1-2x4-16-20",
        "induction-seed1-2x4-16-20",
    ]
    assert len({names.parsed(name).title for name in of_runs}) == 4


@pytest.mark.parametrize("name", ["grammar-seed1-3x5-32-100", "grammar-seed1-2x4-32-0", "chess-seed1-2x4-32-10", "x"])
def test_a_name_that_no_run_can_have_means_no_run(name):
    assert not isinstance(names.parsed(name), names.Run)
