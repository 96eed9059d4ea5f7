"""The record: what a model leaves behind when it has read something.

A `Trace` is the only thing that travels from models to figures and pages. It is frozen and checks itself. It holds any
attention: a text that looks at itself, a target that looks at its source, a question that looks at a picture, two
towers that each look at their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

from torch import Tensor

from attnviz._brief import brief
from attnviz.errors import AttnvizError
from attnviz.heads import Head, Shape, counted
from attnviz.layer import LayerTrace
from attnviz.request import Change, HeadOff, Pair, Picture, Request, Sound, Unseen
from attnviz.similarity import Similarity
from attnviz.tokens import Tokens


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

    __repr__ = brief


@dataclass(frozen=True, eq=False)
class Stages:
    """The whole way of the from-scratch transformer, from words to predictions."""

    embedded: Tensor  # [token, d_model]
    placed: Tensor  # the same with positions added (the very same where none are)
    blocks: tuple[BlockStages, ...]
    final: Tensor  # [token, d_model]: after the last norm
    logits: Tensor  # [token, word]
    words: tuple[str, ...]  # what the columns of the logits stand for

    __repr__ = brief

    def tensors(self) -> list[Tensor]:
        """All that is kept."""
        return [
            *(self.embedded, self.placed, self.final, self.logits),
            *(value for block in self.blocks for value in vars(block).values()),
        ]


@dataclass(frozen=True, eq=False)
class Trace:
    """What was asked of a model, and what every layer's attention computed.

    A model with one part has `layers`, `tokens` and `output`. Of one with several, `parts["cross"][1]` is layer 1 of
    the cross-attention, whose `queries` and `keys` are its two rows of tokens; `only("cross")` is the trace of that
    part alone, whose `rows` (what looks) and `columns` (what is looked at) may differ. What is derived from a trace,
    drawn or sent, is of one part.

    Raises:
        AttnvizError: parts, layers or outputs that do not belong together.
    """

    request: Request
    parts: Mapping[str, tuple[LayerTrace, ...]]  # {"": layers}, or by the name of each part, in the order of `PARTS`
    outputs: Mapping[str, Tensor]  # by the name of the row of tokens, [token, d_model]: what the model gives for each
    device: str = "cpu"
    stages: Stages | None = None  # of models that are ours from end to end
    notices: tuple[str, ...] = ()  # what one has to know of the model to read its numbers rightly, in sentences
    spelled: tuple[str, ...] = ()  # special tokens in the text that were read as plain text
    # [frame, band]: what a model that hears read of its sound, the loudest at 1; a token may be several frames.
    heard: Tensor | None = None
    similarity: Similarity | None = None  # of the picture and the text, of a model that reads both

    # How a notebook shows it. The record draws nothing: `attnviz/__init__.py` says who does.
    as_html: ClassVar[Callable[[Trace], str | None] | None] = None

    def __post_init__(self) -> None:
        if not self.parts or not all(self.parts.values()):
            raise AttnvizError(f"A trace needs layers; its parts have {[len(x) for x in self.parts.values()]}.")
        for part, layers in self.parts.items():
            for i, layer in enumerate(layers):
                if (layer.part, layer.layer) != (part, i):
                    raise AttnvizError(f"layer {layer.layer} of “{layer.part}” stands at {i} of “{part}”")
                if (layer.queries, layer.keys) != (layers[0].queries, layers[0].keys):
                    raise AttnvizError(f"layer {i} of “{part}” reads other tokens than layer 0")
            rows = layers[0].queries
            output = self.outputs.get(rows.name)
            if output is None or output.dim() != 2 or output.shape[0] != len(rows):
                shape = None if output is None else tuple(output.shape)
                raise AttnvizError(f"output is {shape} for {len(rows):,} tokens of the {rows.name}")

    def __repr__(self) -> str:
        read = " | ".join(f"{rows.name} {rows.in_short}" for rows in self.inputs.values())
        read = read if len(read) <= 100 else f"{read[:99]}…"
        parts = ", ".join(
            f"{f'{part}: ' * bool(part)}{counted(len(layers), 'layer')} × {counted(layers[0].heads, 'head')}, "
            f"{len(layers[0].queries):,} × {len(layers[0].keys):,} tokens"
            for part, layers in self.parts.items()
        )
        changes = f", {len(self.request.changes)} changed" * bool(self.request.changes)
        return f"<Trace of {self.model}: {read}\n {parts}{changes}>"

    def _repr_html_(self) -> str | None:
        """What stands below a notebook's cell whose last line is this trace: the explorer."""
        draw = type(self).as_html
        return None if draw is None else draw(self)

    def __len__(self) -> int:
        """The number of tokens, of a trace of one row of tokens."""
        return len(self.tokens)

    @property
    def every_layer(self) -> list[LayerTrace]:
        """The layers of all parts."""
        return [layer for layers in self.parts.values() for layer in layers]

    @cached_property
    def shape(self) -> Shape:
        """Which heads there are."""
        return Shape(self.model, {part: tuple(x.heads for x in layers) for part, layers in self.parts.items()})

    @property
    def model(self) -> str:
        """The name that the weights are asked for by."""
        return self.request.weights.name

    @property
    def changes(self) -> tuple[Change, ...]:
        """What was changed in the run."""
        return self.request.changes

    @cached_property
    def inputs(self) -> dict[str, Tokens]:
        """The rows of tokens by name, in the order in which they are read."""
        rows = [row for layers in self.parts.values() for row in (layers[0].keys, layers[0].queries)]
        return {row.name: row for row in rows}

    def only(self, part: str = "") -> Trace:
        """The trace of one part alone; itself where there is no other.

        Raises:
            AttnvizError: a part that the model has not, or none named where there are several.
        """
        name = self.shape.part(part)
        if len(self.parts) == 1:
            return self
        stages = self.stages if name == "encoder" else None
        return replace(self, parts={name: self.parts[name]}, stages=stages)

    @property
    def part(self) -> str:
        """The name of the only part; "" where it needs none.

        Raises:
            AttnvizError: a trace of several parts.
        """
        if len(self.parts) > 1:
            first, named = next(iter(self.parts)), ", ".join(self.parts)
            raise AttnvizError(f"This trace has several parts ({named}). Choose one: trace.only({first!r}).")
        return next(iter(self.parts))

    @property
    def layers(self) -> tuple[LayerTrace, ...]:
        """The layers of the only part."""
        return self.parts[self.part]

    @property
    def rows(self) -> Tokens:
        """What looks: the tokens of the queries of the only part."""
        return self.layers[0].queries

    @property
    def columns(self) -> Tokens:
        """What is looked at: the tokens of the keys of the only part."""
        return self.layers[0].keys

    @property
    def is_square(self) -> bool:
        """Whether rows and columns are the same tokens."""
        return self.rows == self.columns

    @property
    def has_distance(self) -> bool:
        """Whether rows and columns are the same line of words: only then does it have a meaning how far apart two of
        them are, or which one is the previous."""
        return self.is_square and self.rows.is_text

    @property
    def tokens(self) -> Tokens:
        """The one row of tokens.

        Raises:
            AttnvizError: a trace of several parts, or whose rows and columns differ.
        """
        if not self.is_square:
            raise AttnvizError(
                f"Here the {self.rows.called} looks at the {self.columns.called}: use trace.rows and trace.columns."
            )
        return self.rows

    @property
    def shares(self) -> bool:
        """Whether the weights of all layers of the only part are shares (`LayerTrace.shares`)."""
        return all(layer.shares for layer in self.layers)

    @property
    def output(self) -> Tensor:
        """[token, d_model]: what the model gives for each token that looks."""
        return self.outputs[self.rows.name]

    @property
    def text(self) -> str:
        """The text; of a pair both sentences, with a line break between; of a picture, the question about it."""
        return self.tokens.text

    @property
    def second(self) -> str | None:
        """The second sentence of a pair."""
        return self.request.input.second if isinstance(self.request.input, Pair) else None

    @property
    def first(self) -> str:
        """The text without the second sentence."""
        second = self.second
        return self.text if second is None else self.text[: -len(second) - 1]

    @property
    def cut(self) -> int | None:
        """The character at which a text over the limit was cut; of a pair, the first such place."""
        return self.rows.cut

    @property
    def special_tokens(self) -> bool | None:
        """Whether typed special tokens were to be read as such; None: by default."""
        asked = self.request.input
        return None if isinstance(asked, Picture | Sound) else asked.special_tokens

    @property
    def off(self) -> frozenset[Head]:
        """The heads that are switched off."""
        heads = (change.head for change in self.changes if isinstance(change, HeadOff))
        return frozenset(head for head in heads if head.part in self.parts)

    @property
    def cuts(self) -> tuple[Unseen, ...]:
        """The weights that are taken away."""
        return tuple(change for change in self.changes if isinstance(change, Unseen) and change.part in self.parts)

    def is_off(self, layer: int, head: int) -> bool:
        """Whether a head of the only part is switched off."""
        return Head(layer, head, self.part) in self.off

    def heads_off(self, layer: int) -> set[int]:
        """The heads of a layer of the only part that are switched off."""
        return {head.head for head in self.off if (head.part, head.layer) == (self.part, layer)}

    def check_query(self, query: int | None) -> None:
        """Raise `AttnvizError` for a query that is not there (None is no choice, and fine)."""
        if query is not None:
            self.rows.check(query)

    def check_key(self, key: int | None) -> None:
        """Raise `AttnvizError` for a key that is not there (None is no choice, and fine)."""
        if key is not None:
            self.columns.check(key)

    @property
    def nbytes(self) -> int:
        """Memory held by the tensors, each storage counted once."""
        tensors = [*self.outputs.values(), *(x for layers in self.parts.values() for y in layers for x in y.tensors())]
        tensors += self.stages.tensors() if self.stages else []
        tensors += [] if self.heard is None else [self.heard]
        storages = {x.untyped_storage().data_ptr(): x.untyped_storage().nbytes() for x in tensors}
        return sum(storages.values())

    def layer(self, layer: int, head: int = 0, part: str = "") -> LayerTrace:
        """The layer, after a check that it and the head exist.

        Raises:
            AttnvizError: no such part, layer or head, or no part named where there are several.
        """
        part = part or self.part
        self.shape.check(layer, head, part)
        return self.parts[self.shape.part(part)][layer]

    def place(self, address: Head | str | Sequence[int]) -> tuple[int, int]:
        """Layer and head of an address ("5.11", (5, 11), a `Head`), after a check that the only part has it.

        Raises:
            AttnvizError: no such head, or an address of another part.
        """
        if isinstance(address, tuple | list) and len(address) == 2:
            layer, head = address
            self.layer(layer, head)
            return layer, head
        asked = Head.of(address)
        self.layer(asked.layer, asked.head, asked.part)
        return asked.layer, asked.head
