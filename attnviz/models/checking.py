"""The check: every weight of a trace, held against code that is not ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from attnviz._trace import Trace
from attnviz.models.base import Model
from attnviz.models.errors import ModelError
from attnviz.tokens import TOKEN_LIMIT


@dataclass(frozen=True)
class Check:
    """How far the weights of a trace are from the reference implementation's."""

    difference: float  # the largest over all layers, heads, queries and keys
    reference: str
    tolerance: float = 1e-6  # what rounding alone explains

    @property
    def agrees(self) -> bool:
        """Whether rounding alone explains the difference."""
        return self.difference <= self.tolerance


def check(model: Model, trace: Trace) -> Check:
    """Compare every weight of the trace, in all its parts, with the reference implementation's, on the same tokens.

    Raises:
        ModelError: a text so long that the reference's weights of all heads are too many to be held at once.
    """
    if any(layer.is_long for layer in trace.every_layer):
        longest = max(map(len, trace.inputs.values()))
        raise ModelError(
            f"The reference gives all weights of all heads at once, which are too many on {longest:,} tokens. Check "
            f"the model on a shorter text, of up to {TOKEN_LIMIT} tokens say."
        )
    return check_weights(trace, model.reference_weights(trace), model.reference)


def check_weights(trace: Trace, reference: Mapping[str, Sequence[Tensor]], name: str) -> Check:
    """Compare every weight of the trace with these, by part, of each layer [head, query, key]; `name` says whose they
    are.

    Raises:
        ModelError: another number of layers than the trace has.
    """
    differences, logits = [], []
    for part, layers in trace.parts.items():
        theirs = reference.get(part, ())
        if len(theirs) != len(layers):
            raise ModelError(f"{name} gives {len(theirs)} layers of weights, the trace has {len(layers)}.")
        for layer, other in zip(layers, theirs, strict=True):
            ours = layer.attention()
            differences.append((ours.weights - other).abs().max())
            logits.append(ours.scaled.abs().max() / layer.temperature)
    # Both sides round each logit to float32, and a softmax passes an error in its logits on: large logits
    # (no scaling, a low temperature) may differ by more. torch's maximum, unlike Python's, lets no NaN pass.
    rounding = 8 * torch.finfo(torch.float32).eps * float(torch.stack(logits).max())
    return Check(float(torch.stack(differences).max()), name, max(1e-6, rounding))
