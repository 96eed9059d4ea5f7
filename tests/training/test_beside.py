"""A question of two steps: four digits stand side by side, and each pair is asked for in both directions."""

from __future__ import annotations

import pytest
import torch

from attnviz import AttnvizError
from attnviz.training.beside import BesideTask
from attnviz.training.checkpoint import shipped
from attnviz.training.measures import head_weights
from attnviz.training.scenes import ACROSS, COLOURS, DIRECTIONS, beside, scenes

TASK = BesideTask()


def test_every_cell_has_its_neighbours_in_four_directions():
    near = beside()
    found = {name: near[i, 7].nonzero()[:, 0].tolist() for i, name in enumerate(DIRECTIONS)}
    assert found == {"left": [6], "right": [8], "above": [2], "below": [12]}
    assert near.sum((1, 2)).tolist() == [20] * 4, "none goes round an edge"


def test_each_digit_stands_beside_another_and_cuttings_anywhere_else():
    some = scenes(60, layout=TASK.layout)
    near = beside().any(0)[some.cells[:, :, None], some.cells[:, None, :]]  # [scene, object, object]
    assert near.any(-1).all()
    for row in torch.cat([some.cells, some.cuttings], 1).tolist():
        assert len(set(row)) == 10
    assert len({tuple(row) for row in (some.cells - some.cells.amin(1, keepdim=True)).tolist()}) > 20, "many ways"


def test_the_answer_is_the_digit_that_stands_where_it_is_asked_for():
    asked = TASK.about(scenes(20, layout=TASK.layout))
    some, words = asked.scenes, TASK.vocabulary.words
    for scene in range(20):
        at = {divmod(cell, ACROSS): i for i, cell in enumerate(some.cells[scene].tolist())}
        colours = [tuple(COLOURS)[i] for i in some.colours[scene].tolist()]
        ids = asked.batch.ids[scene].view(-1, 2).tolist()
        for (where, colour), answer in zip(ids, asked.answers[scene].tolist(), strict=True):
            down, across = DIRECTIONS[words[where]]
            row, column = divmod(int(some.cells[scene, colours.index(words[colour])]), ACROSS)
            assert words[answer] == str(int(some.digits[scene, at[row + down, column + across]]))
    questions = TASK.questions_of(some)
    assert len(set(questions)) == len(questions) in (6, 8)
    for question in questions:
        assert len(TASK.words(question)) == 2


@torch.no_grad()
def test_the_weight_from_the_answer_to_the_named_one_is_measured_by_direction():
    asked = TASK.about(scenes(5, layout=TASK.layout))
    record = TASK.config(layers=2, heads=2, d_model=16).network(seed=1)(asked.batch.ids, **asked.batch.given())
    directions, named, things = TASK.pairs(asked.scenes)
    tables = TASK.more_of(record, asked)
    scene, question = 3, 2
    at, to = (16 + int(asked.scenes.cells[scene, int(one[scene, question])]) for one in (things, named))
    weight = head_weights(record)[1, scene, 0, at, to]
    assert float(tables["neighbour"][scene, question, 1, 0]) == pytest.approx(float(weight))
    for i, name in enumerate(DIRECTIONS):
        is_of_it = ~tables[f"{name}, neighbour"][..., 0, 0].isnan()
        assert torch.equal(is_of_it, directions == i)


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("which digit is left of the red one?", ["left", "red"]),
        ("What number stands to the right of white", ["right", "white"]),
        ("above blue", ["above", "blue"]),
        ("Which digit is under the green one?", ["below", "green"]),
    ],
)
def test_a_question_may_be_asked_in_several_ways(question, read):
    assert [word.piece for word in TASK.words(question)] == read


@pytest.mark.parametrize("question", ["which digit is red?", "left", "left of the 7", "left right", "who is that?", ""])
def test_another_question_is_refused_with_what_can_be_asked(question):
    with pytest.raises(AttnvizError, match="Ask “which digit is left of the red one\\?”"):
        TASK.words(question)


def test_the_shipped_model_takes_two_steps():
    figures = shipped("beside").evaluation
    assert figures["answer right"] >= 0.8
    assert figures["answer head: layer"] == 1
    for name in DIRECTIONS:
        assert figures[f"{name}-of head: layer"] == 0
    assert figures["all heads of layer 0 off: answer right"] <= 0.45
    assert figures["the object’s patch unseen: answer right"] <= 0.2
