"""Changes in a run, applied: the one place where what is asked for becomes another rule of a layer's attention."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from attnviz.attention import causal_mask
from attnviz.errors import AttnvizError
from attnviz.heads import counted
from attnviz.layer import Rule
from attnviz.request import LIFTED, Change, HeadOff, Masked, Normalized, NumberSet, RowSet, Scaled, Unplaced, Unseen

_OF_TARGET = (("decoder", "query"), ("decoder", "key"), ("cross", "query"))  # what of which part is of a target


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
    <Rule: scale 1.0, mask None, bias None, temperature 2.0, normalizer 'softmax', by_hand None>
    >>> changed(Rule(1.0), [RowSet(0, 0, 1, (0.5, 0.5))], layer=0, heads=1, queries=2, keys=2).by_hand
    tensor([[[   nan,    nan],
             [0.5000, 0.5000]]])
    """
    own = rule = _lifted(rule, changes, part)
    for change in changes:
        if change.part not in ("", part):
            continue
        if isinstance(change, Scaled):
            rule = _scaled(rule, change, own.scale)
        elif isinstance(change, Normalized):
            rule = replace(rule, normalizer=change.kind)
        elif isinstance(change, Masked) and part != "cross" and change.kind != LIFTED:
            mask = allowed_mask(change, queries, device=device)
            rule = replace(rule, mask=mask[None] if rule.mask is None else rule.mask + mask)
    unseen = [c for c in changes if isinstance(c, Unseen) and c.part == part and c.layer in (None, layer)]
    if unseen:
        rule = replace(rule, mask=_hidden(rule.mask, unseen, (heads, queries, keys), part, device))
    rows = [c for c in changes if isinstance(c, RowSet) and (c.part, c.layer) == (part, layer)]
    if not rows:
        return rule
    given = _by_hand(own, rows, (heads, queries, keys), device)
    hidden = _blocked(rule, given.shape, device)
    return replace(rule, by_hand=torch.where(hidden & ~given.isnan(), 0.0, given))


def _lifted(rule: Rule, changes: Collection[Change], part: str) -> Rule:
    """The rule without its causal mask, where a change says so: any query sees what some query sees. What nobody sees,
    such as padding, stays unseen."""
    is_lifted = any(isinstance(c, Masked) and c.kind == LIFTED and c.part in ("", part) for c in changes)
    if rule.mask is None or not is_lifted or part == "cross":
        return rule
    return replace(rule, mask=rule.mask.amax(-2, keepdim=True).expand_as(rule.mask))


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
    if change.kind == LIFTED:
        return torch.zeros(n, n, device=device)
    if change.kind == "causal":
        return causal_mask(n, device=device)
    places = torch.arange(n, device=device)
    away = (places[:, None] - places).abs()
    seen = away <= min(change.width, n)  # whoever wrote a link may have written any number
    if change.kind == "dilated":
        seen &= away % min(change.step, n) == 0
    return torch.zeros(n, n, device=device).masked_fill(~seen, -math.inf)


def _scaled(rule: Rule, change: Scaled, own: float) -> Rule:
    """`own`: the model's scale, whatever other changes make of it."""
    if not change.root and own == 1.0:
        raise AttnvizError(
            "This model does not scale its scores by 1/√d_head (one that scales its queries has it in them), so there "
            "is no √d_head to leave out."  # T5 goes without; Whisper multiplies its queries by it
        )
    scale = rule.scale if change.root else 1.0
    return replace(rule, scale=scale, temperature=rule.temperature * change.temperature)


