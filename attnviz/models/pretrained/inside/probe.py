"""A short run of a model as it is loaded, watched from inside: where its W_O is, and how it makes Q, K and V of X.

Architectures differ in what stands around attention: norms of queries and keys, rotary positions in some layers only, a
gate before W_O. Names in code and settings do not tell this surely; the numbers of a run do. So nothing is said of a
layer that was not seen there: what fits no pattern is not known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn

from attnviz.attention import merge_heads
from attnviz.layer import Projection
from attnviz.models.pretrained.inside.recording import Call, Recording, recording

TOKENS = 7  # of the run: few, and seldom a number of heads, with which it could be mixed up
_CLOSE = 1e-4  # relative: what rounding alone explains
_SAME, _TURNED = "same", "turned"


@dataclass(frozen=True)
class Measured:
    """What a run showed. Modules go by their names in the network, so that a twin of it has the same."""

    layers: int
    heads: tuple[int, ...] = ()  # of each layer
    outputs: Mapping[str, str] = field(default_factory=dict)  # attention → W_O, whose input is its heads' contexts
    projections: tuple[Projection | None, ...] = ()  # of each layer

    def w_o(self, network: nn.Module) -> dict[nn.Module, Tensor]:
        """W_O, [head · d_head, d_model], by attention module: the parameters themselves, no copy."""
        found = {}
        for name, output in self.outputs.items():
            matrix = matrix_of(network.get_submodule(output))
            if matrix is not None:
                found[network.get_submodule(name)] = matrix
        return found

    def output(self, network: nn.Module, attention: nn.Module) -> nn.Module | None:
        """The layer that has the W_O of an attention module; None where it is not known."""
        found = (output for name, output in self.outputs.items() if network.get_submodule(name) is attention)
        name = next(found, None)
        return None if name is None else network.get_submodule(name)


def measured(network: nn.Module, run: Callable[[], Any]) -> tuple[Measured, Recording]:
    """Run a network on `TOKENS` tokens (that is `run`) and look at what its attention is made of; and the recording."""
    with watching(network) as seen, recording() as record:
        run()
    names = {module: name for name, module in network.named_modules()}
    outputs: dict[str, str] = {}
    unclear: set[str] = set()
    for call in record.calls:
        found = _taking(merge_heads(call.context), seen)
        where = names.get(call.module)
        if where is None or found is None or outputs.get(where, names[found]) != names[found]:
            unclear.add(where or "")
        else:
            outputs[where] = names[found]
    projections = tuple(_projection(call, seen) for call in record.calls)
    known = {name: output for name, output in outputs.items() if name not in unclear}
    heads = tuple(call.q.shape[0] for call in record.calls)
    return Measured(len(record.calls), heads, known, projections), record


def matrix_of(projection: object) -> Tensor | None:
    """What x is multiplied by from the right: of an nn.Linear its weight transposed, of GPT-2's Conv1D its weight."""
    weight = getattr(projection, "weight", None)
    if not isinstance(weight, Tensor) or weight.dim() != 2:
        return None
    if isinstance(projection, nn.Linear):
        return weight.T
    return weight if hasattr(projection, "nf") else None


@dataclass
class Seen:
    """What went through the modules of a network, call by call."""

    given: dict[nn.Module, list[Tensor]] = field(default_factory=lambda: defaultdict(list))  # the first of each call
    further: dict[nn.Module, list[Tensor]] = field(default_factory=lambda: defaultdict(list))  # what else it took
    made: dict[nn.Module, list[Tensor]] = field(default_factory=lambda: defaultdict(list))


