"""What every model that was trained here has: a checkpoint, a moment of its training, and a task."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cached_property
from threading import Lock
from typing import Any

from torch import Tensor

from attnviz.heads import Head, LayerHead, Shape
from attnviz.models.base import Model
from attnviz.models.machine.device import choose_device
from attnviz.models.names import Learned
from attnviz.models.takes import check_takes
from attnviz.request import Change, HeadOff, Input, of_one_text
from attnviz.training.checkpoint import Checkpoint
from attnviz.training.measures import Measures
from attnviz.training.tasks import Task


class TrainedModel(Model):
    """A checkpoint at one moment of its training. Words that it does not know are read as [UNK]."""

    weights: Learned
    reference = "torch's scaled_dot_product_attention"

    def __init__(self, checkpoint: Checkpoint, weights: Learned, *, device: str | None = None) -> None:
        """At the snapshot nearest to the step that the weights are of. It is so small that the CPU is the fastest
        device."""
        self.checkpoint = checkpoint
        self.step = checkpoint.snapshot(weights.step).step
        self.weights = replace(weights, step=self.step)
        self.device = choose_device(device or "cpu")
        self.network: Any = checkpoint.network(self.step).to(self.device)
        self._lock = Lock()
        self._untrained: TrainedModel | None = None if self.step > checkpoint.steps[0] else self

    @property
    def task(self) -> Task:
        return self.checkpoint.task

    @property
    def parameter_count(self) -> int:
        return sum(parameter.numel() for parameter in self.network.parameters())

    @property
    def embedding(self) -> Tensor:
        vectors: Tensor = self.network.embedding.detach()
        return vectors

    @property
    def words(self) -> tuple[str, ...]:
        """The words that it can say, by id."""
        return (self.task.target_vocabulary or self.checkpoint.vocabulary).words

    def word(self, index: int) -> str:
        """The word with that id."""
        return self.words[index]

    @cached_property
    def first_look(self) -> Head:
        """The head that does what was learned: the one to show first."""
        layer, head = self.checkpoint.snapshot().measures.best_head(self.task.learned)
        return Head(layer, head, self.task.part)

    def shape(self, asked: Input) -> Shape:
        return Shape(self.name, self.network.config.shape)

    def untrained(self) -> TrainedModel | None:
        """The same model at the first step of its training; None if it stands there."""
        with self._lock:
            if self._untrained is None:
                first = replace(self.weights, step=self.checkpoint.steps[0])
                self._untrained = type(self)(self.checkpoint, first, device=str(self.device))
        return None if self._untrained is self else self._untrained

    def measure(self, off: Collection[Head | LayerHead] = ()) -> Measures:
        """What it can do on held-out examples of its task, with heads switched off."""
        return self._measured([*map(HeadOff, off)])

    def measures(self, changes: Collection[Change] = ()) -> Mapping[str, float] | None:
        check_takes(changes, self.takes, self.name)
        return None if any(map(of_one_text, changes)) else self._measured(changes).figures

    def _measured(self, changes: Collection[Change]) -> Measures:
        network = self.network if self.device.type == "cpu" else self.checkpoint.network(self.step)
        return self.task.measure(network, changes)
