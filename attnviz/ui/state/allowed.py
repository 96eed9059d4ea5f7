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
from attnviz.models import OFFERS, ModelError
from attnviz.models.names import CHECKPOINT, is_checkpoint, tidied
from attnviz.training.loop import TASKS
from attnviz.ui.serving.hosts import is_loopback, listens_here_only
from attnviz.ui.state import runs

VARIABLE = "ATTNVIZ_MODELS"
_OFFERED = frozenset({*TASKS, *(offer.name for offer in OFFERS)})
# A proxy says in these for whom it asks; one's own browser sends none of them.
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")


def place_of(name: str) -> str:
    """What `load_model` is given for a name that a person asks for: of a model named at the start its path.

    Every model that a page loads comes through here.

    Raises:
        ModelError: a visitor asks for what is not offered; the same sentence whether it is there or not.
    """
    if name in _OFFERED:
        return name
    named = named_models()
    if name in named:
        return named[name]
    if runs.options_of(name) is None and is_visitor():
        raise ModelError(
            f"“{name[:80]}” is not among the models of this page. Choose one from its list; whoever runs the page can "
            "add others at the start."
        )
    return name


def shown_place_of(name: str) -> str:
    """The same for a person to read; a visitor learns the name alone."""
    return name if is_visitor() else place_of(name)


def is_file(name: str) -> bool:
    """Whether the name is that of a checkpoint's file. Of what a visitor names nothing is looked for."""
    place = named_models().get(name)
    if place is None and is_visitor():
        return name.endswith(CHECKPOINT)
    return is_checkpoint(tidied(name if place is None else place))


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
    paths = [os.path.abspath(os.path.expanduser(entry)) for entry in entries if _is_path(entry)]
    named = {entry: entry for entry in entries if not _is_path(entry) and entry not in _OFFERED}
    for path in paths:
        parts = Path(path).parts[1:] or (path,)
        taken = _OFFERED | named.keys()
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


def _is_path(entry: str) -> bool:
    return (
        entry.startswith(("/", "~", ".")) or entry.endswith(CHECKPOINT) or os.path.isabs(entry) or os.path.isdir(entry)
    )


@contextmanager
def in_its_name(name: str, place: str) -> Iterator[None]:
    """Sentences about a model that was named at the start say its name, and not its path."""
    try:
        yield
    except AttnvizError as error:
        if name != place:
            said = str(error)
            for path in (place, os.path.realpath(place)):
                said = said.replace(path, name)
            error.args = (said,)
        raise
