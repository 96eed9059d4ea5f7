"""Which changes a model's run can take, and why it cannot take the others."""

from __future__ import annotations

from collections.abc import Collection

from attnviz.errors import AttnvizError
from attnviz.request import Change, HeadOff, Masked, Normalized, NumberSet, RowSet, Scaled, Unplaced, Unseen
from attnviz.transformer import WITHOUT_PLACES

ANY: frozenset[type[Change]] = frozenset({HeadOff, Unseen, Masked, Scaled, Normalized, RowSet})  # in any model's run
FROM_SCRATCH = ANY | {Unplaced, NumberSet}  # in a model that is ours from end to end
_WHY_NOT: dict[type[Change], str] = {
    Unplaced: "Positions can be left out in the from-scratch models, which add or turn by them at one place. In {name} "
    "they are part of what it learned, bound up with its words and layers, so they cannot be taken out here.",
    Masked: "A mask goes by how far words are apart in a line. {name} looks at the patches of a picture, so it takes "
    "none; Unseen takes single ones away.",
    NumberSet: "One number of a matrix can be set by hand in the from-scratch models of one row of words; the matrices "
    "of {name} stay as they are.",
}


def check_takes(changes: Collection[Change], takes: frozenset[type[Change]], name: str) -> None:
    """Raise `AttnvizError` for a change that is not among what the model of that name `takes`."""
    for kind in map(type, changes):
        if kind in FROM_SCRATCH - takes:
            has_none = kind is Unplaced and NumberSet in takes  # from scratch, but without positions
            raise AttnvizError(WITHOUT_PLACES if has_none else _WHY_NOT[kind].format(name=name))
