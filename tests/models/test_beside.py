"""The model that is asked with two hops: which digit is left of the red one?"""

from __future__ import annotations

import pytest
import torch
from attnviz.models.choosing import chosen_for

import attnviz
from attnviz import Unseen
from attnviz.contents import Pixels
from attnviz.models import ModelError, check, load_model
from attnviz.request import Picture
from attnviz.training.pictures.beside import BesideTask
from attnviz.training.scenes import COLOURS, from_cells, in_cells

TASK = BesideTask()
SCENE = TASK.scenes(TASK.shown[0])
RED = SCENE.colours[0].tolist().index(tuple(COLOURS).index("red"))  # the object that the question names
QUESTION = TASK.question


@pytest.fixture(scope="module")
def model():
    return load_model("beside", device="cpu")


def answered(model, picture=None, **given) -> str:
    asked = SCENE.picture(0) if picture is None else picture
    return model.word(int(model.probabilities(asked, 1, question=QUESTION, **given).argmax()))


def left_of_red() -> int:
    cells = SCENE.cells[0].tolist()
    return cells.index(cells[RED] - 1)


def test_its_question_looks_at_the_answer_and_the_answer_s_patch_has_looked_at_the_one_that_is_named(model):
    trace = model.trace(SCENE.picture(0), question=QUESTION)
    assert [token.label for token in trace.tokens[:2]] == ["left", "red"]
    answer, named = (2 + int(SCENE.cells[0, one]) for one in (left_of_red(), RED))
    row = trace.layers[1].weights[model.first_look.head, 1]
    assert int(row.argmax()) == answer
    assert float(row[answer]) >= 0.8
    assert float(trace.layers[0].weights[:, answer, named].mean()) > 0.2
    assert check(model, trace).difference <= 1e-6
    assert answered(model) == str(int(SCENE.digits[0, left_of_red()]))


def test_in_the_first_layer_a_patch_sees_those_beside_it_and_a_question_itself(model):
    first, last = attnviz.trace(SCENE.picture(0), model="beside", question=QUESTION).layers
    seen = [(layer.mask[0] == 0) for layer in (first, last)]
    assert seen[0][1].nonzero()[:, 0].tolist() == [0, 1]
    assert seen[0][2 + 12].nonzero()[:, 0].tolist() == [2 + cell for cell in (7, 11, 12, 13, 17)]
    assert seen[0][2 + 4].nonzero()[:, 0].tolist() == [2 + cell for cell in (3, 4, 9)], "no row goes on in the next"
    assert bool(seen[1][:, 2:].all())


def test_without_the_answer_s_patch_or_the_named_one_s_the_answer_is_lost_and_without_another_it_stays(model):
    right = answered(model)
    without = [answered(model, changes=[Unseen(key=2 + int(SCENE.cells[0, one]))]) == right for one in range(4)]
    assert without == [one not in (RED, left_of_red()) for one in range(4)]


def test_where_two_digits_change_places_the_answer_is_the_one_that_stands_there_now(model):
    cells = in_cells(SCENE.pictures)
    here, other = left_of_red(), next(one for one in range(4) if one not in (RED, left_of_red()))
    a, b = (int(SCENE.cells[0, one]) for one in (here, other))
    cells[:, [a, b]] = cells[:, [b, a]]
    assert answered(model, from_cells(cells)[0].numpy()) == str(int(SCENE.digits[0, other]))


def test_a_question_of_one_hop_is_refused_and_who_learned_that_is_chosen_for_each(model):
    with pytest.raises(ModelError, match="Ask “which digit is left of the red one"):
        model.trace(SCENE.picture(0), question="which digit is red?")
    pixels = Pixels.of(SCENE.picture(0))
    assert chosen_for(Picture(pixels, QUESTION)).weights.name == "beside"
    assert chosen_for(Picture(pixels, "which digit is red?")).weights.name == "picture"


def test_untrained_it_looks_at_all_patches_alike(model):
    first = model.untrained()
    row = first.trace(SCENE.picture(0), question=QUESTION).layers[1].weights[:, 1]
    assert float(row.max()) < 0.2
    assert torch.allclose(row.sum(-1), torch.ones(len(row)))
