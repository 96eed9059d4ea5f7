"""Four digits stand together, and each is asked for by another, beside which it stands."""

from __future__ import annotations

import pytest
import torch

from attnviz import AttnvizError
from attnviz.training.checkpoint import shipped
from attnviz.training.pictures.beside import ASKED, SIDES, BesideTask
from attnviz.training.pictures.looking import looked
from attnviz.training.scenes import ACROSS, COLOURS, scenes

TASK = BesideTask()


def apart(some, scene: int, a: int, b: int) -> tuple[int, int]:
    """Rows and columns from object a to object b."""
    (row, column), (to_row, to_column) = (divmod(int(some.cells[scene, one]), ACROSS) for one in (a, b))
    return to_row - row, to_column - column


def test_each_of_four_digits_is_reached_from_cell_to_cell():
    some = scenes(200, layout=TASK.layout)
    for scene in range(200):
        reached, new = {0}, [0]
        while new:
            here = new.pop()
            beside = {b for b in range(4) if sum(map(abs, apart(some, scene, here, b))) == 1}
            new += beside - reached
            reached |= beside
        assert reached == {0, 1, 2, 3}
        assert len({*some.cells[scene].tolist(), *some.cuttings[scene].tolist()}) == 8
    assert len({*some.cells.flatten().tolist()}) == ACROSS**2, "they stand anywhere"


def test_the_answer_stands_on_the_side_that_is_asked_of_the_one_that_is_named():
    asked = TASK.about(scenes(50, 1, layout=TASK.layout))
    words, some = TASK.vocabulary.words, asked.scenes
    assert asked.answers.shape == (50, ASKED)
    for scene in range(50):
        said = [words[i] for i in asked.batch.ids[scene].tolist()]
        for question in range(ASKED):
            side, colour = said[2 * question : 2 * question + 2]
            named = some.colours[scene].tolist().index(tuple(COLOURS).index(colour))
            thing = int(asked.things[scene, question])
            assert apart(some, scene, named, thing) == SIDES[side]
            assert words[int(asked.answers[scene, question])] == str(int(some.digits[scene, thing]))
            assert int(TASK.named(asked)[scene, question]) == named
        assert len(set(zip(said[::2], said[1::2], strict=True))) == ASKED, "each is asked once"


def test_whose_patch_the_first_object_s_is():
    asked = TASK.about(scenes(20, layout=TASK.layout))
    whose, named = TASK.whose(asked), TASK.named(asked)
    assert torch.equal(whose == 0, asked.things == 0)
    assert torch.equal(whose == 1, named == 0)
    assert set(whose.flatten().tolist()) == {0, 1, 2}


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Which digit is left of the red one?", ["left", "red"]),
        ("what stands to the right of the white digit", ["right", "white"]),
        ("which number is under the blue one?", ["below", "blue"]),
        ("above green", ["above", "green"]),
    ],
)
def test_a_question_is_read_as_a_side_and_a_colour(question, words):
    assert [word.piece for word in TASK.words(question)] == words


@pytest.mark.parametrize("question", ["which digit is red?", "left of the 7", "red left", "left of the pink one", ""])
def test_another_question_is_refused_with_one_that_can_be_asked(question):
    with pytest.raises(AttnvizError, match="Ask “which digit is left of the red one\\?”"):
        TASK.words(question)


def test_every_question_that_is_offered_can_be_read_and_has_an_answer():
    for seed in TASK.shown:
        some = TASK.scenes(seed)
        offered = TASK.questions_of(some)
        assert len(offered) in (6, 8)
        asked = TASK.about(some).batch.ids[0].view(-1, 2).tolist()
        assert [[word.id for word in TASK.words(one)] for one in offered][:ASKED] == asked
    assert TASK.questions_of(TASK.scenes(TASK.shown[0]))[0] == TASK.question


@torch.no_grad()
def test_where_a_question_may_look_at_no_patch_it_looks_at_none():
    asked = TASK.about(scenes(4, layout=TASK.layout))
    model = TASK.config(layers=2, heads=2, d_model=16).network(seed=1)
    share, top = looked(model(asked.batch.ids, **asked.batch.given()), asked)
    assert not share[:, :, 0].any()
    assert not top[:, :, 0].any()
    assert float(share[:, :, 1].min()) > 0


def test_the_shipped_model_looks_at_the_answer_and_needs_both_hops():
    figures = shipped("beside").evaluation
    assert figures["answer right"] >= 0.93
    assert figures["answer head: layer"] == 1
    assert figures["answer head: share on the object’s patch"] >= 0.8
    assert figures["answer head: share on the named one’s patch"] <= 0.05
    assert figures["first layer off: answer right"] <= 0.4
    assert figures["last layer off: answer right"] <= 0.15
    assert figures["the answer’s patch unseen: answer right"] <= 0.1
    assert figures["the named one’s patch unseen: answer right"] <= 0.5, "a third would be a guess among the rest"
    assert figures["another object’s patch unseen: answer right"] >= figures["answer right"] - 0.03
