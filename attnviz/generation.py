"""One word after another: what a causal model says comes next, how a word is drawn from that, and the text as it grows.

    p_i ∝ exp(logit_i / T)                          # temperature (Ackley, Hinton and Sejnowski 1985)
    top-k: only the k most probable words           # Fan, Lewis and Dauphin 2018, section 5.4
    top-p: only the most probable ones that make up p together      # the nucleus: Holtzman et al. 2020, section 3.1

They are applied in this order. Nothing here changes what the model says: it stands beside what is drawn from.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from attnviz._brief import brief
from attnviz.errors import AttnvizError
from attnviz.models.base import Model
from attnviz.request import Change

LIMIT = 60  # words that are written at a time, unless told otherwise


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True)
class Sampling:
    """How a word is drawn. The same seed draws the same word at the same place of a text."""

    temperature: float = 1.0  # above 1 flatter, below 1 sharper; 0: always the most probable word (“greedily”)
    top_k: int = 0  # among how many of the most probable words; 0: all
    top_p: float = 1.0  # … and only among the first that make up this share
    seed: int = 0

    HOTTEST = 10.0

    def __post_init__(self) -> None:
        if not _is_number(self.temperature) or not 0 <= self.temperature <= self.HOTTEST:
            raise AttnvizError(f"The temperature is from 0 to {self.HOTTEST:g}, not {self.temperature!r}.")
        if isinstance(self.top_k, bool) or not isinstance(self.top_k, int) or self.top_k < 0:
            raise AttnvizError(f"top_k is a whole number from 0 (all words), not {self.top_k!r}.")
        if not _is_number(self.top_p) or not 0 < self.top_p <= 1:
            raise AttnvizError(f"top_p is above 0 and at most 1, not {self.top_p!r}.")
        if isinstance(self.seed, bool) or not isinstance(self.seed, int) or not 0 <= self.seed < 2**31:
            raise AttnvizError(f"The seed is a whole number from 0 to {2**31 - 1:,}, not {self.seed!r}.")


GREEDY = Sampling(temperature=0.0)
_LINKED = {"temperature": "t", "top_k": "k", "top_p": "p", "seed": "s"}


def written(sampling: Sampling) -> str:
    """A sampling as a link has it; "" where the most probable word is always taken.

    >>> written(Sampling(0.8, top_k=5)), written(GREEDY)
    ('t0.8-k5', '')
    """
    own, plain = vars(sampling), vars(Sampling())
    if sampling == GREEDY:
        return ""
    return "-".join(
        f"{sign}{own[name]:g}" for name, sign in _LINKED.items() if name == "temperature" or own[name] != plain[name]
    )


def read(text: str) -> Sampling:
    """A sampling from a link.

    Raises:
        AttnvizError: what is no sampling.

    >>> read("t0.8-k5"), read("") == GREEDY
    (Sampling(temperature=0.8, top_k=5, top_p=1.0, seed=0), True)
    """
    if not text:
        return GREEDY
    names = {sign: name for name, sign in _LINKED.items()}
    given: dict[str, float] = {}
    for one in text.split("-"):
        name = names.get(one[:1])
        number = re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,6})?", one[1:])
        if name is None or number is None or name in given:
            raise AttnvizError(f"“{text[:40]}” is no way to draw words, such as t0.8-k5-p0.9-s3.")
        given[name] = int(one[1:]) if name in ("top_k", "seed") and not number[1] else float(one[1:])
    return Sampling(**given)  # type: ignore[arg-type]  # checked by itself


@dataclass(frozen=True, eq=False)
class Step:
    """One word more."""

    before: str  # the text that was read
    place: int  # the token after which it comes
    probabilities: Tensor  # [word]: the model's own
    drawn_from: Tensor  # [word]: what is left of them to draw from
    index: int  # of the word that was drawn
    word: str
    text: str | None  # the text with that word; None where the word ends it

    __repr__ = brief

    @property
    def ends(self) -> bool:
        return self.text is None


def drawn_from(probabilities: Tensor, sampling: Sampling) -> Tensor:
    """[..., word]: the distribution that a word is drawn from; each sums to 1.

    >>> drawn_from(torch.tensor([0.5, 0.25, 0.125, 0.125]), Sampling(top_k=2)).tolist()
    [0.6666666865348816, 0.3333333432674408, 0.0, 0.0]
    """
    most = probabilities.argmax(-1, keepdim=True)
    if sampling.temperature == 0:
        return torch.zeros_like(probabilities).scatter(-1, most, 1.0)
    p = (probabilities.clamp(min=torch.finfo(probabilities.dtype).tiny).log() / sampling.temperature).softmax(-1)
    order = p.argsort(dim=-1, descending=True, stable=True)
    ranked = p.gather(-1, order)
    keep = torch.ones_like(ranked, dtype=torch.bool)
    if sampling.top_k:
        keep[..., sampling.top_k :] = False
    if sampling.top_p < 1:
        kept = ranked * keep
        before = kept.cumsum(-1) - kept  # what the more probable ones make up without this one
        keep &= before < sampling.top_p * kept.sum(-1, keepdim=True)
    p = torch.zeros_like(p).scatter(-1, order, ranked * keep)
    return p / p.sum(-1, keepdim=True)


def drawn(model: Model, text: str, probabilities: Tensor, place: int, sampling: Sampling) -> Step:
    """A word, drawn from what the model says comes after that token of the text."""
    left = drawn_from(probabilities, sampling)
    generator = torch.Generator().manual_seed((sampling.seed * 1_000_003 + place) % 2**32)
    index = int(torch.multinomial(left.double(), 1, generator=generator))
    return Step(text, place, probabilities, left, index, model.word(index), model.continued(text, index))


def step(model: Model, text: str, sampling: Sampling = GREEDY, *, changes: Collection[Change] = ()) -> Step:
    """The next word of a text.

    Raises:
        AttnvizError: a model that does not say what comes next, or a text that is as long as it can read.
    """
    probabilities, place = model.following(model.request(text, changes=changes))
    return drawn(model, text, probabilities, place, sampling)


def generate(
    model: Model, text: str, sampling: Sampling = GREEDY, *, limit: int = LIMIT, changes: Collection[Change] = ()
) -> Iterator[Step]:
    """The text as it grows, until the model ends it, or by `limit` words. To stop, stop iterating.

    Raises:
        AttnvizError: as `step`'s.
    """
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
        raise AttnvizError(f"The limit is a number of words from 0, not {limit!r}.")
    for _ in range(limit):
        found = step(model, text, sampling, changes=changes)
        yield found
        if found.text is None:
            return
        text = found.text
