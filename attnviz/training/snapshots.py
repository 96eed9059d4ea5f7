"""Which moments of a training run to keep, so that the sudden one is well resolved."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from attnviz.training.loop import Snapshot

KEPT = 19


def chosen_snapshots(snapshots: Sequence[Snapshot], count: int = KEPT) -> list[Snapshot]:
    """At most `count`, with the first and the last, as evenly spaced as they go *along the curve* of the measures.

    Where nothing happens few are kept, and where everything happens at once, many: the way from one to
    the next, the change of the figures and a share of the run together, is about the same everywhere.
    """
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
