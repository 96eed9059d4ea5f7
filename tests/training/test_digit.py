"""One digit stands whole among cuttings of others, and [CLS] is to say which it is."""

from __future__ import annotations

import pytest

from attnviz import AttnvizError
from attnviz.training.checkpoint import shipped
from attnviz.training.pictures.digit import DigitTask
from attnviz.training.scenes import in_cells, scenes

TASK = DigitTask()


def test_one_digit_is_whole_and_fourteen_others_are_there_in_part():
    some = scenes(40, layout=TASK.layout)
    assert some.cells.shape == (40, 1)
    assert some.cuttings.shape == (40, 14)
    cells = in_cells(some.pictures).float().mean((2, 3, 4))  # [scene, cell]
    empty = cells.scatter(1, some.cells, 0).scatter(1, some.cuttings, 0)
    assert float(empty.max()) < 15, "noise alone"
    whole = cells.gather(1, some.cells)[:, 0]
    assert float((whole > cells.gather(1, some.cuttings).mean(1)).float().mean()) > 0.9


def test_nothing_is_asked_and_the_answer_is_read_at_cls():
    asked = TASK.about(scenes(3, layout=TASK.layout))
    assert [[TASK.vocabulary.words[i] for i in row] for row in asked.batch.ids.tolist()] == [["[CLS]"]] * 3
    assert asked.places.tolist() == [0]
    answers = [int(TASK.vocabulary.words[i]) for i in asked.answers[:, 0].tolist()]
    assert answers == asked.scenes.digits[:, 0].tolist()
    (word,) = TASK.words("")
    assert (word.label, word.special) == ("[CLS]", True)
    with pytest.raises(AttnvizError, match="“which digit\\?”: it is asked nothing"):
        TASK.words("which digit?")


def test_the_shipped_model_looks_at_the_digit_wherever_it_stands():
    figures = shipped("digit").evaluation
    assert figures["answer right"] >= 0.93
    assert figures["digit head: top patch is the object’s"] >= 0.98
    assert figures["digit head: top patch is the object’s, moved to another cell"] >= 0.98
    assert figures["all heads off: answer right"] <= 0.15
    assert figures["the object’s patch unseen: answer right"] <= 0.2
