"""What a model has learned, in numbers between 0 and 1: for the whole, and for every head."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from attnviz._brief import brief
from attnviz.heads import LayerHead
from attnviz.transformer import TransformerRecord


@dataclass(frozen=True)
class Measures:
    """Figures of a model, and of each of its heads as rows of layers."""

    figures: dict[str, float]
    heads: dict[str, list[list[float]]]  # name to [layer][head]

    __repr__ = brief

    def best_head(self, name: str) -> LayerHead:
        """The (layer, head) with the largest of that measure; the first of equals."""
        table = self.heads[name]
        return max(((i, j) for i, row in enumerate(table) for j in range(len(row))), key=lambda at: table[at[0]][at[1]])


def head_weights(record: TransformerRecord) -> Tensor:
    """[layer, text, head, query, key]: all weights of a batch."""
    return torch.stack([block.attention.weights for block in record.blocks])


def row_entropy(weights: Tensor, is_token: Tensor, *, causal: bool = False) -> Tensor:
    """[layer, head]: mean entropy of the rows, as a share of the largest possible one, log(keys).

    0: every word looks at one word; 1: at all alike (Shannon 1948). A row of one key has no choice and does not count;
    where all are so, it is 0. `weights` is [layer, text, head, query, key], `is_token` [text, token].
    """
    may_look_at = is_token.cumsum(1) if causal else is_token.sum(1, keepdim=True).expand_as(is_token)  # [text, query]
    share = entropy_share(weights, may_look_at[None, :, None, :])  # [layer, text, head, query]
    counted = (is_token & (may_look_at > 1))[None, :, None, :].expand_as(share)
    mean: Tensor = (share * counted).sum((1, 3)) / counted.sum((1, 3)).clamp(min=1)
    return mean


def entropy_share(weights: Tensor, keys: Tensor) -> Tensor:
    """[..., query]: the entropy of each row of weights [..., query, key] as a share of the largest possible one, the
    logarithm of how many keys (`keys`, [..., query]) it may look at; 0 where that is one or none (Shannon 1948)."""
    least = torch.finfo(weights.dtype).tiny  # 0 · log 0 is 0
    logarithms = weights.clamp(min=least).log_()  # in place, and not torch's entr: three times as fast at 512 tokens
    return logarithms.mul_(weights).sum(-1).abs() / keys.clamp(min=2).log()


def previous_token_score(weights: Tensor, is_token: Tensor) -> Tensor:
    """[layer, head]: the mean weight on the token before (Olsson et al. 2022, "In-context Learning and
    Induction Heads"); the first token of a text has none and does not count."""
    before = weights.diagonal(offset=-1, dim1=-2, dim2=-1)  # [layer, text, head, query 1 …]
    real = is_token[None, :, None, 1:].expand_as(before)
    return (before * real).sum((1, 3)) / real.sum((1, 3))


def on_keys(weights: Tensor, queries: Tensor, keys: Tensor) -> tuple[Tensor, Tensor]:
    """For each text the weight from its query to its key, and 1 where that key is the strongest, else 0.

    `weights` is [layer, text, head, query, key], `queries` and `keys` are [text]; both results are
    [text, layer, head].
    """
    texts = torch.arange(weights.shape[1])
    rows = weights[:, texts, :, queries]  # [text, layer, head, key]: advanced indices come first
    return rows[texts, :, :, keys], (rows.argmax(-1) == keys[:, None, None]).float()


def of_best_head(scores: Tensor, *others: Tensor) -> list[float]:
    """The head that scores best on the first half of the texts, measured on the second: its mean in each table.

    All are [text, layer, head]. (The best of many heads looks better than it is on the texts by which it
    was found to be the best.)
    """
    half = len(scores) // 2
    best = int(scores[:half].mean(0).flatten().argmax())
    return [float(table[half:].mean(0).flatten()[best]) for table in (scores, *others)]
