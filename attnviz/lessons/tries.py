"""What a model that translates writes when something is changed in its run: the words that are lost, and those that are
new."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

from attnviz._trace import Trace
from attnviz.errors import AttnvizError
from attnviz.heads import Head, Shape
from attnviz.lessons.runs import MOST_WRITTEN, Runs, written_by
from attnviz.lessons.wording import changes_of
from attnviz.models.base import Model
from attnviz.request import Change, HeadOff, Translation, Unseen
from attnviz.wording import in_words


def tried(written: str, runs: Runs, name: str, sentence: str) -> dict[str, Any]:
    """One try, as JSON has it: what is changed, in words, and each word with "same", "new" or "gone".

    Args:
        written: the changes, with commas between them; "" for none.

    Raises:
        AttnvizError: a model that does not translate, what is no change, more runs than a lesson may ask for.
    """
    model, trace = runs.of(name, sentence)
    if Translation not in model.reads:
        raise AttnvizError(f"{name} does not translate: tries are of a model that does, such as french.")
    changes = changes_of([one.strip() for one in written.split(",") if one.strip()], trace)
    model, changed = runs.of(name, sentence, changes)
    before, after = (_words(model, one) for one in (trace, changed))
    return {"said": said(changes, trace), "words": compared(before, after)}


def _words(model: Model, trace: Trace) -> list[str]:
    asked = trace.request.input
    assert isinstance(asked, Translation)
    words = written_by(model, asked.source, trace.changes).split()
    return [*words, "…"] if len(words) >= MOST_WRITTEN else words  # it was stopped


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


def said(changes: Sequence[Change], trace: Trace) -> str:
    """What is changed, as short as a button has it."""
    off = [change.head for change in changes if isinstance(change, HeadOff)]
    whole = _whole_parts(off, trace.shape)
    told = [f"all heads of the {_PARTS.get(part, part)} off" for part in whole]
    told += [f"head {head} off" for head in map(str, off) if head.rpartition(".")[0].split(".")[0] not in whole]
    for change in changes:
        if isinstance(change, Unseen) and change.key is not None and change.head is None and change.query is None:
            told.append(f"“{trace.parts[change.part][0].keys[change.key].label}” hidden")
        elif not isinstance(change, HeadOff):
            told.append(in_words(change))
    return ", ".join(told) or "nothing changed"


_PARTS = {"cross": "cross-attention"}


def _whole_parts(off: Sequence[Head], shape: Shape) -> list[str]:
    """The parts of which every head is off."""
    gone = set(off)
    return [part for part in shape.parts if part and {head for head in shape.heads() if head.part == part} <= gone]
