"""What Compare is about, beside sentence, model, layer and head: as one record, and in the URL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from attnviz.errors import AttnvizError
from attnviz.heads import Head
from attnviz.models.names import FIRST, MINILM
from attnviz.ui.state.link import fits_in_link
from attnviz.ui.state.view import DEFAULT_TEXT

HEADS, SENTENCES, MODELS = "heads", "sentences", "models"
MODES = {HEADS: "Two heads", SENTENCES: "Two sentences", MODELS: "Two models"}
_LONGEST_NAME = 300
_BESIDE_DEFAULT = "The cat, which saw the dogs, sat on the mat"  # one thing is changed, and tells something


@dataclass(frozen=True)
class CompareView:
    """What is compared, and of side B what was chosen; None lets the page choose."""

    mode: str = HEADS
    text_b: str | None = None
    model_b: str | None = None
    layer_b: int | None = None
    head_b: int | None = None


def compare_from_params(params: Mapping[str, str]) -> tuple[CompareView, list[str]]:
    """Read the URL. What is wrong in it is left at its default, and a sentence says so.

    >>> compare_from_params({"compare": "models", "model_b": "minilm", "head_b": "11"})[0].head_b
    11
    """
    wrong: list[str] = []

    def refuse(name: str, why: str) -> None:
        wrong.append(f"The link says {name} = “{params[name][:40]}”, {why}; the default is used.")

    mode = params.get("compare", HEADS)
    if mode not in MODES:
        refuse("compare", f"but it must be one of {', '.join(MODES)}")
        mode = HEADS
    model = params.get("model_b", "").strip() or None
    if model and len(model) > _LONGEST_NAME:
        refuse("model_b", "which is too long for a name")
        model = None
    numbers: dict[str, int | None] = {"layer_b": None, "head_b": None}
    has_address = "." in params.get("head_b", "")
    if has_address:
        with suppress(AttnvizError):
            at = Head.of(params["head_b"])  # its part is A's
            numbers |= {"layer_b": at.layer, "head_b": at.head}
        if numbers["head_b"] is None:
            refuse("head_b", "but it must be a whole number from 0, or an address such as 5.11")
    for name in ("layer_b", "head_b") if not has_address else ():
        if re.fullmatch(r"[0-9]{1,10}", params.get(name, "")):
            numbers[name] = int(params[name])
        elif name in params:
            refuse(name, "but it must be a whole number from 0")
    text = params.get("sentence_b", "")
    return CompareView(mode, text if text.strip() else None, model, **numbers), wrong


def params_from_compare(view: CompareView, *, beside: str) -> dict[str, str]:
    """The URL: what was chosen. A text too long for a link together with A's, `beside`, is left out."""
    named = {
        "compare": None if view.mode == HEADS else view.mode,
        "sentence_b": view.text_b if fits_in_link(f"{beside}{view.text_b}") else None,
        "model_b": view.model_b,
        "layer_b": view.layer_b,
        "head_b": view.head_b,
    }
    return {name: str(value) for name, value in named.items() if value is not None}


def other_text(text: str) -> str:
    """The sentence to compare with, until one is typed: beside the page's own a changed one, else the same."""
    return _BESIDE_DEFAULT if text == DEFAULT_TEXT else text


def other_model(model: str) -> str:
    """The model to compare with, until one is chosen: what has learned a language beside whatever else it is, and
    beside that the small model whose heads are known."""
    return FIRST.name if model == MINILM.name else MINILM.name
