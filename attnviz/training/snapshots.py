"""Which moments of a training run to keep, so that the sudden one is well resolved."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from attnviz.training.loop import Snapshot

KEPT = 19
MOST_BYTES = 960_000  # of their weights, so that the file stays below a megabyte
LEAST = 3  # the first, the last, and one on the way


def kept_count(snapshots: Sequence[Snapshot]) -> int:
    """How many of a run are kept: of a larger model fewer."""
    size = sum(2 * value.numel() for value in snapshots[0].weights.values())  # in half precision
    return max(LEAST, min(KEPT, MOST_BYTES // max(size, 1)))


def chosen_snapshots(snapshots: Sequence[Snapshot], count: int | None = None) -> list[Snapshot]:
    """At most `count` (by default `kept_count`), with the first and the last, as evenly spaced as they go *along the
    curve* of the measures.

    Where nothing happens few are kept, and where everything happens at once, many: the way from one to
    the next, the change of the figures and a share of the run together, is about the same everywhere.
    """
    count = kept_count(snapshots) if count is None else count
    if len(snapshots) <= count:
        return list(snapshots)
    steps = snapshots[-1].step - snapshots[0].step
    way = [0.0]
    for before, after in pairwise(snapshots):
        changes = [after.measures.figures[name] - value for name, value in before.measures.figures.items()]
        way.append(way[-1] + math.hypot(*changes) + 1.5 * (after.step - before.step) / steps)
    kept = {0, len(snapshots) - 1}
    while len(kept) < count:  # halve the longest way that still has a snapshot in it
        places = sorted(kept)
        gaps = [(way[b] - way[a], a, b) for a, b in pairwise(places) if b - a > 1]
        _, a, b = max(gaps)
        kept.add(min(range(a + 1, b), key=lambda i: abs(way[i] - (way[a] + way[b]) / 2)))
    return [snapshots[i] for i in sorted(kept)]
