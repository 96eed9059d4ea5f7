"""Scenes hold what they say, and nothing that is withheld; the task asks for what is there."""

from __future__ import annotations

import pytest
import torch

from attnviz.training.checkpoint import shipped
from attnviz.training.pictures.looking import looked
from attnviz.training.pictures.picture import PictureTask
from attnviz.training.scenes import COLOURS, PATCH, from_cells, in_cells, scenes
from attnviz.training.tasks import NOT_ASKED

TASK = PictureTask()


def test_a_scene_holds_four_digits_of_four_colours_in_cells_of_their_own():
    some = scenes(50)
    for kinds in (some.colours, some.digits, torch.cat([some.cells, some.cuttings], 1)):
        assert all(len(set(row)) == len(row) for row in kinds.tolist())
    cells = in_cells(some.pictures)
    ink = torch.tensor(list(COLOURS.values())).float()
    for scene in range(50):
        empty = sorted(set(range(25)) - set(some.cells[scene].tolist()) - set(some.cuttings[scene].tolist()))
        assert float(cells[scene, empty].float().mean()) < 15, "noise alone"
        for colour, cell in zip(some.colours[scene], some.cells[scene], strict=True):
            bright = cells[scene, cell].flatten(0, 1).float()
            bright = bright[bright.sum(1).topk(6).indices].mean(0)
            assert (ink - bright).norm(dim=1).argmin() == colour


def test_a_pair_that_is_withheld_is_in_no_scene_to_learn_from_and_the_first_of_every_scene_of_tests():
    learned, tested = scenes(2000), scenes(400, withheld=True)
    pairs = [
        set(zip(some.colours[:, objects].flatten().tolist(), some.digits[:, objects].flatten().tolist(), strict=True))
        for some, objects in ((learned, slice(None)), (tested, slice(0, 1)), (tested, slice(1, None)))
    ]
    assert pairs[0].isdisjoint(pairs[1])
    assert pairs[2] <= pairs[0]
    assert [len(one) for one in pairs] == [48, 12, 48]
    assert {colour for colour, _ in pairs[1]} == set(range(6))
    assert {digit for _, digit in pairs[1]} == set(range(10))


def test_the_same_seed_gives_the_same_scenes_and_cells_are_put_together_as_they_were_cut():
    first, again, other = scenes(3, 5), scenes(3, 5), scenes(3, 6)
    assert torch.equal(first.pictures, again.pictures)
    assert not torch.equal(first.pictures, other.pictures)
    assert torch.equal(from_cells(in_cells(first.pictures)), first.pictures)
    assert torch.equal(in_cells(first.pictures)[0, 7], first.pictures[0, PATCH : 2 * PATCH, 2 * PATCH : 3 * PATCH])


def test_a_scene_that_is_moved_has_the_same_objects_in_cells_that_held_nothing():
    first = scenes(20)
    moved = first.moved(torch.Generator().manual_seed(0))
    rows = torch.arange(20)[:, None]
    assert torch.equal(in_cells(moved.pictures)[rows, moved.cells], in_cells(first.pictures)[rows, first.cells])
    for scene in range(20):
        before = {*first.cells[scene].tolist(), *first.cuttings[scene].tolist()}
        assert before.isdisjoint(moved.cells[scene].tolist())


def test_each_object_is_asked_for_by_its_colour_and_by_its_digit():
    some = scenes(2)
    asked = TASK.about(some)
    batch = asked.batch
    words = [TASK.vocabulary.words[i] for i in batch.ids[0].tolist()]
    answers = [TASK.vocabulary.words[i] for i in asked.answers[0].tolist()]
    colours = [tuple(COLOURS)[i] for i in some.colours[0].tolist()]
    digits = [str(i) for i in some.digits[0].tolist()]
    assert words == [w for c in colours for w in ("digit", c)] + [w for d in digits for w in ("colour", d)]
    assert answers == digits + colours
    assert int((batch.targets != NOT_ASKED).sum()) == 2 * 2 * 4


@torch.no_grad()
def test_the_share_is_of_the_weight_on_patches():
    asked = TASK.about(scenes(4))
    model = TASK.config(layers=1, heads=2, d_model=16).network(seed=1)
    record = model(asked.batch.ids, **asked.batch.given())
    share, top = looked(record, asked)
    weights = record.blocks[0].attention.weights
    row = weights[2, 1, 2 * 5 + 1, 16:]  # scene 2, head 1, question 5: the second object, by its digit
    cell = asked.scenes.cells[2, 1]
    assert float(share[2, 5, 0, 1]) == pytest.approx(float(row[cell] / row.sum()))
    assert bool(top[2, 5, 0, 1]) == (int(row.argmax()) == cell)


def test_the_shipped_model_looks_where_the_object_is_and_each_head_is_needed_for_its_own_questions():
    figures = shipped("picture").evaluation
    assert figures["answer right"] >= 0.95
    assert figures["colour head: share on the object’s patch"] >= 0.97
    assert figures["digit head: share on the object’s patch"] >= 0.87
    assert figures["colour head off: questions by colour right"] <= 0.15
    assert figures["digit head off: questions by digit right"] <= 0.20
    unharmed = [
        figures[f"{one} head off: questions by {other} right"]
        for one, other in (("colour", "digit"), ("digit", "colour"))
    ]
    whole = [figures[f"questions by {other}: right"] for other in ("digit", "colour")]
    assert all(after >= before - 0.02 for before, after in zip(whole, unharmed, strict=True))
    assert figures["the object’s patch unseen: answer right"] <= 0.1
    assert figures["another object’s patch unseen: answer right"] >= figures["answer right"] - 0.05
