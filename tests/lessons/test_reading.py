"""Lessons as files: read, written, linked; and whatever is wrong in one, with its line."""

from __future__ import annotations

import base64
import random
import zlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attnviz import lessons
from attnviz.errors import AttnvizError
from attnviz.lessons import ASKS, PANES, STEPS, Lesson, Step, View
from attnviz.lessons.lesson import LONGEST_TEXT, MOST_CHARACTERS, MOST_PROBLEMS, MOST_STEPS
from attnviz.lessons.text.links import MOST_LINK
from attnviz.texts import clean_text

WHOLE = """title = "Cats"
about = "What cats do."
minutes = 5
sentence = "The cat sat on the mat"
model = "grammar"

[[step]]
title = "One"
text = \"\"\"
It gives **{weight(1.0, sat, cat)}**.

[[step]]
title = "no header: it stands in a text"
\"\"\"
claims = ["weight(1.0, sat, cat) > 0.9"]
[step.view]
pane = "explore"
step = "softmax"
head = "1.0"
query = "sat"
key = "the#2"
changes = ["causal", "temperature:2"]
[step.question]
ask = "most"

[[step]]
title = "Two"
model = "minilm"
sentence = "Hello"
"""


def problems(text: str) -> list[tuple[int, str]]:
    return [(problem.line, problem.said) for problem in lessons.read(text).problems]


def test_a_lesson_is_read_as_it_is_written():
    lesson = lessons.read(WHOLE)
    assert lesson.problems == ()
    assert (lesson.title, lesson.about, lesson.minutes, lesson.model) == ("Cats", "What cats do.", 5, "grammar")
    one, two = lesson.steps
    assert one.text.startswith("It gives **{weight(1.0, sat, cat)}**.\n\n[[step]]\n")
    assert one.view == View("explore", "softmax", "1.0", "sat", "the#2", ("causal", "temperature:2"))
    assert (one.ask, one.claims) == ("most", ("weight(1.0, sat, cat) > 0.9",))
    assert two == Step("Two", sentence="Hello", model="minilm")


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('title = "Cats"', "title = 3", 1, "“title” is a text in quotes, not a number."),
        ('title = "Cats"', 'titel = "Cats"', 1, "A lesson has no “titel”"),
        ("minutes = 5", "minutes = -5", 3, "“minutes” is a whole number from 1 to 600"),
        ("minutes = 5", "minutes = true", 3, "not true"),
        ('model = "grammar"', 'model = "/etc/passwd"', 5, "There is no “/etc/passwd”."),
        ('pane = "explore"', 'pane = "explorer"', 17, "“pane” is one of way, explore"),
        ('step = "softmax"', 'step = "hardmax"', 18, "“step” is one of words, ids"),
        ('head = "1.0"', "head = 1.0", 19, "“head” is a text in quotes, not a number."),
        ('changes = ["causal", "temperature:2"]', 'changes = "causal"', 22, "“changes” is a list of texts in quotes"),
        ('ask = "most"', 'ask = "least"', 24, "“ask” is one of most"),
        ("[step.question]", "[step.questions]", 23, "A step has no “questions”"),
        ('title = "Two"', "title = 1979-05-27", 27, "not a date or time."),
        ('title = "Two"', "claims = [1]", 26, "There is no “title” here."),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_the_rest_is_read(old, new, line, said):
    assert old in WHOLE
    lesson = lessons.read(WHOLE.replace(old, new, 1))
    assert any(p.line == line and said in p.said for p in lesson.problems), lesson.problems
    assert len(lesson.steps) == 2
    assert lesson.steps[0].text == lessons.read(WHOLE).steps[0].text


