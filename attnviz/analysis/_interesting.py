"""Which heads are worth a look on this text, and at which word: a handful of kinds, each with a sentence on what to
see. Only what is measured to be so on this text is among them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from attnviz._trace import Trace
from attnviz.analysis._stacked import stacked
from attnviz.analysis.saying import in_quotes
from attnviz.analysis.standing_out import real, stands_out, strongest_link
from attnviz.analysis.statistics import BROAD, LOOKS_AT, HeadFigures, head_figures
from attnviz.heads import LayerHead

LEAST = 0.3  # a weight from which one sees that a word looks at another
FEWEST = 4  # words of which one can say what most of them do
LONGEST = 128  # tokens of a text in which words that come twice are looked for


@dataclass(frozen=True)
class Interesting:
    """A head, the word of which it has something to say, and what that is."""

    kind: str  # two or three words, for a button
    layer: int
    head: int
    query: int
    said: str  # a plain sentence


def interesting(
    trace: Trace,
    roles: Mapping[int, str] | None = None,
    *,
    figures: Sequence[Sequence[HeadFigures]] | None = None,
    names: Sequence[str] | None = None,
    keys: Sequence[str] | None = None,
) -> list[Interesting]:
    """What is worth a look, the most telling first. Nothing where weights are no shares: what stands out, and what most
    words do, is told by shares.

    Args:
        roles: who is who, by word index.
        figures: those of all heads, if they are at hand.
        names: the tokens as they are to be written; `keys` those of the columns, where they are others.
    """
    if not trace.shares:
        return []
    names = [token.label for token in trace.rows] if names is None else names
    keys = keys or (names if trace.is_square else [token.label for token in trace.columns])
    names, keys = ([in_quotes(name) for name in side] for side in (names, keys))
    choosing = [one for layer in figures or head_figures(trace) for one in layer if one.choosing]
    # Of two links that lead to the same place the second says more; what a word does there says more than a habit.
    found = {_place(one): one for one in _links(trace, roles or {}, names, keys)}
    habits = [one for one in _habits(trace, choosing) if _place(one) not in found]
    return [*found.values(), *habits]


def _place(one: Interesting) -> tuple[int, int, int]:
    return one.layer, one.head, one.query


def _links(
    trace: Trace, roles: Mapping[int, str], queries: Sequence[str], keys: Sequence[str]
) -> Iterator[Interesting]:
    """From one word to another."""
    best = strongest_link(trace)
    if best is not None:
        (layer, head), query, key = best
        if not trace.columns[key].special:
            said = f"{queries[query]} looks at {keys[key]}, much more than others do."
            yield Interesting("stands out", layer, head, query, said)
    if not trace.has_distance:
        return
    across = strongest_link(trace, across=True)
    if across is not None:
        (layer, head), query, key = across
        said = f"{queries[query]} looks at {keys[key]} in the other sentence."
        yield Interesting("other sentence", layer, head, query, said)
    at = {roles[token.word]: i for i, token in enumerate(trace.rows) if token.word is not None and token.word in roles}
    pairs = {
        "subject": ("verb", "subject", "The verb {} looks at its subject, {}."),
        "stands for": ("pronoun", "antecedent", "{} looks at {}, the noun that it stands for."),
    }
    for kind, (one, other, said) in pairs.items():
        if one in at and other in at:
            yield from _strongest(trace, kind, [(at[one], at[other])], said, queries)
    if len(trace.rows) <= LONGEST:
        again = _again(trace)
        yield from _strongest(trace, "same word", again, "{} looks at the same word elsewhere, {}.", queries)
        after = [(query, key + 1) for query, key in again if key < query and key + 1 < query]
        said = "{} stood here before: it looks at what came after it then, {}."
        yield from _strongest(trace, "what came next", after, said, queries)


def _again(trace: Trace) -> list[tuple[int, int]]:
    """Two places of one word."""
    words = {i: trace.rows[i].label.casefold() for i in real(trace.rows, whole=True)}
    return [(i, j) for i, word in words.items() for j, other in words.items() if i != j and word == other]


def _strongest(
    trace: Trace, kind: str, pairs: list[tuple[int, int]], said: str, written: Sequence[str]
) -> Iterator[Interesting]:
    """Of these pairs the one to which some head gives most, if it is much, and more than is there anyway."""
    if not pairs:
        return
    queries, keys = (torch.tensor(side) for side in zip(*pairs, strict=True))
    found: list[tuple[float, LayerHead, int]] = []
    for heads, weights, _ in stacked(trace):
        most, places = weights[:, queries, keys].max(-1)  # [head]
        found += zip(most.tolist(), heads, places.tolist(), strict=True)
    for weight, (layer, head), place in sorted(found, reverse=True):
        query, key = pairs[place]
        if weight < LEAST:
            return
        if stands_out(trace, (layer, head), query, key, place=False):  # repetitions lie at one distance
            yield Interesting(kind, layer, head, query, said.format(written[query], written[key]))
            return


def _habits(trace: Trace, figures: list[HeadFigures]) -> Iterator[Interesting]:
    """What most words do in a head."""
    words = real(trace.rows, whole=True) or real(trace.rows, whole=False)
    if len(words) < FEWEST or not figures:
        return
    told = {
        "previous word": ("previous", -1, "Most words look at the word before them."),
        "next word": ("following", 1, "Most words look at the word after them."),
    }
    for kind, (name, offset, said) in told.items():
        best = max(figures, key=lambda one: getattr(one, name) or 0.0)
        places = [i for i in words if i + offset in words]
        if (getattr(best, name) or 0.0) >= LOOKS_AT and places:
            weights = _weights_of(trace, best)
            query = max(places, key=lambda i: float(weights[i, i + offset]))
            yield Interesting(kind, best.layer, best.head, query, said)
    resting = max(figures, key=lambda one: one.special[0][1] if one.special else 0.0)
    if resting.special and resting.special[0][1] >= LOOKS_AT:
        label = resting.special[0][0]
        said = f"Most words look at {label}, which is no word: often a sign that the head finds nothing else here."
        there = [i for i, token in enumerate(trace.columns) if token.special and token.label == label]
        on_it = _weights_of(trace, resting)[:, there].sum(-1)
        query = max(words, key=lambda i: float(on_it[i]))
        yield Interesting(label, resting.layer, resting.head, query, said)
    broad = max(figures, key=lambda one: one.entropy or 0.0)
    if (broad.entropy or 0.0) >= BROAD:
        said = "This head spreads its attention widely: it takes something like an average of the text."
        strongest = _weights_of(trace, broad).amax(-1)
        query = min(words, key=lambda i: float(strongest[i]))
        yield Interesting("spread out", broad.layer, broad.head, query, said)


def _weights_of(trace: Trace, figures: HeadFigures) -> Tensor:
    """[query, key]: all weights of a head."""
    weights: Tensor = trace.layers[figures.layer].weights_of(figures.head).cpu()
    return weights
