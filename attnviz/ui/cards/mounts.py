"""The explorer on the page: the trace goes into it once, and what is chosen in it comes back to what follows it.

The explorer itself is always the same element. What it is told comes through components that nobody sees (publishers):
the trace, its vectors (megabytes, a moment later), notes on its heads, and the answer to a choice, whose component (the
follower) lives in a fragment. A component is sent all its data whenever one bit of it changes: so a choice sends none
of the others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import streamlit as st

from attnviz._trace import Trace
from attnviz.analysis import linking
from attnviz.analysis.rows import strongest_in
from attnviz.client import frame, packed, packed_choice, script, style
from attnviz.service import cached
from attnviz.ui.state.choice import choice_of, heads_of, rows_of, taken
from attnviz.ui.state.reading import Reading
from attnviz.ui.state.session import Beside, choose, session, view_now

FOLLOWER = "follower"
MOST_HEADS = 200  # of a model beside which its untrained twin is run as well
log = logging.getLogger(__name__)


@cache
def _component(name: str, entry: str, html: str = "", css: str = "") -> Any:
    return st.components.v2.component(f"attnviz_{name}", html=html or "<span></span>", css=css, js=script(entry))


def explorer() -> None:
    """The explorer, which draws what it is told."""
    _component("explorer", "hosts/component.js", f'<div class="host">{frame()}</div>', style())(
        key="explorer", height="content"
    )


def trace(read: Reading) -> None:
    """What is drawn at first. What is chosen at first travels with it once: later it would make them other bytes."""
    firsts = session().firsts
    identity = read.asked.identity
    if identity not in firsts:
        firsts.clear()
        firsts[identity] = tuple(choice_of(read.view).items())
    first = firsts[identity]
    _tell("trace", cached.pictures_of(read.asked, first, tuple(heads_of(dict(first)))))


def vectors(read: Reading) -> None:
    """From what every other head is drawn."""
    _tell("vectors", cached.vectors_of(read.asked))


def notes(read: Reading, roles: dict[int, str]) -> None:
    """What each head does, who is who, and what stands beside the weights, which takes a while to compute."""
    told: dict[str, Any] = {"kind": "notes"} | cached.notes_of(read.asked) | {"roles": roles}
    try:
        session().beside = Beside(read.asked, cached.link_tables_of(read.asked), _untrained(read))
        told |= _more(read)
    except Exception:  # the page computes the links itself, without the untrained model's
        log.exception("What stands beside the weights of %r could not be computed", read.view.model)
    _tell("notes", packed(told, {}))


def _tell(what: str, data: bytes) -> None:
    _component(what, "hosts/publisher.js")(key=what, data=data, height="content")


def follower(read: Reading, *, then: Callable[[], None]) -> None:
    """The package's own numbers for what is chosen, to the explorer; from it, the next choice. `then` is
    called once that is taken."""
    view, look = read.view, read.look
    chosen = choice_of(view)
    further = [row for row in session().rows_asked if row < len(read.trace.rows)]
    queries = list(dict.fromkeys([look.query, *further]))
    told = {"sequence": session().sequence, "state": chosen} | _more(read)
    weights = cached.weights_of(read.asked)
    answer = packed_choice(
        read.trace,
        identity=read.asked.identity,
        heads=heads_of(chosen),
        queries=queries,
        weights=None if weights is None else weights[read.trace.part],
        **told,
    )
    _component("follower", "hosts/follower.js")(
        key=FOLLOWER, data=answer, height="content", on_choice_change=lambda: _take(read, then)
    )


def _more(read: Reading) -> dict[str, Any]:
    """All heads' links between the two words (the pinned one, or the one that the query looks at most), and the map of
    heads where it is open; nothing while what they are made of is not at hand."""
    beside = session().beside
    if beside is None or beside.asked != read.asked:
        return {}
    query, at = read.look.query, read.view.key
    rows = cached.rows_of(read.asked, query)
    if at is None:
        at = strongest_in(read.trace, rows.of(read.look.layer, read.look.head), query)
    before = None if beside.untrained is None else cached.untrained_rows_of(read.asked, query)
    found = linking.links_in(rows, query, at, tables=beside.tables, before=before)
    told = {"query": query, "key": at, "heads": [_told(link) for link in found]}
    return {"links": told} | ({"map": cached.map_of(read.asked)} if session().map_open else {})


def _told(link: linking.Link) -> dict[str, Any]:
    """A link as the page reads it: whether it is forced is told where it is."""
    told = dict(vars(link))
    if not link.forced:
        del told["forced"]
    return told


def _untrained(read: Reading) -> Trace | None:
    """The untrained model's trace, unless a second such model would be too much."""
    heads = sum(layer.heads for layer in read.trace.layers)
    return cached.untrained_of(read.asked) if heads <= MOST_HEADS else None


def _take(read: Reading, then: Callable[[], None]) -> None:
    """A choice made in the explorer; one that belongs to another trace, or cannot be, is let go."""
    told, record = st.session_state[FOLLOWER].get("choice"), session()
    if not isinstance(told, dict) or not isinstance(told.get("sequence"), int):
        return
    record.sequence = told["sequence"]  # also of what is let go: the browser waits for it
    if told.get("id") != read.asked.identity or not isinstance(told.get("state"), dict):
        return
    new, before = taken(told["state"], read.whole), view_now()
    if new is None:
        return
    if any(new[name] != getattr(before, name) for name in ("part", "layer", "head")):
        record.head_chosen = True
    choose(**new)
    part = read.whole.only(new["part"])
    record.anchor = part.rows[new["query"]]
    record.key_anchor = None if new["key"] is None else part.columns[new["key"]]
    asked = told.get("asked")
    if isinstance(asked, dict):
        record.map_open = bool(asked.get("map", record.map_open))
        record.rows_asked = rows_of(asked.get("rows"), part)
    then()


def chosen(read: Reading) -> Reading:
    """The reading with what has been chosen in the explorer since."""
    now = choice_of(view_now())
    view = replace(read.view, **now)
    look = replace(read.look, **{name: now[name] for name in ("part", "layer", "head", "query", "specials")})
    return replace(read, asked=replace(read.asked, part=look.part), view=view, look=look)
