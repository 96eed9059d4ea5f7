"""How a model's last vectors become words: the last norm and the matrix of words."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from attnviz._brief import brief


@dataclass(frozen=True, eq=False)
class ReadOut:
    """logits = norm(x) · Uᵀ + b, with norm(x) = (x − mean(x)) / σ ⊙ γ + β (Ba, Kiros and Hinton 2016)."""

    u: Tensor  # [word, d_model]
    b: Tensor  # [word]
    gamma: Tensor  # [d_model]
    beta: Tensor  # [d_model]
    epsilon: float

    __repr__ = brief

    def linear(self, parts: Tensor, *, of: Tensor) -> Tensor:
        """[..., d_model]: what parts of the vector `of` [d_model] become in its norm, without β: they add up to it."""
        sigma = (of.var(unbiased=False) + self.epsilon).sqrt()
        return (parts - parts.mean(-1, keepdim=True)) / sigma * self.gamma

    def normed(self, x: Tensor) -> Tensor:
        """norm(x), [d_model]."""
        return self.linear(x, of=x) + self.beta