def test_a_lesson_that_is_no_toml_loses_the_damaged_step_alone():
    damaged = 'title = "Cats"\n[[step]]\ntitle = "One"\n[[step]]\ntitle = \n[[step]]\ntitle = "Three"\ntxt = ""\n'
    lesson = lessons.read(damaged)
    assert [step.title for step in lesson.steps] == ["One", "Three"]
    assert [problem.line for problem in lesson.problems] == [5, 8]
    assert "not written as TOML: Invalid value" in lesson.problems[0].said
    open_string = lessons.read('title = "Cats"\n[[step]]\ntitle = "One"\ntext = """no end\n[[step]]\ntitle = "Two"')
    assert [step.title for step in open_string.steps] == ["Two"]
    assert lessons.read('title = "Cats\n[[step]]\ntitle = "One"').steps[0].title == "One"


def test_a_damaged_line_before_the_steps_leaves_the_steps():
    lesson = lessons.read('title = Cats\nminutes = 5\n[[step]]\ntitle = "One"\ntext = "x"')
    assert lesson.steps == (Step("One", "x"),)
    assert lesson.problems[0].line in (0, 1)
    assert any("What stands before the first step" in p.said and p.line == 1 for p in lesson.problems)


def test_ten_thousand_steps_are_too_many_and_that_is_said():
    text = 'title = "x"\n' + '[[step]]\ntitle="y"\n' * 3_000
    lesson = lessons.read(text)
    assert len(lesson.steps) == MOST_STEPS
    assert lesson.problems == (
        lessons.Problem(2 + 2 * MOST_STEPS, f"A lesson has at most {MOST_STEPS} steps: the rest is left out."),
    )
    ten_thousand = lessons.read('title = "x"\n' + '[[step]]\ntitle="y"\n' * 10_000)
    assert "too large for a lesson" in ten_thousand.problems[0].said
    damaged = lessons.read(text + "?")
    assert len(damaged.steps) == MOST_STEPS
    assert any("at most" in problem.said for problem in damaged.problems)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "step = 3",
        "step = [1, 2]",
        "[step]\ntitle = 'x'",
        "x = " + "[" * 5_000,
        "x = " + "9" * 50_000,
        "a." * 20_000 + "b = 1",
        "\ud800 = 1",
        "\ufefftitle = 'x'",
        "x" * (MOST_CHARACTERS + 1),
        "[[step]]\n[[step.view]]\n",
        "[[step]]\nview = []\nquestion = 3\nclaims = {}",
    ],
)
def test_nothing_that_is_written_makes_reading_fail(text):
    lesson = lessons.read(text)
    assert lesson.problems
    assert all(str(problem).strip() for problem in lesson.problems)


@settings(max_examples=150)
@given(st.text(alphabet=st.sampled_from(list("[]step=\"'\\\n.{}ab1 #,")), max_size=200))
def test_no_text_makes_reading_fail(text):
    assert isinstance(lessons.read(text), Lesson)


@settings(max_examples=150)
@given(st.integers(0, len(WHOLE)), st.integers(0, 40), st.text(max_size=5))
def test_whatever_is_cut_out_of_a_lesson_the_rest_is_read_and_what_is_wrong_stands_in_a_line_of_it(at, length, put):
    text = WHOLE[:at] + put + WHOLE[at + length :]
    lesson = lessons.read(text)
    assert all(0 <= problem.line <= text.count("\n") + 1 for problem in lesson.problems)
    assert lesson.steps or lesson.problems


said = st.text(max_size=40).map(lambda text: clean_text(text).strip())
views = st.builds(
    View, st.sampled_from(PANES), st.sampled_from(STEPS), said, said, said, st.lists(said, max_size=3).map(tuple)
)
steps = st.builds(
    Step,
    said.filter(bool),
    st.text(max_size=80).map(lambda text: clean_text(text).strip("\n")),
    views,
    said,
    st.sampled_from(["", "minilm", "grammar@50"]),
    st.sampled_from(["", *ASKS]),
    st.lists(said, max_size=3).map(tuple),
)
made = st.builds(
    Lesson,
    said.filter(bool),
    st.lists(steps, min_size=1, max_size=4).map(tuple),
    said,
    st.integers(1, 600),
    said.filter(bool),
    st.sampled_from(["grammar", "random"]),
)


