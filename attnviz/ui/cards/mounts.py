"""The explorer on the page: the trace goes into it once, and what is chosen in it comes back to what follows it.

The explorer itself is always the same element. What it is told comes through components that nobody sees (publishers):
the trace, its vectors (megabytes, a moment later), notes on its heads, and the answer to a choice, whose component (the
follower) lives in a fragment. A component is sent all its data whenever one bit of it changes: so a choice sends none
of the others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import streamlit as st
from torch import Tensor

from attnviz._trace import Trace
from attnviz.analysis import linking
from attnviz.analysis.rows import strongest_in
from attnviz.client import comparer as comparer_frame
from attnviz.client import (
    continuing_style,
    formulas,
    frame,
    goes_by_layer,
    is_self_contained,
    is_tiled,
    learner_style,
    packed_choice,
    packed_notes,
    script,
    style,
)
from attnviz.client import learner as learner_frame
from attnviz.heads import LayerHead
from attnviz.models.names import Learned, Random
from attnviz.request import Translation
from attnviz.service import cached, loading, pictures, predictions, process, traces
from attnviz.service.asked import Asked
from attnviz.ui.reading.reading import Reading, own_query_of
from attnviz.ui.state.choice import choice_of, heads_of, layer_of, rows_of, taken
from attnviz.ui.state.session import Beside, choose, session, view_now
from attnviz.ui.state.view import View

FOLLOWER = "follower"
AHEAD = "ahead"  # the side of what is not shown yet
Keep = Callable[[Reading, dict[str, Any]], None]  # takes a choice, in the fields of a view
log = logging.getLogger(__name__)


@cache
def _component(name: str, entry: str, html: str = "", css: str = "", before: str = "") -> Any:
    js = before + script(entry)
    return st.components.v2.component(f"attnviz_{name}", html=html or "<span></span>", css=css, js=js)


def explorer(*, side: str = "") -> None:
    """The explorer, which draws what it is told."""
    html = f'<div class="host" data-side="{side}">{frame()}</div>'
    _component(f"explorer{side}", "hosts/component.js", html, style())(key=f"explorer{side}", height="content")


def comparer() -> None:
    """Two explorers and the difference between them."""
    _component("comparer", "hosts/comparer.js", comparer_frame(), style())(key="comparer", height="content")


def learner() -> None:
    """The Learn page: the steps of the way, and the explorer's cards that belong to them."""
    _learning("learner", "hosts/learn/learner.js")(key="learner", height="content")


def lesson(packed: bytes) -> None:
    """A lesson, which runs in the page without asking the server."""
    _learning("lesson", "hosts/learn/lesson.js")(key="lesson", data=packed, height="content")


def _learning(name: str, entry: str) -> Any:
    html = f'<div class="host learning" data-side="">{learner_frame()}</div>'
    return _component(name, entry, html, learner_style(), before=formulas())


def continuing(told: dict[str, Any], then: Callable[[], None]) -> None:
    """The words that come next; `then` is called once one of them, or a button, was pressed."""
    _component("continuing", "hosts/continuing.js", "<div class='continuing'></div>", continuing_style())(
        key="continuing", data=told, height="content", on_pressed_change=then
    )


def model(read: Reading) -> None:
    """The model itself, to run in the page; of a pretrained one, the layer that is looked at."""
    layer = read.look.layer if is_of_one_layer(read) else 0
    _tell("lecture", cached.model_of(read.asked, layer))


def is_of_one_layer(read: Reading) -> bool:
    """Whether the page gets one layer's matrices at a time: a pretrained model's are large, and of an
    encoder–decoder one part is opened."""
    is_crossed = Translation in loading.model_for(read.weights).reads
    return is_crossed or not isinstance(read.weights, Learned | Random)


def trace(read: Reading, *, side: str = "") -> None:
    """What is drawn at first. What is chosen at first travels with it once: later it would make them other bytes."""
    firsts, identity = session().firsts, read.asked.identity
    if firsts.get(side, ("",))[0] != identity:
        firsts[side] = (identity, tuple(choice_of(read.view).items()))
    _, first = firsts[side]
    _tell("trace", _pictures(read.asked, read.whole, first), side)


