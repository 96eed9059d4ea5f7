"""A number of a lesson as it is written, `weight(1.0, sat, cat) | off:1.2`, and a claim, `top(sat) = purred`; and what
they say when they are measured. What can be referred to stands in `of_heads.py` and `of_models.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from attnviz.errors import AttnvizError
from attnviz.lessons.measures import of_heads, of_models
from attnviz.lessons.measures.measuring import Registry, Value, Where
from attnviz.lessons.runs import Runs, is_model
from attnviz.lessons.wording import changes_of, several

MEASURES = Registry(of_heads.MEASURES | of_models.MEASURES)
LONGEST = 300  # characters of a reference
_CALL = re.compile(r"\s*(\w+)\s*\((.*)\)\s*(?:\|(.*))?", re.DOTALL)
_ARGUMENT = re.compile(r"\s*(?:\"([^\"]*)\"|([^,\"]*))\s*(,|\Z)")
_TOKEN = re.compile(r"\"[^\"]*\"|>=|<=|[()<>=]|[^\"()<>=]+")
_FACTOR = re.compile(r"(\d+(?:\.\d+)?)\s*\*\s*(.+)", re.DOTALL)
_NUMBER = re.compile(r"[-−]?\d+(?:\.\d+)?")
_TRAINING = re.compile(r"training:(\d{1,6})")
_HOLDS: dict[str, Callable[[float, float], bool]] = {
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
}


@dataclass(frozen=True)
class Reference:
    """What is measured, of what, and what is changed in the run for it.

    >>> Reference.of('weight(1.0, sat, ",#1") | off:0.2, temperature:2')
    Reference(name='weight', arguments=('1.0', 'sat', ',#1'), changes=('off:0.2', 'temperature:2'))

    Raises:
        AttnvizError: what is no reference.
    """

    name: str
    arguments: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()

    @classmethod
    def of(cls, written: str) -> Reference:
        """As it is written, without braces.

        Raises:
            AttnvizError: what is no reference, or no measure that there is.
        """
        found = _CALL.fullmatch(written) if len(written) <= LONGEST else None
        if found is None:
            raise AttnvizError(f"“{_short(written)}” is no reference. One looks so: weight(1.0, sat, cat).")
        name, inside, changes = found.groups()
        if name not in MEASURES:
            raise AttnvizError(f"There is no reference “{_short(name)}”. There are: {', '.join(MEASURES)}.")
        return cls(name, _arguments(inside), several(changes or ""))

    def __str__(self) -> str:
        return f"{self.name}({', '.join(self.arguments)})" + "".join(
            f" | {', '.join(self.changes)}" * bool(self.changes)
        )


@dataclass(frozen=True)
class Place:
    """Where a step's numbers are measured: what reads which sentence. Nothing is changed in the run but by what a
    reference says itself, whatever is switched in the step's view: a text tells of before and after.
    """

    runs: Runs
    model: str
    sentence: str


def measured(reference: Reference, at: Place) -> Value:
    """What it says.

    Raises:
        AttnvizError: a head, word or change that is not there, or what the model cannot tell.
    """
    moments = [found[1] for one in reference.changes if (found := _TRAINING.fullmatch(one))]
    own = [one for one in reference.changes if not _TRAINING.fullmatch(one)]
    model = at.model
    if moments:
        model = f"{model.partition('@')[0]}@{moments[-1]}"
        if not is_model(model):
            raise AttnvizError(f"{at.model} was not trained here: there is no step {moments[-1]} of its training.")
    at.runs.count()
    before = at.runs.of(at.model, at.sentence)[1]
    where = Where(*at.runs.of(model, at.sentence, changes_of(own, before)), before)
    measure = MEASURES[reference.name]
    given = len(reference.arguments)
    if given < measure.least or (measure.most is not None and given > measure.most):
        raise AttnvizError(f"{reference.name} is written {measure.written}, not with {given} in the brackets.")
    return measure.of(where, *reference.arguments)


def holds(claim: str, at: Place) -> bool:
    """Whether a claim is true: two sides, each a reference, a number, so many times a reference, or a word.

    Raises:
        AttnvizError: what is no claim, or what cannot be measured.
    """
    left, sign, right = _sides(claim)
    one, other = _side(left, at), _side(right, at)
    if isinstance(one, str) or isinstance(other, str):
        if sign != "=" or not (isinstance(one, str) and isinstance(other, str)):
            raise AttnvizError(f"“{_short(claim)}” compares a word and a number.")
        return one.casefold() == other.casefold()
    return one == other if sign == "=" else _HOLDS[sign](one, other)


def _side(written: str, at: Place) -> float | str:
    written = written.strip()
    factor = _FACTOR.fullmatch(written)
    if factor:
        side = _side(factor[2], at)
        if isinstance(side, str):
            raise AttnvizError(f"“{_short(written)}” is so many times a word.")
        return float(factor[1]) * side
    if _NUMBER.fullmatch(written):
        return float(written.replace("−", "-"))
    if "(" not in written:
        return written.strip('"')
    value = measured(Reference.of(written), at)
    return value.shown if value.number is None else value.number


def _sides(claim: str) -> tuple[str, str, str]:
    """The two sides of a claim and the sign between them; not one in quotes or brackets.

    >>> _sides('weight(1.0, sat, "=") >= 0.5')
    ('weight(1.0, sat, "=") ', '>=', ' 0.5')
    """
    depth = at = 0
    for found in _TOKEN.finditer(claim):
        at = found.start()
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth == 0 and found[0] in (*_HOLDS, "="):
            return claim[:at], found[0], claim[found.end() :]
    raise AttnvizError(f"“{_short(claim)}” is no claim. One looks so: weight(1.0, sat, cat) > 0.9.")


def _arguments(inside: str) -> tuple[str, ...]:
    """What stands in the brackets.

    >>> _arguments('1.0, "a, b", ","'), _arguments(" ")
    (('1.0', 'a, b', ','), ())
    """
    found: list[str] = []
    rest = inside if inside.strip() else None
    while rest is not None:
        one = _ARGUMENT.match(rest)
        if one is None:
            raise AttnvizError(f"What stands in the brackets cannot be read: “{_short(inside)}”.")
        found.append(one[2].strip() if one[1] is None else one[1])
        rest = rest[one.end() :] if one[3] else None
    return tuple(found)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
