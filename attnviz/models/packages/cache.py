"""A packaged model's folder: the package's own, or one in the user's cache into which its file was converted, once.

The cache may be deleted at any time. A conversion is whole or not there: it is written beside its place and renamed at
the end, and a lock lets one process at a time do it. What was written is known by its SHA-256.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from safetensors import SafetensorError

from attnviz.models.errors import ModelError
from attnviz.models.packages.packaged import PackagedModel, package_folder, sha256_of, weights_file

log = logging.getLogger(__name__)

VARIABLE = "ATTNVIZ_CACHE"
_RECORD = "attnviz.json"  # what was made, from what
_BESIDE = ".unfinished"  # the ending of what is being written
_SECONDS = 600.0  # to wait for another process that converts the same
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT) if hasattr(errno, "EDQUOT") else (errno.ENOSPC,)


def cache_folder() -> Path:
    """attnviz's folder in the user's cache; or the one that the environment variable ATTNVIZ_CACHE names."""
    if own := os.environ.get(VARIABLE):
        return Path(own).expanduser()
    if sys.platform == "win32":
        caches = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        caches = "~/Library/Caches"
    else:
        caches = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(caches).expanduser() / "attnviz"


def place_of(model: PackagedModel) -> Path:
    """Where a converted model lies, or would: another file, or another conversion, has another place."""
    return cache_folder() / f"{model.name}-{model.sha256[:16]}-{model.converter}"


def is_waited_for(model: PackagedModel) -> bool:
    """Whether asking for the model's folder would first convert its file."""
    return model.convert is not None and package_folder(model) is not None and not (place_of(model) / _RECORD).is_file()


def is_missing(model: PackagedModel) -> bool:
    """Whether asking for the model would say that its package has to be installed."""
    return package_folder(model) is None and not (place_of(model) / _RECORD).is_file()


def folder_of(model: PackagedModel) -> Path:
    """The model's folder, as the transformers library reads it. A file that it would have to be made of is converted,
    if that was not done yet, or what was made of it is damaged.

    Raises:
        ModelError: the package is not installed or was changed, its reader is not installed, or the cache cannot be
            written.
    """
    if model.convert is None:
        return weights_file(model).parent
    place = place_of(model)
    if is_whole(place):
        return place
    source = weights_file(model)
    with _failures_in_words(model):
        place.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(place.with_name(f"{place.name}.lock"), timeout=_SECONDS):
            if not is_whole(place):  # another process may have made it meanwhile
                _make(model, source, place)
    return place


def is_whole(place: Path) -> bool:
    """Whether all files that were made lie there, as they were made."""
    try:
        made = json.loads((place / _RECORD).read_text(encoding="utf-8"))["files"]
        return bool(made) and all(sha256_of(place / name) == sha256 for name, sha256 in made.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # not there, or the record is damaged
        return False


def _make(model: PackagedModel, source: Path, place: Path) -> None:
    """Convert into a folder beside the place, and rename it at the end."""
    assert model.convert is not None
    beside = place.with_name(f"{place.name}{_BESIDE}")
    shutil.rmtree(beside, ignore_errors=True)  # a process that was ended in between left it there
    try:
        beside.mkdir()
        model.convert(source, beside)
        made = {file.name: sha256_of(file) for file in sorted(beside.iterdir())}
        record = {"model": model.name, "source": model.sha256, "converter": model.converter, "files": made}
        (beside / _RECORD).write_text(json.dumps(record, indent=2), encoding="utf-8")
        if place.exists():  # damaged
            shutil.rmtree(place)
        beside.rename(place)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


@contextmanager
def _failures_in_words(model: PackagedModel) -> Iterator[None]:
    """Turn what a conversion raises into a `ModelError` with a sentence; the original goes to the log, with the path
    that a visitor of the page need not know."""
    try:
        yield
    except ImportError as error:
        raise ModelError(
            f"The weights of {model.short} need a reader that is not installed. Install it: pip install "
            f"{' '.join(model.readers)}"
        ) from error
    except Timeout as error:
        raise ModelError(
            f"Another process has been unpacking {model.short} for {_SECONDS / 60:.0f} minutes. Wait for it, or end it."
        ) from error
    except (OSError, SafetensorError) as error:
        log.warning("Writing %s into %s failed", model.name, cache_folder(), exc_info=error)
        if _says_no_room(error):
            raise ModelError(
                f"{model.short} could not be unpacked: the disk is full. It takes {model.megabytes} MB in attnviz’s "
                f"cache folder. Make room there, or name a folder on another disk in the environment variable "
                f"{VARIABLE}."
            ) from error
        raise ModelError(
            f"{model.short} could not be unpacked: attnviz’s cache folder cannot be written. Name one that can in the "
            f"environment variable {VARIABLE}."
        ) from error
    except Exception as error:
        log.warning("Converting %s failed", model.name, exc_info=error)
        raise ModelError(
            f"{model.short} could not be unpacked ({type(error).__name__}; the log has more). {model.reinstall}"
        ) from error


def _says_no_room(error: OSError | SafetensorError) -> bool:
    """(The safetensors library tells the operating system's error in words alone.)"""
    if isinstance(error, OSError):
        return error.errno in _NO_ROOM
    return any(f"os error {number})" in str(error) for number in _NO_ROOM)
