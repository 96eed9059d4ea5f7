"""Checkpoints: what is written is read again; what is damaged or foreign is refused with a sentence."""

from __future__ import annotations

import json
import os
from itertools import pairwise

import pytest
import torch
from safetensors.torch import save

from attnviz import AttnvizError, load_model
from attnviz.training.checkpoint import (
    FOLDER,
    Checkpoint,
    CheckpointError,
    Moment,
    checkpoint_from,
    load,
    saved,
    shipped,
)
from attnviz.training.loop import TrainingOptions, train
from attnviz.training.registry import TASKS
from attnviz.training.snapshots import LEAST, kept_count


@pytest.fixture(scope="module")
def trained() -> Checkpoint:
    options = TrainingOptions("induction", heads=2, d_model=16, steps=6)
    snapshots = [p.snapshot for p in train(options, every=2) if p.snapshot]
    curve = [Moment(s.step, s.loss, s.measures.figures) for s in snapshots]
    return checkpoint_from(options, snapshots, curve, {"a figure": 0.5})


def test_what_is_written_is_read_again(trained, tmp_path):
    path = tmp_path / "mine.safetensors"
    path.write_bytes(saved(trained))
    again = load(path)
    assert again.options == trained.options
    assert again.config == trained.config
    assert again.vocabulary == trained.vocabulary
    assert again.steps == [0, 2, 4, 6]
    assert again.evaluation == {"a figure": 0.5}
    assert [m.step for m in again.curve] == [0, 2, 4, 6]
    for ours, theirs in zip(trained.snapshots, again.snapshots, strict=True):
        for name, value in ours.weights.items():
            assert torch.equal(theirs.weights[name], value.half())
    assert again.snapshot(3).step in (2, 4)
    assert again.snapshot().step == 6
    model = load_model(str(path), step=2)
    assert model.step == 2
    assert model.trace("the cat the cat").model == str(path)


