"""The explorer in a notebook: what stands below a cell whose last line is a trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from attnviz._trace import Trace
from attnviz.client._html import html
from attnviz.errors import AttnvizError
from attnviz.heads import Head
from attnviz.tokens import TOKEN_LIMIT

_HEIGHT = 900  # pixels, until the frame has become as high as what is in it


@dataclass(frozen=True, eq=False)
class Shown:
    """A trace in the explorer, at a head and a token. A notebook shows it; everything is in it."""

    trace: Trace
    head: Head
    query: int
    key: int | None = None

    def __repr__(self) -> str:
        part = self.trace.only(self.head.part)
        looks = f"“{part.rows[self.query].label}” looks"
        looks += "" if self.key is None else f" at “{part.columns[self.key].label}”"
        return f"<{self.trace.model} in the explorer: head {self.head}, {looks}>"

    def _repr_html_(self) -> str:
        """A frame, which keeps the notebook's styles and scripts and the explorer's apart."""
        chosen = {"part": self.head.part, "layer": self.head.layer, "head": self.head.head, "query": self.query}
        page = html(self.trace, first=chosen if self.key is None else chosen | {"key": self.key})
        title = escape(f"attnviz: {self.trace.model}")
        style = f"width: 100%; height: {_HEIGHT}px; border: 0"
        return f'<iframe title="{title}" style="{style}" srcdoc="{escape(page)}"></iframe>'


def show(
    trace: Trace,
    *,
    head: Head | str | Sequence[int] | None = None,
    query: int | str | None = None,
    key: int | str | None = None,
    part: str = "",
) -> Shown:
    """The trace in the explorer, at that head and word, for the last line of a notebook's cell.

    Args:
        head: "5.11", "cross.3.5" or (5, 11); the first one if None.
        query: the token that looks, by its index or as a word that stands in the text once; the first word if None.
        key: the token that is looked at, the same way.
        part: "encoder", "decoder" or "cross", or "image" or "text", of a model that has them; the head's, or the one to
            show first.

    Raises:
        AttnvizError: what is no trace; a part, head or token that is not there, or a word that stands there twice.

    >>> import attnviz
    >>> attnviz.show(attnviz.trace("The cat sat", model="random"), head="0.2", query="sat", key="cat")
    <random in the explorer: head 0.2, “sat” looks at “cat”>
    """
    if not isinstance(trace, Trace):
        raise AttnvizError(f"What is shown is a trace, attnviz.show(attnviz.trace(text)), not {type(trace).__name__}.")
    asked = None if head is None else Head.of(head)
    if asked is not None and asked.part:
        if part not in ("", asked.part):
            raise AttnvizError(f"Head {asked} is of the {asked.part}, not of the {part}. Say one of them.")
        part = asked.part
    shown = trace.only(part or trace.shape.opening)
    at = Head(0, 0) if asked is None else asked
    shown.layer(at.layer, at.head)
    first = next((i for i, token in enumerate(shown.rows) if not token.special), 0)
    return Shown(
        trace,
        Head(at.layer, at.head, shown.part),
        first if query is None else shown.rows.find(query),
        None if key is None else shown.columns.find(key),
    )


def as_html(trace: Trace) -> str | None:
    """What a notebook shows of a trace: the explorer; of what is too long for it, what `repr` says."""
    is_shown = all(len(row) <= TOKEN_LIMIT for row in trace.inputs.values())
    return show(trace)._repr_html_() if is_shown else None
