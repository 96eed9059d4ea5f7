"""The record: how alike a picture and a text are to a model that reads both."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Similarity:
    """What a model of two towers gives in the end: each tower makes one vector, and what counts is the angle between
    the two (Radford et al. 2021, "Learning Transferable Visual Models From Natural Language Supervision", section 2.3).

    >>> Similarity(cosine=0.25, scale=100.0).logit
    25.0
    """

    cosine: float  # of the picture's vector and the text's, each after its tower's projection: from -1 to 1
    scale: float  # what the cosine is multiplied by: learned, exp(logit_scale)

    @property
    def logit(self) -> float:
        """scale · cosine. A softmax over several texts makes shares of their logits; that of one text is no share."""
        return self.scale * self.cosine
