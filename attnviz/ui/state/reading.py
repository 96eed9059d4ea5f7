"""From what is chosen to a trace: what every page does before it draws."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import streamlit as st

from attnviz._trace import Trace
from attnviz.client import is_tiled
from attnviz.errors import AttnvizError
from attnviz.heads import Head as Address
from attnviz.heads import counted
from attnviz.models.names import BY_ITSELF, MINILM, Weights, at_step
from attnviz.models.names.choosing import Choice, chosen_for
from attnviz.request import Change, Pair, Text, Translation, of_one_text
from attnviz.service import cached, loading, process
from attnviz.service.asked import Asked
from attnviz.transformer import Head
from attnviz.ui import words
from attnviz.ui.state import address, allowed, inputs
from attnviz.ui.state.carrying import carried_key, carried_query, looks_first, shown
from attnviz.ui.state.link import fits_in_link
from attnviz.ui.state.look import Look
from attnviz.ui.state.session import choose, session
from attnviz.ui.state.view import View, is_chosen

QUICK = 0.5  # seconds: who waits for less needs no word on it
log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Reading:
    """A text that was read: the view with the layer, head and word that its trace has."""

    view: View
    asked: Asked
    whole: Trace  # of all parts
    look: Look

    @cached_property
    def trace(self) -> Trace:
        """Of the part that is shown."""
        return self.whole.only(self.look.part)

    @property
    def weights(self) -> Weights:
        """Which ones read it."""
        return self.asked.weights

    @property
    def typed(self) -> str:
        """What was typed to be read: a text, or what is asked about a picture; "" where there is nothing of that."""
        if self.asked.samples is not None:
            return ""
        return self.view.text if self.asked.pixels is None else self.asked.text


def read(view: View, *, step: int | None = None, beside: str = "") -> Reading | None:
    """Read the view's text with its model; or say on the page what is wrong. `beside`: another text that the same model
    is to read."""
    try:
        with st.spinner(waiting(view.model, "Reading …")):
            start = time.perf_counter()
            done = _read(view, _weights(view, step, beside), step)
            session().quick = done.weights if time.perf_counter() - start < QUICK else None
            return done
    except AttnvizError as error:
        words.say(str(error), error=True)
    except Exception:
        log.exception("Reading a text with %r failed", view.model)
        words.say("Something went wrong in reading this text; the log has more. Try another text or model.", error=True)
    return None


def waiting(model: str, otherwise: str) -> str:
    """What one reads while a model reads: that it is first made ready, where it is."""
    with suppress(AttnvizError):  # what is no name is said when it is read
        return loading.waiting(allowed.meant(model)) or otherwise
    return otherwise


def standing(view: View) -> Reading | None:
    """What stays on the page while the view cannot be read: what was read last; else the same picture, asked what its
    offer asks, or an example of a sound; else the same sentence by a model that can read it, or the page's own."""
    if session().stood is not None:
        return session().stood
    for one in (*inputs.readable(view), View(text=view.text), View()):
        with suppress(Exception):  # what is wrong is said already
            return _read(one, _weights(one), None)
    return None


def ahead(view: View) -> Reading | None:
    """The same before anything is drawn, where nobody needs to be told to wait: if the last text was read by the same
    model, and quickly. Else None, and also if something is wrong: `read` finds it again, and says it at its place."""
    with suppress(Exception):
        weights = _weights(view)
        if session().quick == weights:
            return _read(view, weights, None)
    return None


def _weights(view: View, step: int | None = None, beside: str = "") -> Weights:
    """Those that read the view's text, and the one beside it."""
    first = Pair(view.text, view.pair) if view.pair.strip() else Text(view.text)
    asked = [replace(one, special_tokens=view.special_tokens) for one in (first, *([Text(beside)] if beside else []))]
    return loading.settled(allowed.weights_of(view.model, *asked), view.options, step)


def _read(view: View, weights: Weights, step: int | None) -> Reading:
    view = _of_weights(view, weights)
    asked = inputs.asked_of(view, weights, loading.model_for(weights))
    whole = cached.whole_of(asked)
    view = _settled(view, whole, asked, opens=step is None)
    asked = replace(asked, off=view.off, changes=view.changes)
    if asked != asked.unchanged:
        asked, whole, view = _changed(asked, whole, view)
    assert view.layer is not None  # `_settled` chose; this tells the type checker
    assert view.head is not None
    assert view.query is not None
    dark = st.context.theme.type == "dark"
    asked = replace(asked, part=view.part)
    done = Reading(view, asked, whole, Look(view.part, view.layer, view.head, view.query, view.specials, dark))
    if session().page == "explore":
        session().stood = done
    return done


_UNDONE = "Another model reads this text: what was switched off or changed in the one before is as it was."


def _of_weights(view: View, weights: Weights) -> View:
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