@settings(max_examples=150)
@given(made)
def test_a_lesson_that_is_written_and_read_is_the_same(lesson):
    again = lessons.read(lessons.written(lesson))
    assert again == lesson
    assert again.problems == ()
    assert lessons.from_link(lessons.to_link(lesson)) == lesson


def test_nothing_that_is_not_said_is_written():
    written = lessons.written(Lesson("Cats", (Step("One"),)))
    assert "[step.view]" not in written
    assert "claims" not in written


@pytest.mark.parametrize("lesson", lessons.shipped(), ids=lambda lesson: lesson.name)
def test_a_lesson_is_a_link_of_letters_that_need_no_escape_and_not_a_long_one(lesson):
    link = lessons.to_link(lesson)
    assert len(link) < 4_000
    assert link.replace("-", "").replace("_", "").isalnum()


def test_a_link_that_is_damaged_or_a_bomb_is_told_and_not_unpacked():
    link = lessons.to_link(Lesson("Cats", (Step("One", "some text " * 20),)))
    for damaged in (link[:-6], link[:10] + link[14:], "?" + link, "", "é", "AAAA", "x" * (MOST_LINK + 1)):
        found = lessons.from_link(damaged)
        assert found.steps == ()
        assert found.problems
    bomb = base64.urlsafe_b64encode(zlib.compress(b"x" * 10_000_000, 9)).decode()
    assert len(bomb) < MOST_LINK
    assert "holds more than a lesson may" in lessons.from_link(bomb).problems[0].said


@settings(max_examples=100)
@given(st.text(max_size=60))
def test_no_link_makes_reading_fail(link):
    assert isinstance(lessons.from_link(link), Lesson)


def test_a_lesson_that_is_too_long_for_a_link_says_so():
    draw = random.Random(0)
    noise = ["".join(draw.choices("abcdefghijklmnop", k=1_500)) for _ in range(MOST_STEPS)]
    with pytest.raises(AttnvizError, match="Save it as a file"):
        lessons.to_link(Lesson("Cats", tuple(Step("One", text) for text in noise)))


def test_a_teacher_adds_moves_removes_and_renames():
    lesson = Lesson("Mine").with_step(View(head="1.0"), "one").with_step(View(), "two", title="B", sentence="Hello")
    lesson = lesson.with_step(View(), "three")
    assert [step.title for step in lesson.steps] == ["Step 1", "B", "Step 3"]
    assert [step.text for step in lesson.moved(2, 0).steps] == ["three", "one", "two"]
    assert [step.text for step in lesson.moved(0, 2).steps] == ["two", "three", "one"]
    assert [step.text for step in lesson.without(1).steps] == ["one", "three"]
    assert lesson.renamed("Ours", about="cats") == replace(lesson, title="Ours", about="cats")
    assert lesson.rewritten(1, text="zwei").steps[1] == replace(lesson.steps[1], text="zwei")
    assert len(lesson.steps) == 3  # it is frozen: each gives another


@pytest.mark.parametrize(
    "change",
    [
        lambda lesson: lesson.moved(0, 1),
        lambda lesson: lesson.without(-1),
        lambda lesson: lesson.renamed("  "),
        lambda lesson: lesson.renamed("x" * 201),
        lambda lesson: lesson.rewritten(3, text="x"),
        lambda lesson: lesson.with_step(View(), "x" * (LONGEST_TEXT + 1)),
        lambda lesson: replace(lesson, steps=lesson.steps * MOST_STEPS).with_step(View(), "one more"),
    ],
)
def test_what_a_teacher_cannot_do_is_said(change):
    with pytest.raises(AttnvizError):
        change(Lesson("Mine").with_step(View(), "one"))


def test_of_very_many_problems_the_first_are_told_and_how_many_more_there_are():
    found = lessons.read("".join(f"k{i:04} = 1\n" for i in range(5_000)) + "[[step]]\ntitle = 'x'").problems
    assert len(found) == MOST_PROBLEMS + 1
    assert found[-1].said == f"There are {5_000 + 1 - MOST_PROBLEMS} more problems like these."
