"""What a name means that somebody gave for a model: a checkpoint's file, a folder, or neither; and what lies there now.

People paste paths with quotes and line breaks around them, name the weights' file instead of its folder, or the folder
above it. Every way in (Python, page, link) asks here.
"""

from __future__ import annotations

import os
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from urllib.parse import unquote, urlsplit

from safetensors import SafetensorError, safe_open

from attnviz.models.base import ModelError

CHECKPOINT = ".safetensors"  # how the name of a checkpoint's file ends
CONFIGURATION = "config.json"  # what makes a folder a model's
_QUOTES = ("''", '""', "``", "“”", "‘’", "«»")
# Endings of the files that a model or a tokenizer is read from: where one of them changes, it is another model.
_READ = (".json", ".safetensors", ".txt", ".model", ".spm", ".tiktoken", ".vocab", ".codes", ".jinja")


def tidied(name: str | os.PathLike[str]) -> str:
    """The name without what copying brings along: spaces, line breaks and quotes around it, `file://` before it.

    A name that exists just as it was given stays as it is.

    >>> tidied(' "bert-base-uncased"\\n'), tidied(Path("models") / "mine")
    ('bert-base-uncased', 'models/mine')

    Raises:
        ModelError: something that is no name.
    """
    try:
        given = os.fspath(name)
    except TypeError:
        given = None
    if not isinstance(given, str):
        raise ModelError(f"A model's name is a string or a path, not {type(name).__name__}.")
    if os.path.exists(given):
        # A path of one part is not a model's name.
        return given if isinstance(name, str) or os.sep in given else os.path.join(os.curdir, given)
    plain = given.strip()
    while len(plain) > 1 and plain[0] + plain[-1] in _QUOTES:
        plain = plain[1:-1].strip()
    if plain.casefold().startswith("file://"):
        return unquote(urlsplit(plain).path)
    return plain


def expanded(name: str) -> Path:
    """The path that the name is, with ~ for one's own folder."""
    return Path(os.path.expanduser(name))


def is_checkpoint(name: str) -> bool:
    """Whether the name is that of a file that attnviz trained, be it there or not (a model's own weights, beside its
    configuration, are no such file)."""
    if not name.endswith(CHECKPOINT):
        return False
    path = expanded(name)
    if not os.path.exists(path.parent / CONFIGURATION):
        return True
    return os.path.exists(path) and _says_attnviz(str(path), stamp_of(name))


def model_folder(name: str) -> Path | None:
    """The folder of the model that the name means: itself, that of a file named in it, or the only model's folder in
    it (`checkpoint-500`, `0_Transformer`); the folder named where there is none; None if no folder is meant.

    Raises:
        ModelError: a folder that holds several models.
    """
    path = expanded(name)
    if name and os.path.isfile(path) and os.path.exists(path.parent / CONFIGURATION):
        path = path.parent
    if not name or not os.path.isdir(path):  # unlike Path's, False for a name that no file can have
        return None
    if os.path.exists(path / CONFIGURATION):
        return path
    found = [*path.glob(f"*/{CONFIGURATION}"), *path.glob(f"snapshots/*/{CONFIGURATION}")]
    inner = sorted(file.parent for file in found if _is_of_a_model(file))
    if len(inner) > 1:
        named = ", ".join(str(folder.relative_to(path)) for folder in inner[:6])
        raise ModelError(f"The folder {name} holds several models ({named}). Name the folder of one of them.")
    return inner[0] if inner else path


def stamp_of(name: str) -> str:
    """What changes when other files lie under the name: its place, and each file's size and time. "" if none does.

    A folder that was saved again, a link that points elsewhere now, and a relative name in another working folder are
    other models.
    """
    try:
        folder = None if is_file_name(name) else model_folder(name)
    except ModelError:
        return ""
    try:
        files = [expanded(name)] if folder is None else [entry for entry in folder.iterdir() if entry.suffix in _READ]
        seen = [(str(file.resolve()), *_seen(file)) for file in sorted(files) if os.path.isfile(file)]
    except (OSError, ValueError):  # a folder that may not be read, a name that no file can have
        return ""
    return blake2b(repr(seen).encode(), digest_size=12).hexdigest() if seen else ""


def is_file_name(name: str) -> bool:
    """Whether the name is that of a weights' file that lies beside no configuration."""
    return name.endswith(CHECKPOINT) and not os.path.exists(expanded(name).parent / CONFIGURATION)


def _seen(file: Path) -> tuple[int, int, int]:
    status = file.stat()
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _is_of_a_model(configuration: Path) -> bool:
    """Whether it says a kind of model: beside a sentence transformer lie settings of other things under that name."""
    try:
        return b'"model_type"' in configuration.read_bytes()
    except OSError:
        return False


@lru_cache(maxsize=64)
def _says_attnviz(path: str, stamp: str) -> bool:
    try:
        with safe_open(path, framework="pt") as file:
            return "attnviz" in (file.metadata() or {})
    except (SafetensorError, OSError):
        return False
