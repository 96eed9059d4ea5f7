"""Files that browsers bring: few are held, and for a moment.

A page reads a file in the run that follows and lets it go. But a browser may bring a file that no page asks for, and
Streamlit holds it as long as the session: so what came first makes room.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Any

from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

EACH = 3  # files of one session: a picture, a sound, and what is on its way
ALL = 256_000_000  # bytes of everybody's
Add = Callable[[MemoryUploadedFileManager, str, UploadedFileRec], None]


def bound() -> None:
    """Let files go that would be too many, from now on and for the whole process."""
    if not hasattr(MemoryUploadedFileManager.add_file, "__wrapped__"):
        MemoryUploadedFileManager.add_file = _bounded(MemoryUploadedFileManager.add_file)  # type: ignore[method-assign]


def _bounded(add: Add) -> Any:
    came: list[tuple[str, str]] = []  # session and file, the first one first
    lock = Lock()

    @wraps(add)
    def add_file(files: MemoryUploadedFileManager, session_id: str, file: UploadedFileRec) -> None:
        add(files, session_id, file)
        with lock:
            this = session_id, file.file_id
            held = {
                one: len(found[0].data) for one in came if one != this and (found := files.get_files(one[0], one[1:]))
            }
            held[this] = len(file.data)
            for one in [*held][:-1]:
                of_this = sum(session == session_id for session, _ in held)
                if sum(held.values()) > ALL or (one[0] == session_id and of_this > EACH):
                    files.remove_file(*one)
                    del held[one]
            came[:] = held

    return add_file
