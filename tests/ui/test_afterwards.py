"""What a page is told once its picture is there: it waits until others have been told theirs."""

from __future__ import annotations

from threading import Event, Thread

import pytest

from attnviz.service import process
from attnviz.service.turns import Turns
from attnviz.ui.cards import mounts
from tests.ui.opening import opened

TEXT = "The dogs that saw the cat sleep"


def test_a_picture_waits_for_nobody_and_what_is_told_beside_it_takes_turns(monkeypatch: pytest.MonkeyPatch):
    turns, drawn, told = Turns(1), Event(), Event()
    for name, happened in (("trace", drawn), ("notes", told)):
        mount = getattr(mounts, name)
        monkeypatch.setattr(mounts, name, lambda *given, m=mount, h=happened, **more: (m(*given, **more), h.set())[0])
    monkeypatch.setattr(process, "AFTERWARDS", turns)
    page = Thread(target=opened, kwargs={"text": TEXT})
    with turns.turn():  # somebody else's
        page.start()
        assert drawn.wait(60)
        page.join(0.2)
        assert page.is_alive()
        assert not told.is_set()
    page.join(60)
    assert told.is_set()
