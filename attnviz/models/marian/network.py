"""Marian's small translator, on the one attention function: an encoder that attends, and a decoder that carries along.

    encoder, each block: x = norm(x + attention(x));  x = norm(x + feed_forward(x))
    memory              = x                                # [source token, d_model]
    decoder, each block: y = norm(y + recurrence(y))        # instead of self-attention
                         y = norm(y + attention(y, memory)) # cross-attention
                         y = norm(y + feed_forward(y))
    logits              = y Eᵀ + b                          # [target token, word]: what comes next

The norms stand after what they are of (Vaswani et al. 2017); the recurrence is the "simpler simple recurrent unit"
(Kim et al. 2019, "From Research to Production and Back", section 3.1). Both rows of words begin as
x = E[word] · √d_model + sinusoids; the target's first place stands for no word, and its vector is the sinusoids alone.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from attnviz._brief import brief
from attnviz.attention import SelfAttention, attention, merge_heads, split_heads, without_heads
from attnviz.changes.applying import changed, heads_off
from attnviz.request import Change
from attnviz.rule import Rule

EPSILON = 1e-9  # of the layer norms
Rules = Mapping[str, list[Rule]]


@dataclass(frozen=True)
class MarianConfig:
    """Everything that fixes the network's shape."""

    vocabulary: int
    d_model: int
    heads: int
    d_ff: int
    encoder: int  # layers
    decoder: int  # layers

    @property
    def shape(self) -> dict[str, tuple[int, ...]]:
        """The heads of each layer, by part."""
        return {"encoder": (self.heads,) * self.encoder, "cross": (self.heads,) * self.decoder}


@dataclass(frozen=True, eq=False)
class Attended:
    """What one layer attended with: x [token, d_model], and what became of it."""

    x: Tensor
    record: SelfAttention

    __repr__ = brief


def sinusoids(n: int, d_model: int) -> Tensor:
    """[token, d_model]: the sines of all wavelengths, 2π to 10000·2π, then the cosines.

    (Vaswani et al. 2017 name them by turns, and let the longest be a step shorter.)

    >>> sinusoids(2, 4)
    tensor([[0.0000e+00, 0.0000e+00, 1.0000e+00, 1.0000e+00],
            [8.4147e-01, 1.0000e-04, 5.4030e-01, 1.0000e+00]])
    """
    half = d_model // 2
    rate = 10000.0 ** (-torch.arange(half, dtype=torch.float64) / (half - 1))
    angles = torch.arange(n, dtype=torch.float64)[:, None] * rate
    return torch.cat([angles.sin(), angles.cos()], dim=-1).float()


def carried(new: Tensor, keep: Tensor) -> Tensor:
    """[token, d]: c_t = f_t · c_{t-1} + (1 - f_t) · new_t, from c = 0: of what was there the part f is kept.

    >>> carried(torch.tensor([[8.0], [0.0], [4.0]]), torch.tensor([[0.5], [0.5], [0.75]])).flatten()
    tensor([4.0000, 2.0000, 2.5000])
    """
    states, state = [], torch.zeros_like(new[0])
    for added, kept in zip((1 - keep) * new, keep, strict=True):
        state = kept * state + added
        states.append(state)
    return torch.stack(states)


class _Part(nn.Module):
    """What is added to x, and then normed."""

    def __init__(self, d_model: int, **shapes: tuple[int, ...]) -> None:
        super().__init__()
        for name, shape in shapes.items():
            self.register_parameter(name, nn.Parameter(torch.zeros(shape), requires_grad=False))
        self.norm = nn.LayerNorm(d_model, eps=EPSILON)

    def times(self, x: Tensor, name: str, *, has_bias: bool = True) -> Tensor:
        """x·W, plus b."""
        product = x @ self.get_parameter(f"w_{name}")
        return product + self.get_parameter(f"b_{name}") if has_bias else product


class MarianAttention(_Part):
    """Multi-head attention with biases; of another row of words where there is a memory."""

    def __init__(self, config: MarianConfig) -> None:
        d, self.heads = config.d_model, config.heads
        super().__init__(
            d, **{f"w_{letter}": (d, d) for letter in "qkvo"}, **{f"b_{letter}": (d,) for letter in "qkvo"}
        )

    def forward(self, x: Tensor, rule: Rule, off: Collection[int], memory: Tensor | None = None) -> SelfAttention:
        """x [token, d_model], memory [key, d_model], to all intermediates."""
        seen = x if memory is None else memory
        q, k, v = (split_heads(self.times(of, name), self.heads) for of, name in ((x, "q"), (seen, "k"), (seen, "v")))
        found = attention(q, k, v, **rule.terms())
        concatenated = merge_heads(without_heads(found.context, off))
        return SelfAttention(**vars(found), concatenated=concatenated, output=self.times(concatenated, "o"))


class FeedForward(_Part):
    """norm(x + max(0, x·W_1 + b_1)·W_2 + b_2), each token by itself (Vaswani et al. 2017, eq. 2)."""

    def __init__(self, config: MarianConfig) -> None:
        d, d_ff = config.d_model, config.d_ff
        super().__init__(d, w_1=(d, d_ff), b_1=(d_ff,), w_2=(d_ff, d), b_2=(d,))

    def forward(self, x: Tensor) -> Tensor:
        """x, with what it adds, normed."""
        normed: Tensor = self.norm(x + self.times(self.times(x, "1").relu(), "2"))
        return normed


