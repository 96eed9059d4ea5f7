"""What training costs: a step, against the same model with torch's own attention; and the wait for the head."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from attnviz.training.loop import RATE, TrainingOptions, train
from attnviz.training.registry import TASKS
from attnviz.training.tasks import NOT_ASKED, Batch
from attnviz.transformer import Transformer, TransformerConfig
from benchmarks.capture import in_turns


class TorchAttention(nn.Module):
    """torch's `nn.MultiheadAttention`, called as our module is. It knows no rotary positions and no head switches."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.inner = nn.MultiheadAttention(config.d_model, config.heads, bias=False, batch_first=True)

    def forward(self, x: Tensor, *, mask: Tensor | None = None, **_: object) -> _Output:
        padding = None if mask is None else mask[:, 0, 0, :]
        return _Output(self.inner(x, x, x, key_padding_mask=padding, need_weights=False)[0])


class _Output:
    def __init__(self, output: Tensor) -> None:
        self.output = output


def step_ratio(pairs: int = 300) -> dict[str, float]:
    """Milliseconds of a training step (medians), both models on the same batches, and the median of the ratios."""
    torch.set_num_threads(1)
    task = TASKS["grammar"]
    # Sinusoidal positions are added outside attention, so that both models can have them.
    config = TransformerConfig(len(task.vocabulary), d_model=32, d_ff=64, positions="sinusoidal")
    ours, theirs = Transformer(config), Transformer(config)
    for block in theirs.blocks:
        block.attention = TorchAttention(config)
    batches = list(islice(task.batches(0), 60))
    steps = [_stepper(model, cycle(batches)) for model in (ours, theirs)]
    return in_turns("torch", *steps, pairs=pairs, warm=10)


def _stepper(model: Transformer, batches: Iterator[Batch]) -> Callable[[], None]:
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=RATE, betas=(0.9, 0.98), weight_decay=TrainingOptions().decay, fused=True
    )

    def step() -> None:
        batch = next(batches)
        logits = model(batch.ids, is_token=batch.is_token).logits
        loss = cross_entropy(logits.flatten(0, 1), batch.targets.flatten(), ignore_index=NOT_ASKED)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    return step


def seconds_to_the_head(seeds: int = 5, *, top: float = 0.9) -> list[float]:
    """For each seed, from the start (writing the sentences included) to the first snapshot in which the best head's
    strongest key is the subject for that share of the verbs. One thread."""
    torch.set_num_threads(1)
    waits = []
    for seed in range(seeds):
        start = time.perf_counter()
        for progress in train(TrainingOptions("grammar", seed=seed), every=20):
            if progress.snapshot and progress.snapshot.measures.figures["top"] >= top:
                break
        else:
            raise RuntimeError(f"seed {seed} never found the subject")
        waits.append(time.perf_counter() - start)
    return waits
