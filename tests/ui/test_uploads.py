"""Files that browsers bring, and how few of them are held."""

from __future__ import annotations

import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from attnviz.ui.serving import uploads


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> MemoryUploadedFileManager:
    """Where a server holds them, bounded anew."""
    add = MemoryUploadedFileManager.add_file
    monkeypatch.setattr(MemoryUploadedFileManager, "add_file", uploads._bounded(getattr(add, "__wrapped__", add)))
    return MemoryUploadedFileManager("/_stcore/upload_file")


def bring(files: MemoryUploadedFileManager, session: str, name: str, size: int = 10) -> None:
    files.add_file(session, UploadedFileRec(file_id=name, name=name, type="image/png", data=b"x" * size))


def held(files: MemoryUploadedFileManager, session: str) -> list[str]:
    return [file.file_id for file in files.get_files(session, [str(i) for i in range(100)])]


def test_of_one_session_the_last_few_files_are_held(files):
    for i in range(10):
        bring(files, "somebody", str(i))
        bring(files, "another", "0")
    assert held(files, "somebody") == ["7", "8", "9"]
    assert held(files, "another") == ["0"]


def test_of_all_sessions_so_many_bytes_are_held_and_the_last_file_always(files, monkeypatch):
    monkeypatch.setattr(uploads, "ALL", 100)
    for i in range(10):
        bring(files, f"session {i}", "0", size=40)
    assert [i for i in range(10) if held(files, f"session {i}")] == [8, 9]
    bring(files, "session 9", "1", size=1000)
    assert [held(files, f"session {i}") for i in (8, 9)] == [[], ["1"]]


def test_what_a_page_has_let_go_does_not_count(files, monkeypatch):
    monkeypatch.setattr(uploads, "ALL", 100)
    for i in range(10):
        bring(files, "somebody", str(i), size=50)
        if i != 4:
            files.remove_file("somebody", str(i))
    assert held(files, "somebody") == ["4"]
    files.remove_session_files("somebody")
    bring(files, "somebody", "11", size=100)
    assert held(files, "somebody") == ["11"]


def test_the_server_bounds_them_once(monkeypatch):
    add = getattr(MemoryUploadedFileManager.add_file, "__wrapped__", MemoryUploadedFileManager.add_file)
    monkeypatch.setattr(MemoryUploadedFileManager, "add_file", add)
    uploads.bound()
    once = MemoryUploadedFileManager.add_file
    uploads.bound()
    assert MemoryUploadedFileManager.add_file is once is not add
