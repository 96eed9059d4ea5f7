"""Pretrained models run *through* our attention: how transformers calls it, and how a call is recorded.

`attention_forward` is registered with transformers' `AttentionInterface` under the name "attnviz"; a
model loaded with that name calls it in each layer. What is drawn is then what the model used.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn

from attnviz._brief import brief
from attnviz.attention import attend, without_heads
from attnviz.changes.applying import changed, heads_off
from attnviz.layer import LayerTrace, Projection, Rule
from attnviz.long import context_and_picture, context_of, is_long
from attnviz.models.errors import ModelError
from attnviz.pooling import PICTURE, max_pooled
from attnviz.request import Change
from attnviz.tokens import Tokens

IMPLEMENTATION = "attnviz"
# Tensors that come along but are no term of the equations: tokens and their places, which are in q and k by then.
_NO_TERMS = frozenset({"input_ids", "position_ids", "cache_position"})


@dataclass(frozen=True, eq=False)
class Call:
    """One call of attention: its module, and what went in."""

    module: nn.Module
    q: Tensor  # [head, query, d_head]
    k: Tensor  # [kv_head, key, d_head]
    v: Tensor  # [kv_head, key, d_value]
    rule: Rule
    small: Tensor | None = None  # [head, at most 40, at most 40]: the weights, where they would be larger

    __repr__ = brief

    @property
    def context(self) -> Tensor:
        """weights @ v, [head, query, d_value]."""
        return context_of(self.q, self.k, self.v, self.rule)


@dataclass
class Recording:
    """The attention calls of one forward pass, in the order in which they were made."""

    changes: Collection[Change] = ()
    places: Sequence[tuple[str, int]] = ()  # part and layer of each call; ("", its index) where none is given
    calls: list[Call] = field(default_factory=list)
    # Layers share one mask: cleaned once, kept once. The original is held so that its id stays its own.
    masks: dict[int, tuple[Tensor, Tensor | None]] = field(default_factory=dict)

    def place(self) -> tuple[str, int]:
        """Part and layer of the call that comes next."""
        i = len(self.calls)
        return self.places[i] if i < len(self.places) else ("", i)

    def layers(
        self,
        places: Sequence[tuple[str, int]],
        rows: Mapping[str, tuple[Tokens, Tokens]],
        w_o: Callable[[nn.Module], Tensor | None],
        projections: Sequence[Projection | None] = (),
    ) -> dict[str, tuple[LayerTrace, ...]]:
        """The calls as layers, by part.

        Args:
            places: part and layer of each call.
            rows: by part, what looks and what is looked at there.
            w_o: of the module of an attention, its W_O where that is known.
            projections: how each made its Q, K and V; not known where there are none.
        """
        found: dict[str, list[LayerTrace]] = {}
        known = projections or (None,) * len(self.calls)
        for (part, layer), call, made in zip(places, self.calls, known, strict=True):
            numbers = (call.q, call.k, call.v, call.rule, *rows[part], layer, part)
            one = LayerTrace(*numbers, w_o=w_o(call.module), projection=made, small=call.small)
            found.setdefault(part, []).append(one)
        return {part: tuple(layers) for part, layers in found.items()}

    def clean(self, mask: Tensor | None) -> Tensor | None:
        """`cleaned_mask`, remembered."""
        if mask is None:
            return None
        if id(mask) not in self.masks:
            self.masks[id(mask)] = (mask, cleaned_mask(mask))
        return self.masks[id(mask)][1]


# One for each thread and task, so that sessions that share a model never share a record.
_current: ContextVar[Recording | None] = ContextVar("attnviz_recording", default=None)


@contextmanager
def recording(changes: Collection[Change] = (), places: Sequence[tuple[str, int]] = ()) -> Iterator[Recording]:
    """Record every attention call that this thread makes inside the `with`, with these changes."""
    record = Recording(changes, places)
    token = _current.set(record)
    try:
        yield record
    finally:
        _current.reset(token)


def attention_forward(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    position_bias: Tensor | None = None,
    **kwargs: object,
) -> tuple[Tensor, Tensor | None]:
    """Our attention with the signature that transformers calls.

    query [batch, head, query, d_head], key and value [batch, kv_head, key, d_head]; returns the
    context as [batch, query, head, d_head] and the weights (None of a long text that is recorded: they are not there
    all at once). Dropout is for training and is not applied.

    Raises:
        ModelError: a term that is not in our equations (Gemma 2's soft cap, gpt-oss's sinks), by its name: any tensor
            that our attention is not known to take could be one.
    """
    for term, given in kwargs.items():
        if (isinstance(given, Tensor) and term not in _NO_TERMS) or (term == "softcap" and given is not None):
            raise ModelError(
                f"This model's attention has a term ({term}) that attnviz's attention does not compute, so its true "
                "weights cannot be shown. Choose another model."
            )
    record = _current.get()
    scale = query.shape[-1] ** -0.5 if scaling is None else float(scaling)
    mask = cleaned_mask(attention_mask) if record is None else record.clean(attention_mask)
    rule = Rule(scale, mask, position_bias)
    (heads, queries), keys = query.shape[1:3], key.shape[2]
    if record is not None:
        part, layer = record.place()
        device = query.device
        rule = changed(
            rule, record.changes, layer=layer, part=part, heads=heads, queries=queries, keys=keys, device=device
        )
    first = replace(rule, mask=_first(rule.mask), bias=_first(rule.bias))
    weights: Tensor | None = None
    small: Tensor | None = None
    if record is not None and len(query) == 1 and is_long(heads, queries, keys):
        context, small = context_and_picture(query[0], key[0], value[0], first)
        context = context[None]
    else:
        weights, context = made = attend(query, key, value, **rule.terms())
        # Of many heads on a long text the weights take a quarter of the run to be computed again: what is drawn of all
        # of them is kept while they are at hand; and of a step that reads on, whose rows belong to a longer text.
        is_kept = record is not None and (max(queries, keys) > PICTURE or queries != keys)
        small = max_pooled(made[0][0], PICTURE) if is_kept else None
    if record is not None:
        context = without_heads(context, heads_off(record.changes, layer, part))
        record.calls.append(Call(module, query[0], key[0], value[0], first, small))
    return context.transpose(1, 2).contiguous(), weights


def cleaned_mask(mask: Tensor | None) -> Tensor | None:
    """transformers' mask as ours: its "smallest float" becomes -inf, and a mask that hides nothing None."""
    if mask is None:
        return None
    hidden = mask < torch.finfo(mask.dtype).min / 2
    if not bool((mask != 0).any()):
        return None
    return mask.masked_fill(hidden, -torch.inf)


def _first(x: Tensor | None) -> Tensor | None:
    """Of a batch of one: [batch, head or 1, query, key] to [head or 1, query, key]; what has no batch, as it is."""
    return x if x is None or x.dim() == 3 else x[0]
