"""The record of one layer's attention: what went in, from which everything else is computed when somebody looks, since
n² numbers for every head of every layer are what makes long texts heavy.

Axes have the same names everywhere: part, layer, head, query, key, d_head, d_value, d_model; all count from 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor

from attnviz.attention import Attention, attend, attention, check_shapes
from attnviz.errors import AttnvizError
from attnviz.long import context_and_picture, context_of, is_long
from attnviz.normalizers import SHARING
from attnviz.pooling import PICTURE, max_pooled
from attnviz.rule import Rule, is_share, kinds_of
from attnviz.tokens import Tokens

__all__ = ["PLAIN", "STEPS", "TURNED", "LayerTrace", "Projection", "Rule", "kinds_of", "to_cpu"]

STEPS = ("linear", "bias", "norm", "rotary", "scale")  # what can be done to X on the way to Q, K or V


@dataclass(frozen=True)
class Projection:
    """How a layer makes Q, K and V of X: the steps in the order in which they are done, "linear" first; none where that
    is not known.

    "linear" is X·W, "bias" + b, "norm" a normalisation of the vectors, "rotary" a turn by the token's place, "scale" a
    factor. So ("linear", "norm", "rotary") is R(norm(X·W)).

    Raises:
        AttnvizError: a step that is not among these, or that does not begin with "linear".
    """

    q: tuple[str, ...] = ()
    k: tuple[str, ...] = ()
    v: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for letter, steps in vars(self).items():
            if steps and (steps[0] != "linear" or not set(steps) <= set(STEPS)):
                raise AttnvizError(f"{letter} is made by {steps}; the first step is linear, and all are of {STEPS}.")


PLAIN = Projection(*[("linear",)] * 3)  # Q = X·W_Q, and so on
TURNED = Projection(("linear", "rotary"), ("linear", "rotary"), ("linear",))  # Q = R(X·W_Q), K = R(X·W_K), V = X·W_V


@dataclass(frozen=True, eq=False)
class LayerTrace:
    """One layer's attention: which tokens looked at which, with what, by which rule.

    Raises:
        AttnvizError: shapes that do not belong together, or another number of queries or keys than of tokens.
    """

    q: Tensor  # [head, query, d_head]
    k: Tensor  # [kv_head, key, d_head]; kv_head is head unless key-value heads are grouped
    v: Tensor  # [kv_head, key, d_value]; d_value is d_head in most models
    rule: Rule
    queries: Tokens  # what looks
    keys: Tokens  # what is looked at: the same tokens in self-attention
    layer: int = 0
    part: str = ""  # "encoder", "decoder", "cross", "image" or "text"; "" in a model with one part
    # [head · d_value, d_model]; None where it is not known. The model's own: it takes a trace no memory.
    w_o: Tensor | None = field(default=None, metadata={"shared": True})
    projection: Projection | None = None  # how q, k and v are made of X; None where it is not known
    small: Tensor | None = None  # `picture`, where the run that computed the weights has kept it

    def __post_init__(self) -> None:
        if not self.q.dim() == self.k.dim() == self.v.dim() == 3:
            shapes = [tuple(x.shape) for x in (self.q, self.k, self.v)]
            raise AttnvizError(f"q, k, v are {shapes}; each must be [head, token, d_head].")
        check_shapes(self.q, self.k, self.v)
        wanted = (self.heads, self.q.shape[1], self.k.shape[1])
        for name in ("mask", "bias", "by_hand"):
            given = getattr(self.rule, name)
            if given is not None and (given.dim() != 3 or given.shape not in (wanted, (1, *wanted[1:]))):
                raise AttnvizError(f"{name} is {tuple(given.shape)}; it must be [head or 1, query, key] of {wanted}.")
        rows = self.heads * self.v.shape[-1]
        if self.w_o is not None and (self.w_o.dim() != 2 or self.w_o.shape[0] != rows):
            raise AttnvizError(
                f"w_o is {tuple(self.w_o.shape)}; it must be [head · d_value, d_model] with {rows} rows."
            )
        for name, seen, tokens in (("queries", wanted[1], self.queries), ("keys", wanted[2], self.keys)):
            if seen != len(tokens):
                raise AttnvizError(f"layer {self.layer} has {seen:,} {name} for {len(tokens):,} tokens")

    def __repr__(self) -> str:
        where = f"{self.part} layer {self.layer}" if self.part else f"layer {self.layer}"
        shape = f"{self.heads} heads, {len(self.queries):,} queries × {len(self.keys):,} keys, d_head {self.d_head}"
        return f"<LayerTrace: {where}, {shape}>"

    @property
    def heads(self) -> int:
        """How many heads it has."""
        return self.q.shape[0]

    @property
    def d_head(self) -> int:
        """How many numbers a query and a key have."""
        return self.q.shape[-1]

    @property
    def d_value(self) -> int:
        """How many numbers a value and a head's context have: in some models fewer than a query (DeepSeek-V2's MLA)."""
        return self.v.shape[-1]

    @property
    def is_long(self) -> bool:
        """Whether it has so many weights that those of all heads are not to be in memory at once (`in_turn`)."""
        return is_long(self.heads, self.q.shape[1], self.k.shape[1])

    @property
    def scale(self) -> float:
        """What the scores are multiplied by."""
        return self.rule.scale

    @property
    def mask(self) -> Tensor | None:
        """[head or 1, query, key], 0 or -inf."""
        return self.rule.mask

    @property
    def bias(self) -> Tensor | None:
        """[head or 1, query, key], added to the scaled scores."""
        return self.rule.bias

    @property
    def temperature(self) -> float:
        """What the masked scores are divided by."""
        return self.rule.temperature

    @property
    def normalizer(self) -> str:
        """What makes weights of the masked scores."""
        return self.rule.normalizer

    @property
    def by_hand(self) -> Tensor | None:
        """[head, query, key]: weights set by hand, NaN where there is none."""
        return self.rule.by_hand

    @property
    def shares(self) -> bool:
        """Whether its weights are shares: none below 0, each row together 1 (or all 0, where a query may look at
        nothing). Not so with a normalizer such as ReLU, or where a row by hand is none. What is said of shares (how
        spread out a row is, how much of it goes to special tokens, what a word's vector is made of) is not said of
        other weights."""
        return self.normalizer in SHARING and all(is_share(row) for _, _, row in self.rows_by_hand())

    def rows_by_hand(self) -> list[tuple[int, int, Tensor]]:
        """Head, query and weights [key] of each row that was set by hand."""
        given = self.by_hand
        if given is None:
            return []
        places = (~given.isnan()).any(-1).nonzero().tolist()
        return [(head, query, given[head, query]) for head, query in places]

    def kv_head(self, head: int) -> int:
        """The key-value head that a head reads (the same one unless they are grouped)."""
        return head // (self.heads // self.k.shape[0])

    def attention(self) -> Attention:
        """All heads: every intermediate, [head, query, key], and the context [head, query, d_value]."""
        return attention(self.q, self.k, self.v, **self.rule.terms())

    def head(self, head: int, query: int | None = None) -> Attention:
        """One head alone, or of it one query alone: every intermediate, [query, key], and [query, d_value]."""
        kv = self.kv_head(head)
        rows = slice(None) if query is None else slice(query, query + 1)
        return attention(self.q[head, rows], self.k[kv], self.v[kv], **self.rule.of(head, rows).terms())

    def weights_of(self, head: int) -> Tensor:
        """The weights of one head, [query, key], without what comes before them."""
        weights, _ = attend(
            self.q[head], self.k[self.kv_head(head)], self.v[self.kv_head(head)], **self.rule.of(head).terms()
        )
        return weights

    def in_turn(self) -> Iterator[Tensor]:
        """The weights of its heads, in their order, [some heads, query, key]: all at once, of a long text one head
        after another."""
        if self.is_long:
            yield from (self.weights_of(head)[None] for head in range(self.heads))
        else:
            yield self.weights

    def row(self, query: int) -> Attention:
        """One query in all heads, without the n² numbers of the others: [head, 1, key] and [head, 1, d_value]."""
        return self.rows(slice(query, query + 1))

    def rows(self, rows: slice | list[int]) -> Attention:
        """The same of several queries."""
        return attention(self.q[:, rows], self.k, self.v, **self.rule.of(None, rows).terms())

    @property
    def scores(self) -> Tensor:
        """q @ kᵀ, [head, query, key]."""
        return self.attention().scores

    @property
    def scaled(self) -> Tensor:
        """Scores times scale, plus bias, [head, query, key]."""
        return self.attention().scaled

    @property
    def masked(self) -> Tensor:
        """Scaled scores, -inf where a query may not look, [head, query, key]."""
        return self.attention().masked

    @property
    def weights(self) -> Tensor:
        """softmax(masked), [head, query, key]; each row sums to 1 (see `shares`)."""
        weights, _ = attend(self.q, self.k, self.v, **self.rule.terms())
        return weights

    def picture(self) -> Tensor:
        """[head, at most 40, at most 40]: the weights made small, each cell the largest of the block it stands for."""
        if self.small is not None:
            return self.small
        if self.is_long:
            return context_and_picture(self.q, self.k, self.v, self.rule)[1]
        return max_pooled(self.weights, PICTURE)

    @property
    def allowed(self) -> Tensor:
        """Where a query may look, [head or 1, query, key], True or False."""
        hidden = torch.zeros(1, self.q.shape[1], self.k.shape[1], dtype=torch.bool, device=self.q.device)
        for added in (self.mask, self.bias):
            if added is not None:
                hidden = hidden | added.isneginf()
        return ~hidden

    @property
    def has_choice(self) -> Tensor:
        """Whether a query may look at more than one key, [head or 1, query], True or False. With a single key its
        weight is 1 whatever the head has learned (the first word of a causal model, a word whose other keys are cut):
        that says nothing about the head, so analysis leaves such rows out of what it takes means of."""
        return self.allowed.sum(-1) > 1

    @property
    def context(self) -> Tensor:
        """weights @ v, [head, query, d_value]."""
        return context_of(self.q, self.k, self.v, self.rule)

    def tensors(self) -> list[Tensor]:
        """What is kept for this text (the model's own W_O is not)."""
        added = (self.mask, self.bias, self.by_hand, self.small)
        return [x for x in (self.q, self.k, self.v, *added) if x is not None]


def to_cpu(x: Tensor) -> Tensor:
    """Detached, in float32 and on the CPU: what figures and analysis read."""
    return x.detach().to(device="cpu", dtype=torch.float32)
