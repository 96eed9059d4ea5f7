"""What is chosen, as a link has it: there, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, fields
from functools import lru_cache
from urllib.parse import quote

from attnviz import generation
from attnviz.changes import linked as changes
from attnviz.client.schema import CHOICES, IN_ADDRESS, MOST_OVER, MOST_SWITCHED
from attnviz.errors import AttnvizError
from attnviz.heads import PARTS, Head
from attnviz.models.names import Random, takes_settings
from attnviz.models.options import ScratchOptions
from attnviz.service import pictures
from attnviz.service.lessons import lesson_of
from attnviz.ui.state.view import OWN, View

LONGEST_LINK = 30_000  # bytes of text, encoded; browsers and servers take a little more
_LONGEST_NAME = 300
_NUMBERS = ("layer", "head", "query", "key", "step", "present", "at")


def view_from_params(params: Mapping[str, str]) -> tuple[View, list[str]]:
    """Read the URL. What is wrong in it is left at its default, and a sentence says so.

    >>> view_from_params({"head": "11", "layer": "-2"})[0].head
    11
    """
    wrong: list[str] = []

    def refuse(name: str, why: str) -> None:
        wrong.append(f"The link says {name} = “{params[name][:40]}”, {why}; the default is used.")

    plain: dict[str, object] = {}
    for name in ("text", "pair", "target", "model", "lesson", "question", "picture", "sound"):
        if params.get(name, "").strip():
            plain[name] = params[name]
    if len(params.get("model", "")) > _LONGEST_NAME:
        refuse("model", "which is too long for a name")
        plain.pop("model", None)
    has_address = "." in params.get("head", "")
    for name in _NUMBERS:
        if name in params and not (name == "head" and has_address):
            number = _whole_number(params[name])
            if number is None or number < 0:
                refuse(name, "but it must be a whole number from 0")
            else:
                plain[name] = number
    for name in ("off", "over", "second"):
        if name in params:
            heads = _heads(params[name])
            if heads is None:
                refuse(name, "but it must name heads as layer.head, such as 1.0-1.3")
            else:
                places = [(head.layer, head.head) for head in heads]
                plain[name] = {
                    "off": frozenset(heads),
                    "over": tuple(dict.fromkeys(places))[:MOST_OVER],
                    "second": places[0],
                }[name]
    if "changes" in params:
        found = changes.read(params["changes"])
        if found is None:
            refuse("changes", "but it must name changes such as causal, window:3, temperature:2 or relu")
        else:
            plain["changes"] = found
    if params.get("part"):
        if params["part"] in PARTS:
            plain["part"] = params["part"]
        else:
            refuse("part", f"but it must be one of {', '.join(PARTS)}")
    if has_address:
        named = _heads(params["head"])
        if named and len(named) == 1:
            plain |= {"layer": named[0].layer, "head": named[0].head}
            plain |= {"part": named[0].part} if named[0].part else {}
        else:
            refuse("head", "but it must be a whole number from 0, or an address such as 5.11 or cross.3.5")
    if plain.get("picture") not in (None, OWN, *pictures.names()):
        refuse("picture", "which is not here")
        del plain["picture"]
    if "lesson" in plain and not (lesson := lesson_of(str(plain["lesson"]))).steps:
        wrong.extend(map(str, lesson.problems))
        del plain["lesson"]
    if pictures.moves(params.get("moved", "")) is None:
        refuse("moved", "but it must name moves from cell to cell, such as 6-12.3-20")
    else:
        plain["moved"] = params.get("moved", "")
    try:
        plain["sampling"] = generation.written(generation.read(params.get("sampling", "")))
    except AttnvizError:
        refuse("sampling", "but it must be a way to draw words, such as t0.8-k5-p0.9-s3")
    if is_switched(params.get("switched", "")):
        plain["switched"] = params.get("switched", "")
    else:
        refuse("switched", "which cannot be read")
    for name, ways in CHOICES.items():
        if name in params:
            if params[name] in ways:
                plain[name] = params[name]
            else:
                refuse(name, f"but it must be one of {', '.join(ways)}")
    for name in ("specials", "special_tokens"):
        if name in params:
            if params[name] in _SWITCH:
                plain[name] = _SWITCH[params[name]]
            else:
                refuse(name, "but it must be on or off")
    options: dict[str, object] = {}
    for option in fields(ScratchOptions):
        if option.name in params:
            value = _option_value(option.name, params[option.name])
            if is_possible(option.name, value):
                options[option.name] = value
            else:
                refuse(option.name, "which is not possible")
    try:
        checked = ScratchOptions(**options)  # type: ignore[arg-type]
    except ValueError as error:  # each is possible, but not together
        wrong.append(f"The link's settings do not go together: {error} The default is used.")
        rest = {name: value for name, value in options.items() if name not in ("heads", "d_model")}
        checked = ScratchOptions(**rest)  # type: ignore[arg-type]
    if "model" not in params and options:
        plain["model"] = Random().name  # a link from when the random model was the page's first
    return View(options=checked, **plain), wrong  # type: ignore[arg-type]


def params_from_view(view: View) -> dict[str, str]:
    """The URL of a view: what differs from the default. A text too long for a link is left out."""
    default = View()
    params = {
        name: _written(getattr(view, name))
        for name in (field.name for field in fields(View) if field.name != "options")
        if name != "changes" and getattr(view, name) != getattr(default, name)
    }
    if pictures.is_usual(view.picture, view.question):
        params.pop("question", None)
    if not view.text.strip() or not fits_in_link(view.text):
        params.pop("text", None)
    for name in ("pair", "target"):
        further = getattr(view, name)
        if not further.strip() or not fits_in_link(view.text + further):
            params.pop(name, None)
    if written := changes.written(view.changes):
        params["changes"] = written
    if takes_settings(view.model):
        standard = asdict(default.options)
        params |= {name: _written(v) for name, v in asdict(view.options).items() if v != standard[name]}
    return params


def explorer_last(params: Mapping[str, str]) -> dict[str, str]:
    """What is chosen in the explorer comes last, in the explorer's own order: there the page writes it by itself
    (client/js/state/address.js)."""
    own = {name: params[name] for name in IN_ADDRESS if name in params}
    return {name: value for name, value in params.items() if name not in own} | own


@lru_cache(maxsize=8)
def fits_in_link(text: str) -> bool:
    """Whether a link can carry this text. (Asked at every choice; a long text takes milliseconds.)"""
    return len(quote(text, errors="replace")) <= LONGEST_LINK


_SWITCH = {"on": True, "off": False}


def _written(value: object) -> str:
    if isinstance(value, frozenset):
        return _written(tuple(sorted(value)))
    if isinstance(value, tuple):
        heads = [value] if value and isinstance(value[0], int) else value
        return "-".join(str(head) if isinstance(head, Head) else "{}.{}".format(*head) for head in heads)
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)


def _heads(text: str) -> tuple[Head, ...] | None:
    """Heads as a link names them, "1.0-cross.1.3"; None if it cannot be read."""
    if len(text) > _LONGEST_NAME * 10:
        return None
    try:
        return tuple(Head.of(one) for one in text.split("-"))
    except AttnvizError:
        return None


def _whole_number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?[0-9]{1,10}", text) else None


def _option_value(name: str, text: str) -> object:
    """The value that a link gives an option; None if it cannot be read."""
    if name in ("positions", "causal", "scaling"):
        return _SWITCH.get(text)
    if name != "temperature":
        return _whole_number(text)
    try:
        return float(text)
    except ValueError:
        return None


def is_switched(told: object) -> bool:
    """Whether it can be what the Learn page has switched: the page itself reads it."""
    return (
        isinstance(told, str)
        and len(told) <= MOST_SWITCHED
        and re.fullmatch(r"[\w.:,;~-]*", told, re.ASCII) is not None
    )


def is_possible(name: str, value: object) -> bool:
    """Whether some model has this value, whatever its other options."""
    if name not in ScratchOptions.LIMITS:
        return isinstance(value, bool)
    least, most = ScratchOptions.LIMITS[name]
    return isinstance(value, (int, float)) and least <= value <= most
