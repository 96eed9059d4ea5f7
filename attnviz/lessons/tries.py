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
    told = _off([change.head for change in changes if isinstance(change, HeadOff)], trace.shape)
    for change in changes:
        if isinstance(change, Unseen) and change.key is not None and change.head is None and change.query is None:
            hidden = trace.parts[change.part][0].keys[change.key]
            told.append(f"{'patch ' if isinstance(hidden, PatchToken) else ''}“{hidden.label}” hidden")
        elif not isinstance(change, HeadOff):
            told.append(in_words(change))
    return told


_PARTS = {"cross": "cross-attention"}


def _off(heads: Sequence[Head], shape: Shape) -> list[str]:
    """The heads that are off: whole parts by their name, then whole layers by their number, then one by one."""
    left, told = set(heads), []
    for part in shape.parts:
        of = f" of the {_PARTS.get(part, part)}" if part else ""
        every = [head for head in shape.heads() if head.part == part]
        layers = {head.layer: [one for one in every if one.layer == head.layer] for head in every}
        groups = {f"all heads{of} off": every} | {f"layer {i}{of} off": some for i, some in layers.items()}
        for said, some in groups.items():
            if len(some) > 1 and left.issuperset(some):
                told.append(said)
                left -= set(some)
    return told + [f"head {head} off" for head in heads if head in left]
