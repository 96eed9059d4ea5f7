"""The training loop: seeded, stoppable, and it learns."""

from __future__ import annotations

import random
from itertools import islice

import pytest
import torch

from attnviz import AttnvizError
from attnviz.training import loop
from attnviz.training.loop import Snapshot, TrainingOptions, train
from attnviz.training.measures import Measures
from attnviz.training.registry import TASKS
from attnviz.training.snapshots import chosen_snapshots, kept_count

SMALL = TrainingOptions("induction", seed=3, heads=2, d_model=16, steps=8)


def run(options: TrainingOptions, every: int = 4) -> list:
    return list(train(options, every=every))


def test_a_seed_gives_the_same_numbers_whatever_others_do():
    alone = run(SMALL)
    torch.manual_seed(5)
    random.seed(5)
    before = torch.random.get_rng_state(), random.getstate()
    noisy = []
    for progress in train(SMALL, every=4):
        noisy.append(progress)
        torch.rand(3)
    after = run(SMALL)
    assert [p.loss for p in alone] == [p.loss for p in noisy] == [p.loss for p in after]
    for name, value in alone[-1].snapshot.weights.items():
        assert torch.equal(value, after[-1].snapshot.weights[name])
    assert random.getstate() == before[1]
    assert run(TrainingOptions("induction", seed=4, heads=2, d_model=16, steps=8))[-1].loss != alone[-1].loss


def test_training_leaves_the_global_random_state_alone():
    before = torch.random.get_rng_state()
    run(TrainingOptions("induction", heads=2, d_model=16, steps=3, dropout=0.2))
    assert torch.equal(before, torch.random.get_rng_state())


def test_snapshots_come_first_last_and_in_between_and_are_copies():
    progress = run(SMALL, every=3)
    assert [p.step for p in progress] == list(range(9))
    assert [p.step for p in progress if p.snapshot] == [0, 3, 6, 8]
    first, last = progress[0].snapshot, progress[-1].snapshot
    assert not torch.equal(first.weights["embedding"], last.weights["embedding"])
    assert torch.equal(first.weights["embedding"], SMALL.model().state_dict()["embedding"])


@torch.no_grad()
def test_the_first_point_of_the_curve_is_the_untrained_model_s_measured_loss():
    first = next(train(SMALL))
    model, batch = SMALL.model(), next(TASKS["induction"].batches(SMALL.seed))
    logits = model(batch.ids).logits
    asked = batch.targets != loop.NOT_ASKED
    expected = -logits.log_softmax(-1)[asked].gather(-1, batch.targets[asked][:, None]).mean()
    assert first.loss == first.snapshot.loss == pytest.approx(float(expected), rel=1e-5)


def test_it_stops_when_nobody_asks_for_more():
    assert [p.step for p in islice(train(TrainingOptions("induction", steps=10_000)), 3)] == [0, 1, 2]


def test_induction_is_learned():
    last = run(TrainingOptions("induction", seed=2, heads=2, steps=500), every=500)[-1].snapshot
    assert last.measures.figures["agreement"] > 0.9
    assert last.measures.figures["induction"] > 0.5


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"heads": 3}, "3 heads do not divide d_model 32"),
        ({"heads": 16, "d_model": 16}, "d_head 1 is odd"),
        ({"steps": 0}, "steps must be from 1 to 10,000, not 0"),
        ({"d_model": 100_000}, "d_model must be from 8 to 128, not 100,000"),
        ({"layers": 50}, "layers must be from 1 to 6"),
        ({"seed": -1}, "seed must be from 0"),
        ({"seed": 1.5}, "seed must be a whole number"),
        ({"steps": True}, "steps must be a whole number"),
        ({"dropout": 0.9}, "dropout must be from 0.0 to 0.5"),
        ({"task": "chess"}, "There is no task “chess”. There are: grammar, induction"),
    ],
)
def test_what_cannot_be_trained_is_refused(options, sentence):
    with pytest.raises(AttnvizError, match=sentence):
        TrainingOptions(**options)


def test_a_loss_that_is_no_number_ends_the_run_with_a_sentence(monkeypatch):
    monkeypatch.setattr(loop, "cross_entropy", lambda logits, *_, **__: logits.sum() * torch.nan)
    with pytest.raises(AttnvizError, match="failed at step 1: the loss is no longer a number"):
        run(SMALL)


def test_kept_snapshots_are_dense_where_things_happen():
    def at(step: int) -> Snapshot:
        return Snapshot(step, 1.0, Measures({"top": 0.0 if step < 1000 else min(1.0, (step - 1000) / 100)}, {}), {})

    kept = [s.step for s in chosen_snapshots([at(step) for step in range(0, 2001, 10)], 16)]
    assert len(kept) == 16
    assert kept[0] == 0
    assert kept[-1] == 2000
    assert sum(1000 <= step <= 1100 for step in kept) >= 5, "a twentieth of the run holds a third of them"
    few = [at(0), at(10)]
    assert chosen_snapshots(few) == few


def test_of_a_larger_model_fewer_snapshots_are_kept():
    def of_size(numbers: int) -> list[Snapshot]:
        return [Snapshot(0, 1.0, Measures({}, {}), {"w": torch.zeros(numbers)})]

    assert [kept_count(of_size(numbers)) for numbers in (0, 20_000, 92_000, 10_000_000)] == [19, 19, 5, 3]
