"""Reading on: a text that begins like one that was read costs a run of its other tokens alone.

In a causal model what stands at a token depends on those before it alone. So the keys and values of what was read are
kept (transformers calls them a cache), the next run takes the tokens that are new, and a trace of n tokens and one
step's q, k and v are the trace of n + 1 tokens:

    q      [head, n + r, d_head]           the q that there was, and the r new rows
    k, v   [kv_head, n + r, d]             as this step's attention saw them: the kept ones and the new
    mask   [head or 1, n + r, n + r]       the mask that there was, -inf from the old rows to the new tokens; new rows

That a model is of this kind is not told by its name: `agrees` reads a few tokens in both ways when it is loaded.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from inspect import signature
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn.functional import pad

from attnviz._brief import brief
from attnviz._trace import Trace
from attnviz.layer import LayerTrace
from attnviz.models.pretrained.files.sources import running_errors_in_words
from attnviz.models.pretrained.inside.recording import Call, Recording, recording
from attnviz.pooling import PICTURE, block_of
from attnviz.request import HeadOff, Normalized, Request, Scaled, Text
from attnviz.tokens import Tokens

if TYPE_CHECKING:
    from attnviz.models.pretrained.texts.model import PretrainedModel

log = logging.getLogger(__name__)

_BY_ROW = (HeadOff, Scaled, Normalized)  # changes that do to a row what they do, however many tokens there are
_CHANGING_ROPE = ("dynamic", "longrope")  # rotary positions that turn all keys otherwise in a longer text
_CLOSE = 1e-4  # relative: what rounding explains


@dataclass(frozen=True, eq=False)
class Read:
    """A text that was read so that it can be read on from. The tensors are shared with the trace, and stay as they
    are."""

    trace: Trace
    place: int  # the last token, but for those that frame the text
    logits: Tensor  # [word]: what the model says after it
    network: Any  # which one read it
    cache: tuple[Any, ...]  # the library's layers of keys and values, each [1, kv_head, token, d]

    __repr__ = brief


def read(model: PretrainedModel, request: Request, before: Iterable[Read] = ()) -> Read | None:
    """A text, read on from the one of those `before` whose beginning it has longest, and whole where that is less than
    half of it.

    None where this model, these changes or this text are of another kind: then it is read in the plain way.
    """
    if not all(isinstance(change, _BY_ROW) for change in request.changes):
        return None
    tokens, spelled = model.tokens_of(request.input)
    if any(token.token_type for token in tokens.of_text):
        return None
    place = last_word(tokens)
    shared = [(_shared(one, model, request, tokens, place), one) for one in before]
    start, first = max(shared, key=itemgetter(0), default=(0, None))
    if 2 * start < len(tokens):  # with less of it known, making its pictures anew takes longer than the run is shorter
        start = 0
    with running_errors_in_words(model.name):
        found = _run(model, request, tokens, spelled, place, start, first) if start else None
        return found or _run(model, request, tokens, spelled, place)


def last_word(tokens: Tokens) -> int:
    """The last token that does not frame the text."""
    return max(i for i, token in enumerate(tokens) if not token.special or i == 0)


@torch.no_grad()
def agrees(model: PretrainedModel, tokens: Tokens) -> bool:
    """Whether a model gives for a few tokens, read one part after another, what it gives for them at once."""
    if model.empty_cache is None or not model.continues or _has_changing_rope(model.network.config):
        return False
    request = Request(Text(""), model.weights)
    try:
        with recording() as record:
            output = model.run(model.network, tokens).last_hidden_state[0]
        logits = model.run(model.with_words, tokens).logits[0, -1]
        grown: Read | None = None
        for count in (len(tokens) - 3, len(tokens) - 1, len(tokens)):
            row = replace(tokens, items=tokens[:count])
            grown = _run(model, request, row, (), count - 1, 0 if grown is None else len(grown.trace), grown)
            if grown is None:
                return False
    except Exception as error:  # a cache of another kind fails as it likes
        log.info("%r does not read on: it reads each text anew", model.name, exc_info=error)
        return False
    assert grown is not None
    pairs = [(output, grown.trace.output), (logits, grown.logits)]
    for one, other in zip(*(x[model.part] for x in (model.layers_of(record, tokens), grown.trace.parts)), strict=True):
        pairs += [(one.q, other.q), (one.k, other.k), (one.v, other.v), (one.weights, other.weights)]
    return all(a.shape == b.shape and bool((a - b).abs().max() <= _CLOSE * a.abs().max()) for a, b in pairs)


def _shared(one: Read, model: PretrainedModel, request: Request, tokens: Tokens, place: int) -> int:
    """How many of the first tokens are the same in what was read; 0 where another network read, or with other changes.
    Never all: after the last word the model has to say what comes."""
    if one.network is not model.with_words or one.trace.changes != request.changes:
        return 0
    count = 0
    for old, new in zip(one.trace.tokens.of_text, tokens.of_text[:place], strict=False):
        if old.id != new.id or old.token_type:
            break
        count += 1
    return count


@torch.no_grad()
def _run(
    model: PretrainedModel,
    request: Request,
    tokens: Tokens,
    spelled: tuple[str, ...],
    place: int,
    start: int = 0,
    before: Read | None = None,
) -> Read | None:
    """Run the tokens from `start` on, after the ones that were read `before`; None where they do not fit together."""
    assert model.empty_cache is not None  # `agrees` has asked
    network, cache = model.with_words, model.empty_cache()
    if before is not None:
        cache.layers = [_cut(layer, start) for layer in before.cache]
    options: dict[str, Any] = {"past_key_values": cache, "use_cache": True, "output_hidden_states": True}
    if "logits_to_keep" in signature(network.forward).parameters:
        options["logits_to_keep"] = len(tokens) - place
    with recording(request.changes, model.places) as record:
        found = model.run(network, tokens, start, **options)
    model.check_calls(record, model.measured.layers)
    output = found.hidden_states[-1][0]
    if before is None:
        parts = model.layers_of(record, tokens)
    else:
        layers = _grown(before.trace.layers, record, tokens, start)
        if layers is None:
            return None
        parts, output = {model.part: layers}, torch.cat([before.trace.output[:start], output])
    logits = found.logits[0, place - len(tokens)]
    trace = model.traced(request, parts, {"text": output}, spelled)
    return Read(trace, place, logits, network, tuple(cache.layers))


def _cut(layer: Any, count: int) -> Any:
    """A layer of the cache with the first tokens alone. A copy: what it grows by is another tensor, so the one that it
    is made of stays as it is."""
    layer = copy.copy(layer)
    if layer.is_initialized:
        layer.keys, layer.values = layer.keys[..., :count, :], layer.values[..., :count, :]
    return layer


def _grown(
    layers: Collection[LayerTrace], record: Recording, tokens: Tokens, start: int
) -> tuple[LayerTrace, ...] | None:
    """The layers with the rows of a step; None where its rule is another one than theirs, or has a bias."""
    masks: dict[tuple[int, int], Tensor] = {}  # layers share one, so what becomes of it is shared too
    grown = []
    for layer, call in zip(layers, record.calls, strict=True):
        if not (call.rule.bias is layer.rule.bias is None) or call.k.shape[1] != len(tokens):
            return None
        if replace(call.rule, mask=None) != replace(layer.rule, mask=None):  # a scale that goes by the length
            return None
        key = _place(layer.mask), _place(call.rule.mask)
        if key not in masks:
            masks[key] = _grown_mask(layer.mask, call, start)
        q = torch.cat([layer.q[:, :start], call.q], 1)
        rule = replace(layer.rule, mask=masks[key])
        small = _grown_picture(layer, call, start)
        grown.append(replace(layer, q=q, k=call.k, v=call.v, rule=rule, queries=tokens, keys=tokens, small=small))
    return tuple(grown)


def _place(mask: Tensor | None) -> int:
    return 0 if mask is None else mask.data_ptr()


def _grown_mask(old: Tensor | None, call: Call, start: int) -> Tensor:
    """[head or 1, query, key]: the old rows, which see nothing new, and the new ones."""
    new, keys = call.rule.mask, call.k.shape[1]
    heads = max(1 if x is None else x.shape[0] for x in (old, new))
    mask = call.k.new_zeros(heads, keys, keys)
    mask[:, :start, start:] = -torch.inf
    if old is not None:
        mask[:, :start, :start] = old[:, :start, :start]
    if new is not None:
        mask[:, start:] = new
    return mask


def _grown_picture(layer: LayerTrace, call: Call, start: int) -> Tensor | None:
    """The small picture with the new rows, which the step had the weights of: the old rows give the new tokens nothing.
    None where it is to be made anew: rows were taken back, a cell stands for more of them than before, or weights are
    no shares."""
    n, new, before = call.k.shape[1], call.q.shape[1], len(layer.queries)
    block = block_of(n, PICTURE)
    is_whole = start == before or block == 1  # a cell of several rows cannot be taken apart
    if not is_whole or block_of(before, PICTURE) != block or call.small is None or new > PICTURE:
        return None
    if not layer.shares:  # a weight may be below the 0 that fills up
        return None
    old = layer.picture()[:, : block_of(start, block), : block_of(start, block)]  # [head, row, column] of cells
    cells = block_of(n, block)
    small = pad(old, (0, cells - old.shape[-1], 0, cells - old.shape[-2]))
    for i, row in enumerate(call.small.unbind(1), start):
        small[:, i // block] = torch.maximum(small[:, i // block], row)
    return small


def _has_changing_rope(config: Any) -> bool:
    """Whether its rotary positions may be others in a longer text (of all layers, or of those of one kind)."""
    told = getattr(config, "rope_parameters", None) or {}
    kinds = [told, *(one for one in told.values() if isinstance(one, dict))] if isinstance(told, dict) else []
    return any(one.get("rope_type") in _CHANGING_ROPE for one in kinds)
