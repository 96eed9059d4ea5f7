"""What is offered, by name, and the way from a name to a model."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields
from functools import lru_cache
from threading import Lock

from attnviz.models.base import Model, ModelError
from attnviz.models.scratch import ScratchModel, ScratchOptions
from attnviz.trace import AttentionTrace


@dataclass(frozen=True)
class Offer:
    """A model offered by name."""

    name: str
    title: str


OFFERS = (
    Offer("random", "From scratch · random weights"),
    Offer("minilm", "Pretrained BERT · MiniLM"),
    Offer("bert-base-uncased", "Pretrained BERT · base (download)"),
)


def load_model(name: str, *, device: str | None = None, **options: object) -> Model:
    """The model of that name: "random" (with options), "minilm", a folder, or a hub model id.

    Raises:
        ModelError: a model that cannot be had, or options it does not take.
    """
    if name == ScratchModel.name:
        known = [f.name for f in fields(ScratchOptions)]
        for option in options:
            if option not in known:
                raise ModelError(f"The random model has no option “{option}”. It has: {', '.join(known)}.")
        return _scratch(ScratchOptions(**options), device)  # type: ignore[arg-type]  # checked by itself
    if options:
        raise ModelError(f"“{name}” takes no options ({', '.join(options)}): only the random model does.")
    with _LOADING[name]:  # two that ask for one model at once wait for one load
        return _pretrained(name, device)


def trace(text: str, model: str = "minilm", *, device: str | None = None, **options: object) -> AttentionTrace:
    """Read a text with a model and return what its attention computed.

    Args:
        text: any text; at most 512 tokens of it are read (`trace.cut` says where it was cut).
        model: "minilm" (bundled, pretrained), "random" (from scratch; options `seed`, `heads`,
            `d_model`, `positions`, `causal`, `scaling`, `temperature`), a folder, or a model id of the
            Hugging Face hub.
        device: "cpu", "cuda", "mps"; the fastest there is if None.

    Raises:
        AttnvizError: text with nothing to read, or a model that cannot be had; the message says why.
    """
    return load_model(model, device=device, **options).trace(text)


_LOADING: defaultdict[str, Lock] = defaultdict(Lock)


@lru_cache(maxsize=16)
def _scratch(options: ScratchOptions, device: str | None) -> Model:
    return ScratchModel(options, device=device)


@lru_cache(maxsize=3)
def _pretrained(name: str, device: str | None) -> Model:
    """The last few are kept: a notebook's second line, and a page's next click, find them loaded."""
    # transformers takes a second to import, and the first heatmap is drawn without it.
    from attnviz.models.pretrained import load_pretrained

    return load_pretrained(name, device=device)