def _hidden(
    mask: Tensor | None,
    unseen: Collection[Unseen],
    shape: tuple[int, int, int],
    part: str,
    device: torch.device | None,
) -> Tensor:
    """A mask [..., head or 1, query, key] with these weights taken away as well."""
    heads, queries, keys = shape
    for one in unseen:
        _check("head", one.head, heads)
        _check("query", one.query, queries, part)
        _check("key", one.key, keys, part)
    old = torch.zeros(1, queries, keys, device=device) if mask is None else mask
    # One mask for all heads unless they are told apart.
    count = heads if any(one.head is not None for one in unseen) or (old.dim() > 2 and old.shape[-3] > 1) else 1
    new = old.broadcast_to(*old.shape[:-3], count, queries, keys).clone()
    for one in unseen:
        head, query, key = (slice(None) if i is None else i for i in (one.head, one.query, one.key))
        new[..., head, query, key] = -math.inf
    return new


def _by_hand(rule: Rule, rows: Collection[RowSet], shape: tuple[int, int, int], device: torch.device | None) -> Tensor:
    """[head, query, key]: the rows that are set by hand, NaN elsewhere. `rule`: the model's own, with its mask."""
    heads, queries, keys = shape
    given = torch.full(shape, math.nan, device=device)
    blocked = _blocked(rule, shape, device)
    for row in rows:
        _check("head", row.head, heads)
        _check("query", row.query, queries, row.part)
        if len(row.weights) != keys:
            raise AttnvizError(
                f"The row by hand in layer {row.layer} head {row.head} has {counted(len(row.weights), 'weight')}, and "
                f"there {'are' if keys > 1 else 'is'} {counted(keys, 'key')}: give one for each."
            )
        weights = torch.tensor(row.weights, device=device)
        wrong = (blocked[row.head, row.query] & (weights != 0)).nonzero()
        if len(wrong):
            key = int(wrong[0])
            raise AttnvizError(
                f"Token {row.query} may not look at token {key} in layer {row.layer} head {row.head}: its weight by "
                f"hand must be 0 there, not {row.weights[key]:g}."
            )
        given[row.head, row.query] = weights
    return given


def _blocked(rule: Rule, shape: Sequence[int], device: torch.device | None) -> Tensor:
    """[head, query, key]: where a query may not look; in a batch, in all its texts."""
    blocked = torch.zeros(tuple(shape), dtype=torch.bool, device=device)
    for added in (rule.mask, rule.bias):
        if added is not None:
            hidden = added.isneginf()
            blocked = blocked | (hidden.flatten(0, -4).all(0) if hidden.dim() > 3 else hidden)
    return blocked


def numbers_set(matrices: Mapping[str, Tensor], changes: Collection[Change], layer: int) -> dict[str, Tensor]:
    """Of a layer's matrices, by name, those in which a number is set by hand: copies, with the numbers in them.

    Raises:
        AttnvizError: a row or column that the matrix has not.

    >>> numbers_set({"w_q": torch.zeros(1, 2)}, [NumberSet(0, "w_q", 0, 1, 3.0)], 0)
    {'w_q': tensor([[0., 3.]])}
    """
    copies: dict[str, Tensor] = {}
    for change in changes:
        if not isinstance(change, NumberSet) or change.layer != layer:
            continue
        shape = matrices[change.matrix].shape
        for name, index, count in zip(("row", "column"), (change.row, change.column), shape, strict=True):
            if index >= count:
                raise AttnvizError(
                    f"There is no {name} {index} in {change.matrix} of layer {layer}: it has {name}s 0 to {count - 1}."
                )
        if change.matrix not in copies:
            copies[change.matrix] = matrices[change.matrix].detach().clone()
        copies[change.matrix][change.row, change.column] = change.value
    return copies


def is_unplaced(changes: Collection[Change]) -> bool:
    """Whether positions are left out of a run."""
    return any(isinstance(change, Unplaced) for change in changes)


def _check(name: str, index: int | None, count: int, part: str = "") -> None:
    if index is None or index < count:
        return
    name, of_target = ("head", False) if name == "head" else ("token", (part, name) in _OF_TARGET)
    if of_target:  # it may be one that is not written yet
        raise AttnvizError(f"There is no token {index} of the target: it has tokens 0 to {count - 1} here.")
    raise AttnvizError(f"There is no {name} {index}: there are {name}s 0 to {count - 1}.")
