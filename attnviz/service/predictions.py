"""What a model says of a text, remembered: the words it guesses, what comes next, what it writes, and who wrote it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from torch import Tensor

from attnviz.analysis import Lens, Writing, lens, writing
from attnviz.analysis._effect import Effect, Prediction, effect, is_told_of, predicted
from attnviz.errors import AttnvizError
from attnviz.models.names import Run, Shipped, Weights, at_step
from attnviz.request import Request, Sound
from attnviz.service.asked import Asked
from attnviz.service.loading import model_for
from attnviz.service.memory import MANY, MEMORY
from attnviz.service.traces import read_of, trace_of, whole_of

MOST_WITHOUT = 16  # heads of a model that is run again without each of them
MOST_WRITTEN = 40  # words of a target that is written at once


@lru_cache(maxsize=MANY)
def written_of(text: str, special_tokens: bool | None, weights: Weights) -> str:
    """The target that a model writes of a text at once; "" of one that writes none. So that the words stay while one
    goes through a training, it is the one of its end; of a run that may be going on, of the model that is shipped."""
    able = Shipped(weights.options.task) if isinstance(weights, Run) else at_step(weights, None)
    model = model_for(able)
    if not model.writes_at_once:
        return ""
    steps = model.generate(text, special_tokens=special_tokens, limit=MOST_WRITTEN)
    return next(iter(deque(steps, maxlen=1)), "")


def heard(asked: Asked) -> Asked:
    """The same with what the model writes of the sound, where nothing is said: so the words stay, whatever is changed
    in the run."""
    return asked if asked.target else replace(asked, target=_said_of(asked.unchanged))


@lru_cache(maxsize=MANY)
def _said_of(asked: Asked) -> str:
    found = whole_of(asked.whole).request.input
    return found.said or "" if isinstance(found, Sound) else ""


@MEMORY.remembered
def guesses_of(asked: Asked, at: int | None = None) -> dict[int, tuple[Prediction, ...]]:
    """What a trained model says for each word (or for that of token `at`), and any masked language model where [MASK]
    is typed; nothing of any other model, and where no word stands. (A large model is not run again for each word.)"""
    # The words are the same, whatever is changed: of each head that could be off, no trace is made for them alone.
    model, trace = model_for(asked.weights), trace_of(asked.unchanged)
    predicts, rows = model.predicting(asked.input), trace.rows
    if predicts is None or not is_told_of(trace):
        return {}
    if predicts == "answer":
        at = rows.patches[0] - 1  # it is read there, and nowhere else
    says_all = model.task is not None or rows.name in ("target", "written")
    tokens = [
        i
        for i, token in enumerate(rows)
        if at in (None, i) and (says_all or token.mask) and not (predicts == "masked" and token.special)
    ]
    if not tokens:
        return {}
    told = model.probabilities(Request(asked.input, model.weights, asked.all_changes), tokens)
    return {token: predicted(model, one, one, 3) for token, one in zip(tokens, told, strict=True)}


@MEMORY.remembered
def following_of(asked: Asked) -> tuple[Tensor, int]:
    """[word]: what a model says comes after the text; and after which token."""
    model = model_for(asked.weights)
    _, read = read_of(asked.whole)
    return model.following(Request(asked.input, model.weights, asked.all_changes), read)


@MEMORY.remembered
def writing_of(asked: Asked, at: int, word: int) -> Writing:
    """What each part of a model wrote toward a word, after token `at`."""
    return writing(model_for(asked.weights), trace_of(asked), at=at, word=word)


@MEMORY.remembered
def lens_of(asked: Asked, at: int) -> Lens:
    """What a model would say after token `at`, layer after layer."""
    return lens(model_for(asked.weights), trace_of(asked), at=at)


@lru_cache(maxsize=MANY)
def rewritten_of(asked: Asked) -> str | None:
    """What a model that writes at once writes with these changes in its run; None of another model, and where a change
    is of words that are not written yet."""
    model = model_for(asked.weights)
    if not (model.writes_at_once and asked.target):
        return None
    try:
        source: Any = asked.text if asked.samples is None else asked.samples
        steps = model.generate(
            source, special_tokens=asked.special_tokens, changes=asked.all_changes, limit=MOST_WRITTEN
        )
        return next(iter(deque(steps, maxlen=1)), "")
    except AttnvizError:
        return None


@MEMORY.remembered
def guesses_without_of(asked: Asked) -> dict[str, dict[int, tuple[Prediction, ...]]]:
    """The same of a trained model with one head more switched off, by the address of that head; nothing of a model with
    many heads."""
    heads = list(whole_of(asked.whole).shape.heads())
    if model_for(asked.weights).task is None or len(heads) > MOST_WITHOUT:
        return {}
    return {str(head): guesses_of(replace(asked, off=asked.off | {head})) for head in heads if head not in asked.off}


def guesses_told(asked: Asked, at: int | None = None) -> dict[str, Any]:
    """Both for the page, as `schema.PartNotes` has them; nothing where the model says nothing."""
    words = _told_words(guesses_of(asked, at))
    if not words:
        return {}
    without = {} if at is not None else guesses_without_of(asked)
    told = {head: _told_words(guesses) for head, guesses in without.items()}
    predicts = model_for(asked.weights).predicting(asked.input)
    return {"guesses": {"predicts": predicts, "words": words, "without": told}}


def _told_words(found: Mapping[int, Sequence[Prediction]]) -> dict[int, list[tuple[str, float]]]:
    return {token: [(one.word, one.after) for one in guess] for token, guess in found.items() if guess}


@MEMORY.remembered
def effect_of(asked: Asked, at: int) -> Effect:
    """What is changed in the run does, for the word at token `at`."""
    return effect(model_for(asked.weights), trace_of(asked.unchanged), trace_of(asked), at=at)
