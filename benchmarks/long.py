"""Long texts: a causal model of two layers on 4,096 tokens, traced and its heads' pictures made, against transformers'
own eager forward; time in turn, memory in a process of its own for each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from attnviz import load_model
from attnviz.client.packing import thumbnails
from attnviz.figures import head_grid
from attnviz.models.pretrained.texts.model import PretrainedModel
from attnviz.models.pretrained.twins import with_attention
from benchmarks.capture import in_turns
from benchmarks.writing import TEXT, save

TOKENS = 4096
_CONFIG: dict[str, Any] = {
    "vocab_size": 500,
    "hidden_size": 576,
    "intermediate_size": 1536,
    "num_hidden_layers": 2,
    "num_attention_heads": 9,
    "num_key_value_heads": 3,
}
_KINDS = ("nothing", "sdpa", "eager", "attnviz")


def long_rows(pairs: int = 8) -> list[str]:
    """The table's rows, of a random Llama with SmolLM2's width: its speed is not the weights'."""
    torch.set_num_threads(1)
    with _saved() as folder:
        model, text = _loaded(folder), _text()
        eager = with_attention(model.network, "eager")
        tokens = model.trace(text).tokens

        def theirs() -> None:
            with torch.no_grad():
                model.run(eager, tokens)

        def traced() -> None:
            pictures(model, text)

        def drawn() -> None:
            head_grid(pictures(model, text))

        ratios = {"traced": in_turn(traced, theirs, pairs), "drawn": in_turn(drawn, theirs, pairs)}
        peaks = {kind: _peak(folder, kind) for kind in _KINDS}
    what = f"{TOKENS:,} tokens, 2 layers × 9 heads"
    above = f"{peaks['attnviz'] - peaks['eager']:+.0f} MB"
    return [
        f"| {what}: trace and pictures of all heads ÷ eager forward | ≤ 1.5 | {ratios['traced']} | |",
        f"| the same with the figure of a layer’s heads (Plotly) | | {ratios['drawn']} | |",
        f"| peak memory above the eager forward’s | ≤ 200 MB | {above} ({peaks['attnviz']:.0f} MB; eager "
        f"{peaks['eager']:.0f}, sdpa {peaks['sdpa']:.0f}, the model loaded {peaks['nothing']:.0f}) | |",
    ]


def pictures(model: PretrainedModel, text: str) -> Any:
    """The trace, and what the page would be sent of its heads."""
    trace = model.trace(text)
    for layer in trace.layers:
        thumbnails(layer.picture())
    return trace


def in_turn(ours: Callable[[], None], theirs: Callable[[], None], pairs: int) -> str:
    """The median of the ratios of neighbouring runs, and the medians."""
    found = in_turns("theirs", ours, theirs, pairs=pairs, warm=1)
    return f"{found['ratio']:.2f} ({found['ours']:.0f} ms ÷ {found['theirs']:.0f} ms)"


@contextmanager
def _saved() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        save(Path(folder), _CONFIG, places=TOKENS)
        yield Path(folder)


def _loaded(folder: Path) -> PretrainedModel:
    model = load_model(str(folder), device="cpu")
    assert isinstance(model, PretrainedModel)
    return model


def _text() -> str:
    words = TEXT.split()
    return " ".join(words[i * i % len(words)] for i in range(TOKENS))


def _peak(folder: Path, kind: str) -> float:
    """Megabytes that a process has held at most, which does one of these once."""
    command = [sys.executable, "-m", "benchmarks.long", str(folder), kind]
    settings = os.environ | {"OMP_NUM_THREADS": "1"}
    told = subprocess.run(command, check=True, capture_output=True, text=True, env=settings)
    peak: float = json.loads(told.stdout.splitlines()[-1])
    return peak


def _run_once(folder: Path, kind: str) -> None:
    torch.set_num_threads(1)
    model = _loaded(folder)
    if kind == "attnviz":
        trace = pictures(model, _text())
        assert len(trace) == TOKENS
    elif kind != "nothing":
        tokens, _ = model.tokens_of(model.request(_text()).input)
        assert len(tokens) == TOKENS
        with torch.no_grad():
            model.run(with_attention(model.network, kind), tokens)
    status = Path("/proc/self/status").read_text()  # ru_maxrss would be the parent's where that is larger
    print(json.dumps(int(status.partition("VmHWM:")[2].split()[0]) / 1024))


if __name__ == "__main__":
    _run_once(Path(sys.argv[1]), sys.argv[2])
