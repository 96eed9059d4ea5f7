"""What a page remembers of a person is one record."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from streamlit.testing.v1 import AppTest

from attnviz.models.options import ScratchOptions
from attnviz.ui.state.session import KEY, WIDGETS, Session
from attnviz.ui.state.view import View
from tests.ui.mounted import sent
from tests.ui.opening import APP

UI = Path(__file__).parent.parent.parent / "attnviz" / "ui"


def test_a_page_goes_on_from_a_record_that_a_test_made():
    view = View(text="one two three", model="random", layer=0, head=5, query=1, options=ScratchOptions(heads=8))
    app = AppTest.from_file(APP, default_timeout=60)
    app.session_state[KEY] = Session.of(view)
    app.run()
    assert not app.exception
    assert app.text_area(key="text").value == "one two three"
    answer = sent(app, "follower")[0]["state"]
    assert (answer["head"], answer["query"]) == (5, 1)
    assert app.query_params == {"text": "one two three", "model": "random", "layer": "0", "head": "5", "query": "1",
                                "heads": "8"}  # fmt: skip


def test_no_page_keeps_a_loose_key_of_what_the_record_holds():
    held = {field.name for record in (Session, View) for field in fields(record)} - {*WIDGETS, "options", "id"}
    loose = re.compile(rf"(?:session_state|\bstate)(?:\.|\[\"|\.get\(\")({'|'.join(held)})\b(?!\()")
    for path in UI.rglob("*.py"):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if "import" not in line]
        assert not loose.search("\n".join(lines)), path
