"""What of a view there is in the trace made for it: its part, its head, its words; else the nearest to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from attnviz._trace import Trace
from attnviz.errors import AttnvizError
from attnviz.heads import Head, LayerHead
from attnviz.models.names import BY_ITSELF, Weights
from attnviz.service import cached, loading
from attnviz.service.asked import Asked
from attnviz.ui.reading.carrying import carried_key, carried_query, looks_first, shown
from attnviz.ui.state.session import choose, session
from attnviz.ui.state.view import View, is_chosen


def of_weights(view: View, weights: Weights) -> View:
    """The view without what was chosen of another model's heads, where the page has changed the model by itself."""
    record = session()
    if record.page != "explore" or view.model != BY_ITSELF.name:
        return view
    before, record.read_by = record.read_by, weights.name
    if before in ("", weights.name) or view == record.linked:
        return view
    record.head_chosen = False
    record.undone_for = view.text if view.off or view.changes else None
    free: dict[str, Any] = {"off": frozenset(), "second": None, "over": (), "changes": (), "query": None, "key": None}
    choose(**free)
    return replace(view, part="", layer=None, head=None, **free)


def settled(view: View, whole: Trace, asked: Asked, *, opens: bool) -> View:
    """The view with heads and words that this trace has: the same ones if it can be, else the nearest, and where none
    was chosen, those of the link that stands out most (`opens`), or the model's own."""
    record = session()
    wrong: list[str] = []
    part = view.part if view.part in whole.parts else whole.shape.opening
    if view.part and part != view.part:
        named = "cross-attention" if part == "cross" else part
        has = f"the {named} is shown" if part else "it has one part, which needs no name"
        wrong.append(f"The link’s part “{view.part}” is not in what this model reads here; {has}.")
    trace, asked = whole.only(part), replace(asked, part=part)
    layer, head, query = view.layer, view.head, None
    if opens and not (record.head_chosen or is_chosen(view)):
        layer, head, query = _opening(trace, asked)
    if layer is None or head is None:
        first = loading.model_for(asked.weights).first_look
        layer, head = (first.layer if layer is None else layer), (first.head if head is None else head)
    wanted = (layer, head)
    layer = min(wanted[0], len(trace.layers) - 1)
    head = min(wanted[1], trace.layers[layer].heads - 1)
    if (layer, head) != wanted:
        wrong.append(
            f"The link's layer {wanted[0]}, head {wanted[1]} is not in this model; layer {layer}, head {head} is shown."
        )
    if query is None:
        anchor = record.anchor if opens or record.head_chosen else None
        best = _query_of(asked, (layer, head)) if opens and anchor is not None else None
        query = carried_query(trace, view.query, anchor, else_=best)
    query = shown(trace.rows, query, specials=view.specials)
    if view.query is not None and view.query != query and view.query >= len(trace.rows):
        wrong.append(f"The link's token {view.query} is not in this text; token {query} is marked.")
    at = carried_key(trace, view.key, record.key_anchor, specials=view.specials)
    if view.key is not None and view.key != at and view.key >= len(trace.columns):
        wrong.append(f"The link's token {view.key}, looked at, is not in this text; token {at} is marked.")

    def exists(one: LayerHead) -> bool:
        return one[0] < len(trace.layers) and one[1] < trace.layers[one[0]].heads

    off = frozenset(_known(view.off, whole))
    if off != view.off:
        wrong.append("The link switches heads off that this model does not have; they are left out.")
    over = tuple(one for one in view.over if exists(one))
    second = view.second if view.second is not None and exists(view.second) else None
    if (over, second) != (view.over, view.second):
        wrong.append("The link shows further heads that this model does not have; they are left out.")
    found = replace(view, part=part, layer=layer, head=head, query=query, key=at, off=off, over=over, second=second)
    if view == record.linked:
        record.wrong = [*record.wrong, *wrong]
        record.linked = found
    names = ("part", "layer", "head", "query", "key", "off", "over", "second")
    choose(**{name: getattr(found, name) for name in names})
    record.anchor, record.key_anchor = trace.rows[query], None if at is None else trace.columns[at]
    return found


def _opening(trace: Trace, asked: Asked) -> tuple[int | None, int | None, int | None]:
    """Layer, head and word of the link that stands out most: of the hidden word, where there is one, or of the word
    that the text is about. None where nothing does."""
    hidden = [i for i, token in enumerate(trace.rows) if token.mask]
    text, model, about = session().about or ("", "", None)
    is_about = (text, model) == (asked.text, asked.weights.name)
    query = hidden[0] if len(hidden) == 1 else about if is_about else None
    if trace.rows.patches:
        query = looks_first(trace.rows)
    found = cached.strongest_link_of(asked, query=query)
    return (None, None, query) if found is None else (*found[0], found[1])


def _query_of(asked: Asked, head: LayerHead) -> int | None:
    """The word of which a head has most to say."""
    found = cached.strongest_link_of(asked, head=head)
    return None if found is None else found[1]


def _known(heads: Iterable[Head], whole: Trace) -> Iterator[Head]:
    """Those that the model has, with the names of their parts."""
    for head in heads:
        with suppress(AttnvizError):
            yield whole.shape.head(head)
