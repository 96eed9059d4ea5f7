"""What every source of weights has in common: it turns text into a trace, and can be checked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from attnviz.cuts import Cut
from attnviz.errors import AttnvizError
from attnviz.tokens import clean_text
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
    def predicts(self) -> str | None:
        """What its output tells: "masked" (a word that is hidden), "next" (the word that follows), None: no words."""

    @property
    def first_look(self) -> tuple[int, int]:
        """The (layer, head) to show first."""

    @property
    def takes_pairs(self) -> bool:
        """Whether it reads two sentences as a pair."""

    def trace(
        self,
        text: str,
        *,
        second: str | None = None,
        off: Collection[tuple[int, int]] = NONE_OFF,
        cuts: Collection[Cut] = (),
        special_tokens: bool | None = None,
    ) -> AttentionTrace:
        """Read a text.

        Args:
            second: a second sentence, for a model that takes pairs; a blank one is none.
            off: (layer, head)s that are switched off: zeros instead of their contexts before W_O.
            cuts: weights that are cut before the softmax.
            special_tokens: whether special tokens that stand in the text ([MASK], [SEP], an entity marker) are read as
                what the model learned for them (True) or as plain text (False). None: the mask token and those
                that were added to the vocabulary or frame no text are read, a [SEP] or [CLS] is not.

        Raises:
            AttnvizError: text that holds no token, a pair for a model that takes none, a head or token that is not
                there.
        """

    def probabilities(
        self,
        text: str,
        at: int,
        *,
        second: str | None = None,
        off: Collection[tuple[int, int]] = NONE_OFF,
        cuts: Collection[Cut] = (),
        special_tokens: bool | None = None,
    ) -> Tensor:
        """[word]: how probable each word of its vocabulary is at token `at`, which is hidden from a model that
        predicts masked words, or after it. Raises `ModelError` for a model that predicts no words."""

    def word(self, index: int) -> str:
        """The word of the vocabulary that has that index."""

    def untrained(self) -> Model | None:
        """The same architecture with the weights of before training; None if it has these already."""

    def reference_weights(self, trace: AttentionTrace) -> Sequence[Tensor]:
        """For each layer [head, query, key], computed by code that is not ours."""


def checked_second(model: Model, second: str | None) -> str | None:
    """The second sentence of a pair, cleaned; None if there is none, or a blank one.

    Raises:
        AttnvizError: a model that takes no pairs.
    """
    if second is not None and not isinstance(second, str):
        raise ModelError(f"The second sentence must be a string, not {type(second).__name__}.")
    if second is None or not clean_text(second).strip():
        return None
    if not model.takes_pairs:
        raise ModelError(
            f"The model {model.name} reads one text, not a pair of sentences. Choose a model of BERT's kind for that."
        )
    return clean_text(second)


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
