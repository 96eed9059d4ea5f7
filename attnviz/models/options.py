"""Everything that one can set about the from-scratch model with random weights."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar

from attnviz.models.errors import ModelError


@dataclass(frozen=True)
class ScratchOptions:
    """Everything one can set about it. The same options give the same numbers, always.

    `ScratchOptions.LIMITS` has the least and the most of each number.
    """

    seed: int = 0
    heads: int = 4
    d_model: int = 64
    positions: bool = True  # add sinusoidal positions to the embeddings
    causal: bool = False  # a word may look only at itself and the words before it
    scaling: bool = True  # scores · 1/√d_head, or unscaled
    temperature: float = 1.0  # of the softmax

    LIMITS: ClassVar[dict[str, tuple[float, float]]] = {
        "seed": (0, 2**31 - 1),
        "heads": (1, 16),
        "d_model": (4, 768),
        "temperature": (0.05, 20.0),
    }

    def __post_init__(self) -> None:
        for option in fields(self):
            value = getattr(self, option.name)
            if option.name not in self.LIMITS:
                if not isinstance(value, bool):
                    raise ModelError(f"{option.name} is on or off (True or False), not {value!r}.")
                continue
            kind = float if option.name == "temperature" else int
            if isinstance(value, bool) or not isinstance(value, (int, kind)):
                raise ModelError(f"{option.name} must be a number ({kind.__name__}), not {value!r}.")
            least, most = self.LIMITS[option.name]
            if not least <= value <= most:
                raise ModelError(f"{option.name} must be from {least} to {most}, not {value}.")
        if self.d_model % self.heads:
            raise ModelError(f"{self.heads} heads do not divide d_model {self.d_model}: choose heads that do.")
