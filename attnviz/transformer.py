"""The from-scratch transformer: from word ids to word probabilities, every stage kept.

    embedded = E[ids] (+ positions)                     # [token, d_model]
    each block, pre-norm:     x = x + attention(norm(x));     x = x + feed_forward(norm(x))
    each block, post-norm:    x = norm(x + attention(x));     x = norm(x + feed_forward(x))
    logits = norm(x) Eᵀ + b                             # [token, word]; post-norm has no last norm

Post-norm is the original (Vaswani et al. 2017, section 3.1); pre-norm (Xiong et al. 2020) trains without fuss
and is the default. Attention is `attnviz.attention.MultiHeadAttention` and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import torch
from torch import Tensor, nn

from attnviz._brief import brief
from attnviz.attention import MultiHeadAttention, SelfAttention, causal_mask, padding_mask
from attnviz.changes.applying import changed, heads_off, is_unplaced, numbers_set
from attnviz.errors import AttnvizError
from attnviz.heads import Shape
from attnviz.layer import Rule
from attnviz.positions import rotary_angles, rotated, sinusoidal_positions
from attnviz.request import Change, settled

WITHOUT_PLACES = "This model has no positions, so there are none to leave out."
SPREAD = 0.05  # of the first weights: small, so that every word at first looks at all words alike
Drop = Callable[[Tensor], Tensor]  # what leaves some weights out, in training


@dataclass(frozen=True)
class TransformerConfig:
    """Everything that fixes its shape. Impossible ones are refused with a sentence."""

    vocabulary: int  # how many words it knows
    layers: int = 2
    heads: int = 4
    d_model: int = 32
    d_ff: int = 64  # width inside the feed-forward; 0 leaves it out (attention only)
    positions: str = "rotary"
    norm: str = "pre"
    causal: bool = False
    tied: bool = True  # the output projection is the embedding, transposed
    longest: int = 512  # most tokens of a text
    spread: float = SPREAD  # standard deviation of the first weights
    scaled: bool = False  # vectors of words begin at N(0, 1/d_model) and count √d_model-fold (Vaswani et al., 3.4)

    POSITIONS: ClassVar[tuple[str, ...]] = ("rotary", "sinusoidal", "learned", "none")
    NORMS: ClassVar[tuple[str, ...]] = ("pre", "post")
    LIMITS: ClassVar[dict[str, tuple[int, int]]] = {
        "vocabulary": (2, 65_536),
        "layers": (1, 6),
        "heads": (1, 16),
        "d_model": (8, 256),
        "d_ff": (0, 1024),
        "longest": (2, 512),
    }

    def __post_init__(self) -> None:
        for name, (least, most) in self.LIMITS.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int):
                raise AttnvizError(f"{name} must be a whole number, not {value!r}.")
            if not least <= value <= most:
                raise AttnvizError(f"{name} must be from {least:,} to {most:,}, not {value:,}.")
        for name in ("causal", "tied", "scaled"):
            if not isinstance(getattr(self, name), bool):
                raise AttnvizError(f"{name} is on or off (True or False), not {getattr(self, name)!r}.")
        for name, known in (("positions", self.POSITIONS), ("norm", self.NORMS)):
            if getattr(self, name) not in known:
                raise AttnvizError(f"{name} is one of {', '.join(known)}, not {getattr(self, name)!r}.")
        if self.d_model % self.heads:
            raise AttnvizError(f"{self.heads} heads do not divide d_model {self.d_model}: choose heads that do.")
        if self.positions == "rotary" and self.d_head % 2:
            raise AttnvizError(
                f"Rotary positions turn pairs of numbers, and d_head {self.d_head} is odd: "
                "choose a d_model that is an even multiple of the heads."
            )

    @property
    def d_head(self) -> int:
        """How many numbers a head works on."""
        return self.d_model // self.heads

    @property
    def factor(self) -> float:
        """What the vectors of words are multiplied by on the way in."""
        return math.sqrt(self.d_model) if self.scaled else 1.0

    @property
    def shape(self) -> dict[str, tuple[int, ...]]:
        """The heads of each layer; it has one part, without a name."""
        return {"": (self.heads,) * self.layers}

    def network(self, *, seed: int = 0) -> Transformer:
        """It, with the weights of before training."""
        return Transformer(self, seed=seed)

    def first_vectors(self, generator: torch.Generator) -> nn.Parameter:
        """[word, d_model]: the vectors of words before training."""
        spread = 1 / math.sqrt(self.d_model) if self.scaled else self.spread
        return nn.Parameter(_normal((self.vocabulary, self.d_model), generator, spread))


@dataclass(frozen=True, eq=False)
class BlockRecord:
    """What one block computed, each [..., token, d_model] unless said otherwise."""

    attention_input: Tensor  # what Q, K and V are made of: norm(x), or x itself in post-norm
    attention: SelfAttention  # with concatenated and output
    attended: Tensor  # after the first add (& norm)
    feed_forward_input: Tensor
    hidden: Tensor  # [..., token, d_ff], after the ReLU
    feed_forward: Tensor
    output: Tensor  # after the second add (& norm): the next block's x

    __repr__ = brief


@dataclass(frozen=True, eq=False)
class TransformerRecord:
    """Every stage from words to predictions."""

    embedded: Tensor  # [..., token, d_model]
    placed: Tensor  # the same with positions added (the very same where they are not added)
    blocks: tuple[BlockRecord, ...]
    final: Tensor  # [..., token, d_model]: after the last norm
    logits: Tensor  # [..., token, word]

    __repr__ = brief


class FeedForward(nn.Module):
    """FFN(x) = max(0, x·W_1 + b_1)·W_2 + b_2, each word by itself (Vaswani et al. 2017, eq. 2)."""

    def __init__(self, d_model: int, d_ff: int, *, spread: float = SPREAD, generator: torch.Generator) -> None:
        super().__init__()
        self.w_1 = nn.Parameter(_normal((d_model, d_ff), generator, spread))
        self.b_1 = nn.Parameter(torch.zeros(d_ff))
        self.w_2 = nn.Parameter(_normal((d_ff, d_model), generator, spread))
        self.b_2 = nn.Parameter(torch.zeros(d_model))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """[..., token, d_model] to what is inside [..., token, d_ff] and what comes out [..., token, d_model]."""
        hidden = torch.relu(x @ self.w_1 + self.b_1)
        return hidden, hidden @ self.w_2 + self.b_2


class Block(nn.Module):
    """Attention, add & norm, feed-forward, add & norm; or norm first."""

    def __init__(self, config: TransformerConfig, *, generator: torch.Generator) -> None:
        super().__init__()
        self.pre = config.norm == "pre"
        spread = config.spread
        self.attention = MultiHeadAttention(config.d_model, config.heads, spread=spread, generator=generator)
        self.norm_1 = nn.LayerNorm(config.d_model)
        self.feed_forward = None
        if config.d_ff:
            self.feed_forward = FeedForward(config.d_model, config.d_ff, spread=spread, generator=generator)
        self.norm_2 = nn.LayerNorm(config.d_model) if config.d_ff else None

    def forward(
        self,
        x: Tensor,
        *,
        rule: Rule,
        rotate: Callable[[Tensor], Tensor] | None = None,
        drop: Drop | None = None,
        off: Collection[int] = (),
        instead: Mapping[str, Tensor] = MappingProxyType({}),
    ) -> BlockRecord:
        """x [..., token, d_model] to a record of every stage; the options are `MultiHeadAttention`'s."""
        inside = self.norm_1(x) if self.pre else x
        attention = self.attention(inside, **rule.terms(), rotate=rotate, drop=drop, off=off, instead=instead)
        attended = x + attention.output if self.pre else self.norm_1(x + attention.output)
        if self.feed_forward is None or self.norm_2 is None:
            nothing = torch.zeros_like(attended)
            return BlockRecord(inside, attention, attended, attended, nothing[..., :0], nothing, attended)
        between = self.norm_2(attended) if self.pre else attended
        hidden, added = self.feed_forward(between)
        output = attended + added if self.pre else self.norm_2(attended + added)
        return BlockRecord(inside, attention, attended, between, hidden, added, output)


