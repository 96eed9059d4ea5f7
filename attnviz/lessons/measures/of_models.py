"""What a lesson can refer to in a model as a whole: its words, what it tells, and how large it is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

import torch
from torch import Tensor

from attnviz._trace import Stages
from attnviz.analysis._effect import moved as moved_share
from attnviz.errors import AttnvizError
from attnviz.layer import to_cpu
from attnviz.lessons.hearing import span_of
from attnviz.lessons.inputs import written_in
from attnviz.lessons.measures.measuring import Registry, Value, Where, count, number, share, whole
from attnviz.models.base import Model
from attnviz.request import Change, Sound, Translation

MEASURES = Registry()


@MEASURES.add
def moved(where: Where, word: str) -> Value:
    """how far the word's last vector moves by what is changed after the |, as a share of its length"""
    return share(moved_share(where.before.output, where.trace.output)[where.at(word)])


@MEASURES.add
def probability(where: Where, at: str, word: str, *more: str) -> Value:
    """how probable a word is where `at` is hidden, or, of a model that tells the next word, after it (of several
    words, together)"""
    told = _told(where, at)
    return share(sum(float(told[i]) for i in {_listed(where.model, one, len(told)) for one in (word, *more)}))


@MEASURES.add
def top(where: Where, at: str, nth: str = "1") -> Value:
    """the most probable word there; `top(sat, 2)` is the second"""
    told = _told(where, at)
    best = told.argsort(descending=True, stable=True)
    return Value(where.model.word(int(best[max(whole(nth, 100, "Which guess") - 1, 0)])))


@MEASURES.add
def translation(where: Where) -> Value:
    """what a model that translates writes of the sentence, by itself"""
    if not isinstance(where.trace.request.input, Translation):
        raise AttnvizError(f"{where.model.name} does not translate.")
    return Value(written_in(where.model, where.trace))


@MEASURES.add
def heard(where: Where) -> Value:
    """the letters that a model that hears writes, by itself"""
    if not isinstance(where.trace.request.input, Sound):
        raise AttnvizError(f"{where.model.name} hears nothing.")
    return Value(written_in(where.model, where.trace))


@MEASURES.add
def begins(where: Where, letter: str) -> Value:
    """when a letter begins to sound, in seconds"""
    return _seconds(span_of(where.trace, where.at(letter))[0])


@MEASURES.add
def ends(where: Where, letter: str) -> Value:
    """and when it ends"""
    return _seconds(span_of(where.trace, where.at(letter))[1])


def _seconds(x: float) -> Value:
    return Value(f"{x:.2f}", x)


def _told(where: Where, at: str) -> Tensor:
    """[word]: how probable each is there."""
    return where.model.probabilities(where.trace.request, where.at(at))


def _listed(model: Model, word: str, words: int) -> int:
    """The index of a word of the model's vocabulary."""
    for i in range(words):
        if model.word(i).casefold() == word.casefold():
            return i
    raise AttnvizError(f"{model.name} does not know the word “{word}”.")


@MEASURES.add
def similarity(where: Where, one: str, other: str) -> Value:
    """how alike the vectors of two words of the vocabulary are: the cosine of the angle between them"""
    vectors = _embedding(where.model)
    a, b = (vectors[_listed(where.model, word, len(vectors))] for word in (one, other))
    cosine = float(torch.cosine_similarity(a, b, dim=0))
    return Value(f"{cosine:.2f}".replace("-", "−"), cosine)


@MEASURES.add
def nearest(where: Where, word: str, nth: str = "1") -> Value:
    """the word of the vocabulary whose vector is most like this one's; `nearest(cat, 2)` is the second"""
    vectors = _embedding(where.model)
    like = torch.cosine_similarity(vectors[_listed(where.model, word, len(vectors))], vectors, dim=-1)
    best = like.argsort(descending=True, stable=True)  # itself first
    return Value(where.model.word(int(best[max(whole(nth, len(best), "Which word"), 1)])))


def _embedding(model: Model) -> Tensor:
    if model.embedding is None:
        raise AttnvizError(f"{model.name} has no list of words with a vector each.")
    return to_cpu(model.embedding)


@MEASURES.add
def id(where: Where, word: str) -> Value:
    """a word's number in the vocabulary"""
    return count(where.trace.tokens.of_text[where.at(word)].id)


@MEASURES.add
def place(where: Where, word: str) -> Value:
    """where it stands in the sentence, from 0"""
    return count(where.at(word))


@MEASURES.add
def tokens(where: Where) -> Value:
    """how many tokens the model reads"""
    return count(len(where.trace.tokens))


@MEASURES.add
def layers(where: Where) -> Value:
    """how many layers it has"""
    return count(len(where.trace.layers))


@MEASURES.add
def heads(where: Where) -> Value:
    """how many heads a layer has"""
    return count(where.trace.layers[0].heads)


@MEASURES.add
def d_model(where: Where) -> Value:
    """how many numbers a word's vector has"""
    return count(where.trace.output.shape[-1])


@MEASURES.add
def d_head(where: Where) -> Value:
    """how many numbers a query and a key have"""
    return count(where.trace.layers[0].d_head)


@MEASURES.add
def d_ff(where: Where) -> Value:
    """how many numbers there are inside its feed-forward network"""
    return count(_stages(where).blocks[0].hidden.shape[-1])


@MEASURES.add
def awake(where: Where, layer: str, word: str) -> Value:
    """how many of these are above zero for a word"""
    blocks = _stages(where).blocks
    return count(int((blocks[whole(layer, len(blocks), "A layer")].hidden[where.at(word)] > 0).sum()))


def _stages(where: Where) -> Stages:
    if where.trace.stages is None or not where.trace.stages.blocks:
        raise AttnvizError(f"Of {where.model.name} the attention alone is known here.")
    return where.trace.stages


@MEASURES.add
def root(where: Where) -> Value:
    """√d_head"""
    return number(math.sqrt(where.trace.layers[0].d_head))


@MEASURES.add
def vocabulary(where: Where) -> Value:
    """how many words the model knows"""
    return count(len(_embedding(where.model)))


@MEASURES.add
def parameters(where: Where) -> Value:
    """how many numbers it has learned"""
    if where.model.parameter_count is None:
        raise AttnvizError(f"It is not known how many numbers {where.model.name} has learned.")
    return count(where.model.parameter_count)


@MEASURES.add
def training_steps(where: Where) -> Value:
    """at which step of its training it stands"""
    step = getattr(where.model.weights, "step", None)
    if step is None:
        raise AttnvizError(f"{where.model.name} was not trained here, so it has no steps of training.")
    return count(step)


@lru_cache(maxsize=64)
def _examined(model: Model, changes: tuple[Change, ...]) -> Mapping[str, float] | None:
    return model.measures(changes)


@MEASURES.add
def examined(where: Where, figure: str) -> Value:
    """what it can do on sentences that it has not seen, such as `examined(number)`: the share of verbs that have the
    number of their subject (docs/training.md)"""
    figures = _examined(where.model, where.trace.changes)
    if figures is None or figure not in figures:
        known = f" It has: {', '.join(figures)}." if figures else ""
        raise AttnvizError(f"{where.model.name} was not examined on “{figure[:40]}”.{known}")
    return share(figures[figure])
