"""What is to be read, of what is chosen: a text, two, a translation, or a picture, by what the model reads."""

from __future__ import annotations

from contextlib import suppress
from typing import Literal

from attnviz.errors import AttnvizError
from attnviz.models.base import Model
from attnviz.models.names import Folder, Hub, Learned, Packaged, Run, Shipped, Weights
from attnviz.models.packages.registry import PACKAGED
from attnviz.models.places import has_towers, is_of_pictures
from attnviz.request import Input, Pair, Picture, Sound, Text, Translation
from attnviz.service import cached, loading, pictures, sounds
from attnviz.service.asked import Asked
from attnviz.tokens import Pixels, Samples
from attnviz.training.registry import TASKS
from attnviz.ui.state import allowed
from attnviz.ui.state.session import session
from attnviz.ui.state.view import OWN, View

BROUGHT = OWN
Beside = Literal["", "question", "text"]  # what is typed beside a picture: it is asked about, or compared with a text
_known: dict[str, type[Input]] = {}  # of folders and the hub's models that were loaded: what they are given
_comparing: set[str] = set()  # and which of them compare a picture with a text


def kind_of(name: str) -> type[Input]:
    """What the model of that name is given, as far as that is known before it is loaded: a text, if it is not."""
    with suppress(AttnvizError):
        weights = allowed.meant(name)
        if isinstance(weights, Shipped):
            return TASKS[weights.task].reads
        if isinstance(weights, Run):
            return TASKS[weights.options.task].reads
        if isinstance(weights, Packaged):
            return PACKAGED[weights.model].reads
        if isinstance(weights, Folder | Hub):
            is_seen = isinstance(weights, Folder) and is_of_pictures(weights.path)
            return _known.get(weights.name) or (Picture if is_seen else Text)
        checkpoint = loading.checkpoint_of(weights) if isinstance(weights, Learned) else None
        if checkpoint is not None:
            return TASKS[checkpoint.options.task].reads
    return Text


def beside(name: str) -> Beside:
    """What a model that looks at pictures is given beside them: a question, if it was trained here."""
    with suppress(AttnvizError):
        weights = allowed.meant(name)
        if isinstance(weights, Folder | Hub):
            has_text = isinstance(weights, Folder) and has_towers(weights.path)
            return "text" if has_text or weights.name in _comparing else ""
        return "question" if isinstance(weights, Learned) else ""
    return "question"


def asked_of(view: View, weights: Weights, model: Model) -> Asked:
    """What is read by these weights."""
    reads = model.reads
    if isinstance(weights, Folder | Hub):
        _known[weights.name] = next((kind for kind in (Picture, Sound) if kind in reads), Text)
        if model.compares:
            _comparing.add(weights.name)
    if Sound in reads:
        return cached.heard(Asked("", "", weights, target=view.target.strip(), samples=samples_of(view)))
    if Picture in reads:
        given: Beside = "question" if model.predicts == "answer" else "text" if model.compares else ""
        return Asked(said_of(view, given), "", weights, pixels=pixels_of(view, given))
    target = view.target if Translation in reads and view.target.strip() else ""
    # Learn opens one row of words.
    if not target and model.writes_at_once and view.text.strip() and session().page != "learn":
        target = cached.written_of(view.text, view.special_tokens, weights)
    pair = view.pair if Pair in reads and not target and view.pair.strip() else ""  # a target is of one text
    return Asked(view.text, pair, weights, target=target, special_tokens=view.special_tokens)


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


def speaks_as(name: str) -> str:
    """Which task's sounds are made for the model of that name."""
    with suppress(AttnvizError):
        weights = allowed.meant(name)
        checkpoint = loading.checkpoint_of(weights) if isinstance(weights, Learned) else None
        if checkpoint is not None:
            return checkpoint.options.task
    return sounds.VOICE


def samples_of(view: View) -> Samples:
    """The sound that is chosen."""
    heard, kind = session().heard, speaks_as(view.model)
    if view.sound == BROUGHT and heard is not None:
        return heard.samples
    letters = view.sound if view.sound.strip() and view.sound != BROUGHT else sounds.examples(kind)[0]
    return sounds.said(kind, letters)


def offer_of(view: View, given: Beside = "question") -> pictures.Offer:
    """The picture that is chosen; the first one where none is."""
    offers = pictures.offers(asked=given == "question")
    return next((offer for offer in offers if offer.name == view.picture), offers[0])


def said_of(view: View, given: Beside) -> str:
    """What is typed beside the picture; of what only the other kind of model is given by itself, or nothing: what the
    picture's offer asks or says."""
    typed, name = view.question.strip(), view.picture
    if given == "question":
        return offer_of(view).question if typed in ("", pictures.caption_of(name)) else typed
    if given == "text":
        return pictures.caption_of(name) if typed in ("", pictures.question_of(name)) else typed
    return ""


def other_said(view: View, given: Beside) -> str:
    """A question or a text to compare with, until another is typed."""
    said = said_of(view, given)
    offered = pictures.questions(offer_of(view).name) if given == "question" else pictures.captions()
    return next((one for one in offered if one != said), said)


def pixels_of(view: View, given: Beside) -> Pixels:
    """The picture that is chosen."""
    brought = session().brought
    if view.picture == BROUGHT and brought is not None:
        return pictures.exchanged(brought.pixels, pictures.moves(view.moved) or ())
    return pictures.pixels_of(offer_of(view, given).name, pictures.moves(view.moved) or ())