class Transformer(nn.Module):
    """Word ids to word probabilities. The same seed gives the same weights, and no global state is touched."""

    def __init__(self, config: TransformerConfig, *, seed: int = 0) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.config = config
        self.embedding = config.first_vectors(generator)
        self.places = None
        if config.positions == "learned":
            self.places = nn.Parameter(_normal((config.longest, config.d_model), generator, config.spread))
        self.blocks = nn.ModuleList(Block(config, generator=generator) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.d_model) if config.norm == "pre" else None
        self.unembedding = None
        if not config.tied:
            drawn = _normal((config.vocabulary, config.d_model), generator, config.spread)
            self.unembedding = nn.Parameter(drawn)
        self.bias = nn.Parameter(torch.zeros(config.vocabulary))

    def forward(
        self,
        ids: Tensor,
        *,
        is_token: Tensor | None = None,
        drop: Drop | None = None,
        changes: Collection[Change] = (),
    ) -> TransformerRecord:
        """Ids [..., token] to a record of every stage.

        Args:
            is_token: [..., token], False where a shorter text of the batch is filled up; None if nowhere.
            drop: attention dropout, in training.
            changes: what to do otherwise in this run.

        Raises:
            AttnvizError: a text that is too long, a change that it cannot take, a head or token that is not there.
        """
        n = ids.shape[-1]
        if n > self.config.longest:
            raise AttnvizError(f"The text has {n:,} tokens; this model reads up to {self.config.longest:,}.")
        embedded = self.embedding[ids] * self.config.factor
        return self.through(embedded, is_token=is_token, drop=drop, changes=changes)

    def through(
        self,
        embedded: Tensor,
        *,
        is_token: Tensor | None = None,
        drop: Drop | None = None,
        changes: Collection[Change] = (),
    ) -> TransformerRecord:
        """The same of vectors [..., token, d_model], whatever they were made of.

        Raises:
            AttnvizError: a change that it cannot take, a head or token that is not there.
        """
        n = embedded.shape[-2]
        if is_unplaced(changes) and self.config.positions == "none":
            raise AttnvizError(WITHOUT_PLACES)
        changes = settled(changes, Shape("this model", {"": (self.config.heads,) * self.config.layers}))
        rules, rotate = self.rules(n, is_token, changes), self._rotation(n, changes)
        x = placed = self._placed(embedded, n, changes)
        blocks: list[BlockRecord] = []
        for i, block in enumerate(self.blocks):
            off, instead = heads_off(changes, i), self.numbers_set(i, changes)
            blocks.append(block(x, rule=rules[i], rotate=rotate, drop=drop, off=off, instead=instead))
            x = blocks[-1].output
        final = x if self.norm is None else self.norm(x)
        logits = final @ (self.embedding if self.unembedding is None else self.unembedding).T + self.bias
        return TransformerRecord(embedded, placed, tuple(blocks), final, logits)

    def attentions(self) -> list[MultiHeadAttention]:
        """The attention module of each layer."""
        return [module for module in self.modules() if isinstance(module, MultiHeadAttention)]

    def mask(self, n: int, is_token: Tensor | None = None) -> Tensor | None:
        """0 and -inf, broadcasting to [..., head, query, key]; None where every word may look at every word."""
        causal = causal_mask(n, device=self.embedding.device) if self.config.causal else None
        if is_token is None or bool(is_token.all()):
            return causal
        padding = padding_mask(is_token)
        return padding if causal is None else padding + causal

    def masks(self, n: int, is_token: Tensor | None = None) -> list[Tensor | None]:
        """The mask of each layer: of all the same."""
        return [self.mask(n, is_token)] * self.config.layers

    def rules(self, n: int, is_token: Tensor | None = None, changes: Collection[Change] = ()) -> list[Rule]:
        """The rule of each layer's attention, with what is changed in it."""
        scale, heads, device = self.config.d_head**-0.5, self.config.heads, self.embedding.device
        return [
            changed(Rule(scale, mask), changes, layer=layer, heads=heads, queries=n, keys=n, device=device)
            for layer, mask in enumerate(self.masks(n, is_token))
        ]

    def numbers_set(self, layer: int, changes: Collection[Change]) -> dict[str, Tensor]:
        """Of a layer's W_Q, W_K, W_V and W_O, by name, those in which a number is set by hand: copies."""
        return numbers_set(self.attentions()[layer].matrices(), changes, layer) if changes else {}

    def angles(self, n: int, changes: Collection[Change] = ()) -> Tensor | None:
        """[token, d_head / 2]: by how much rotary positions turn; None where nothing is turned."""
        if self.config.positions != "rotary" or is_unplaced(changes):
            return None
        return rotary_angles(n, self.config.d_head).to(self.embedding.device)

    def _placed(self, embedded: Tensor, n: int, changes: Collection[Change]) -> Tensor:
        if is_unplaced(changes):
            return embedded
        if self.places is not None:
            return embedded + self.places[:n]
        if self.config.positions == "sinusoidal":
            return embedded + sinusoidal_positions(n, self.config.d_model).to(embedded.device)
        return embedded

    def _rotation(self, n: int, changes: Collection[Change]) -> Callable[[Tensor], Tensor] | None:
        angles = self.angles(n, changes)
        return None if angles is None else lambda x: rotated(x, angles)


def dropout(share: float, generator: torch.Generator) -> Drop | None:
    """What zeroes that share of the numbers and scales up the rest (Srivastava et al. 2014), drawn by the
    generator: torch's own dropout draws from the global seed, which all sessions share."""
    if share == 0:
        return None

    def drop(x: Tensor) -> Tensor:
        keep = torch.empty_like(x, requires_grad=False).bernoulli_(1 - share, generator=generator)
        return x * keep / (1 - share)

    return drop


def _normal(shape: tuple[int, int], generator: torch.Generator, spread: float) -> Tensor:
    return torch.randn(shape, generator=generator) * spread
