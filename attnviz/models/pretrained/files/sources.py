"""Where a pretrained model comes from, and what to say when it does not come."""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import HfApi, try_to_load_from_cache
from huggingface_hub.constants import HF_HUB_DISABLE_PROGRESS_BARS
from huggingface_hub.errors import GatedRepoError, HFValidationError, RepositoryNotFoundError
from huggingface_hub.utils import (  # type: ignore[attr-defined]  # public, but not in its __all__
    are_progress_bars_disabled,
    disable_progress_bars,
    enable_progress_bars,
    validate_repo_id,
)

from attnviz.errors import AttnvizError
from attnviz.models.errors import ModelError
from attnviz.models.machine.quiet import has_bars, quiet
from attnviz.models.names import Folder, Hub, Packaged
from attnviz.models.names.places import CONFIGURATION, READ, model_folder
from attnviz.models.packages.cache import folder_of
from attnviz.models.packages.registry import PACKAGED
from attnviz.models.pretrained.files.failures import remembered
from attnviz.models.pretrained.files.folder import INDEX, WEIGHTS, check_files, check_folder, is_sentencepiece_alone
from attnviz.models.pretrained.files.weighing import check_fetched
from attnviz.models.pretrained.inside.recording import IMPLEMENTATION

log = logging.getLogger(__name__)


def _without_bars() -> Callable[[], object]:
    """Turn the hub's progress bars off, and give what turns them on again, if they were."""
    if are_progress_bars_disabled() or HF_HUB_DISABLE_PROGRESS_BARS is False:  # by hand, or asked for by hand
        return lambda: None
    disable_progress_bars()
    return enable_progress_bars


has_bars(_without_bars)

_GATED = "it is only for people whom its authors let in. Choose another model"
OWN_ATTENTION = (
    "its code computes attention in a way of its own, not through the attention that attnviz looks into, so its true "
    "weights cannot be shown. Choose another model"
)
OWN_CODE = "it brings code of its own, which attnviz never runs. Choose another model"
_SECONDS = 10.0  # to wait for the hub before saying that it does not answer


@dataclass(frozen=True)
class Source:
    """A place to load from: a folder, or a model id of the hub."""

    name: str
    path: str
    local: bool
    notices: tuple[str, ...] = ()  # what one has to know of what lies there, in sentences

    @property
    def options(self) -> dict[str, bool]:
        """What every `from_pretrained` is told. A model's own code is never run."""
        return {"local_files_only": self.local, "trust_remote_code": False}

    @property
    def folder(self) -> Path | None:
        """Where its files lie now; None of a hub's model that was not fetched yet."""
        if Path(self.path).is_dir():
            return Path(self.path)
        found = try_to_load_from_cache(self.path, CONFIGURATION)
        return Path(found).parent if isinstance(found, str) else None


def find_source(weights: Packaged | Folder | Hub) -> Source:
    """Where these weights are, after the checks that can be made before loading them.

    Raises:
        ModelError: no such model, no network, no safetensors, a packaged model that is not installed or was
            changed, or a cache that cannot be written.
    """
    name = weights.name
    if isinstance(weights, Packaged):
        packaged = PACKAGED[weights.model]
        notices = (packaged.notice,) if packaged.notice else ()
        return Source(name, str(folder_of(packaged)), local=True, notices=notices)
    found = model_folder(weights.path) if isinstance(weights, Folder) else None
    if found is not None:
        check_folder(found, name)
        return Source(name, str(found), local=True)
    if isinstance(weights, Folder) or not _is_hub_id(name):
        raise ModelError(
            f"“{name[:80]}” is neither a folder on this computer nor a model id of the Hugging Face hub "
            "(such as bert-base-uncased or google/electra-small-discriminator)."
        )
    here = [try_to_load_from_cache(name, file) for file in (WEIGHTS, INDEX)]
    cached = next((path for path in here if isinstance(path, str)), None)
    if cached is not None:
        check_files(Path(cached).parent, name)
        return Source(name, name, local=True)
    with remembered(name):
        _check_hub(name)
    return Source(name, name, local=False)