def ahead(asked: Asked, view: View) -> None:
    """The trace of what a press will bring, to be drawn in the moment of the press. Until then nobody shows it."""
    _tell("trace", _pictures(asked, traces.whole_of(asked.whole), tuple(choice_of(view).items())), AHEAD)


def _pictures(asked: Asked, whole: Trace, first: tuple[tuple[str, Any], ...]) -> bytes:
    """What is drawn of a trace at first, with what is chosen by then."""
    own = tuple((part, own_query_of(replace(asked, part=part))) for part in whole.parts)
    return cached.pictures_of(asked, first, tuple(heads_of(dict(first))), own)


def vectors(read: Reading, *, side: str = "") -> None:
    """From what every other head is drawn, where that goes in one piece."""
    if not goes_by_layer(read.whole):
        _tell("vectors", cached.vectors_of(read.asked), side)


def _layer_vectors(read: Reading, side: str) -> None:
    """From what the heads of the layer that the page asked for last are drawn; at first, of the one that is looked at.
    (What came stays in the page.)"""
    asked = session().vectors_asked.get(side)
    known = asked is not None and asked[0] == read.asked.identity
    only = asked[1] if asked is not None and known else (read.trace.part, read.look.layer)
    session().vectors_asked[side] = (read.asked.identity, only)
    _tell("vectors_asked", cached.vectors_of(read.asked.whole, only), side)


def comparison(data: bytes) -> None:
    """How the words of two traces are aligned, and what is to be said besides."""
    _tell("comparison", data)


def notes(read: Reading, roles: dict[int, str], *, side: str = "", has_links: bool = True) -> None:
    """What each head does, who is who, what the model says for the words, and what stands beside the weights: it takes
    a while to compute, and so it takes its turn."""
    with process.AFTERWARDS.turn():
        packed = _notes(read, roles, has_links=has_links)
    _tell("notes", packed, side)


def _notes(read: Reading, roles: dict[int, str], *, has_links: bool) -> bytes:
    told: dict[str, Any] = dict(cached.notes_of(read.asked.whole, tuple(roles.items())))
    untrained: Trace | None = None
    try:
        if has_links and is_self_contained(read.whole):
            untrained = traces.untrained_of(read.asked.whole)
            told["parts"] = {
                part: own | predictions.guesses_told(replace(read.asked, part=part))
                for part, own in told["parts"].items()
            }
        elif has_links and not is_tiled(read.whole):
            beside = traces.untrained_of(read.asked.whole)
            session().beside = Beside(read.asked, cached.link_tables_of(read.asked), beside)
            told["parts"] = told["parts"] | {read.trace.part: told["parts"][read.trace.part] | _more(read)}
    except Exception:  # the page computes the links itself, without the untrained model's
        log.exception("What stands beside the weights of %r could not be computed", read.view.model)
    return packed_notes(told, untrained)


def _tell(what: str, data: bytes, side: str = "") -> None:
    name, html = what + side, f'<span data-side="{side}"></span>'
    _component(name, "hosts/server/publisher.js", html)(key=name, data=data, height="content")


def follower(
    read: Reading, *, then: Callable[[], None], side: str = "", keep: Keep | None = None, hears: bool = False
) -> None:
    """The package's own numbers for what is chosen, where the page has not all that it shows; from it, what was chosen.
    `then` is called once that is taken: as the page's, or by `keep`. `hears`: of every choice, since something outside
    the explorer follows it; else with the next thing that the server is asked."""
    chosen = choice_of(read.view)
    told: dict[str, Any] = {"sequence": session().sequence, "state": chosen, "hears": hears}
    heads: list[LayerHead] = []
    queries: list[int] = []
    weights: Sequence[Tensor] | None = None
    if not is_self_contained(read.whole):
        heads = heads_of(chosen)
        further = [row for row in session().rows_asked if row < len(read.trace.rows)]
        queries = list(dict.fromkeys([read.look.query, *further]))
        told |= _more(read) | predictions.guesses_told(read.asked, read.look.query)
        known = cached.weights_of(read.asked.whole)
        weights = None if known is None else known[read.trace.part]
    if session().map_open:
        told["map"] = cached.map_of(read.asked)
    answer = packed_choice(
        read.trace,
        identity=read.asked.identity,
        heads=heads,
        queries=queries,
        weights=weights,
        **told,
    )
    if goes_by_layer(read.whole):
        _layer_vectors(read, side)
    name, html = FOLLOWER + side, f'<span data-side="{side}"></span>'
    _component(name, "hosts/server/follower.js", html)(
        key=name, data=answer, height="content", on_choice_change=lambda: _take(read, then, name, keep or _keep)
    )


