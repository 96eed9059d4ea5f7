"""What every source of weights has in common: it turns text into a trace, and can be checked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from attnviz.errors import AttnvizError
from attnviz.trace import AttentionTrace

NONE_OFF: frozenset[tuple[int, int]] = frozenset()  # every head is on


class ModelError(AttnvizError):
    """A model that cannot be loaded or shown; the message says why and what to do."""


class Model(Protocol):
    """Text to `AttentionTrace`. Its weights do not change, so threads may share it."""

    @property
    def name(self) -> str:
        """The name that `attnviz.trace` and the URL know it by."""

    @property
    def reference(self) -> str:
        """The implementation that `reference_weights` comes from, in words."""

    @property
    def projection(self) -> str:
        """How it makes Q, K and V from X: "linear", with "bias" and "rotary" where it adds them."""

    @property
    def predicts(self) -> str | None:
        """What its output tells: "masked" (a word that is hidden), "next" (the word that follows), None: no words."""

    @property
    def first_look(self) -> tuple[int, int]:
        """The (layer, head) to show first."""

    def trace(self, text: str, *, off: Collection[tuple[int, int]] = NONE_OFF) -> AttentionTrace:
        """Read the text, with the (layer, head)s in `off` switched off: zeros instead of their contexts before W_O.

        Raises `AttnvizError` for text that holds no token, and for a head that is not there.
        """

    def probabilities(self, text: str, at: int, *, off: Collection[tuple[int, int]] = NONE_OFF) -> Tensor:
        """[word]: how probable each word of its vocabulary is at token `at`, which is hidden from a model that
        predicts masked words, or after it. Raises `ModelError` for a model that predicts no words."""

    def word(self, index: int) -> str:
        """The word of the vocabulary that has that index."""

    def reference_weights(self, trace: AttentionTrace) -> Sequence[Tensor]:
        """For each layer [head, query, key], computed by code that is not ours."""


@dataclass(frozen=True)
class Check:
    """How far the weights of a trace are from the reference implementation's."""

    difference: float  # the largest over all layers, heads, queries and keys
    reference: str
    tolerance: float = 1e-6  # what rounding alone explains

    @property
    def agrees(self) -> bool:
        return self.difference <= self.tolerance


def check(model: Model, trace: AttentionTrace) -> Check:
    """Compare every weight of the trace with the reference implementation's, on the same tokens."""
    theirs = model.reference_weights(trace)
    if len(theirs) != len(trace.layers):
        raise ModelError(f"{model.reference} gives {len(theirs)} layers of weights, the trace has {len(trace.layers)}.")
    differences, logits = [], []
    for layer, other in zip(trace.layers, theirs, strict=True):
        ours = layer.attention()
        differences.append((ours.weights - other).abs().max())
        logits.append(ours.scaled.abs().max() / layer.temperature)
    # Both sides round each logit to float32, and a softmax passes an error in its logits on: large logits
    # (no scaling, a low temperature) may differ by more. torch's maximum, unlike Python's, lets no NaN pass.
    rounding = 8 * torch.finfo(torch.float32).eps * float(torch.stack(logits).max())
    return Check(float(torch.stack(differences).max()), model.reference, max(1e-6, rounding))