def revision_of(name: str) -> str:
    """The place of a hub's model among what was fetched: another revision has another; "" if there is none."""
    try:
        found = try_to_load_from_cache(name, CONFIGURATION)
    except HFValidationError:
        return ""
    return found if isinstance(found, str) else ""


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
        with quiet():
            yield
    except ModelError:
        raise
    except Exception as error:  # transformers, tokenizers and safetensors raise what they like
        log.warning("Loading %r failed", source.name, exc_info=error)
        raise ModelError(f"The model {source.name} could not be loaded: {_cause(error, source)}.") from error


def _cause(error: Exception, source: Source) -> str:
    kind, said = type(error).__name__, str(error)
    if isinstance(error, GatedRepoError) or "gated repo" in said:
        return _GATED
    if "connect to" in said and not source.local:
        return "the Hugging Face hub stopped answering. Check the network and try again"
    if kind == "SafetensorError":
        return "its weights file is damaged or incomplete. Fetch it again"
    if "trust_remote_code" in said:
        return OWN_CODE
    if "size mismatch" in said or "mismatched" in said:
        return "its weights do not fit its configuration. Fetch it again"
    if said == repr(IMPLEMENTATION) or f'attn_implementation="{IMPLEMENTATION}"' in said:  # a class knows only its own
        return OWN_ATTENTION
    if "does not recognize this architecture" in said:
        return "its kind is not one that the installed transformers library knows. Choose another model"
    return f"its files cannot be read as a text model ({kind}; the log has more). Choose another model"


@contextmanager
def running_errors_in_words(name: str) -> Iterator[None]:
    """The same for a model that is run."""
    try:
        with quiet():
            yield
    except AttnvizError:
        raise
    except Exception as error:
        log.warning("Running %r failed", name, exc_info=error)
        told = str(error).strip().split("\n")[0][:160]
        raise ModelError(
            f"The model {name} could not be run on this text: {type(error).__name__}{f', “{told}”' * bool(told)}. "
            "Try another text or model."
        ) from error


@contextmanager
def tokenizer_errors_in_words(source: Source) -> Iterator[None]:
    """The same for its tokenizer."""
    try:
        with quiet():
            yield
    except ModelError:
        raise
    except Exception as error:
        log.warning("Loading the tokenizer of %r failed", source.name, exc_info=error)
        folder = source.folder
        why = "its files cannot be read"
        if folder is not None and is_sentencepiece_alone(folder):
            why = (
                "its vocabulary is a sentencepiece model alone, which cannot be read here. Save it as a fast tokenizer "
                "(tokenizer.json) where sentencepiece is installed"
            )
        raise ModelError(
            f"The tokenizer of {source.name} could not be loaded: {why} ({type(error).__name__}; the log has more)."
        ) from error


def _check_hub(name: str) -> None:
    """Ask the hub once, briefly: its own loader would retry for half a minute before it says anything."""
    try:
        with quiet():
            info = HfApi().model_info(name, timeout=_SECONDS, files_metadata=True)
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
    files = {file.rfilename: file.size for file in info.siblings or []}
    if "adapter_config.json" in files:
        raise ModelError(f"{name} is an adapter, or has one beside it. Merge it into its model first.")
    if not any(file.endswith(".safetensors") for file in files):
        raise ModelError(f"The model {name} has no safetensors weights; attnviz loads no other kind.")
    check_fetched(name, [size for file, size in files.items() if _is_fetched(file, files)])


def _is_fetched(file: str, files: Container[str]) -> bool:
    """Whether loading would fetch that file: of what lies beside the weights only what a tokenizer is read from."""
    if file.endswith(".safetensors"):
        return file == WEIGHTS if WEIGHTS in files else "/" not in file
    return "/" not in file and Path(file).suffix in READ
