"""The training loop: a generator that yields how it goes, so that whoever runs it can draw, save or stop.

AdamW (Loshchilov & Hutter 2019) with a short warm-up and a cosine (Loshchilov & Hutter 2017). All that is random
comes from generators made of the seed: the same options give the same numbers again on the same machine.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from attnviz._brief import brief
from attnviz.errors import AttnvizError
from attnviz.networks import Config, Network
from attnviz.training.measures import Measures
from attnviz.training.registry import TASKS
from attnviz.training.tasks import NOT_ASKED, Batch
from attnviz.transformer import Drop, dropout

RATE = 3e-3
WARM_UP = 100  # steps
LAST_RATE = 0.02  # of RATE
_FRACTIONS = ("dropout", "decay")  # the options that are no whole numbers


@dataclass(frozen=True)
class TrainingOptions:
    """A training run. The same options give the same run.

    Raises:
        AttnvizError: a task that there is not, a number out of its `LIMITS`, a shape that cannot be.
    """

    task: str = "grammar"
    seed: int = 0
    layers: int = 2
    heads: int = 4
    d_model: int = 32
    steps: int = 2000
    dropout: float = 0.0  # of the attention weights
    decay: float = 0.1  # of all weights, as a share of the rate (AdamW)

    LIMITS: ClassVar[dict[str, tuple[float, float]]] = {
        "seed": (0, 2**31 - 1),
        "layers": (1, 6),
        "heads": (1, 16),
        "d_model": (8, 128),
        "steps": (1, 10_000),
        "dropout": (0.0, 0.5),
        "decay": (0.0, 1.0),
    }

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise AttnvizError(f"There is no task “{self.task}”. There are: {', '.join(TASKS)}.")
        for name, (least, most) in self.LIMITS.items():
            value = getattr(self, name)
            whole = name not in _FRACTIONS
            if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
                raise AttnvizError(f"{name} must be a {'whole ' * whole}number, not {value!r}.")
            if not least <= value <= most:
                raise AttnvizError(f"{name} must be from {least:,} to {most:,}, not {value:,}.")
        _ = self.config  # a shape that cannot be is refused here, with a sentence

    @classmethod
    def of(cls, task: str, **given: float) -> TrainingOptions:
        """The options of a run that learns the task: as its recipe has them, unless they are given.

        Raises:
            AttnvizError: a task or options that there are not.

        >>> TrainingOptions.of("stories", seed=3)
        TrainingOptions(task='stories', seed=3, layers=2, heads=4, d_model=64, steps=1000, dropout=0.0, decay=0.1)
        """
        recipe = TASKS[task].recipe if task in TASKS else {}
        return cls(task, **{**recipe, **given})  # type: ignore[arg-type]  # checked by itself

    @property
    def config(self) -> Config:
        """The shape of the model."""
        return TASKS[self.task].config(layers=self.layers, heads=self.heads, d_model=self.d_model)

    def model(self) -> Network:
        """The model before any training."""
        return self.config.network(seed=self.seed)


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A model at a moment of its training."""

    step: int
    loss: float  # mean since the last snapshot, in nats a word
    measures: Measures
    weights: dict[str, Tensor]  # copies

    __repr__ = brief


@dataclass(frozen=True, eq=False)
class Progress:
    """How far a run is."""

    step: int
    steps: int
    loss: float  # of this step's batch, in nats a word
    snapshot: Snapshot | None = None

    __repr__ = brief


def train(options: TrainingOptions, *, every: int = 25) -> Iterator[Progress]:
    """Train, and yield after every step; every `every` steps, before the first and after the last with a snapshot.

    To stop, stop iterating.

    Raises:
        AttnvizError: the loss is no longer a number.
    """
    task = TASKS[options.task]
    model = options.model()
    betas, decay = (0.9, 0.98), options.decay
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, betas=betas, weight_decay=decay, fused=True)
    drop = dropout(options.dropout, torch.Generator().manual_seed(options.seed + 1))
    batches = task.batches(options.seed)
    first = next(batches)
    with torch.no_grad():
        losses = [float(_loss(model, first))]  # of the untrained model: the curve's first point is measured too
    untrained = losses[0]

    def snapshot(step: int) -> Snapshot:
        weights = {name: value.detach().clone() for name, value in model.state_dict().items()}
        mean = sum(losses) / len(losses)
        losses.clear()
        return Snapshot(step, mean, task.measure(model), weights)

    yield Progress(0, options.steps, untrained, snapshot(0))
    for step, batch in zip(range(1, options.steps + 1), chain([first], batches), strict=False):
        for group in optimizer.param_groups:
            group["lr"] = RATE * rate_at(step, options.steps)
        loss = _loss(model, batch, drop)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(float(loss.detach()))
        if not math.isfinite(losses[-1]):
            raise AttnvizError(
                f"Training failed at step {step}: the loss is no longer a number. Try another seed or width."
            )
        is_kept = step % every == 0 or step == options.steps
        yield Progress(step, options.steps, losses[-1], snapshot(step) if is_kept else None)


def _loss(model: Network, batch: Batch, drop: Drop | None = None) -> Tensor:
    """Mean cross-entropy of the words that are asked for, in nats."""
    logits = model(batch.ids, **batch.given(), drop=drop).logits
    return cross_entropy(logits.flatten(0, 1), batch.targets.flatten(), ignore_index=NOT_ASKED)


def rate_at(step: int, steps: int) -> float:
    """The learning rate's share of its maximum: a straight way up, then half a cosine down to LAST_RATE.

    >>> [round(rate_at(step, 2100), 2) for step in (50, 100, 1100, 2100)]
    [0.5, 1.0, 0.51, 0.02]
    """
    if step < WARM_UP:
        return step / WARM_UP
    done = (step - WARM_UP) / max(steps - WARM_UP, 1)
    return LAST_RATE + (1 - LAST_RATE) * 0.5 * (1 + math.cos(math.pi * done))