def test_a_damaged_file_is_refused(trained, tmp_path):
    path = tmp_path / "cut.safetensors"
    whole = saved(trained)
    for damaged in (whole[: len(whole) // 2], b"", b"not a checkpoint", whole[:8] + b"x" * 50):
        path.write_bytes(damaged)
        with pytest.raises(CheckpointError, match=r"“cut.safetensors” is damaged or incomplete"):
            load(path)


def test_a_foreign_file_is_refused(tmp_path):
    path = tmp_path / "other.safetensors"
    path.write_bytes(save({"weight": torch.zeros(3)}))
    with pytest.raises(CheckpointError, match="holds weights, but not of a model that attnviz trained"):
        load(path)


def changed(checkpoint: Checkpoint, **changes: object) -> bytes:
    """The file with other entries in its header."""
    whole = saved(checkpoint)
    size = int.from_bytes(whole[:8], "little")
    header = json.loads(whole[8 : 8 + size])
    described = json.loads(header["__metadata__"]["attnviz"]) | changes
    header["__metadata__"]["attnviz"] = json.dumps(described)
    written = json.dumps(header).encode()
    return len(written).to_bytes(8, "little") + written + whole[8 + size :]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"format": 99}, "has format 99"),
        ({"config": {"vocabulary": 64, "heads": 3}}, "3 heads do not divide d_model 32"),
        ({"config": {"vocabulary": 64, "unknown": 3}}, "cannot|can read"),
        ({"config": {"vocabulary": 64, "heads": 2, "d_model": 16, "d_ff": 0}}, "words or shape are not those"),
        ({"vocabulary": ["[PAD]"]}, "words or shape are not those"),
        ({"snapshots": []}, "do not belong together"),
        ({"curve": [{"step": 0, "loss": 1.0, "figures": {}}]}, "curves are not those of its task"),
        ({"curve": [{"step": 0}]}, "can read"),
        ({"curve": 3}, "can read"),
        ({"curve": [{"step": 0, "loss": None, "figures": {}}]}, "can read|not those"),
        ({"evaluation": {"a": "b"}}, "can read"),
        ({"options": {"task": "chess"}}, "no task “chess”"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(trained, tmp_path, changes, sentence):
    path = tmp_path / "odd.safetensors"
    path.write_bytes(changed(trained, **changes))
    with pytest.raises(AttnvizError, match=sentence):
        load(path)


def test_words_in_another_order_are_refused(trained, tmp_path):
    """It would load, and every word on the page would be another."""
    words = list(trained.vocabulary.words)
    path = tmp_path / "turned.safetensors"
    path.write_bytes(changed(trained, vocabulary=words[:4] + words[:3:-1]))
    with pytest.raises(CheckpointError, match="words or shape are not those"):
        load(path)


@pytest.mark.parametrize(
    "change", [{"step": "0"}, {"step": 4}, {"heads": {}}, {"heads": {"induction": [[0.1]]}}, {"loss": None}]
)
def test_a_snapshot_that_does_not_fit_is_refused(trained, tmp_path, change):
    kept = [
        {"step": s.step, "loss": s.loss, "figures": s.measures.figures, "heads": s.measures.heads}
        for s in trained.snapshots
    ]
    path = tmp_path / "odd.safetensors"
    path.write_bytes(changed(trained, snapshots=[kept[0] | change, *kept[1:]]))
    with pytest.raises(CheckpointError):
        load(path)


def test_a_file_that_changes_is_another_model(trained, tmp_path):
    path = tmp_path / "mine.safetensors"
    path.write_bytes(saved(trained))
    first = load_model(str(path))
    assert load_model(str(path)) is first
    path.write_bytes(saved(shipped("grammar")))
    os.utime(path, (1, 1))
    assert load_model(str(path)).task.name == "grammar"


def test_numbers_that_are_none_are_refused(trained, tmp_path):
    weights = {name: value.clone() for name, value in trained.snapshots[0].weights.items()}
    weights["embedding"][0, 0] = torch.nan
    broken = trained.snapshots[0].__class__(0, 1.0, trained.snapshots[0].measures, weights)
    path = tmp_path / "nan.safetensors"
    path.write_bytes(saved(checkpoint_from(trained.options, [broken], trained.curve)))
    with pytest.raises(CheckpointError, match=r"weights at step 0 are damaged \(embedding\)"):
        load(path)


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(CheckpointError, match=r"There is no file “none.safetensors” here"):
        load_model(str(tmp_path / "none.safetensors"))
    with pytest.raises(CheckpointError, match="There is no file"):
        load_model("x" * 5000 + ".safetensors")


@pytest.mark.parametrize("task", list(TASKS))
def test_the_shipped_checkpoints_are_small_and_have_their_sudden_moment_resolved(task):
    assert (FOLDER / f"{task}.safetensors").stat().st_size <= 1_000_000
    checkpoint = shipped(task)
    fit = kept_count(checkpoint.snapshots)
    assert len(checkpoint.snapshots) == fit >= LEAST
    assert checkpoint.steps[0] == 0
    assert checkpoint.steps[-1] == checkpoint.options.steps
    reached = [s.measures.figures["agreement"] for s in checkpoint.snapshots]
    if fit == LEAST:  # one on the way is all that fits of the models that hear
        assert reached[0] < 0.1 < 0.8 < reached[1] < reached[2]
        return
    between, jump = (3, 0.35) if fit >= 16 else (2, 0.55)
    # Who learns faster than it is looked at, jumps.
    curve = [moment.figures["agreement"] for moment in checkpoint.curve]
    kept, learning = (sum(0.3 < value < 0.9 for value in values) for values in (reached, curve))
    assert kept >= min(between, learning) > 1, "between chance and mastery there are steps to see"
    assert max(b - a for a, b in pairwise(reached)) < max(jump, max(b - a for a, b in pairwise(curve)) + 0.01)
