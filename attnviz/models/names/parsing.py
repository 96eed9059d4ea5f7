"""What a name means: the weights that somebody asks for, parsed from it once, and nowhere else.

People paste paths with quotes and line breaks around them, name the weights' file instead of its folder, or the folder
above it. Every way in (Python, page, link) asks here, and hands on what is found.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from attnviz.errors import AttnvizError
from attnviz.models.errors import ModelError
from attnviz.models.names.kinds import (
    BY_ITSELF,
    OFFERED_HUB,
    Checkpoint,
    Folder,
    Hub,
    Learned,
    Meant,
    Packaged,
    Random,
    Run,
    Shipped,
    Weights,
)
from attnviz.models.names.places import expanded, is_checkpoint
from attnviz.models.packages.registry import PACKAGED
from attnviz.request import Sound
from attnviz.training.checkpoint import ENDING, is_shipped
from attnviz.training.loop import TrainingOptions
from attnviz.training.registry import TASKS

_QUOTES = ("''", '""', "``", "“”", "‘’", "«»")
_RUN = re.compile(r"(?P<task>[a-z]+)-seed(?P<seed>\d+)-(?P<layers>\d+)x(?P<heads>\d+)-(?P<d_model>\d+)-(?P<steps>\d+)")


def offered() -> tuple[Weights, ...]:
    """What pages offer by name, as their lists show it."""
    trained = [Shipped(task) for task in TASKS if is_shipped(task)]
    packaged = [Packaged(name) for name, model in PACKAGED.items() if model.reads is not Sound]  # given in Python
    return (*trained, Random(), *packaged, *map(Hub, OFFERED_HUB))


def parsed(name: str | os.PathLike[str], *, look: bool = True, known_as: str = "") -> Meant:
    """The weights that a name means; or `ByItself`, where it leaves them to the text.

    Args:
        look: whether to look for files; else what is typed has to tell.
        known_as: the name that they go by, instead of their path.

    Raises:
        ModelError: something that is no name.

    >>> parsed("minilm"), parsed("./mine/")
    (Packaged(model='minilm'), Folder(path='./mine/', stamp='', known_as=''))
    >>> parsed("openai-community/gpt2", look=False)
    Hub(id='openai-community/gpt2', stamp='', known_as='')
    """
    plain = tidied(name) if look else _unquoted(os.fspath(name))
    if plain in TASKS:
        return Shipped(plain)
    if plain in PACKAGED:
        return Packaged(plain)
    for one in (BY_ITSELF, Random()):
        if plain == one.name:
            return one
    run = _run_options(plain)
    if run is not None:
        return Run(run)
    if is_checkpoint(plain) if look else plain.endswith(ENDING):
        return Checkpoint(plain, known_as=known_as)
    if plain.startswith(("~", ".")) or os.path.isabs(plain) or (look and plain and os.path.exists(expanded(plain))):
        return Folder(plain, known_as=known_as)
    return Hub(plain, known_as=known_as)


def at_step(weights: Weights, step: object) -> Weights:
    """The same at a moment of the training, where there was one here.

    Raises:
        ModelError: a step that is no number.
    """
    if isinstance(step, bool) or not isinstance(step, int | None):
        raise ModelError(f"step must be a whole number, not {step!r}.")
    return replace(weights, step=step) if isinstance(weights, Learned) else weights


def stamped(weights: Weights, stamp: str) -> Weights:
    """The same as it lay there at that time, where that may change."""
    return replace(weights, stamp=stamp) if isinstance(weights, Checkpoint | Folder | Hub) else weights


def takes_settings(name: str) -> bool:
    """Whether the model of that name has settings: the seed, the heads …"""
    return isinstance(parsed(name, look=False), Random)


def tidied(name: str | os.PathLike[str]) -> str:
    """The name without what copying brings along: spaces, line breaks and quotes around it, `file://` before it.

    A name that exists just as it was given stays as it is.

    >>> tidied(' "bert-base-uncased"\\n'), tidied(" ~/models/mine")
    ('bert-base-uncased', '~/models/mine')

    Raises:
        ModelError: something that is no name.
    """
    try:
        given = os.fspath(name)
    except TypeError:
        given = None
    if not isinstance(given, str):
        raise ModelError(f"A model's name is a string or a path, not {type(name).__name__}.")
    if os.path.exists(given):
        # A path of one part is not a model's name.
        return given if isinstance(name, str) or os.sep in given else os.path.join(os.curdir, given)
    return _unquoted(given)


def _unquoted(given: str) -> str:
    plain = given.strip()
    while len(plain) > 1 and plain[0] + plain[-1] in _QUOTES:
        plain = plain[1:-1].strip()
    if plain.casefold().startswith("file://"):
        return unquote(urlsplit(plain).path)
    return plain


@lru_cache(maxsize=256)  # visitors may ask for any name
def _run_options(name: str) -> TrainingOptions | None:
    """The options that a name stands for; None if it is not a run's name or cannot be trained."""
    found = _RUN.fullmatch(name)
    if found is None:
        return None
    numbers = {key: int(value[:10]) for key, value in found.groupdict().items() if key != "task"}
    try:
        return TrainingOptions.of(found["task"], **numbers)
    except AttnvizError:
        return None
