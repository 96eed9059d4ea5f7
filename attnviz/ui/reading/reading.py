"""From what is chosen to a trace: what every page does before it draws."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import streamlit as st

from attnviz._trace import Trace
from attnviz.client import is_tiled
from attnviz.errors import AttnvizError
from attnviz.heads import counted
from attnviz.models.names import BY_ITSELF, MINILM, Weights, at_step
from attnviz.models.names.choosing import Choice, chosen_for
from attnviz.request import Change, Pair, Request, Text, Translation, of_one_text
from attnviz.service import loading, process, traces
from attnviz.service.asked import Asked
from attnviz.ui import words
from attnviz.ui.reading.carrying import carried_query
from attnviz.ui.reading.look import Look
from attnviz.ui.reading.settling import of_weights, settled
from attnviz.ui.state import address, allowed, inputs
from attnviz.ui.state.link import fits_in_link
from attnviz.ui.state.session import choose, session
from attnviz.ui.state.view import View

_MOST_TRIED = 8  # changes that are run one by one to find those that a model cannot run with
QUICK = 0.5  # seconds: who waits for less needs no word on it
_UNDONE = "Another model reads this text: what was switched off or changed in the one before is as it was."
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
    view = of_weights(view, weights)
    asked = inputs.asked_of(view, weights, loading.model_for(weights))
    whole = traces.whole_of(asked)
    view = settled(view, whole, asked, opens=step is None)
    asked = replace(asked, off=view.off, changes=view.changes)
    if asked != asked.unchanged:
        asked, whole, view = _changed(asked, whole, view)
    assert view.layer is not None  # `settled` chose; this tells the type checker
    assert view.head is not None
    assert view.query is not None
    dark = st.context.theme.type == "dark"
    asked = replace(asked, part=view.part)
    done = Reading(view, asked, whole, Look(view.part, view.layer, view.head, view.query, view.specials, dark))
    if session().page == "explore":
        session().stood = done
    return done


def _changed(asked: Asked, whole: Trace, view: View) -> tuple[Asked, Trace, View]:
    """The trace with what is changed in the run; a change that the model cannot take is said, and taken back: those
    that it never takes first, then what is of another text, then what it cannot run with, else all."""
    try:
        return asked, traces.whole_of(asked), view
    except AttnvizError as error:
        why = str(error)
    possible = tuple(one for one in view.changes if _is_possible(asked, one))
    for kept in _fewer(asked, whole, possible):
        with suppress(AttnvizError):
            asked, whole = _without(asked, whole, kept)
            break
    back = [words.change_in_words(one, whole) for one in view.changes if one not in kept]
    record = session()
    before = record.wrong if view == record.linked else []
    told = "The change is taken back." if len(back) == 1 else f"These changes are taken back: {'; '.join(back)}."
    record.wrong = [*before, f"{why} {told}"]
    choose(changes=kept)
    view = record.linked = replace(view, changes=kept)
    return asked, whole, view


def _fewer(asked: Asked, whole: Trace, changes: tuple[Change, ...]) -> Iterator[tuple[Change, ...]]:
    """Fewer and fewer of them, down to none."""
    yield changes
    changes = tuple(one for one in changes if not of_one_text(one))
    yield changes
    runs = []
    for one in changes[:_MOST_TRIED]:
        with suppress(AttnvizError):
            _without(asked, whole, (one,))
            runs.append(one)
    yield tuple(runs)
    yield ()


def _is_possible(asked: Asked, change: Change) -> bool:
    """Whether the model takes a change of this kind, in such a part and head."""
    model = loading.model_for(asked.weights)
    with suppress(AttnvizError):
        model.request(Request(asked.input, model.weights, (change,)))
        return True
    return False


def _without(asked: Asked, whole: Trace, kept: tuple[Change, ...]) -> tuple[Asked, Trace]:
    """With these changes alone; `whole` is the trace with nothing changed."""
    asked = replace(asked, changes=kept)
    return asked, whole if asked == asked.unchanged else traces.whole_of(asked)


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
    return carried_query(traces.trace_of(asked), None, None)


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
                checked = words.check_in_words(traces.check_of(reading.asked), recorded)
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
