"""The page of the sweep, `docs/architectures.md`: outcomes, grouped so that a person can read them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from benchmarks.architecture_check import TOLERANCE, Architecture, Outcome
from benchmarks.architecture_pictures import SEEN

Found = Sequence[tuple[Architecture, Outcome]]

_HEAD = """# Architectures

Written by `python -m benchmarks.architectures` (transformers {transformers}, torch {torch}); one alone:
`--only BertModel`, every outcome as a line of JSON: `--json FILE`.

Every class that transformers names for text is made tiny from its configuration (a layer of each kind, windows of four
tokens, large random weights), saved with a tokenizer into a folder, and shown from there; some are configured and saved
in several ways (in brackets). The weights of every layer, head, query and key, of a sentence and, where the model takes
one, of a pair, what the last layer gives, and a word's prediction are then held against the same folder loaded by
transformers itself, with its own eager attention. Either they are equal (no weight is off by more than
{tolerance:.0e}), or attnviz refuses the model and says why. Of an encoder–decoder, the encoder is shown. Models of
pictures that attnviz shows are held to the same on a picture, CLIP on a picture and a text.
"""


def page(text: Found, other: Found, *, versions: Mapping[str, str]) -> str:
    """The whole page, of text models and of other ones."""
    parts = [_HEAD.format(**versions, tolerance=TOLERANCE), _totals(text, other), "## Shown, and equal\n", _shown(text)]
    for kind, title in (("wrong", "## Wrong"), ("raw", "## Raw: an error without a sentence")):
        faults = [(a, o) for a, o in (*text, *other) if o.kind == kind]
        if faults:
            parts += [f"{title}\n", "\n".join(f"- {label(a)}: {_line(o.sentence)}" for a, o in faults)]
    parts += ["## Refused\n", _grouped(text, "refused"), "## No text models\n", _others(other)]
    parts += [
        "## Not made\n",
        "These cannot be made tiny from their configuration alone.\n",
        _grouped(text, "not made"),
    ]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def label(architecture: Architecture) -> str:
    """The class, and in what this one differs.

    >>> label(Architecture("BertModel", "bert", "a decoder"))
    'BertModel (a decoder)'
    """
    return f"{architecture.name} ({architecture.what})" if architecture.what else architecture.name


def names(architectures: Iterable[Architecture]) -> str:
    """Classes of one model type, without what they share.

    >>> names([Architecture("BertModel", "bert"), Architecture("BertForMaskedLM", "bert")])
    'BertModel, …ForMaskedLM'
    """
    labels = [label(architecture) for architecture in architectures]
    stem = labels[0]
    while not all(name.startswith(stem) for name in labels):
        stem = stem[:-1]
    return ", ".join(
        f"…{name[len(stem) :]}" if i and name[len(stem) :][:1].isupper() else name for i, name in enumerate(labels)
    )


def _totals(text: Found, other: Found) -> str:
    rows = ["| | text: classes | model types | other: classes |", "|---|---|---|---|"]
    made = [(a, o) for a, o in text if o.kind != "not made"]
    rows.append(_total("made and tried", made, [o for _, o in other if o.kind != "not made"]))
    kinds = {
        "shown": "shown, every weight equal",
        "refused": "refused with a sentence",
        "wrong": "**wrong**",
        "raw": "**raw** (an error without a sentence)",
        "not made": "not made",
    }
    for kind, title in kinds.items():
        rows.append(_total(title, [(a, o) for a, o in text if o.kind == kind], [o for _, o in other if o.kind == kind]))
    worst = max((o.difference for _, o in text if o.kind == "shown"), default=0.0)
    return "\n".join(rows) + f"\n\nThe largest difference of a weight that is shown: {worst:.1e}.\n"


def _total(title: str, text: Found, other: Sequence[Outcome]) -> str:
    return f"| {title} | {len(text)} | {len({a.model_type for a, _ in text})} | {len(other)} |"


def _shown(found: Found) -> str:
    rows = ["| model type | classes | layers × heads | off by at most |", "|---|---|---|---|"]
    for model_type, group in _by_type((a, o) for a, o in found if o.kind == "shown").items():
        sizes = sorted({f"{o.layers} × {o.heads}" for _, o in group})
        worst = max(o.difference for _, o in group)
        off = f"{worst:.1e}" if worst else "0"
        rows.append(f"| {model_type} | {names(a for a, _ in group)} | {', '.join(sizes)} | {off} |")
    return "\n".join(rows)


def _grouped(found: Found, kind: str) -> str:
    """Outcomes of a kind by what is said."""
    groups: dict[str, list[tuple[Architecture, Outcome]]] = defaultdict(list)
    for architecture, outcome in found:
        if outcome.kind == kind:
            groups[re.sub(r"“.*?”|\d[\d.,e-]*", "…", outcome.sentence)].append((architecture, outcome))
    parts = []
    for group in sorted(groups.values(), key=len, reverse=True):
        types = "; ".join(names(a for a, _ in same) for same in _by_type(group).values())
        parts.append(f"> {_line(group[0][1].sentence)}\n\n{len(group)}: {types}\n")
    return "\n".join(parts)


def _others(found: Found) -> str:
    """Models of pictures, sound and both: what is said, and how many."""
    refused = _grouped(found, "refused")
    seen = ", ".join(label(a) for a, o in found if o.kind == "shown" and o.sentence == SEEN)
    shown = ", ".join(label(a) for a, o in found if o.kind == "shown" and o.sentence != SEEN)
    return (
        (f"Shown {SEEN} (CLIPModel of a text as well), and equal: {seen}.\n\n" if seen else "")
        + refused
        + (f"\nShown, and equal, since they read text alone as well: {shown}.\n" if shown else "")
    )


def _by_type(found: Iterable[tuple[Architecture, Outcome]]) -> dict[str, list[tuple[Architecture, Outcome]]]:
    groups: dict[str, list[tuple[Architecture, Outcome]]] = defaultdict(list)
    for architecture, outcome in found:
        groups[architecture.model_type].append((architecture, outcome))
    return dict(sorted(groups.items()))


def _line(sentence: str) -> str:
    return " ".join(sentence.replace("FOLDER", "…").split())[:400]
