"""What recording costs: a forward pass through our attention with its record, against transformers' eager one."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch

from attnviz.models.names import Packaged
from attnviz.models.pretrained.inside.recording import recording
from attnviz.models.pretrained.loading import load_pretrained
from attnviz.models.pretrained.texts.model import PretrainedModel


def capture_overhead(weights: Packaged, tokens: int, pairs: int = 60) -> dict[str, float]:
    """Milliseconds of both (medians) and the median of the ratios of neighbouring runs; one thread."""
    torch.set_num_threads(1)
    model = load_pretrained(weights, device="cpu")
    assert isinstance(model, PretrainedModel)
    framed = len(model.trace("word")) - 1  # by [CLS] and [SEP], or by nothing
    trace = model.trace(" ".join(["word"] * (tokens - framed)))
    layers = len(trace.layers)
    if len(trace) != tokens:
        raise RuntimeError(f"{len(trace)} tokens instead of {tokens}")
    ids = torch.tensor([trace.tokens.ids])
    both = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    cache = {"use_cache": False} if hasattr(model.network.config, "use_cache") else {}
    eager = model.eager

    def ours() -> None:
        with recording() as record:
            model.network(**both, **cache)
        if len(record.calls) != layers:
            raise RuntimeError("not every layer was recorded")

    def theirs() -> None:
        if len(eager(**both, **cache, output_attentions=True).attentions) != layers:
            raise RuntimeError("not every layer gave weights")

    with torch.no_grad():
        return in_turns("eager", ours, theirs, pairs=pairs, warm=5)


def in_turns(
    other: str, ours: Callable[[], None], theirs: Callable[[], None], *, pairs: int, warm: int
) -> dict[str, float]:
    """Milliseconds of ours and of the other (medians), and the median of the ratios of neighbouring runs. The order
    changes, so that neither always comes second."""
    for _ in range(warm):
        ours()
        theirs()
    times = [(_seconds(ours), _seconds(theirs)) if i % 2 else _swapped(ours, theirs) for i in range(pairs)]
    return {
        "ours": 1000 * statistics.median(a for a, _ in times),
        other: 1000 * statistics.median(b for _, b in times),
        "ratio": statistics.median(a / b for a, b in times),
    }


def _swapped(first: Callable[[], None], second: Callable[[], None]) -> tuple[float, float]:
    later = _seconds(second)
    return _seconds(first), later


def _seconds(run: Callable[[], None]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start
