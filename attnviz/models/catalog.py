"""What is offered, by name, and the way from a name to a model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, fields
from functools import lru_cache
from os import PathLike
from threading import Lock
from typing import Any

from attnviz._trace import Trace
from attnviz.models import names
from attnviz.models.base import Model, ModelError
from attnviz.models.names import expanded, is_checkpoint, tidied
from attnviz.models.quiet import settle_bars
from attnviz.models.scratch import ScratchModel, ScratchOptions
from attnviz.models.temporary import settle_temporary_folder
from attnviz.models.trained import TrainedModel
from attnviz.request import Change
from attnviz.training.checkpoint import load, shipped
from attnviz.training.loop import TASKS


@dataclass(frozen=True)
class Offer:
    """A model offered by name."""

    name: str
    title: str


OFFERS = (
    Offer("grammar", "Trained here · small grammar"),
    Offer("induction", "Trained here · induction"),
    Offer("random", "From scratch · random weights"),
    Offer("minilm", "Pretrained BERT · MiniLM"),
    Offer("bert-base-uncased", "Pretrained BERT · base (download)"),
)


def load_model(
    name: str | PathLike[str], *, device: str | None = None, stamp: str | None = None, **options: object
) -> Model:
    """The model of that name: "grammar" or "induction" (trained here; `step` chooses a moment of the training),
    "random" (with options), "minilm", a checkpoint (….safetensors), a folder, or a hub model id.

    What is on disk now is what is loaded: a folder or file that was written again since is read again. Who goes on with
    what was read before gives the `stamp` (`stamp_of`) of then.

    Raises:
        ModelError: a model that cannot be had, options it does not take, or a stamp of what is no longer there.
    """
    name = tidied(name)
    if name == ScratchModel.name:
        known = [f.name for f in fields(ScratchOptions)]
        for option in options:
            if option not in known:
                raise ModelError(f"The random model has no option “{option}”. It has: {', '.join(known)}.")
        return _scratch(ScratchOptions(**options), device)  # type: ignore[arg-type]  # checked by itself
    if name in TASKS or is_checkpoint(name):
        step = options.pop("step", None)
        _refuse(name, options)
        with _LOADING[name]:
            return _trained(name, step, device, stamp_of(name) if stamp is None else stamp)
    _refuse(name, options)
    with _LOADING[name]:  # two that ask for one model at once wait for one load
        return _pretrained(name, device, stamp_of(name) if stamp is None else stamp)


def wrap(model: Any, tokenizer: Any) -> Model:
    """A transformers model that is loaded already (fine-tuned, with an adapter merged, with quantisation undone), with
    its fast tokenizer. What is shown is a copy: the model itself stays as it is.

    Raises:
        ModelError: why it cannot be shown, and what to do.
    """
    settle_bars()
    from attnviz.models import pretrained

    return pretrained.wrap(model, tokenizer)


def trace(
    text: str,
    model: str | PathLike[str] = "grammar",
    *,
    second: str | None = None,
    target: str | None = None,
    changes: Collection[Change] = (),
    special_tokens: bool | None = None,
    device: str | None = None,
    **options: Any,
) -> Trace:
    """Read a text with a model and return what its attention computed.

    Args:
        text: any text; at most 512 tokens of it are read (`trace.cut` says where it was cut).
        model: "grammar" or "induction" (trained here; option `step`: a moment of the training), "minilm" (bundled,
            pretrained), "random" (from scratch; options `seed`, `heads`, `d_model`, `positions`, `causal`,
            `scaling`, `temperature`), a checkpoint's path, a folder, or a model id of the Hugging Face hub.
        second: the second sentence of a pair, for models that take pairs (BERT and its kin).
        target: what an encoder–decoder (BART, T5, MarianMT) is to have written of the text.
        changes: what to do otherwise in this run: `HeadOff("5.11")`, `Unseen(key=2)`, `Masked("causal")`,
            `Scaled(temperature=2.0)`.
        special_tokens: whether special tokens in the text ([MASK], [SEP], an entity marker) are read as what the model
            learned for them; None: the mask token and those that were added to its vocabulary, as `Model.trace` says.
        device: "cpu", "cuda", "mps"; the fastest there is if None.

    Raises:
        AttnvizError: text with nothing to read, or a model that cannot be had; the message says why.
    """
    reader = load_model(model, device=device, **options)
    return reader.trace(text, second=second, target=target, changes=changes, special_tokens=special_tokens)


_LOADING: defaultdict[str, Lock] = defaultdict(Lock)


def _refuse(name: str, options: dict[str, object]) -> None:
    if options:
        raise ModelError(f"“{name}” does not take these options: {', '.join(options)}.")


def stamp_of(name: str) -> str:
    """What changes when something else lies under the name: of a file or folder as `names.stamp_of` says, of a hub's
    model where this computer keeps the revision that it fetched."""
    found = names.stamp_of(name)
    if found or "/" not in name:
        return found
    settle_bars()
    from attnviz.models.sources import revision_of  # the hub's library takes a while to import

    return revision_of(name)


def _check_stamp(name: str, stamp: str) -> None:
    """Raise `ModelError` if something else lies under the name than when that stamp was taken."""
    if stamp != stamp_of(name):
        raise ModelError(f"“{name}” was saved again since this text was read. Read the text again to see the new one.")


@lru_cache(maxsize=32)
def _trained(name: str, step: int | None, device: str | None, stamp: str) -> Model:
    """A shipped checkpoint, or a file that somebody trained; with another stamp it is another file."""
    _check_stamp(name, stamp)
    checkpoint = shipped(name) if name in TASKS else load(expanded(name))
    return TrainedModel(checkpoint, name=name, step=step, device=device)


@lru_cache(maxsize=16)
def _scratch(options: ScratchOptions, device: str | None) -> Model:
    return ScratchModel(options, device=device)


@lru_cache(maxsize=3)
def _pretrained(name: str, device: str | None, stamp: str) -> Model:
    """The last few are kept: a notebook's second line, and a page's next click, find them loaded. With another stamp
    it is another model."""
    _check_stamp(name, stamp)
    settle_temporary_folder()
    settle_bars()
    # transformers takes a second to import, and the first heatmap is drawn without it.
    from attnviz.models.pretrained import load_pretrained

    return load_pretrained(name, device=device)
