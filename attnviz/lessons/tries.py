"""What a model makes of its sentence when something is changed in its run (a translation, the letters that it hears, an
answer): what is lost, and what is new.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

from attnviz._trace import Trace
from attnviz.errors import AttnvizError
from attnviz.heads import Head, Shape
from attnviz.lessons.inputs import made_of, makes
from attnviz.lessons.runs import Runs
from attnviz.lessons.wording import changes_of, several
from attnviz.request import Change, HeadOff, Unseen
from attnviz.tokens import PatchToken
from attnviz.wording import in_words


def tried(written: str, runs: Runs, name: str, sentence: str) -> dict[str, Any]:
    """One try, as JSON has it: what is changed, in words, and each word with "same", "new" or "gone".

    Args:
        written: the changes, with commas between them; "" for none.

    Raises:
        AttnvizError: a model that makes nothing by itself, what is no change, more runs than a lesson may ask for.
    """
    model, trace = runs.of(name, sentence)
    if makes(model) is None:
        raise AttnvizError(f"{name} does not translate, hear or answer: tries are of a model that does.")
    asked = several(written)
    cut = [one.partition(":")[2] for one in asked if one.startswith("unheard:")]
    rest = changes_of([one for one in asked if not one.startswith("unheard:")], trace)
    model, changed = runs.of(name, sentence, changes_of(asked, trace))
    told = [*(f"the sound of “{letter}” cut" for letter in cut), *said(rest, trace)]
    before, after = (made_of(model, one) for one in (trace, changed))
    return {"said": ", ".join(told) or "nothing changed", "words": compared(before, after)}


def compared(before: Sequence[str], after: Sequence[str]) -> list[list[str]]:
    """The words of both, each once: those that stay, those that are gone, those that are new.

    >>> compared("le chat noir dort".split(), "le chien dort".split())
    [['le', 'same'], ['chat', 'gone'], ['noir', 'gone'], ['chien', 'new'], ['dort', 'same']]
    """
    found: list[list[str]] = []
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            found += [[word, "same"] for word in before[i:j]]
        else:
            found += [*([word, "gone"] for word in before[i:j]), *([word, "new"] for word in after[k:m])]
    return found


def said(changes: Sequence[Change], trace: Trace) -> list[str]:
    """What is changed, as short as a button has it."""
    off = [change.head for change in changes if isinstance(change, HeadOff)]
    whole = _whole_parts(off, trace.shape)
    told = [f"all heads of the {_PARTS.get(part, part)} off" if part else "all heads off" for part in whole]
    told += [f"head {head} off" for head in off if head.part not in whole]
    for change in changes:
        if isinstance(change, Unseen) and change.key is not None and change.head is None and change.query is None:
            hidden = trace.parts[change.part][0].keys[change.key]
            told.append(f"{'patch ' if isinstance(hidden, PatchToken) else ''}“{hidden.label}” hidden")
        elif not isinstance(change, HeadOff):
            told.append(in_words(change))
    return told


_PARTS = {"cross": "cross-attention"}


def _whole_parts(off: Sequence[Head], shape: Shape) -> list[str]:
    """The parts of which every head is off."""
    gone = set(off)
    return [part for part in shape.parts if {head for head in shape.heads() if head.part == part} <= gone]
