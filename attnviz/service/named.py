"""Models that the server's owner names at the start, in the environment: paths of checkpoints or folders, and model ids
of the hub, with commas between them. On the page and in its links a path is known by its last part, and nothing else of
it is said.

    ATTNVIZ_MODELS="~/models/my-bert, google/electra-small-discriminator" streamlit run app.py --server.address 0.0.0.0
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from attnviz.errors import AttnvizError
from attnviz.models.names import Checkpoint, Folder, Meant, Weights, offered, parsed

VARIABLE = "ATTNVIZ_MODELS"


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


def meant(name: str, *, look: bool) -> Meant:
    """What a name means on the page: of a model named at the start those at its path. `look`: whether files
    of other names may be looked for."""
    place = named_models().get(name)
    return parsed(name, look=look) if place is None else parsed(place, known_as=name)


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
