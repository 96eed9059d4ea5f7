"""A place for temporary files, where there is none: a disk that is full, or may not be written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def settle_temporary_folder() -> None:
    """transformers imports torch's compiler, which makes a folder for what it compiles, or fails to be imported at all,
    and stays half imported. Nothing is compiled here, so where none can be made, any folder that is there will do."""
    if "TORCHINDUCTOR_CACHE_DIR" not in os.environ:
        try:
            with tempfile.TemporaryDirectory():
                pass
        except OSError:
            os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(Path(__file__).parent)
