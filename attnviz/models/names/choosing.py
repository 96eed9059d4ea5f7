"""Which model reads a text where nobody says: one that was trained here, where it has learned to read such a text, else
the pretrained one that comes with the installation.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from attnviz.errors import AttnvizError
from attnviz.models.names import MINILM, ByItself, Meant, Packaged, Shipped, Weights
from attnviz.models.packages.dinov2 import DINOV2
from attnviz.models.packages.packaged import package_folder
from attnviz.models.packages.registry import PACKAGED
from attnviz.models.packages.whisper import WHISPER
from attnviz.models.trained import known_words
from attnviz.request import Input, Pair, Picture, Sound, Text
from attnviz.texts import clean_text
from attnviz.training.checkpoint import is_shipped
from attnviz.training.pictures.looking import SceneTask
from attnviz.training.registry import TASKS
from attnviz.training.tasks import Task

SOUNDS = "voice"  # that whose model hears
_SAID = 2  # unknown words that are named


@dataclass(frozen=True)
class Choice:
    """The weights that read a text, and why these: what stands after "Read by …,"."""

    weights: Shipped | Packaged
    why: str


def chosen_for(asked: Input) -> Choice:
    """The first model trained here that has learned to read this; else the pretrained one.

    >>> chosen_for(Text("The cat, which was black, sat on the mat")).weights
    Shipped(task='grammar', step=None)
    >>> chosen_for(Text("I love pizza"))
    Choice(weights=Packaged(model='minilm'), why='since the small models do not know “I”, “love” and 1 more')
    """
    if isinstance(asked, Picture):
        if not asked.question and package_folder(DINOV2) is not None:
            return Choice(Packaged(DINOV2.name), "since it looks at any picture")
        return Choice(Shipped(_answering(asked)), "which has learned to answer such questions")
    if isinstance(asked, Sound):
        if package_folder(WHISPER) is not None:
            return Choice(Packaged(WHISPER.name), "since it writes down what is spoken")
        return Choice(Shipped(SOUNDS), "which has learned to write down a voice")
    if not isinstance(asked, Text):
        what = "two sentences as a pair" if isinstance(asked, Pair) else "any text"
        return Choice(MINILM, f"since it reads {what}")
    unknown: list[list[str]] = []
    reasons: list[str] = []
    for name, task in TASKS.items():
        if is_shipped(name) and task.reads is Text:
            words, reason = _unread_by(task, asked)
            if not (words or reason):
                return Choice(Shipped(name), "which has learned texts like this one")
            unknown.append(words)
            reasons.append(reason)
    nobody_s = [word for word in unknown[0] if all(word in words for words in unknown)] if unknown else []
    if nobody_s:
        return Choice(MINILM, f"since the small models do not know {_listed(nobody_s)}")
    told = [reason for reason in reasons if reason]
    return Choice(MINILM, told[0] if told else "since no model trained here knows all of these words")


def can_read(named: Meant, asked: Text) -> bool:
    """Whether a model that was trained here has learned all of these words; any other reads what it is given."""
    return not (isinstance(named, Shipped) and any(_unread_by(TASKS[named.task], asked)))


def _answering(asked: Picture) -> str:
    """The first task about pictures in which such a question is asked; the first one, where it is in none: who learned
    that says what it can be asked."""
    tasks = [task for name, task in TASKS.items() if isinstance(task, SceneTask) and is_shipped(name)]
    for task in tasks:
        with suppress(AttnvizError):
            task.words(asked.question)
            return task.name
    return tasks[0].name


def in_short(weights: Shipped | Packaged) -> str:
    """What such weights are called in a sentence."""
    return PACKAGED[weights.model].short if isinstance(weights, Packaged) else "the model trained here"


def weights_for(named: Meant, *asked: Input) -> Weights:
    """The weights of that name; where it leaves the choice, those that can read all of this."""
    if not isinstance(named, ByItself):
        return named
    found = {chosen_for(one).weights for one in asked}
    return found.pop() if len(found) == 1 else MINILM


def _unread_by(task: Task, asked: Text) -> tuple[list[str], str]:
    """The words that a model which learned the task does not know; and if it knows all, why it cannot read them, if it
    cannot."""
    words, cut = known_words(Text(clean_text(asked.text), asked.special_tokens), task.vocabulary, 2 * task.longest)
    unknown = list(dict.fromkeys(word.label for word in words if word.unknown))
    if unknown:
        return unknown, ""
    if cut is not None:
        return [], "since the models trained here have learned from shorter texts"
    if not words or task.unlike([task.vocabulary.words[word.id] for word in words]):
        return [], "since the models trained here have learned from sentences that are built differently"
    return [], ""


def _listed(words: list[str]) -> str:
    named = [f"“{word[:30]}”" for word in words[:_SAID]]
    more = [f"{len(words) - _SAID} more"] if len(words) > _SAID else []
    *all_but_last, last = named + more
    return f"{', '.join(all_but_last)} and {last}" if all_but_last else last