@contextmanager
def watching(network: nn.Module) -> Iterator[Seen]:
    """Note what every module takes and gives, as long as the `with` lasts."""
    seen = Seen()

    def note(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        taken = [x.detach() for x in chain(args, kwargs.values()) if _is_vectors(x)]
        seen.given[module] += taken[:1]
        seen.further[module] += taken[1:]
        if _is_vectors(output):
            seen.made[module].append(output.detach())

    hooks = [module.register_forward_hook(note, with_kwargs=True) for module in network.modules()]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


def _is_vectors(x: object) -> bool:
    return isinstance(x, Tensor) and x.is_floating_point() and x.dim() >= 2


def _taking(contexts: Tensor, seen: Seen) -> nn.Module | None:
    """The one linear layer that takes the heads' contexts, [token, head · d_head], just as they are, and multiplies
    them by its matrix, no more."""
    found = [
        module
        for module, given in seen.given.items()
        if matrix_of(module) is not None
        for x, made in zip(given, seen.made[module], strict=False)
        if x.numel() == contexts.numel() and _near(x.reshape(contexts.shape), contexts) and _multiplies(module, x, made)
    ]
    return found[0] if len(set(found)) == 1 else None


def _multiplies(module: nn.Module, given: Tensor, made: Tensor) -> bool:
    """Whether a layer with a matrix does what it says: x · W + b. (One with an adapter in it adds something.)"""
    matrix, bias = matrix_of(module), getattr(module, "bias", None)
    if matrix is None:
        return False
    product = given @ matrix + (0.0 if bias is None else bias)
    return product.shape == made.shape and _near(product, made)


def _projection(call: Call, seen: Seen) -> Projection | None:
    """How an attention module made its queries, keys and values, as far as a run shows it."""
    inputs = [*seen.given.get(call.module, []), *seen.further.get(call.module, [])]  # cross-attention takes two rows
    made = {name: _steps(getattr(call, name), call.module, inputs, seen) for name in ("q", "k", "v")}
    return Projection(**made) if any(made.values()) else None


def _steps(vectors: Tensor, module: nn.Module, inputs: list[Tensor], seen: Seen) -> tuple[str, ...]:
    """The steps from X to these vectors, [head, token, d_head]; none if they fit no pattern."""
    wanted = vectors.transpose(0, 1)  # [token, head, d_head]
    linears = [m for m in module.modules() if matrix_of(m) is not None and _shares(seen.given[m], inputs)]
    norms = [m for m in module.modules() if "norm" in type(m).__name__.lower()]
    for linear in linears:
        for output in seen.made[linear]:
            way = _way(output, wanted)
            if way is not None:
                return ("linear", *_bias(linear), *way)
    for norm in norms:
        for given, output in zip(seen.given[norm], seen.made[norm], strict=False):
            way = _way(output, wanted)
            for linear in linears if way is not None else []:
                for first in seen.made[linear]:
                    before = _way(first, _rows(given, wanted)[0])
                    if before is not None:
                        return ("linear", *_bias(linear), *before, "norm", *(way or ()))
    return ()


def _bias(linear: nn.Module) -> tuple[str, ...]:
    return () if getattr(linear, "bias", None) is None else ("bias",)


def _shares(given: list[Tensor], inputs: list[Tensor]) -> bool:
    """Whether a layer took what the attention took: X itself."""
    return any(x.shape == y.shape and torch.equal(x, y) for x in given for y in inputs)


def _way(made: Tensor, wanted: Tensor) -> tuple[str, ...] | None:
    """How one comes from the other: () as it is, "rotary" (turned, from the second token on), "scale" (times a number);
    None if it does not."""
    return next((way for rows in _rows(made, wanted) if (way := _between(rows, wanted)) is not None), None)


def _rows(x: Tensor, wanted: Tensor) -> list[Tensor]:
    """[1, …] as vectors by token, [token, vector, d], as many and as long as `wanted` [token, head, d] has, in every
    way in which its axes can be read."""
    n, d = wanted.shape[0], wanted.shape[-1]
    if x.shape[0] == 1 and x.dim() > 2:
        x = x[0]
    if x.numel() % (n * d):
        return []
    ways = [x] if x.shape[0] == n else []
    if x.dim() > 2 and x.shape[1] == n:
        ways.append(x.transpose(0, 1))
    return [way.reshape(n, -1, d) for way in ways]


def _between(rows: Tensor, wanted: Tensor) -> tuple[str, ...] | None:
    """[token, vector, d] and [token, head, d]: whether every head is one of the vectors, as it is, turned or scaled."""
    # The first token stands at place 0, where a rotation turns nothing: there each head finds its vector.
    first, target = rows[0], wanted[0]  # [vector, d], [head, d]
    lengths = rows.norm(dim=-1), wanted.norm(dim=-1)
    along = (target @ first.T) / (target.norm(dim=-1)[:, None] * first.norm(dim=-1)).clamp(min=1e-30)
    best = along.argmax(-1)  # [head]
    if not bool((along.gather(1, best[:, None]) > 1 - _CLOSE).all()):
        return None
    matched = rows[:, best]  # [token, head, d]
    factor = lengths[1] / lengths[0][:, best].clamp(min=1e-30)  # [token, head]
    if not _near(factor, factor.mean().expand(factor.shape)):
        return None
    scaled = matched * factor.mean()
    scale = () if abs(float(factor.mean()) - 1) < _CLOSE else ("scale",)
    return scale if _near(scaled, wanted) else ("rotary", *scale)


def _near(a: Tensor, b: Tensor) -> bool:
    return bool((a - b).abs().max() <= _CLOSE * b.abs().max())
