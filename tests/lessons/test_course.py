"""The lessons that come with attnviz: every claim is true, no number is typed, and each can be read in ten minutes."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from attnviz import lessons
from attnviz.lessons import Lesson
from attnviz.lessons.inputs import scene_of
from attnviz.lessons.measures.references import Place, holds
from attnviz.lessons.runs import Runs
from attnviz.lessons.text.markup import by_hand, references
from attnviz.tokens import FrameToken
from attnviz.training.pictures.looking import SceneTask
from attnviz.training.registry import TASKS
from attnviz.training.sounds.voice import WITHHELD

COURSE = lessons.shipped()
NAMES = [lesson.name for lesson in COURSE]
each_lesson = pytest.mark.parametrize("lesson", COURSE, ids=NAMES)
# What a text says in words about a number.
JUDGED = re.compile(
    r"\b(nearly (?:all|everything|as much)|hardly|largest|strongest|highest|runner-up|falls|sharper|most of its weight|"
    r"much less|about the same|less than half|far ahead|first guess)\b"
)


# Where one computes along, readers needed a minute for so many words: twelve for 734.
COMPUTED_ALONG, BY_HAND = ("query-key-value", "from-scores-to-weights"), 60
_SOUND = Place(Runs(lessons.load), "voice", "camiture")


def told(lesson: Lesson) -> dict[str, Any]:
    return lessons.resolved(lesson)


def words_of(html: str) -> list[str]:
    return re.sub(r"<[^>]+>", " ", html).split()


def test_there_are_thirteen_in_the_order_of_a_course():
    assert NAMES == [
        "who-sat",
        "words-become-numbers",
        "query-key-value",
        "from-scores-to-weights",
        "many-heads",
        "the-whole-way",
        "where-it-comes-from",
        "is-attention-an-explanation",
        "kinds-of-attention",
        "the-next-word",
        "translation",
        "a-picture",
        "a-sound",
    ]
    assert [path.name[:2] for path in sorted((Path(lessons.__file__).parent / "course").glob("*.toml"))] == [
        f"{i:02}" for i in range(1, 14)
    ]
    assert all(lesson.sentence == "The cat, which was black, sat on the mat" for lesson in COURSE[:8])


@each_lesson
def test_every_claim_is_true(lesson):
    assert lessons.untrue(lesson) == ()
    assert sum(len(step.claims) for step in lesson.steps) >= 7


@each_lesson
def test_nothing_is_wrong_in_it_and_no_number_is_typed(lesson):
    assert lesson.problems == ()
    assert by_hand(lesson) == ()
    found = told(lesson)
    assert found["problems"] == []
    assert not any("{" in step["html"] for step in found["steps"])
    assert json.loads(json.dumps(found)) == found


@each_lesson
def test_it_can_be_read_in_ten_minutes(lesson):
    found = told(lesson)
    assert 6 <= len(found["steps"]) <= 9
    words = sum(len(words_of(step["html"])) for step in found["steps"])
    assert 500 <= words <= 900
    assert words / BY_HAND <= 9.5 or lesson.name not in COMPUTED_ALONG
    assert lesson.minutes <= 10
    for step in found["steps"]:
        assert 25 <= len(words_of(step["html"])) <= 160, step["title"]
        assert len(step["title"]) <= 45


@each_lesson
def test_what_is_judged_in_words_has_a_claim(lesson):
    for step in lesson.steps:
        if JUDGED.search(step.text) and references(step.text):
            assert step.claims, step.title


@each_lesson
def test_what_a_question_asks_has_one_right_answer(lesson):
    for step in lesson.steps:
        if step.ask == "most":
            of = f"{step.view.head}, {step.view.query}"
            strongest = f"strongest({of})"
            assert any(claim.startswith(strongest) for one in lesson.steps for claim in one.claims)


@each_lesson
def test_it_is_the_same_through_its_file_and_through_a_link(lesson):
    assert lessons.read(lessons.written(lesson)) == lesson
    assert lessons.from_link(lessons.to_link(lesson)) == lesson


def test_every_step_of_a_lesson_shows_what_it_speaks_of():
    for lesson in COURSE:
        for step in lesson.steps:
            assert step.source.first > 1
            assert step.view.query, f"{lesson.name}: {step.title} has no word that looks"


def test_what_the_lesson_on_a_sound_says_of_syllables_and_frames_is_so():
    assert {"ca", "mi", "tu", "re", "so"} <= set(WITHHELD)
    _, trace = lessons.load("voice", "camiture", ())
    first = trace.inputs["sound"][0]
    assert isinstance(first, FrameToken)
    assert 1 / (first.end - first.start) == pytest.approx(25)
    heads = [str(head) for head in trace.shape.heads() if head.part == "cross"]
    stairs = sum(all(holds(f"sounding({head}, {letter}) > 0.6", _SOUND) for letter in "camiture") for head in heads)
    assert len(heads) == 8
    assert stairs > 4, "most of them make a staircase"


def test_what_the_lesson_on_a_picture_says_of_its_scene_is_so():
    task = TASKS["picture"]
    assert isinstance(task, SceneTask)
    found = task.questions_of(scene_of(task, "scene-4"))
    assert "which digit is red?" in found
    assert "which colour is the 3?" in found
    assert "which digit is green?" not in found


def test_a_claim_that_is_turned_round_is_found_false():
    turned, count = str.maketrans("<>", "><"), 0
    for lesson in COURSE:
        for step in lesson.steps:
            for claim in step.claims:
                if "<" in claim or ">" in claim:
                    count += 1
                    one = replace(lesson, steps=(replace(step, claims=(claim.translate(turned),)),))
                    assert len(lessons.untrue(one)) == 1, claim
    assert count > 60
