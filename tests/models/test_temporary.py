"""Without a place for temporary files."""

from __future__ import annotations

import os
import tempfile

from attnviz.models.machine.temporary import settle_temporary_folder


def test_where_no_folder_can_be_made_one_that_is_there_is_named(monkeypatch):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "")
    monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR")

    def full(*_: object, **__: object) -> str:
        raise OSError(28, "No space left on device")

    settle_temporary_folder()
    assert "TORCHINDUCTOR_CACHE_DIR" not in os.environ, "where there is room, nothing is changed"
    monkeypatch.setattr(tempfile, "mkdtemp", full)
    settle_temporary_folder()
    assert os.path.isdir(os.environ["TORCHINDUCTOR_CACHE_DIR"])
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "mine")
    settle_temporary_folder()
    assert os.environ["TORCHINDUCTOR_CACHE_DIR"] == "mine"
