"""A number that counts: a layer, a head, a token, as somebody gives it, whatever library it comes from."""

from __future__ import annotations

from operator import index

from attnviz.errors import AttnvizError


def as_index(value: object, what: str, *, least: int | None = 0) -> int:
    """The whole number; also of NumPy's, and of a tensor of one (`row.argmax()`). `least`: None for any.

    >>> import torch
    >>> as_index(torch.tensor([0.1, 0.9]).argmax(), "A head's layer")
    1

    Raises:
        AttnvizError: what is no whole number, or below `least`; `what` is what the sentence begins with.
    """
    try:
        found = None if isinstance(value, bool) else index(value)  # type: ignore[arg-type]  # it is tried
    except (TypeError, ValueError):
        found = None
    if found is None or (least is not None and found < least):
        raise AttnvizError(f"{what} is a whole number{'' if least is None else f' from {least}'}, not {value!r}.")
    return found
