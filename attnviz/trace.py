"""The records: what a model leaves behind when it has read a text.

An `AttentionTrace` is the only thing that travels from models to figures and pages. It is frozen
and checks itself. A layer keeps q, k, v, mask, bias and scale; scores, weights and context are
computed from them by the one attention function when somebody looks, since n² numbers for every
head of every layer are what makes long texts heavy.

Axes have the same names everywhere: layer, head, query, key, d_head, d_model; all count from 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from attnviz.attention import Attention, attend, attention, check_shapes
from attnviz.cuts import Cut
from attnviz.errors import AttnvizError


@dataclass(frozen=True)
class Token:
    """One token and where it stands in the text.

    `text` is the slice of the text it covers, as it was typed, or where it covers none, its piece ("[CLS]", "▁");
    `piece` is the entry in the model's vocabulary, which may differ (lower case, "##ing").
    """

    text: str
    id: int
    start: int  # first character; start == end for a special token, or a piece that stands for no character
    end: int  # one past the last character
    special: bool = False  # put there by the model, not by the person
    word: int | None = None  # index of the word it belongs to; None for a special token
    piece: str = ""
    continues: bool = False  # goes on with the word of the token before
    unknown: bool = False  # a word that the model does not know; it reads [UNK] instead
    segment: int = 0  # 1 in the second sentence of a pair
    token_type: int = 0  # what the tokenizer says of it to a model that tells segments apart; mostly the same
    marker: bool = False  # typed, and read as a special token that the model knows: [MASK], an entity marker
    mask: bool = False  # such a one that stands for a hidden word


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
    """One layer's attention for one text: what went in, from which the rest is computed."""

    q: Tensor  # [head, query, d_head]
    k: Tensor  # [kv_head, key, d_head]; kv_head is head unless key-value heads are grouped
    v: Tensor  # [kv_head, key, d_value]; d_value is d_head in most models
    scale: float
    mask: Tensor | None = None  # [head or 1, query, key], 0 or -inf
    bias: Tensor | None = None  # [head or 1, query, key]
    temperature: float = 1.0
    w_o: Tensor | None = None  # [head · d_value, d_model], the model's own; None where it is not known
    projection: Projection | None = None  # how q, k and v are made of X; None where it is not known

    def __post_init__(self) -> None:
        if not self.q.dim() == self.k.dim() == self.v.dim() == 3:
            shapes = [tuple(x.shape) for x in (self.q, self.k, self.v)]
            raise AttnvizError(f"q, k, v are {shapes}; each must be [head, token, d_head].")
        check_shapes(self.q, self.k, self.v)
        wanted = (self.heads, self.q.shape[1], self.k.shape[1])
        for name in ("mask", "bias"):
            given = getattr(self, name)
            if given is not None and (given.dim() != 3 or given.shape not in (wanted, (1, *wanted[1:]))):
                raise AttnvizError(f"{name} is {tuple(given.shape)}; it must be [head or 1, query, key] of {wanted}.")
        rows = self.heads * self.v.shape[-1]
        if self.w_o is not None and (self.w_o.dim() != 2 or self.w_o.shape[0] != rows):
            raise AttnvizError(
                f"w_o is {tuple(self.w_o.shape)}; it must be [head · d_value, d_model] with {rows} rows."
            )

    @property
    def heads(self) -> int:
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
    def added(self) -> tuple[str, ...]:
        """What is added to the scaled scores: "bias" where there are numbers, "mask" where there is -inf."""
        kinds = {kind for x in (self.bias, self.mask) for kind in kinds_of(x)}
        return tuple(kind for kind in ("bias", "mask") if kind in kinds)

    def kv_head(self, head: int) -> int:
        """The key-value head that a head reads (the same one unless they are grouped)."""
        return head // (self.heads // self.k.shape[0])

    def attention(self) -> Attention:
        """All heads: every intermediate, [head, query, key], and the context [head, query, d_value]."""
        return attention(
            self.q,
            self.k,
            self.v,
            mask=self.mask,
            bias=self.bias,
            scale=self.scale,
            temperature=self.temperature,
        )

    def head(self, head: int, query: int | None = None) -> Attention:
        """One head alone, or of it one query alone: every intermediate, [query, key], and [query, d_value]."""
        kv = self.kv_head(head)
        rows = slice(None) if query is None else slice(query, query + 1)
        return attention(
            self.q[head, rows],
            self.k[kv],
            self.v[kv],
            mask=_of_head(self.mask, head, rows),
            bias=_of_head(self.bias, head, rows),
            scale=self.scale,
            temperature=self.temperature,
        )

    def row(self, query: int) -> Attention:
        """One query in all heads, without the n² numbers of the others: [head, 1, key] and [head, 1, d_value]."""
        rows = slice(query, query + 1)
        return attention(
            self.q[:, rows],
            self.k,
            self.v,
            mask=None if self.mask is None else self.mask[:, rows],
            bias=None if self.bias is None else self.bias[:, rows],
            scale=self.scale,
            temperature=self.temperature,
        )

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
        """softmax(masked), [head, query, key]; each row sums to 1."""
        weights, _ = attend(
            self.q,
            self.k,
            self.v,
            mask=self.mask,
            bias=self.bias,
            scale=self.scale,
            temperature=self.temperature,
        )
        return weights

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
        return self.attention().context

    def tensors(self) -> list[Tensor]:
        """What is kept for this text (the model's own W_O is not)."""
        return [x for x in (self.q, self.k, self.v, self.mask, self.bias) if x is not None]


