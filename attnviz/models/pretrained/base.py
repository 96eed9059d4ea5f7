"""What every model of the transformers library has that runs through our attention."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from attnviz._trace import Trace
from attnviz.layer import LayerTrace
from attnviz.models.base import Model
from attnviz.models.errors import ModelError
from attnviz.models.pretrained.inside.probe import Measured
from attnviz.models.pretrained.inside.recording import Recording
from attnviz.models.pretrained.twins import with_attention
from attnviz.tokens import Tokens


class LibraryModel(Model):
    """A model of the transformers library whose attention is ours, and the library's own to hold it against."""

    network: Any  # a transformers PreTrainedModel; its library leaves most of it untyped
    reference = "the transformers library's own eager attention"

    @property
    def parameter_count(self) -> int:
        return sum(parameter.numel() for parameter in self.network.parameters())

    @cached_property
    def eager(self) -> Any:
        """The same parameters under transformers' own attention."""
        return with_attention(self.network, "eager")

    def check_calls(self, record: Recording, wanted: int) -> None:
        """Raise `ModelError` where not every layer of a run went through our attention."""
        if len(record.calls) != wanted:
            raise ModelError(
                f"{self.name} ran {len(record.calls)} of its {wanted} layers through attnviz's attention on this text, "
                "so its true weights cannot be shown. Try another text or model."
            )

    @torch.no_grad()
    def reference_weights(self, trace: Trace) -> dict[str, list[Tensor]]:
        """The weights of transformers' eager attention, by a twin of the model with the same parameters.

        Raises:
            ModelError: a trace of a run with changes, which transformers knows nothing of.
        """
        if trace.changes:
            raise ModelError("The reference runs the model as it is: check a trace of a run with nothing changed.")
        return self._eager_weights(trace)

    @abstractmethod
    def _eager_weights(self, trace: Trace) -> dict[str, list[Tensor]]:
        """By part, for each layer [head, query, key]: what its eager twin gives for what was read."""


class OnePart(LibraryModel):
    """A network of the library with one row of tokens, which may be a part of a larger model."""

    part: str  # its name there
    measured: Measured  # what a run of it showed

    @property
    def places(self) -> list[tuple[str, int]]:
        """Part and layer of each call of attention, in their order."""
        return [(self.part, layer) for layer in range(self.measured.layers)]

    def layers_of(self, record: Recording, tokens: Tokens) -> dict[str, tuple[LayerTrace, ...]]:
        """The recorded calls as layers, by part."""
        rows = {self.part: (tokens, tokens)}
        return record.layers(self.places, rows, self._w_o.get, self.measured.projections)

    @cached_property
    def _w_o(self) -> dict[nn.Module, Tensor]:
        return self.measured.w_o(self.network)
