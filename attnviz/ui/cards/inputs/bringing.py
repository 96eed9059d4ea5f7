"""A file that somebody brings: read at once, and not kept."""

from __future__ import annotations

import logging
from collections.abc import Callable

from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from attnviz.errors import AttnvizError

log = logging.getLogger(__name__)


def problem_with(file: UploadedFile, kind: str, take: Callable[[UploadedFile], object]) -> str:
    """Take the file as a picture, or a sound, and let it go; what is wrong with it, in a sentence, or ""."""
    try:
        take(file)
    except AttnvizError as error:
        return str(error)
    except Exception:
        log.exception("Reading a %s failed", kind)
        return f"This file could not be read as a {kind}; the log has more. Try another one."
    finally:
        _let_go(file)
    return ""


def _let_go(file: UploadedFile) -> None:
    """Streamlit would keep it as long as the session."""
    context = get_script_run_ctx()
    files = None if context is None else context.uploaded_file_mgr
    if context is not None and isinstance(files, MemoryUploadedFileManager):
        files.remove_file(context.session_id, file.file_id)
