"""What lies at a path that somebody named: a file that attnviz trained, a model's folder, and what changes when other
files lie there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from safetensors import SafetensorError, safe_open

from attnviz.models.errors import ModelError
from attnviz.training.checkpoint import ENDING

CONFIGURATION = "config.json"  # what makes a folder a model's
# Models of pictures, as their settings name them, and those that read a picture and a text.
PICTURE_KINDS = ("vit", "deit", "dinov2", "dinov2_with_registers", "clip_vision_model")
TOWER_KINDS = ("clip",)
# Endings of the files that a model or a tokenizer is read from: where one of them changes, it is another model.
READ = (".json", ".safetensors", ".txt", ".model", ".spm", ".tiktoken", ".vocab", ".codes", ".jinja")


def expanded(name: str) -> Path:
    """The path that the name is, with ~ for one's own folder."""
    return Path(os.path.expanduser(name))


def is_checkpoint(name: str) -> bool:
    """Whether the name is that of a file that attnviz trained, be it there or not (a model's own weights, beside its
    configuration, are no such file)."""
    if not name.endswith(ENDING):
        return False
    path = expanded(name)
    if not os.path.exists(path.parent / CONFIGURATION):
        return True
    return os.path.exists(path) and _says_attnviz(str(path), file_stamp(name))


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


def is_of_pictures(name: str) -> bool:
    """Whether the name means the folder of a model that looks at pictures, as its settings say."""
    return _kind(name) in PICTURE_KINDS + TOWER_KINDS


def has_towers(name: str) -> bool:
    """Whether it means that of a model that reads a picture and a text."""
    return _kind(name) in TOWER_KINDS


def _kind(name: str) -> object:
    """Which kind of model lies in the folder that the name means, as its settings say; None where none does."""
    try:
        folder = model_folder(name)
        told = {} if folder is None else json.loads((folder / CONFIGURATION).read_bytes())
    except (OSError, ValueError, ModelError):
        return None
    return told.get("model_type") if isinstance(told, dict) else None


def file_stamp(name: str) -> str:
    """What changes when another file lies there: its place, its size and its time. "" if none does."""
    return _stamp(lambda: [expanded(name)])


def folder_stamp(name: str) -> str:
    """The same of the files of the model's folder that the name means.

    A folder that was saved again, a link that points elsewhere now, and a relative name in another working folder are
    other models.
    """

    def files() -> list[Path]:
        folder = model_folder(name)
        return [] if folder is None else [file for file in folder.iterdir() if file.suffix in READ]

    return _stamp(files)


def _stamp(found: Callable[[], Iterable[Path]]) -> str:
    try:
        seen = [(str(file.resolve()), *_seen(file)) for file in sorted(found()) if os.path.isfile(file)]
    except (OSError, ValueError, ModelError):  # what may not be read, a name that no file can have, several models
        return ""
    return blake2b(repr(seen).encode(), digest_size=12).hexdigest() if seen else ""


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
