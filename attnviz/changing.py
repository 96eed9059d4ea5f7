"""Changes in a run, applied: the one place where what is asked for becomes another rule of a layer's attention."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from attnviz.attention import causal_mask
from attnviz.errors import AttnvizError
from attnviz.layer import Rule
from attnviz.request import Change, HeadOff, Masked, Scaled, Unseen


def changed(
    rule: Rule,
    changes: Collection[Change],
    *,
    layer: int,
    heads: int,
    queries: int,
    keys: int,
    part: str = "",
    device: torch.device | None = None,
) -> Rule:
    """A layer's rule with the changes that concern it; the very same rule if none does.

    Args:
        layer, part: whose rule it is; `heads`, `queries` and `keys` are how many it has.
        device: where a new mask is needed.

    Raises:
        AttnvizError: a head or token that is not there, or a change that this attention cannot take.

    >>> changed(Rule(1.0), [Unseen(key=1)], layer=0, heads=2, queries=2, keys=2).mask
    tensor([[[0., -inf],
             [0., -inf]]])
    >>> changed(Rule(0.5), [Scaled(temperature=2.0, root=False)], layer=0, heads=1, queries=1, keys=1)
    <Rule: scale 1.0, mask None, bias None, temperature 2.0>
    """
    for change in changes:
        if change.part not in ("", part):
            continue
        if isinstance(change, Scaled):
            rule = _scaled(rule, change)
        elif isinstance(change, Masked) and part != "cross":
            mask = allowed_mask(change, queries, device=device)
            rule = replace(rule, mask=mask[None] if rule.mask is None else rule.mask + mask)
    unseen = [c for c in changes if isinstance(c, Unseen) and c.part == part and c.layer in (None, layer)]
    if not unseen:
        return rule
    return replace(rule, mask=_hidden(rule.mask, unseen, heads=heads, queries=queries, keys=keys, device=device))


Named = tuple[Sequence[str], Sequence[str]]  # what queries and keys are called in running text


def in_words(change: Change, named: Named | None = None) -> str:
    """What is changed, as a page and a file say it; `named`: with these words instead of places.

    >>> in_words(HeadOff("cross.3.5")), in_words(Unseen(key=2)), in_words(Scaled(temperature=2.0))
    ('cross-attention layer 3 head 5 off', 'nobody looks at token 2', 'temperature 2')
    >>> in_words(Unseen(key=1), (["“a”", "“b”"], ["“a”", "“b”"]))
    'nobody looks at “b”'
    >>> in_words(Unseen(5, 11, 8, 2)), in_words(Masked("window", width=3))
    ('in layer 5 head 11, token 8 does not look at token 2', 'each token sees up to 3 tokens away')
    """
    part = {"": "", "cross": "cross-attention "}.get(change.part, f"{change.part} ")
    if isinstance(change, HeadOff):
        return f"{part}layer {change.head.layer} head {change.head.head} off"
    if isinstance(change, Unseen):
        return _unseen_in_words(change, part, named or ((), ()))
    where = f"{part.strip()}: " if part else ""
    if isinstance(change, Masked):
        ways = {
            "causal": "each token sees only itself and those before it",
            "window": f"each token sees up to {change.width} tokens away",
            "dilated": f"each token sees up to {change.width} tokens away, in steps of {change.step}",
        }
        return where + ways[change.kind]
    scaled = [f"temperature {change.temperature:g}"] * (change.temperature != 1) + ["no 1/√d"] * (not change.root)
    return where + (", ".join(scaled) or "the scale as it is")


def _unseen_in_words(change: Unseen, part: str, named: Named) -> str:
    def called(index: int, names: Sequence[str]) -> str:
        return names[index] if index < len(names) else f"token {index}"

    layer = "" if change.layer is None else f"layer {change.layer} "
    head = "" if change.head is None else f"head {change.head} "
    where = f"in {part}{layer}{head}".rstrip() + ", " if part or layer or head else ""
    at = "any token" if change.key is None else called(change.key, named[1])
    if change.query is None:
        return f"{where}nobody looks at {at}"
    return f"{where}{called(change.query, named[0])} does not look at {at}"


def heads_off(changes: Collection[Change], layer: int, part: str = "") -> set[int]:
    """The heads of a layer that are switched off."""
    here = (change.head for change in changes if isinstance(change, HeadOff))
    return {head.head for head in here if (head.part, head.layer) == (part, layer)}


def allowed_mask(change: Masked, n: int, *, device: torch.device | None = None) -> Tensor:
    """[query, key], 0 where that mask lets a token look and -inf elsewhere.

    >>> allowed_mask(Masked("window", width=1), 3)
    tensor([[0., 0., -inf],
            [0., 0., 0.],
            [-inf, 0., 0.]])
    """
    if change.kind == "causal":
        return causal_mask(n, device=device)
    places = torch.arange(n, device=device)
    away = (places[:, None] - places).abs()
    seen = away <= change.width
    if change.kind == "dilated":
        seen &= away % change.step == 0
    return torch.zeros(n, n, device=device).masked_fill(~seen, -math.inf)


def _scaled(rule: Rule, change: Scaled) -> Rule:
    if not change.root and rule.scale == 1.0:
        raise AttnvizError("This model does not scale its scores by 1/√d_head, so there is no √d_head to leave out.")
    scale = rule.scale if change.root else 1.0
    return replace(rule, scale=scale, temperature=rule.temperature * change.temperature)


def _hidden(
    mask: Tensor | None,
    unseen: Collection[Unseen],
    *,
    heads: int,
    queries: int,
    keys: int,
    device: torch.device | None,
) -> Tensor:
    """A mask [..., head or 1, query, key] with these weights taken away as well."""
    for one in unseen:
        _check("head", one.head, heads)
        _check("query", one.query, queries)
        _check("key", one.key, keys)
    old = torch.zeros(1, queries, keys, device=device) if mask is None else mask
    # One mask for all heads unless they are told apart.
    count = heads if any(one.head is not None for one in unseen) or (old.dim() > 2 and old.shape[-3] > 1) else 1
    new = old.broadcast_to(*old.shape[:-3], count, queries, keys).clone()
    for one in unseen:
        head, query, key = (slice(None) if i is None else i for i in (one.head, one.query, one.key))
        new[..., head, query, key] = -math.inf
    return new


def _check(name: str, index: int | None, count: int) -> None:
    if index is not None and index >= count:
        name = "token" if name != "head" else name
        raise AttnvizError(f"There is no {name} {index}: there are {name}s 0 to {count - 1}.")
