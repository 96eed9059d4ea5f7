"""The Learn page's logic, run without a browser: what it reads, lessons by name and in a link, the making of one."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from attnviz import lessons
from attnviz.service import lessons as served
from attnviz.ui.state.session import KEY
from tests.ui.mounted import sent
from tests.ui.opening import opened_learn, said


def pressed(app: AppTest, name: str) -> None:
    app.button(key=name).click().run()
    assert not app.exception


def own(app: AppTest) -> lessons.Lesson:
    lesson = app.session_state[KEY].own_lesson
    assert isinstance(lesson, lessons.Lesson)
    return lesson


@pytest.mark.parametrize("model", ["grammar", "induction", "random", "minilm"])
@pytest.mark.parametrize("text", ["The cat sat", "Hello", "word " * 600, "🙂 مرحبا"])
def test_each_kind_of_model_reads_what_is_typed(model: str, text: str):
    opened_learn(model=model, text=text)


NONE = ("no-such", "~", "~!!!", "~eJwrSS0uAQAEXQHB", "~" + "A" * 60_000, "../secret", "\x00")


@pytest.mark.parametrize("asked", NONE)
def test_a_lesson_that_is_none_leaves_a_page_that_says_so(asked: str):
    app = opened_learn(lesson=asked)
    assert served.lesson_of(asked).problems[0].said in said(app)
    assert "lesson" not in app.query_params
    assert sent(app, "trace")[0]["rows"]["text"]["tokens"], "the way is shown, of the sentence that stands there"


def test_a_lesson_is_made_of_the_views_on_the_page():
    app = opened_learn(model="grammar", walk="softmax", pane="way", layer="1", head="0", query="8", key="2")
    pressed(app, "add_step")
    app.text_area(key="step_text_0_0").set_value("*sat* gives {weight(1.0, sat, cat)} to *cat*.").run()
    app.text_input(key="step_title_0_0").set_value("Look").run()
    pressed(app, "add_step")
    assert [step.title for step in own(app).steps] == ["Look", "Step 2"]
    view = own(app).steps[0].view
    assert (view.pane, view.step, view.head, view.query, view.key) == ("way", "softmax", "1.0", "sat", "cat")
    pressed(app, "Up_1")
    assert [step.title for step in own(app).steps] == ["Step 2", "Look"]
    pressed(app, "delete_0")
    assert [step.title for step in own(app).steps] == ["Look"]
    pressed(app, "show_lesson")
    asked = app.query_params["lesson"]
    asked = asked if isinstance(asked, str) else asked[0]
    read = lessons.resolved(served.lesson_of(asked))
    assert read["problems"] == []
    assert "gives 0.98 to" in read["steps"][0]["html"]
    assert served.as_file(own(app)).startswith("<!doctype html>")


def test_what_cannot_be_a_step_is_said_and_the_lesson_stays():
    app = opened_learn(model="grammar")
    pressed(app, "add_step")
    app.text_area(key="step_text_0_0").set_value("x" * 5000).run()
    assert not app.exception
    assert "at most 4,000 characters" in app.session_state[KEY].lesson_problem
    assert len(own(app).steps) == 1


def test_a_shipped_lesson_is_copied_and_changed():
    app = opened_learn(lesson="who-sat")
    pressed(app, "copy_lesson")
    assert own(app) == lessons.shipped()[0]
    pressed(app, "delete_0")
    assert len(own(app).steps) == len(lessons.shipped()[0].steps) - 1


def test_steps_that_are_called_alike_keep_their_own_texts():
    app = opened_learn(model="grammar")
    for i, text in enumerate(("one", "two")):
        pressed(app, "add_step")
        app.text_input(key=f"step_title_{i}_0").set_value("Look").run()
        app.text_area(key=f"step_text_{i}_0").set_value(text).run()
    pressed(app, "Up_1")
    assert [area.value for area in app.text_area if area.label == "What there is to see"] == ["two", "one"]
    app.text_input(key="step_title_0_1").set_value("Look again").run()
    assert [(step.title, step.text) for step in own(app).steps] == [("Look again", "two"), ("Look", "one")]


def test_what_other_pages_have_chosen_waits_for_them():
    app = opened_learn(model="grammar", off="1.0", second="0.2", over="0.1", changes="temperature:2")
    view = app.session_state[KEY].view
    assert [str(head) for head in view.off] == ["1.0"]
    assert (view.second, view.over, len(view.changes)) == ((0, 2), ((0, 1),), 1)
