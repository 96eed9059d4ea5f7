"""What was chosen in the explorer, as the page keeps it. It comes from a browser: nothing is taken on trust."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attnviz._trace import Trace
from attnviz.client.schema import CHOICES, CHOSEN, MOST_OVER
from attnviz.heads import LayerHead
from attnviz.tokens import Tokens
from attnviz.ui.state.link import is_switched
from attnviz.ui.state.view import View

_MOST_ROWS = 16  # rows of weights that are answered at a time: more tokens than a word has


def choice_of(view: View) -> dict[str, Any]:
    """A view as the explorer is told it."""
    return {name: getattr(view, name) for name in CHOSEN}


def heads_of(chosen: Mapping[str, Any]) -> list[LayerHead]:
    """The chosen head, the pinned one and those laid over, each once."""
    further = [chosen["second"]] if chosen["second"] else []
    return list(dict.fromkeys([(chosen["layer"], chosen["head"]), *further, *chosen["over"]]))


def taken(told: Mapping[str, Any], trace: Trace) -> dict[str, Any] | None:
    """The choice that a browser told, with the types of `View`; None where something in it cannot be. `trace` may be of
    several parts."""
    part = told.get("part")
    if not isinstance(part, str) or part not in trace.parts:
        return None
    trace = trace.only(part)
    layer_and_head = _head([told.get("layer"), told.get("head")], trace)
    query, at = told.get("query"), told.get("key")
    second, over = told.get("second"), told.get("over")
    if layer_and_head is None or not _is_token(query, trace.rows):
        return None
    if not (at is None or _is_token(at, trace.columns)):
        return None
    if not isinstance(over, list) or not isinstance(told.get("specials"), bool):
        return None
    heads = [_head(one, trace) for one in over[:MOST_OVER]]
    beside = None if second is None else _head(second, trace)
    if None in heads or (second is not None and beside is None):
        return None
    if any(type(told.get(name)) is not int or told[name] < 0 for name in ("present", "at")):
        return None
    if any(told.get(name) not in ways for name, ways in CHOICES.items()):
        return None
    if not is_switched(told.get("switched")):
        return None
    chosen = {
        "part": part,
        "layer": layer_and_head[0],
        "head": layer_and_head[1],
        "second": beside,
        "over": tuple(heads),
    }
    plain = [name for name in CHOSEN if name not in chosen]
    return chosen | {name: told[name] for name in plain}


def _is_token(index: object, tokens: Tokens) -> bool:
    return isinstance(index, int) and not isinstance(index, bool) and 0 <= index < len(tokens)


def _head(told: object, trace: Trace) -> LayerHead | None:
    if not isinstance(told, list) or len(told) != 2 or not all(type(part) is int for part in told):
        return None
    layer, head = told
    return (layer, head) if 0 <= layer < len(trace.layers) and 0 <= head < trace.layers[layer].heads else None


def rows_of(told: object, trace: Trace) -> tuple[int, ...]:
    """The tokens whose rows a browser asks for: those of a word."""
    return tuple(row for row in told[:_MOST_ROWS] if _is_token(row, trace.rows)) if isinstance(told, list) else ()


def layer_of(told: object, trace: Trace) -> tuple[str, int] | None:
    """The part and layer whose vectors a browser asks for; None: all, which is what it gets where it asks for none that
    there is."""
    part, layer = told if isinstance(told, list) and len(told) == 2 else (None, None)
    if not isinstance(part, str) or type(layer) is not int or not 0 <= layer < len(trace.parts.get(part, ())):
        return None
    return part, layer
