"""Which models a person may ask for: on one's own computer any; a visitor those that are offered, those that were named
at the start, and runs of the Train page.

The server's owner names further ones in the environment: paths of checkpoints or folders, and model ids of the hub,
with commas between them. On the page and in its links a path is known by its last part, and nothing else of it is said.

    ATTNVIZ_MODELS="~/models/my-bert, google/electra-small-discriminator" streamlit run app.py --server.address 0.0.0.0
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import streamlit as st
from streamlit import runtime

from attnviz.errors import AttnvizError
from attnviz.models import ModelError
from attnviz.models.names import Checkpoint, Folder, Run, Weights, offered, parsed
from attnviz.ui.serving.hosts import is_loopback, listens_here_only

VARIABLE = "ATTNVIZ_MODELS"
# A proxy says in these for whom it asks; one's own browser sends none of them.
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")


def weights_of(name: str) -> Weights:
    """The weights that a person asks for by a name: of a model named at the start those at its path.

    Every model that a page loads comes through here.

    Raises:
        ModelError: a visitor asks for what is not offered; the same sentence whether it is there or not.
    """
    weights = meant(name)
    if is_visitor() and not (isinstance(weights, Run) or weights in offered() or name in named_models()):
        raise ModelError(
            f"“{name[:80]}” is not among the models of this page. Choose one from its list; whoever runs the page can "
            "add others at the start."
        )
    return weights


def meant(name: str) -> Weights:
    """The weights that a name means, whether one may have them or not. What a visitor names is not looked for."""
    place = named_models().get(name)
    return parsed(name, look=not is_visitor()) if place is None else parsed(place, known_as=name)


def shown_place_of(weights: Weights) -> str:
    """What `load_model` is given for them, for a person to read; a visitor learns of what was named at the start the
    name alone."""
    return weights.name if is_visitor() and not isinstance(weights, Run) else weights.place


def is_visitor() -> bool:
    """Whether the person may be somebody else than the owner of this computer.

    A server that listens to others takes everybody for a visitor, its owner too: through a proxy or out of a container
    all seem to come from this computer itself. One that listens here alone takes for a visitor who comes from another
    address all the same, or through something that forwards.
    """
    if not runtime.exists():
        return False  # nobody is served: a test, or a script
    if not listens_here_only():
        return True
    address, headers = st.context.ip_address, st.context.headers  # no address: this computer's
    return (isinstance(address, str) and not is_loopback(address)) or any(name in headers for name in _FORWARDED)


def named_models() -> Mapping[str, str]:
    """What was named at the start: the names on the page, and what `load_model` is given for each."""
    return _named(os.environ.get(VARIABLE, ""))


@lru_cache(maxsize=4)
def _named(listed: str) -> Mapping[str, str]:
    """
    >>> dict(_named("a/model-id, /data/mine.safetensors"))
    {'a/model-id': 'a/model-id', 'mine.safetensors': '/data/mine.safetensors'}
    """
    entries = dict.fromkeys(entry.strip() for entry in listed.replace("\n", ",").split(",") if entry.strip())
    offers = {weights.name for weights in offered()}
    meant = {entry: parsed(entry) for entry in entries}
    placed = [entry for entry, weights in meant.items() if isinstance(weights, Checkpoint | Folder)]
    paths = [os.path.abspath(os.path.expanduser(entry)) for entry in placed]
    named = {entry: entry for entry in entries if entry not in placed and entry not in offers}
    for path in paths:
        parts = Path(path).parts[1:] or (path,)
        taken = offers | named.keys()
        others = [Path(other).parts[1:] for other in paths if other != path]
        # As much of its end as tells it from all others: checkpoint-500, or if there are two, mine/checkpoint-500.
        for length in range(1, len(parts) + 1):
            name = "/".join(parts[-length:])
            if name not in taken and all(other[-length:] != parts[-length:] for other in others):
                named[name] = path
                break
        else:  # it is the end of another one
            named[next(f"{parts[-1]} ({i})" for i in range(2, 99) if f"{parts[-1]} ({i})" not in taken)] = path
    return MappingProxyType(named)


@contextmanager
def in_its_name(weights: Weights) -> Iterator[None]:
    """Sentences about a model that was named at the start say its name, and not its path."""
    try:
        yield
    except AttnvizError as error:
        if isinstance(weights, Checkpoint | Folder) and weights.known_as:
            said = str(error)
            for path in (weights.path, os.path.realpath(weights.path)):
                said = said.replace(path, weights.known_as)
            error.args = (said,)
        raise