class Recurrence(_Part):
    """The cell that stands where other decoders look at themselves: f = σ(x·W_f + b_f), and relu(c)."""

    def __init__(self, config: MarianConfig) -> None:
        d = config.d_model
        super().__init__(d, w=(d, d), w_f=(d, d), b_f=(d,))

    def forward(self, x: Tensor) -> Tensor:
        """x, with what it adds, normed."""
        normed: Tensor = self.norm(x + carried(x @ self.get_parameter("w"), self.times(x, "f").sigmoid()).relu())
        return normed


class EncoderBlock(nn.Module):
    """The source looks at itself, and is thought about."""

    def __init__(self, config: MarianConfig) -> None:
        super().__init__()
        self.attention, self.feed_forward = MarianAttention(config), FeedForward(config)

    def forward(self, x: Tensor, rule: Rule, off: Collection[int]) -> tuple[Attended, Tensor]:
        """x [token, d_model] to what it attended with, and the block's output."""
        record = self.attention(x, rule, off)
        return Attended(x, record), self.feed_forward(self.attention.norm(x + record.output))


class DecoderBlock(nn.Module):
    """The target is carried along, looks at the source, and is thought about."""

    def __init__(self, config: MarianConfig) -> None:
        super().__init__()
        self.recurrence, self.cross, self.feed_forward = (
            Recurrence(config),
            MarianAttention(config),
            FeedForward(config),
        )

    def forward(self, y: Tensor, memory: Tensor, rule: Rule, off: Collection[int]) -> tuple[Attended, Tensor]:
        """y [place, d_model] to what it attended with, and the block's output."""
        y = self.recurrence(y)
        record = self.cross(y, rule, off, memory)
        return Attended(y, record), self.feed_forward(self.cross.norm(y + record.output))


class MarianNetwork(nn.Module):
    """Word ids of a source and of a target so far to scores of the target's next word. No gradients."""

    def __init__(self, config: MarianConfig) -> None:
        super().__init__()
        self.config = config
        shape = (config.vocabulary, config.d_model)
        self.embedding = nn.Parameter(torch.zeros(shape), requires_grad=False)
        self.bias = nn.Parameter(torch.zeros(config.vocabulary), requires_grad=False)
        self.encoder = nn.ModuleList(EncoderBlock(config) for _ in range(config.encoder))
        self.decoder = nn.ModuleList(DecoderBlock(config) for _ in range(config.decoder))
        self.requires_grad_(False)

    def read(self, ids: Tensor, rules: Rules, changes: Collection[Change] = ()) -> tuple[Tensor, list[Attended]]:
        """Of a source [token]: the memory [token, d_model], and what each layer attended with."""
        x, layers = self._placed(self.embedding[ids]), []
        for i, block in enumerate(self.encoder):
            attended, x = block(x, rules["encoder"][i], heads_off(changes, i, "encoder"))
            layers.append(attended)
        return x, layers

    def write(
        self, ids: Tensor, memory: Tensor, rules: Rules, changes: Collection[Change] = ()
    ) -> tuple[Tensor, list[Attended]]:
        """Of the words of a target so far [word]: the last vectors [word + 1, d_model], from the place before the first
        word on, and what each layer attended with."""
        before = torch.zeros(1, self.config.d_model, device=memory.device)
        y, layers = self._placed(torch.cat([before, self.embedding[ids]])), []
        for i, block in enumerate(self.decoder):
            attended, y = block(y, memory, rules["cross"][i], heads_off(changes, i, "cross"))
            layers.append(attended)
        return y, layers

    def logits(self, y: Tensor) -> Tensor:
        """[..., word], of last vectors [..., d_model]."""
        return y @ self.embedding.T + self.bias

    def rules(self, n: int, m: int, changes: Collection[Change] = ()) -> dict[str, list[Rule]]:
        """By part, the rule of each layer's attention, of n places of a target and m source tokens."""
        config, device = self.config, self.embedding.device
        scale = (config.d_model // config.heads) ** -0.5
        sizes = {"encoder": (m, m), "cross": (n, m)}
        return {
            part: [
                changed(
                    Rule(scale, None),
                    changes,
                    layer=layer,
                    heads=count,
                    queries=sizes[part][0],
                    keys=sizes[part][1],
                    part=part,
                    device=device,
                )
                for layer, count in enumerate(counts)
            ]
            for part, counts in config.shape.items()
        }

    def _placed(self, vectors: Tensor) -> Tensor:
        n, d_model = vectors.shape
        return vectors * math.sqrt(d_model) + sinusoids(n, d_model).to(vectors.device)


def before_training(config: MarianConfig, *, seed: int = 0) -> MarianNetwork:
    """It, with matrices as they are drawn before training (Glorot & Bengio 2010): uniform, up to √(6 / (in + out)),
    of the table of words √(3 / d_model); biases 0, norms 1. Drawn by a generator of its own."""
    network, generator = MarianNetwork(config), torch.Generator().manual_seed(seed)
    for name, parameter in network.named_parameters():
        if parameter.dim() == 2:
            bound = math.sqrt(3 / config.d_model if name == "embedding" else 6 / sum(parameter.shape))
            parameter.uniform_(-bound, bound, generator=generator)
    return network