@dataclass(frozen=True, eq=False)
class BlockStages:
    """What a block of the from-scratch transformer computed around its attention, each [token, d_model] unless
    said otherwise."""

    attention_input: Tensor  # what Q, K and V are made of: norm(x), or x itself in post-norm
    concatenated: Tensor  # [token, head · d_head]: the heads' contexts side by side, zeros where one is off
    attention_output: Tensor  # concatenated · W_O
    attended: Tensor  # after the first add (& norm)
    feed_forward_input: Tensor
    hidden: Tensor  # [token, d_ff], after the ReLU; d_ff is 0 in a model of attention only
    feed_forward: Tensor
    output: Tensor  # after the second add (& norm): the next block's x


@dataclass(frozen=True, eq=False)
class Stages:
    """The whole way of the from-scratch transformer, from words to predictions."""

    embedded: Tensor  # [token, d_model]
    placed: Tensor  # the same with positions added (the very same where none are)
    blocks: tuple[BlockStages, ...]
    final: Tensor  # [token, d_model]: after the last norm
    logits: Tensor  # [token, word]
    words: tuple[str, ...]  # what the columns of the logits stand for

    def tensors(self) -> list[Tensor]:
        """All that is kept."""
        return [
            *(self.embedded, self.placed, self.final, self.logits),
            *(value for block in self.blocks for value in vars(block).values()),
        ]


