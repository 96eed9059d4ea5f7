"""The from-scratch encoder–decoder: a source that is read, and a target that is written of it, every stage kept.

    encoder:            x = x + attention(norm(x));  x = x + feed_forward(norm(x))
    memory              = norm(x)                                  # [source token, d_model]
    decoder, each block: y = y + masked_attention(norm(y))          # the target looks at itself, no further than here
                         y = y + cross_attention(norm(y), memory)   # … and at the source
                         y = y + feed_forward(norm(y))
    logits              = norm(y) Eᵀ + b                           # [target token, word]: what comes next

That is the whole of Vaswani et al. 2017 (figure 1), with norms first (Xiong et al. 2020). Positions turn queries and
keys within the source and within the target; between the two there are none, so what a word looks for there is a
meaning, not a place.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from attnviz._brief import brief
from attnviz.attention import MultiHeadAttention, SelfAttention, causal_mask, padding_mask
from attnviz.changes.applying import changed, heads_off, is_unplaced
from attnviz.errors import AttnvizError
from attnviz.heads import Shape
from attnviz.layer import Rule
from attnviz.positions import rotary_angles, rotated
from attnviz.request import Change, settled
from attnviz.transformer import Block, BlockRecord, Drop, FeedForward, TransformerConfig


@dataclass(frozen=True)
class EncoderDecoderConfig:
    """Everything that fixes its shape: of the encoder, which reads the source, and of the decoder. Impossible ones are
    refused with a sentence."""

    source: TransformerConfig
    target: TransformerConfig

    def __post_init__(self) -> None:
        if self.source.d_model != self.target.d_model:
            raise AttnvizError(
                f"The decoder looks at the encoder's vectors, so both have one d_model, not {self.source.d_model} and "
                f"{self.target.d_model}."
            )
        if self.source.causal or not self.target.causal:
            raise AttnvizError("The encoder looks both ways, and the decoder no further than the word it is at.")
        for side in (self.source, self.target):
            if (side.norm, side.positions) != ("pre", "rotary") or not side.d_ff or not side.tied:
                raise AttnvizError("Encoder and decoder are pre-norm, rotary and tied, with a feed-forward.")

    @property
    def shape(self) -> dict[str, tuple[int, ...]]:
        """The heads of each layer, by part."""
        source, target = (side.heads for side in (self.source, self.target))
        return {
            "encoder": (source,) * self.source.layers,
            "decoder": (target,) * self.target.layers,
            "cross": (target,) * self.target.layers,
        }

    def network(self, *, seed: int = 0) -> EncoderDecoder:
        """It, with the weights of before training."""
        return EncoderDecoder(self, seed=seed)


@dataclass(frozen=True, eq=False)
class DecoderBlockRecord:
    """What one block of the decoder computed, each [..., target token, d_model] unless said otherwise."""

    attention_input: Tensor
    attention: SelfAttention  # the target among itself
    attended: Tensor
    cross_input: Tensor
    cross: SelfAttention  # from the target to the source: weights [..., head, target token, source token]
    informed: Tensor  # after what came from the source is added
    feed_forward_input: Tensor
    hidden: Tensor  # [..., target token, d_ff], after the ReLU
    feed_forward: Tensor
    output: Tensor

    __repr__ = brief


@dataclass(frozen=True, eq=False)
class EncoderDecoderRecord:
    """Every stage from two rows of words to predictions."""

    source_embedded: Tensor  # [..., source token, d_model]
    encoder: tuple[BlockRecord, ...]
    memory: Tensor  # [..., source token, d_model]: what cross-attention looks at
    embedded: Tensor  # [..., target token, d_model]
    decoder: tuple[DecoderBlockRecord, ...]
    final: Tensor  # [..., target token, d_model]
    logits: Tensor  # [..., target token, word]

    __repr__ = brief


class DecoderBlock(nn.Module):
    """Masked self-attention, cross-attention and feed-forward, each after a norm and added."""

    def __init__(self, config: TransformerConfig, *, generator: torch.Generator) -> None:
        super().__init__()
        d_model, spread = config.d_model, config.spread
        self.norm_1, self.norm_2, self.norm_3 = (nn.LayerNorm(d_model) for _ in range(3))
        self.attention = MultiHeadAttention(d_model, config.heads, spread=spread, generator=generator)
        self.cross = MultiHeadAttention(d_model, config.heads, spread=spread, generator=generator)
        self.feed_forward = FeedForward(d_model, config.d_ff, spread=spread, generator=generator)

    def forward(
        self,
        y: Tensor,
        memory: Tensor,
        *,
        rules: tuple[Rule, Rule],
        rotate: Callable[[Tensor], Tensor] | None,
        drop: Drop | None,
        off: tuple[Collection[int], Collection[int]],
    ) -> DecoderBlockRecord:
        """y [..., target token, d_model] and memory [..., source token, d_model] to a record of every stage. `rules`
        and `off` are of the self-attention and of the cross-attention."""
        inside = self.norm_1(y)
        attention = self.attention(inside, **rules[0].terms(), rotate=rotate, drop=drop, off=off[0])
        attended = y + attention.output
        asking = self.norm_2(attended)
        cross = self.cross(asking, memory=memory, **rules[1].terms(), drop=drop, off=off[1])
        informed = attended + cross.output
        between = self.norm_3(informed)
        hidden, added = self.feed_forward(between)
        return DecoderBlockRecord(
            inside, attention, attended, asking, cross, informed, between, hidden, added, informed + added
        )


class EncoderDecoder(nn.Module):
    """Word ids of a source and of a target so far to probabilities of the next word of the target. The same seed gives
    the same weights, and no global state is touched."""

    SOURCE_AXES: ClassVar[int] = 1  # of what is read: [token]
    config: EncoderDecoderConfig

    def __init__(self, config: EncoderDecoderConfig, *, seed: int = 0) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.config = config
        source, target = config.source, config.target
        self.source_embedding = source.first_vectors(generator)
        self.encoder = nn.ModuleList(Block(source, generator=generator) for _ in range(source.layers))
        self.source_norm = nn.LayerNorm(source.d_model)
        self.embedding = target.first_vectors(generator)
        self.decoder = nn.ModuleList(DecoderBlock(target, generator=generator) for _ in range(target.layers))
        self.norm = nn.LayerNorm(target.d_model)
        self.bias = nn.Parameter(torch.zeros(target.vocabulary))

    def forward(
        self,
        ids: Tensor,
        *,
        source: Tensor,
        source_is_token: Tensor | None = None,
        is_token: Tensor | None = None,
        drop: Drop | None = None,
        changes: Collection[Change] = (),
    ) -> EncoderDecoderRecord:
        """Ids of the target [..., token] and of the source [..., token] to a record of every stage.

        Args:
            source_is_token, is_token: [..., token], False where a shorter text of the batch is filled up; None:
                nowhere.
            drop: attention dropout, in training.
            changes: what to do otherwise in this run.

        Raises:
            AttnvizError: a text that is too long, a change that it cannot take, a head or token that is not there.
        """
        config, n, m = self.config, ids.shape[-1], self.count(source)
        for name, count, side in (("source", m, config.source), ("target", n, config.target)):
            if count > side.longest:
                raise AttnvizError(f"The {name} has {count:,} tokens; this model takes up to {side.longest:,}.")
        changes = settled(changes, Shape("this model", config.shape))
        rules = self.rules(n, m, source_is_token, is_token, changes)
        source_embedded, encoder, memory = self._read(source, rules, drop, changes)
        embedded, decoder, final, logits = self._write(ids, memory, rules, drop, changes)
        return EncoderDecoderRecord(source_embedded, encoder, memory, embedded, decoder, final, logits)

    def count(self, source: Tensor) -> int:
        """How many tokens what is read has."""
        return source.shape[-self.SOURCE_AXES]

    def vectors(self, source: Tensor) -> Tensor:
        """[..., source token, d_model]: the vectors of what is read, before their places."""
        return self.source_embedding[source] * self.config.source.factor

    def placed(self, vectors: Tensor, changes: Collection[Change]) -> Tensor:
        """The vectors [..., token, d_model] of a source or target as they go in: here as they are."""
        return vectors

    def _read(
        self, source: Tensor, rules: Mapping[str, list[Rule]], drop: Drop | None, changes: Collection[Change]
    ) -> tuple[Tensor, tuple[BlockRecord, ...], Tensor]:
        """Of the encoder: what it begins with, its blocks, and the memory."""
        x = embedded = self.placed(self.vectors(source), changes)
        rotate = self._rotation(self.count(source), self.config.source, changes)
        blocks: list[BlockRecord] = []
        for i, block in enumerate(self.encoder):
            off = heads_off(changes, i, "encoder")
            blocks.append(block(x, rule=rules["encoder"][i], rotate=rotate, drop=drop, off=off))
            x = blocks[-1].output
        return embedded, tuple(blocks), self.source_norm(x)

    def _write(
        self,
        ids: Tensor,
        memory: Tensor,
        rules: Mapping[str, list[Rule]],
        drop: Drop | None,
        changes: Collection[Change],
    ) -> tuple[Tensor, tuple[DecoderBlockRecord, ...], Tensor, Tensor]:
        """Of the decoder: what it begins with, its blocks, its last vectors and the logits."""
        y = embedded = self.placed(self.embedding[ids] * self.config.target.factor, changes)
        rotate = self._rotation(ids.shape[-1], self.config.target, changes)
        blocks: list[DecoderBlockRecord] = []
        for i, block in enumerate(self.decoder):
            both = (rules["decoder"][i], rules["cross"][i])
            offs = (heads_off(changes, i, "decoder"), heads_off(changes, i, "cross"))
            blocks.append(block(y, memory, rules=both, rotate=rotate, drop=drop, off=offs))
            y = blocks[-1].output
        final = self.norm(y)
        return embedded, tuple(blocks), final, final @ self.embedding.T + self.bias

    @torch.no_grad()
    def written(
        self,
        source: Tensor,
        source_is_token: Tensor | None,
        most: int,
        *,
        begins: int,
        changes: Collection[Change] = (),
    ) -> Tensor:
        """[..., most + 1]: targets that begin with that word, the most probable word after another ("greedily"); where
        one ends, by the same word, it is for the caller to say. The source is read once."""
        changes, m = settled(changes, Shape("this model", self.config.shape)), self.count(source)
        _, _, memory = self._read(source, self.rules(1, m, source_is_token, None, changes), None, changes)
        ids = torch.full((*source.shape[: -self.SOURCE_AXES], 1), begins, device=source.device)
        for n in range(1, most + 1):
            rules = self.rules(n, m, source_is_token, None, changes)
            *_, logits = self._write(ids, memory, rules, None, changes)
            ids = torch.cat([ids, logits[..., -1:, :].argmax(-1)], dim=-1)
        return ids

    def rules(
        self,
        n: int,
        m: int,
        source_is_token: Tensor | None = None,
        is_token: Tensor | None = None,
        changes: Collection[Change] = (),
    ) -> dict[str, list[Rule]]:
        """By part, the rule of each layer's attention, of n target and m source tokens, with what is changed in it."""
        device, target = self.embedding.device, self.config.target
        causal = causal_mask(n, device=device)
        filled = None if source_is_token is None else padding_mask(source_is_token)
        masks = {
            "encoder": (self.source_mask(m, source_is_token), m, m, self.config.source),
            "decoder": (causal if is_token is None else padding_mask(is_token) + causal, n, n, target),
            "cross": (filled, n, m, target),
        }
        return {
            part: [
                changed(
                    Rule(side.d_head**-0.5, mask),
                    changes,
                    layer=layer,
                    heads=side.heads,
                    queries=queries,
                    keys=keys,
                    part=part,
                    device=device,
                )
                for layer in range(side.layers)
            ]
            for part, (mask, queries, keys, side) in masks.items()
        }

    def source_mask(self, m: int, is_token: Tensor | None = None) -> Tensor | None:
        """0 and -inf, broadcasting to [..., head, source token, source token]: where the source looks at itself."""
        return None if is_token is None else padding_mask(is_token)

    def angles(self, n: int, side: TransformerConfig, changes: Collection[Change] = ()) -> Tensor | None:
        """[token, d_head / 2]: by how much positions turn the queries and keys of a row of words among itself."""
        return None if is_unplaced(changes) else rotary_angles(n, side.d_head).to(self.embedding.device)

    def _rotation(
        self, n: int, side: TransformerConfig, changes: Collection[Change]
    ) -> Callable[[Tensor], Tensor] | None:
        angles = self.angles(n, side, changes)
        return None if angles is None else lambda x: rotated(x, angles)
