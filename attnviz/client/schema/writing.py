"""The schema as JavaScript: `js/state/schema.js`."""

import json
import types
import typing
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, NotRequired

from attnviz.client.schema.choices import (
    CELLS,
    CHOICES,
    IN_ADDRESS,
    MOST_OVER,
    MOST_ROLLED,
    MOST_SWITCHED,
    SQUARE,
    THUMBNAIL,
    WALK,
    WHOLE,
)
from attnviz.client.schema.records import TYPES
from attnviz.figures.palette import DARK, LIGHT

FILE = Path(__file__).parent.parent / "js" / "state" / "schema.js"


def javascript() -> str:
    """The text of `js/state/schema.js`.

    >>> "export const MOST_OVER = 4;" in javascript()
    True
    """
    head = "// Written by attnviz/client/schema (schema.write()): not by hand."
    constants = {
        "CHOICES": CHOICES,
        "WALK": WALK,
        "IN_ADDRESS": IN_ADDRESS,
        "MOST_OVER": MOST_OVER,
        "MOST_SWITCHED": MOST_SWITCHED,
        "MOST_ROLLED": MOST_ROLLED,
        "WHOLE": WHOLE,
        "SQUARE": SQUARE,
        "CELLS": CELLS,
        "THUMBNAIL": THUMBNAIL,
    }
    lines = [f"export const {name} = {_written(value)};" for name, value in constants.items()]
    palettes = _written({"light": asdict(LIGHT), "dark": asdict(DARK)})
    colors = f"/** @type {{{{ light: Palette, dark: Palette }}}} */\nexport const PALETTES = {palettes};"
    return "\n".join([head, "", *lines, "", colors, "", *(_typedef(one) for one in TYPES)])


def _written(value: object, indent: str = "") -> str:
    """A value as JavaScript; a record that is long, a field a line."""
    text = json.dumps(value)
    if not isinstance(value, dict) or len(text) < 90:
        return text
    inner = indent + "  "
    return "{\n" + "".join(f"{inner}{key}: {_written(one, inner)},\n" for key, one in value.items()) + indent + "}"


def _typedef(record: type) -> str:
    """A record as a JSDoc type."""
    hints = typing.get_type_hints(record, include_extras=True)
    said = (record.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
    fields = []
    for name, hint in hints.items():
        is_optional = typing.get_origin(hint) is NotRequired
        inner = typing.get_args(hint)[0] if is_optional else hint
        fields.append(f" * @property {{{_type(inner)}}} {f'[{name}]' if is_optional else name}")
    return "\n".join(["/**", f" * {said}", " *", f" * @typedef {{object}} {record.__name__}", *fields, " */", ""])


_PLAIN = {str: "string", int: "number", float: "number", bool: "boolean", type(None): "null", object: "unknown"}


def _type(hint: Any) -> str:
    """A Python type as TypeScript has it.

    >>> _type(list[tuple[int, float]] | None)
    '[number, number][] | null'
    """
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint in _PLAIN:
        return _PLAIN[hint]
    if origin is Literal:
        return " | ".join(json.dumps(one) for one in inner)
    if origin in (typing.Union, types.UnionType):
        return " | ".join(_type(one) for one in inner)
    if origin is tuple:
        return f"[{', '.join(_type(one) for one in inner)}]"
    if origin is list:
        one = _type(inner[0])
        return f"({one})[]" if " | " in one else f"{one}[]"
    if origin is dict:
        return f"Record<{_type(inner[0])}, {_type(inner[1])}>"
    return str(hint.__name__)


def write() -> None:
    """Write `js/state/schema.js`."""
    FILE.write_text(javascript(), encoding="utf-8")