@dataclass(frozen=True, eq=False)
class AttentionTrace:
    """A text, its tokens, and what every layer's attention computed on them."""

    text: str
    tokens: tuple[Token, ...]
    layers: tuple[LayerTrace, ...]
    output: Tensor  # [token, d_model]: what the model gives for each token
    model: str  # the name it is asked for by
    device: str = "cpu"
    cut: int | None = None  # the character at which a text over the limit was cut; of a pair, the first such place
    off: frozenset[tuple[int, int]] = frozenset()  # heads that were switched off, as (layer, head)
    stages: Stages | None = None  # of models that are ours from end to end
    cuts: tuple[Cut, ...] = ()  # weights that were cut
    second: str | None = None  # the second sentence of a pair; `text` is then both, with a line break between
    part: str = ""  # "encoder" where the model has a decoder as well, which is not shown; "" where all of it is
    notices: tuple[str, ...] = ()  # what one has to know of the model to read its numbers rightly, in sentences
    special_tokens: bool | None = None  # whether typed special tokens were to be read as such; None: by default
    spelled: tuple[str, ...] = ()  # special tokens in the text that were read as plain text

    def __post_init__(self) -> None:
        if not self.tokens or not self.layers:
            raise AttnvizError(f"A trace needs tokens and layers; it has {len(self.tokens)} and {len(self.layers)}.")
        for i, layer in enumerate(self.layers):
            for name, seen in (("queries", layer.q.shape[1]), ("keys", layer.k.shape[1]), ("values", layer.v.shape[1])):
                if seen != len(self.tokens):
                    raise AttnvizError(f"layer {i} has {seen} {name} for {len(self.tokens)} tokens")
        if self.output.dim() != 2 or self.output.shape[0] != len(self.tokens):
            raise AttnvizError(f"output is {tuple(self.output.shape)} for {len(self.tokens)} tokens")
        for i, token in enumerate(self.tokens):
            if not 0 <= token.start <= token.end <= len(self.text):
                raise AttnvizError(f"token {i} spans {token.start} to {token.end} of {len(self.text)} characters")

        if self.second is not None and not self.text.endswith(f"\n{self.second}"):
            raise AttnvizError("The text of a pair must end with its second sentence, after a line break.")

    def __len__(self) -> int:
        """The number of tokens."""
        return len(self.tokens)

    @property
    def first(self) -> str:
        """The text without the second sentence."""
        return self.text if self.second is None else self.text[: -len(self.second) - 1]

    def check_query(self, query: int | None) -> None:
        """Raise `AttnvizError` for a token that the text does not have (None is no choice, and fine)."""
        if query is not None and not 0 <= query < len(self):
            raise AttnvizError(f"There is no token {query}: the text has tokens 0 to {len(self) - 1}.")

    @property
    def nbytes(self) -> int:
        """Memory held by the tensors, each storage counted once."""
        tensors = [self.output, *(x for layer in self.layers for x in layer.tensors())]
        tensors += self.stages.tensors() if self.stages else []
        storages = {x.untyped_storage().data_ptr(): x.untyped_storage().nbytes() for x in tensors}
        return sum(storages.values())

    def layer(self, layer: int, head: int = 0) -> LayerTrace:
        """The layer, after a check that it and the head exist.

        Raises:
            AttnvizError: no such layer or head.
        """
        if not 0 <= layer < len(self.layers):
            raise AttnvizError(f"There is no layer {layer}: {self.model} has layers 0 to {len(self.layers) - 1}.")
        if not 0 <= head < self.layers[layer].heads:
            last = self.layers[layer].heads - 1
            raise AttnvizError(f"There is no head {head}: layer {layer} of {self.model} has heads 0 to {last}.")
        return self.layers[layer]


def kinds_of(added: Tensor | None) -> tuple[str, ...]:
    """Of what is added to scores: "bias" if it has numbers, "mask" if it has -inf; by the numbers themselves, since a
    library may hand over a bias as a mask, and a mask within a bias.

    >>> kinds_of(torch.tensor([[0.0, -torch.inf]])), kinds_of(torch.tensor([[0.5, -torch.inf]])), kinds_of(None)
    (('mask',), ('bias', 'mask'), ())
    """
    if added is None:
        return ()
    hidden = added.isneginf()
    return ("bias",) * bool((~hidden & (added != 0)).any()) + ("mask",) * bool(hidden.any())


def _of_head(x: Tensor | None, head: int, rows: slice) -> Tensor | None:
    if x is None:
        return None
    return x[0, rows] if x.shape[0] == 1 else x[head, rows]


def to_cpu(x: Tensor) -> Tensor:
    """Detached, in float32 and on the CPU: what figures and analysis read."""
    return x.detach().to(device="cpu", dtype=torch.float32)
