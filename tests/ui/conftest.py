"""What tests of the pages share."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from streamlit.components.v2 import manifest_scanner

from attnviz.ui.cards import mounts
from attnviz.ui.pages import explore
from tests.support.saving import made, saved
from tests.ui.mounted import Browser


@pytest.fixture(scope="session", autouse=True)
def packages_are_looked_through_once() -> Iterator[None]:
    """Each app of a test would search all installed packages for components, for a tenth of a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(autouse=True)
def no_browser_to_wait_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explore, "DRAWING", 0.0)


@pytest.fixture
def chooser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    """A stand-in for the explorer's JavaScript, with which a test makes choices."""
    browser = Browser()
    monkeypatch.setattr(mounts, "_component", browser.component)
    return browser


@pytest.fixture(scope="session")
def bart(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a tiny encoder–decoder."""
    ends = {"decoder_start_token_id": 2, "eos_token_id": 3, "forced_eos_token_id": None}
    return str(saved(tmp_path_factory.mktemp("bart"), made("BartForConditionalGeneration", **ends)))
