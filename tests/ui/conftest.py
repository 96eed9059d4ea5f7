"""What tests of the pages share."""

from __future__ import annotations

import pytest

from attnviz.ui.cards import mounts
from attnviz.ui.pages import explore
from tests.ui.mounted import Browser


@pytest.fixture(autouse=True)
def no_browser_to_wait_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explore, "DRAWING", 0.0)


@pytest.fixture
def chooser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    """A stand-in for the explorer's JavaScript, with which a test makes choices."""
    browser = Browser()
    monkeypatch.setattr(mounts, "_component", browser.component)
    return browser
