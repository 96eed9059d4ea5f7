"""The traces that pages ask for, read once: what a causal model has read is read on where the next text begins alike.
Keyed by what is asked, and held in the memory that all answers share (`memory.py`); what is derived from traces is in
`cached.py`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from attnviz._trace import Trace
from attnviz.client import can_be_tiled, is_tiled
from attnviz.errors import AttnvizError
from attnviz.models import Check, check
from attnviz.models.base import Model
from attnviz.request import Change, Request
from attnviz.service.asked import Asked
from attnviz.service.loading import model_for
from attnviz.service.memory import HELD, MEMORY
from attnviz.tokens import TOKEN_LIMIT

if TYPE_CHECKING:  # it needs the hub's library, which takes a while to import
    from attnviz.models.pretrained.texts.growing import Read

MOST_HEADS = 200  # of a model beside which its untrained twin is run as well


def trace_of(asked: Asked) -> Trace:
    """The trace of what is asked, of its part (the only one, where none is named)."""
    return whole_of(asked.whole).only(asked.part)


def whole_of(asked: Asked) -> Trace:
    """The trace of all parts; frozen, so that all sessions may read the same one."""
    return read_of(asked)[0]


@MEMORY.remembered
def read_of(asked: Asked) -> tuple[Trace, Read | None]:
    """The same, and what a causal model keeps of it; read on from what is remembered, where that begins alike."""
    return _read(model_for(asked.weights), asked, asked.all_changes, read_of.answers())


def reads_ahead(asked: Asked) -> bool:
    """Whether a text that goes on from this one costs its model the new words alone, and is remembered beside it."""
    trace, read = read_of(asked)
    return read is not None and 2 * trace.nbytes <= HELD * 1e6


def _read(
    model: Model, asked: Asked, changes: tuple[Change, ...], before: list[tuple[Trace, Read | None]]
) -> tuple[Trace, Read | None]:
    request = Request(asked.input, model.weights, changes)
    read = model.read_on(request, [kept for _, kept in before if kept is not None])
    trace = _shown(model.trace(request)) if read is None else read.trace
    shown = _long(trace, asked) if is_tiled(trace) else trace
    return shown, read if shown is trace else None


def _long(trace: Trace, asked: Asked) -> Trace:
    """A trace of more tokens than a page can hold all weights of: it draws pictures and rows, where that can be.

    Raises:
        AttnvizError: something is changed in the run that takes a number for each query and key.
    """
    if can_be_tiled(trace) or asked.most == TOKEN_LIMIT:
        return trace
    if asked.changes:
        raise AttnvizError(
            f"Of a text of more than {TOKEN_LIMIT} tokens the page can switch heads off, but not change who may look "
            "at whom, or a row. Shorten the text for it."
        )
    return whole_of(replace(asked, most=TOKEN_LIMIT))


def _shown(trace: Trace) -> Trace:
    """The trace without the parts in which more tokens look than a page can hold: a Whisper's encoder has a frame for
    each of 1,500 moments, 30 seconds. (In Python they are all there.)"""
    held = {part: layers for part, layers in trace.parts.items() if len(layers[0].queries) <= TOKEN_LIMIT}
    if len(held) in (0, len(trace.parts)):
        return trace
    left = " and ".join(
        f"the {part}’s {len(trace.parts[part][0].queries):,}" for part in trace.parts if part not in held
    )
    said = f"Not all parts are shown here: {left} tokens are more than the page holds. In Python they are there."
    return replace(trace, parts=held, notices=(*trace.notices, said))


def untrained_of(asked: Asked) -> Trace | None:
    """The trace of the same text, of all parts, by the model as it was before training; None if it never was trained,
    or if a second such model would be too much."""
    if sum(layer.heads for layer in whole_of(asked.whole).every_layer) > MOST_HEADS:
        return None
    model = model_for(asked.weights).untrained()
    return None if model is None else _untrained_of(asked)[0]


@MEMORY.remembered
def _untrained_of(asked: Asked) -> tuple[Trace, Read | None]:
    model = model_for(asked.weights).untrained()
    assert model is not None  # who asks has looked
    return _read(model, asked, (), _untrained_of.answers())


@MEMORY.remembered
def check_of(asked: Asked) -> Check:
    """How far the trace, with nothing changed, is from the reference implementation, in all its parts."""
    return check(model_for(asked.weights), whole_of(asked.unchanged.whole))
