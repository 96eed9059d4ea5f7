"""Where a pretrained model comes from, and what to say when it does not come."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import HfApi, try_to_load_from_cache
from huggingface_hub.errors import GatedRepoError, HFValidationError, RepositoryNotFoundError
from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]  # public, but not in its __all__

from attnviz.models.base import ModelError
from attnviz.models.bundled import bundled_folder, check_weights
from attnviz.models.failures import remembered

log = logging.getLogger(__name__)

_GATED = "it is only for people whom its authors let in. Choose another model"
_SECONDS = 10.0  # to wait for the hub before saying that it does not answer


@dataclass(frozen=True)
class Source:
    """A place to load from: a folder, or a model id of the hub."""

    name: str
    path: str
    local: bool

    @property
    def options(self) -> dict[str, bool]:
        """What every `from_pretrained` is told. A model's own code is never run."""
        return {"local_files_only": self.local, "trust_remote_code": False}


def find_source(name: str) -> Source:
    """Where the model of that name is, after the checks that can be made before loading it.

    Raises:
        ModelError: no such model, no network, no safetensors, or tampered weights.
    """
    if name == "minilm":
        folder = bundled_folder()
        check_weights(folder)
        return Source(name, str(folder), local=True)
    folder = Path(os.path.expanduser(name))
    if name and os.path.isdir(folder):  # unlike Path's, False for a name that no file can have
        _check_folder(folder)
        return Source(name, str(folder), local=True)
    if not _is_hub_id(name):
        raise ModelError(
            f"“{name[:80]}” is neither a folder on this computer nor a model id of the Hugging Face hub "
            "(such as bert-base-uncased or google/electra-small-discriminator)."
        )
    weights = ("model.safetensors", "model.safetensors.index.json")
    if any(isinstance(try_to_load_from_cache(name, file), str) for file in weights):
        return Source(name, name, local=True)
    with remembered(name):
        _check_hub(name)
    return Source(name, name, local=False)


def _is_hub_id(name: str) -> bool:
    try:
        validate_repo_id(name)
    except HFValidationError:
        return False
    return bool(name)


@contextmanager
def loading_errors_in_words(source: Source) -> Iterator[None]:
    """Turn whatever loading raises into a `ModelError` with a sentence; the original goes to the log."""
    try:
        yield
    except ModelError:
        raise
    except Exception as error:  # transformers, tokenizers and safetensors raise what they like
        log.warning("Loading %r failed", source.name, exc_info=error)
        kind = type(error).__name__
        if isinstance(error, GatedRepoError) or "gated repo" in str(error):
            why = _GATED
        elif "connect to" in str(error) and not source.local:
            why = "the Hugging Face hub stopped answering. Check the network and try again"
        elif kind == "SafetensorError":
            why = "its weights file is damaged or incomplete. Fetch it again"
        elif "trust_remote_code" in str(error):
            why = "it brings code of its own, which attnviz never runs. Choose another model"
        elif "size mismatch" in str(error) or "mismatched" in str(error):
            why = "its weights do not fit its configuration. Fetch it again"
        else:
            why = f"its files cannot be read as a text model ({kind}; the log has more). Choose another model"
        raise ModelError(f"The model {source.name} could not be loaded: {why}.") from error


def _check_folder(folder: Path) -> None:
    if not (folder / "config.json").is_file():
        raise ModelError(f"The folder {folder} holds no model: there is no config.json in it.")
    if not list(folder.glob("*.safetensors")):
        raise ModelError(f"The folder {folder} has no safetensors weights; attnviz loads no other kind.")


def _check_hub(name: str) -> None:
    """Ask the hub once, briefly: its own loader would retry for half a minute before it says anything."""
    try:
        info = HfApi().model_info(name, timeout=_SECONDS)
    except GatedRepoError as error:
        raise ModelError(f"The model {name} could not be loaded: {_GATED}.") from error
    except RepositoryNotFoundError as error:
        raise ModelError(
            f"There is no public model {name} on the Hugging Face hub, and no such folder here."
        ) from error
    except Exception as error:  # no network, a proxy, a server's error: the HTTP library has a class for each
        log.warning("Asking the hub for %r failed", name, exc_info=error)
        raise ModelError(
            f"The model {name} is not on this computer, and the Hugging Face hub cannot be reached to fetch it. "
            "Check the network, or choose the bundled MiniLM or the from-scratch model."
        ) from error
    if not any(file.rfilename.endswith(".safetensors") for file in info.siblings or []):
        raise ModelError(f"The model {name} has no safetensors weights; attnviz loads no other kind.")
