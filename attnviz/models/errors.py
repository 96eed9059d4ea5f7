"""What is said of a model that cannot be had or shown."""

from __future__ import annotations

from collections.abc import Iterable

from attnviz.errors import AttnvizError
from attnviz.tokens import Tokens


class ModelError(AttnvizError):
    """A model that cannot be loaded or shown; the message says why and what to do."""


def check_there(at: Iterable[int], tokens: Tokens) -> None:
    """Raise `ModelError` for a token that is not there."""
    try:
        for one in at:
            tokens.check(one)
    except AttnvizError as error:
        raise ModelError(str(error)) from None