def _changed(asked: Asked, whole: Trace, view: View) -> tuple[Asked, Trace, View]:
    """The trace with what is changed in the run; a change that the model cannot take is said, and taken back: what is
    of another text first, else all."""
    try:
        return asked, cached.whole_of(asked), view
    except AttnvizError as error:
        record = session()
        record.wrong = [*record.wrong, f"{error} The change is taken back."]
    kept = tuple(one for one in view.changes if not of_one_text(one))
    try:
        asked, whole = _without(asked, whole, kept)
    except AttnvizError:
        kept = ()
        asked, whole = _without(asked, whole, kept)
    choose(changes=kept)
    view = record.linked = replace(view, changes=kept)
    return asked, whole, view


def _without(asked: Asked, whole: Trace, kept: tuple[Change, ...]) -> tuple[Asked, Trace]:
    """With these changes alone; `whole` is the trace with nothing changed."""
    asked = replace(asked, changes=kept)
    return asked, whole if asked == asked.unchanged else cached.whole_of(asked)


def _settled(view: View, whole: Trace, asked: Asked, *, opens: bool) -> View:
    """The view with heads and words that this trace has: the same ones if it can be, else the nearest, and where none
    was chosen, those of the link that stands out most (`opens`), or the model's own."""
    record = session()
    wrong: list[str] = []
    part = view.part if view.part in whole.parts else whole.shape.opening
    if view.part and part != view.part:
        has = f"the {part} is shown" if part else "it has one part, which needs no name"
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

    def exists(one: Head) -> bool:
        return one[0] < len(trace.layers) and one[1] < trace.layers[one[0]].heads

    off = frozenset(_known(view.off, whole))
    if off != view.off:
        wrong.append("The link switches heads off that this model does not have; they are left out.")
    over = tuple(one for one in view.over if exists(one))
    second = view.second if view.second is not None and exists(view.second) else None
    if (over, second) != (view.over, view.second):
        wrong.append("The link shows further heads that this model does not have; they are left out.")
    settled = replace(view, part=part, layer=layer, head=head, query=query, key=at, off=off, over=over, second=second)
    if view == record.linked:
        record.wrong = [*record.wrong, *wrong]
        record.linked = settled
    names = ("part", "layer", "head", "query", "key", "off", "over", "second")
    choose(**{name: getattr(settled, name) for name in names})
    record.anchor, record.key_anchor = trace.rows[query], None if at is None else trace.columns[at]
    return settled


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


def _query_of(asked: Asked, head: Head) -> int | None:
    """The word of which a head has most to say."""
    found = cached.strongest_link_of(asked, head=head)
    return None if found is None else found[1]


def _known(heads: Iterable[Address], whole: Trace) -> Iterator[Address]:
    """Those that the model has, with the names of their parts."""
    for head in heads:
        with suppress(AttnvizError):
            yield whole.shape.head(head)


def own_choices(reading: Reading) -> View:
    """The view without what the page chose by itself: that need not stand in the link."""
    view = reading.view
    if view.query == own_query_of(reading.asked) or not session().head_chosen:
        view = replace(view, query=None)
    if not session().head_chosen:
        view = replace(view, layer=None, head=None)
    if reading.trace.part == reading.whole.shape.opening:
        view = replace(view, part="")
    if not words.typed_specials(reading.whole):
        view = replace(view, special_tokens=None)
    return view


@lru_cache(maxsize=4096)  # a number each, for as many people as there are: to find it again takes a run of the model
def own_query_of(asked: Asked) -> int:
    """The word that a link means which names a head and no word."""
    return carried_query(cached.trace_of(asked), None, None)


def status(reading: Reading) -> str:
    """The line of truth, as HTML. It comes last, since the check runs the reference implementation as well."""
    view, trace = reading.view, reading.trace
    heads = counted(trace.layers[reading.look.layer].heads, "head")
    recorded = f"{counted(len(trace.layers), 'layer')} × {heads} recorded, on {trace.device}."
    try:
        if is_tiled(reading.whole):
            checked = words.UNCHECKED
        else:
            with process.AFTERWARDS.turn():
                checked = words.check_in_words(cached.check_of(reading.asked), recorded)
    except Exception:
        log.exception("Checking %r failed", view.model)
        checked = words.CHECK_FAILED
    facts = [
        *([words.choice_in_words(_choice(reading))] if view.model == BY_ITSELF.name else []),
        words.counts_in_words(reading.whole),
        *words.origin_in_words(reading.weights),
        checked + (" (without the changes)" if view.changes else " (with all heads on)" * bool(view.off)),
    ]
    if not fits_in_link(view.text):
        facts.append("this text is too long for the link")
    return f"<p class='status'>{' · '.join(facts)}</p>"


def _choice(reading: Reading) -> Choice:
    """Why these weights were chosen."""
    choice = chosen_for(reading.asked.input)
    if choice.weights == at_step(reading.weights, None):
        return choice
    return Choice(MINILM, "since the two sentences need one model that reads both")


def say_notices(reading: Reading, *, has_target: bool = False) -> None:
    """What was wrong in the link, and what was done to the text. `has_target`: whether the page has a field for one."""
    model = loading.model_for(reading.weights)
    takes_target = has_target and Translation in model.reads
    notices = words.notices_for(reading.view.text, reading.whole, takes_target=takes_target, limit=model.limit)
    undone = [_UNDONE] * (session().undone_for == reading.view.text)
    words.say(*address.link_problems(reading.view), *undone, *notices)
