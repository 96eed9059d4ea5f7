"""What is to be read, of what is chosen: a text, two, a translation, or a picture, by what the model reads."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from attnviz.contents import Pixels, Samples
from attnviz.errors import AttnvizError
from attnviz.models.base import Model
from attnviz.models.names import Folder, Hub, Learned, Meant, Packaged, Run, Shipped, Weights
from attnviz.models.names.places import has_towers, is_of_pictures
from attnviz.models.packages.registry import PACKAGED
from attnviz.request import Input, Pair, Picture, Sound, Text, Translation
from attnviz.service import loading, pictures, predictions, sounds
from attnviz.service.asked import Asked
from attnviz.tokens import LONG_LIMIT, TOKEN_LIMIT
from attnviz.training.registry import TASKS
from attnviz.ui.state import allowed
from attnviz.ui.state.session import session
from attnviz.ui.state.view import OWN, View

BROUGHT = OWN
_known: dict[str, type[Input]] = {}  # of folders and the hub's models that were loaded: what they are given
_comparing: set[str] = set()  # and which of them compare a picture with a text


def kind_of(name: str) -> type[Input]:
    """What the model of that name is given, as far as that is known before it is loaded: a text, if it is not."""
    with suppress(AttnvizError):
        weights = allowed.meant(name)
        if isinstance(weights, Packaged):
            return PACKAGED[weights.model].reads
        if isinstance(weights, Folder | Hub):
            is_seen = isinstance(weights, Folder) and is_of_pictures(weights.path)
            return _known.get(weights.name) or (Picture if is_seen else Text)
        if task := _learned(weights):
            return TASKS[task].reads
    return Text


def task_of(name: str) -> str:
    """Of a model that looks at pictures the task that it has learned here; of one from elsewhere "", or, if it compares
    a picture with a text, `pictures.COMPARED`."""
    with suppress(AttnvizError):
        weights = allowed.meant(name)
        if isinstance(weights, Folder | Hub):
            has_text = isinstance(weights, Folder) and has_towers(weights.path)
            return pictures.COMPARED if has_text or weights.name in _comparing else ""
        return _learned(weights)
    return pictures.FIRST


def speaks_as(name: str) -> str:
    """Which task's sounds are made for the model of that name; "" of one from elsewhere."""
    with suppress(AttnvizError):
        return _learned(allowed.meant(name))
    return ""


def _learned(weights: Meant) -> str:
    """The task that was learned here with these weights; "" where none was."""
    if isinstance(weights, Shipped | Run):
        return weights.task if isinstance(weights, Shipped) else weights.options.task
    checkpoint = loading.checkpoint_of(weights) if isinstance(weights, Learned) else None
    return "" if checkpoint is None else checkpoint.options.task


def asked_of(view: View, weights: Weights, model: Model) -> Asked:
    """What is read by these weights."""
    reads = model.reads
    if isinstance(weights, Folder | Hub):
        _known[weights.name] = next((kind for kind in (Picture, Sound) if kind in reads), Text)
        if model.compares:
            _comparing.add(weights.name)
    if Sound in reads:
        return predictions.heard(Asked("", "", weights, target=view.target.strip(), samples=samples_of(view)))
    if Picture in reads:
        task = pictures.COMPARED if model.compares else "" if model.task is None else model.task.name
        return Asked(said_of(view, task), "", weights, pixels=pixels_of(view, task))
    target = view.target if Translation in reads and view.target.strip() else ""
    # Learn opens one row of words.
    if not target and model.writes_at_once and view.text.strip() and session().page != "learn":
        target = predictions.written_of(view.text, view.special_tokens, weights)
    pair = view.pair if Pair in reads and not target and view.pair.strip() else ""  # a target is of one text
    asked = Asked(view.text, pair, weights, target=target, special_tokens=view.special_tokens)
    return replace(asked, most=_most(view.text, model)) if isinstance(asked.input, Text) else asked


def _most(text: str, model: Model) -> int:
    """How many tokens of a text are read: of a long one Explore shows as many as the model can take. (One that has no
    more bytes than other pages take tokens is read alike on all.)"""
    can_be_long = session().page == "explore" and len(text.encode(errors="replace")) > TOKEN_LIMIT
    return max(TOKEN_LIMIT, min(model.limit, LONG_LIMIT)) if can_be_long else TOKEN_LIMIT


def readable(view: View) -> tuple[View, ...]:
    """What the same model reads in the place of a question or a sound that it cannot; nothing in that of a text."""
    kind = kind_of(view.model)
    if kind is Picture:
        return (View(model=view.model, picture=view.picture, moved=view.moved),)
    return (View(model=view.model),) if kind is Sound else ()


def not_carried(view: View) -> list[str]:
    """What a link names and cannot bring: somebody's own picture or sound."""
    kind, record = kind_of(view.model), session()
    if kind is Picture and view.picture == BROUGHT and record.brought is None:
        return ["The link is of somebody’s own picture, which no link can carry; the first one here is shown."]
    if kind is Sound and view.sound == BROUGHT and record.heard is None:
        return ["The link is of somebody’s own sound, which no link can carry; the first example is heard."]
    return []


def samples_of(view: View) -> Samples:
    """The sound that is chosen."""
    heard, kind = session().heard, speaks_as(view.model)
    if view.sound == BROUGHT and heard is not None:
        return heard.samples
    return sounds.said(kind, _letters(view))


def _letters(view: View) -> str:
    """What a voice says; of a sound that was brought, the first example."""
    is_said = view.sound.strip() and view.sound != BROUGHT
    return view.sound if is_said else sounds.examples(speaks_as(view.model))[0]


def other_sound(view: View) -> str:
    """A sound to compare with, until another is typed: the one after it, among the examples."""
    offered, now = sounds.examples(speaks_as(view.model)), _letters(view)
    return offered[(offered.index(now) + 1) % len(offered)] if now in offered else offered[0]


def offer_of(view: View, task: str) -> pictures.Offer:
    """The picture that is chosen, of those for who learned that task; the first one where none is."""
    offers = pictures.offers(task)
    return next((offer for offer in offers if offer.name == view.picture), offers[0])


def title_of(view: View) -> str:
    """What the picture that is chosen is called."""
    if view.picture == BROUGHT and session().brought is not None:
        return "your own"
    return offer_of(view, task_of(view.model)).title


def said_of(view: View, task: str) -> str:
    """What is typed beside the picture; of what only another kind of model is given by itself, or of nothing, what this
    one is. Nothing, of a model that is given none."""
    usual, typed = pictures.usual(view.picture, task), view.question.strip()
    return usual if not (usual and typed) or pictures.is_usual(view.picture, typed) else typed


def other_said(view: View) -> str:
    """A question or a text to compare with, until another is typed."""
    task = task_of(view.model)
    said = said_of(view, task)
    is_compared = task == pictures.COMPARED
    offered = pictures.captions() if is_compared else pictures.questions(offer_of(view, task).name)
    return next((one for one in offered if one != said), said)


def other_picture(view: View) -> str:
    """The one after it, among those that are offered."""
    task = task_of(view.model)
    found = [offer.name for offer in pictures.offers(task)]
    return found[(found.index(offer_of(view, task).name) + 1) % len(found)]


def pixels_of(view: View, task: str) -> Pixels:
    """The picture that is chosen."""
    brought = session().brought
    if view.picture == BROUGHT and brought is not None:
        return pictures.exchanged(brought.pixels, pictures.moves(view.moved) or ())
    return pictures.pixels_of(offer_of(view, task).name, pictures.moves(view.moved) or ())