def _more(read: Reading) -> dict[str, Any]:
    """All heads' links between the two words (the pinned one, or the one that the query looks at most); nothing while
    what they are made of is not at hand."""
    beside = session().beside
    if beside is None or beside.asked != read.asked:
        return {}
    query, at = read.look.query, read.view.key
    rows = cached.rows_of(read.asked, query)
    if at is None:
        at = strongest_in(read.trace, rows.of(read.look.layer, read.look.head), query)
    before = None if beside.untrained is None else cached.untrained_rows_of(read.asked, query)
    found = linking.links_in(rows, query, at, tables=beside.tables, before=before)
    return {"links": {"query": query, "key": at, "heads": [_told(link) for link in found]}}


def _told(link: linking.Link) -> dict[str, Any]:
    """A link as the page reads it: whether it is forced is told where it is."""
    told = dict(vars(link))
    if not link.forced:
        del told["forced"]
    return told


def _take(read: Reading, then: Callable[[], None], name: str, keep: Keep) -> None:
    """A choice made in the explorer; one that belongs to another text or model, or cannot be, is let go."""
    told, record = _told_by(name), session()
    if told is None:
        return
    # Also of what is let go: the browser waits for it. (Two explorers may be told of in one message.)
    record.sequence = max(record.sequence, told["sequence"])
    record.taken[name] = told["sequence"]
    new = _taken(read, told)
    if new is None:
        return
    keep(read, new)
    asked = told.get("asked")
    if isinstance(asked, dict):
        record.map_open = bool(asked.get("map", record.map_open))
        record.rows_asked = rows_of(asked.get("rows"), read.whole.only(new["part"]))
        if "move" in asked and told["sequence"] > record.moved_by:  # what is told again is done once
            record.moved_by = told["sequence"]
            choose(moved=pictures.with_move(view_now().moved, asked["move"]))
        if "vectors" in asked and read.asked.identity == told["id"]:
            record.vectors_asked[name.removeprefix(FOLLOWER)] = (told["id"], layer_of(asked["vectors"], read.whole))
    then()


def _told_by(name: str) -> dict[str, Any] | None:
    """What the browser told last, if it is such as it tells."""
    told = st.session_state[name].get("choice") if name in st.session_state else None
    return told if isinstance(told, dict) and isinstance(told.get("sequence"), int) else None


def _taken(read: Reading, told: dict[str, Any]) -> dict[str, Any] | None:
    """The choice in it, in the fields of a view."""
    if not read.asked.has_words_of(told.get("id")) or not isinstance(told.get("state"), dict):
        return None
    return taken(told["state"], read.whole)


def _keep(read: Reading, new: dict[str, Any]) -> None:
    """What was chosen is what all pages show."""
    record, before = session(), view_now()
    if any(new[name] != getattr(before, name) for name in ("part", "layer", "head", "query")):
        record.head_chosen = True
    choose(**new)
    part = read.whole.only(new["part"])
    record.anchor = part.rows[new["query"]]
    record.key_anchor = None if new["key"] is None else part.columns[new["key"]]


def chosen(read: Reading) -> Reading:
    """The reading with what has been chosen in the explorer since."""
    now = choice_of(view_now())
    view = replace(read.view, **now)
    look = replace(read.look, **{name: now[name] for name in ("part", "layer", "head", "query", "specials")})
    return replace(read, asked=replace(read.asked, part=look.part), view=view, look=look)


def taken_first(read: Reading) -> Reading:
    """The same, for what is done in one message with a choice: that is taken first, whatever Streamlit calls first."""
    told = _told_by(FOLLOWER)
    if told is not None and told["sequence"] > session().taken.get(FOLLOWER, 0):
        new = _taken(read, told)
        if new is not None:
            _keep(read, new)
    return chosen(read)


def is_later(side: str, other: str) -> bool:
    """Whether what was told of one explorer was chosen after what was told of the other."""
    one, before = (told["sequence"] if (told := _told_by(FOLLOWER + name)) else 0 for name in (side, other))
    return bool(one > before)
