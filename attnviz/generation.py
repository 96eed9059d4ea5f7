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
from numbers import Integral, Real

import torch
from torch import Tensor

from attnviz._brief import brief
from attnviz.errors import AttnvizError
from attnviz.models.base import Model
from attnviz.request import Change

LIMIT = 60  # words that are written at a time, unless told otherwise


@dataclass(frozen=True)
class Sampling:
    """How a word is drawn. The same seed draws the same word at the same place of a text.

    Raises:
        AttnvizError: a number that is none, or out of its range.
    """

    temperature: float = 1.0  # above 1 flatter, below 1 sharper; 0: always the most probable word (“greedily”)
    top_k: int = 0  # among how many of the most probable words; 0: all
    top_p: float = 1.0  # … and only among the first that make up this share
    seed: int = 0

    COLDEST, HOTTEST = 0.01, 10.0
    LEAST_SHARE = 0.001

    def __post_init__(self) -> None:
        temperature = _number(self.temperature)
        if temperature is None or not (temperature == 0 or self.COLDEST <= temperature <= self.HOTTEST):
            raise AttnvizError(
                f"The temperature is 0, or from {self.COLDEST:g} to {self.HOTTEST:g}, not {self.temperature!r}."
            )
        top_k, seed = _whole(self.top_k), _whole(self.seed)
        if top_k is None or not 0 <= top_k < 2**31:
            raise AttnvizError(f"top_k is a whole number from 0 (all words), not {self.top_k!r}.")
        top_p = _number(self.top_p)
        if top_p is None or not self.LEAST_SHARE <= top_p <= 1:
            raise AttnvizError(f"top_p is from {self.LEAST_SHARE:g} to 1, not {self.top_p!r}.")
        if seed is None or not 0 <= seed < 2**31:
            raise AttnvizError(f"The seed is a whole number from 0 to {2**31 - 1:,}, not {self.seed!r}.")
        # As a link can carry it.
        exact = {
            "temperature": round(temperature, _DIGITS),
            "top_k": top_k,
            "top_p": round(top_p, _DIGITS),
            "seed": seed,
        }
        for name, value in exact.items():
            object.__setattr__(self, name, value)


_DIGITS = 6  # after the point


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, Real) and not isinstance(value, bool) else None


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, Integral) and not isinstance(value, bool) else None


GREEDY = Sampling(temperature=0.0)
_LINKED = {"temperature": "t", "top_k": "k", "top_p": "p", "seed": "s"}


def written(sampling: Sampling) -> str:
    """A sampling as a link has it; "" where the most probable word is always taken.

    >>> written(Sampling(0.8, top_k=5)), written(GREEDY)
    ('t0.8-k5', '')
    """
    own, plain = vars(sampling), vars(Sampling())
    if sampling.temperature == 0:  # the rest does nothing
        return ""
    said = [name for name in _LINKED if name == "temperature" or own[name] != plain[name]]
    return "-".join(_LINKED[name] + _exactly(own[name]) for name in said)


def _exactly(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.{_DIGITS}f}".rstrip("0").rstrip(".")


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
        """Whether the model ends the text here."""
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
    """A word, drawn from what the model says comes after that token of the text. What is no word and no end (a mask
    token, a part of a character) is not drawn, and what it had goes to the others. `probabilities` are [word].

    Raises:
        AttnvizError: nothing that could be written has a probability above 0.
    """
    generator = torch.Generator().manual_seed((sampling.seed * 1_000_003 + place) % 2**32)
    possible = probabilities.clone()
    while float(possible.sum()) > 0:
        left = drawn_from(possible / possible.sum(), sampling)
        index = int(torch.multinomial(left.double(), 1, generator=generator))
        more = model.continued(text, index)
        if more is not None or model.ends(index):
            return Step(text, place, probabilities, left, index, model.word(index), more)
        possible[index] = 0
    raise AttnvizError("The model finds nothing probable that could be written.")


def step(model: Model, text: str, sampling: Sampling = GREEDY, *, changes: Collection[Change] = ()) -> Step:
    """The next word of a text.

    Raises:
        AttnvizError: a model that does not say what comes next, or a text that is as long as it can read.
    """
    _check(text, sampling)
    *_, found = _generated(model, text, sampling, 1, changes)
    return found


def generate(
    model: Model, text: str, sampling: Sampling = GREEDY, *, limit: int = LIMIT, changes: Collection[Change] = ()
) -> Iterator[Step]:
    """The text as it grows, until the model ends it, or by `limit` words. To stop, stop iterating.

    Raises:
        AttnvizError: as `step`'s.
    """
    _check(text, sampling)
    words = _whole(limit)
    if words is None or words < 0:
        raise AttnvizError(f"The limit is a number of words from 0, not {limit!r}.")
    return _generated(model, text, sampling, words, changes)


def _generated(model: Model, text: str, sampling: Sampling, limit: int, changes: Collection[Change]) -> Iterator[Step]:
    read = None
    for _ in range(limit):
        request = model.request(text, changes=changes)
        read = model.read_on(request, () if read is None else (read,))
        found = drawn(model, text, *model.following(request, read), sampling)
        yield found
        if found.text is None:
            return
        text = found.text


def _check(text: object, sampling: object) -> None:
    if not isinstance(text, str):
        raise AttnvizError(f"The text must be a string, not {type(text).__name__}.")
    if not isinstance(sampling, Sampling):
        raise AttnvizError(f"How a word is drawn is a Sampling, not {sampling!r}.")
