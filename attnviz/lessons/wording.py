"""How a lesson names words of its sentence and changes in a run, and what these are."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attnviz._trace import Trace
from attnviz.changes import linked
from attnviz.errors import AttnvizError
from attnviz.lessons.hearing import frames_of
from attnviz.request import Change, HeadOff, Unseen
from attnviz.tokens import Tokens

_BETWEEN = re.compile(r',(?=(?:[^"]*"[^"]*")*[^"]*$)')  # a comma in no quotes
_NTH = re.compile(r"(.+)#(\d{1,3})", re.DOTALL)


def found_at(word: str, tokens: Tokens) -> int:
    """The index of the token that a word names: “sat”, or “the#2” for the second of several, counted in any letter
    case. Of a word of several pieces it is the first.

    Raises:
        AttnvizError: no such word, or one that is there more than once.
    """
    nth = _NTH.fullmatch(word)
    if nth is None:
        try:
            return tokens.find(word)
        except AttnvizError as error:
            places = _all(word, tokens)
            if len(places) < 2:
                raise
            named = ", ".join(f"“{word}#{n}”" for n in range(1, len(places) + 1))
            raise AttnvizError(f"“{word}” is {len(places)} times in the sentence: write {named}.") from error
    places = _all(nth[1], tokens)
    if not 1 <= int(nth[2]) <= len(places):
        times = "not" if not places else "once" if len(places) == 1 else f"{len(places)} times"
        raise AttnvizError(f"“{nth[1]}” is {times} in the sentence: there is no “{word}”.")
    return places[int(nth[2]) - 1]


def _all(word: str, tokens: Tokens) -> list[int]:
    """Where a word stands, or a piece of one."""
    groups = [*tokens.words(join=True), *([i] for i in range(len(tokens)))]
    written = {group[0]: tokens[group[0]].label for group in groups[::-1] if len(group) == 1}
    written |= {group[0]: tokens.written(group) for group in groups if len(group) > 1}
    return sorted(i for i, label in written.items() if label.casefold() == word.strip().casefold())


def several(written: str) -> tuple[str, ...]:
    """Changes with commas between them; one with a comma in it stands in quotes.

    >>> several('off:0.1, "unseen:2,2"'), several("")
    (('off:0.1', 'unseen:2,2'), ())
    """
    found = (one.strip().strip('"') for one in _BETWEEN.split(written))
    return tuple(one for one in found if one)


def changes_of(written: Sequence[str], trace: Trace) -> tuple[Change, ...]:
    """What is changed in a run, as a lesson writes it: as links do (`attnviz.changes.linked`: "causal", "window:3",
    "temperature:2", "unscaled"), and "off:1.0", "unseen:cat" (nobody looks there; where there is cross-attention, none
    of the words that are written), "unseen:1.0:sat:cat" (one weight), "unheard:s" (of a sound: the frames of a letter).

    Raises:
        AttnvizError: what is no change, or a word that is not there.
    """
    return tuple(change for one in written for change in _changes(one, trace))


def _changes(written: str, trace: Trace) -> tuple[Change, ...]:
    kind, *rest = written.split(":")
    if kind == "off" and len(rest) == 1:
        return (HeadOff(rest[0]),)
    if kind == "unseen" and len(rest) == 1:
        part = trace.shape.opening
        return (Unseen(key=found_at(rest[0], trace.parts[part][0].keys), part=part),)
    if kind == "unheard" and len(rest) == 1:
        at = found_at(rest[0], trace.inputs.get("written") or trace.tokens)
        return tuple(Unseen(key=frame, part="cross") for frame in frames_of(trace, at))
    if kind == "unseen" and len(rest) == 3:
        head = trace.shape.head(HeadOff(rest[0]).head)
        layer = trace.parts[head.part][head.layer]
        query, key = found_at(rest[1], layer.queries), found_at(rest[2], layer.keys)
        return (Unseen(head.layer, head.head, query, key, head.part),)
    found = linked.read(written)
    if found is None:
        raise AttnvizError(
            f"“{written}” is no change in a run. There are causal, window:3, dilated:4:2, temperature:2, unscaled, "
            "off:1.0, unseen:cat and, of a sound, unheard:s."
        )
    return found


def switched(written: Sequence[str]) -> str:
    """The same as the Learn page has it in a link: as changes are, and heads that are off in one.

    >>> switched(["window:3", "unscaled", "off:1.0", "off:1.2", "temperature:2"])
    'window:3~unscaled~off:1.0-1.2~temperature:2'

    Raises:
        AttnvizError: a change that the page cannot switch.
    """
    off = "-".join(one.partition(":")[2] for one in written if one.startswith("off:"))
    told = [f"off:{off}" if one.startswith("off:") else one for one in written]
    for one in told:
        if one.startswith(("unseen:", "unheard:")) or "/" in one:
            raise AttnvizError(f"The page cannot switch “{one}” in a view; a number in the text can be measured so.")
    return "~".join(dict.fromkeys(told))


def named(index: int, tokens: Tokens) -> str:
    """A token as a lesson names it, so that `found_at` finds it again: its word, with its number among several alike.

    Raises:
        AttnvizError: a piece of a word, which a lesson cannot name.
    """
    label = tokens[index].label
    places = _all(label, tokens)
    if index not in places:
        raise AttnvizError(f"“{label}” is a piece of a word, and a lesson cannot name it. Choose a whole word.")
    return label if len(places) == 1 else f"{label}#{places.index(index) + 1}"
