"""Which model reads a text where nobody says: one that was trained here, where it has learned to read such a text, else
the pretrained one that comes with the installation.
"""

from __future__ import annotations

from dataclasses import dataclass

from attnviz.models.names import Bundled, ByItself, Named, Shipped, Weights
from attnviz.models.trained import known_words
from attnviz.request import Input, Text
from attnviz.tokens import clean_text
from attnviz.training.checkpoint import is_shipped
from attnviz.training.registry import TASKS
from attnviz.training.tasks import Task

_SAID = 3  # unknown words that are named


@dataclass(frozen=True)
class Choice:
    """The weights that read a text, and why these: what stands after "Read by …,"."""

    weights: Shipped | Bundled
    why: str


def chosen_for(asked: Input) -> Choice:
    """The first model trained here that has learned to read this; else the pretrained one.

    >>> chosen_for(Text("The cat, which was black, sat on the mat")).weights
    Shipped(task='grammar', step=None)
    >>> chosen_for(Text("I love pizza"))
    Choice(weights=Bundled(), why='since the models trained here do not know “I”, “love” and “pizza”')
    """
    if not isinstance(asked, Text):
        return Choice(Bundled(), "since it reads two sentences as a pair")
    reasons = []
    for name, task in TASKS.items():
        if is_shipped(name):
            reason = _unread_by(task, asked)
            if not reason:
                return Choice(Shipped(name), "which has learned texts like this one")
            reasons.append(reason)
    return Choice(Bundled(), reasons[0] if reasons else "since it reads any text")


def in_short(weights: Shipped | Bundled) -> str:
    """What such weights are called in a sentence."""
    return "MiniLM" if isinstance(weights, Bundled) else "the model trained here"


def weights_for(named: Named, *asked: Input) -> Weights:
    """The weights of that name; where it leaves the choice, those that can read all of this."""
    if not isinstance(named, ByItself):
        return named
    found = {chosen_for(one).weights for one in asked}
    return found.pop() if len(found) == 1 else Bundled()


def _unread_by(task: Task, asked: Text) -> str:
    """Why a model that learned the task cannot read this; "" if it can."""
    words, cut = known_words(Text(clean_text(asked.text), asked.special_tokens), task.vocabulary, 2 * task.longest)
    unknown = list(dict.fromkeys(word.label for word in words if word.unknown))
    if unknown:
        named = [f"“{word[:30]}”" for word in unknown[:_SAID]]
        more = [f"{len(unknown) - _SAID} more"] if len(unknown) > _SAID else []
        *all_but_last, last = named + more
        listed = f"{', '.join(all_but_last)} and {last}" if all_but_last else last
        return f"since the models trained here do not know {listed}"
    if cut is not None:
        return "since the models trained here have learned from shorter texts"
    if not words or task.unlike([task.vocabulary.words[word.id] for word in words]):
        return "since the models trained here have learned from sentences that are built otherwise"
    return ""
