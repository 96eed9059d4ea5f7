"""What every model of the transformers library has that runs through our attention."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from attnviz._trace import Trace
from attnviz.models.base import Model
from attnviz.models.errors import ModelError
from attnviz.models.pretrained.inside.recording import Recording
from attnviz.models.pretrained.twins import with_attention


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
