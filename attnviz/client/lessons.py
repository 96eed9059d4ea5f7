"""A lesson as bytes, and as one HTML file: its steps, and the models that read its sentences in the page."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from attnviz.client import sources
from attnviz.client.assets import formulas, learner, learner_style, script
from attnviz.client.packing import Array, packed


@dataclass(frozen=True)
class Reader:
    """A model that reads a lesson's sentences in the page."""

    name: str
    model: bytes | None  # `models.packed_model`; None: no step of the lesson shows more of it than its heads
    sentence: str | None = None  # it is here for this sentence alone; None: it reads any
    layer: int | None = None  # then, of a pretrained model: the layer whose matrices are here
    trace: bytes | None = None  # then, `payloads.packed_trace` of it; None: the page makes it
    notes: Mapping[str, Any] | None = None  # then, on its heads, as `schema.Notes` has them


def packed_lesson(course: Mapping[str, Any], readers: Sequence[Reader]) -> bytes:
    """A lesson, for the page: `course` as `lessons.resolved` gives it, and who reads its sentences."""
    arrays: dict[str, Array] = {}
    for i, reader in enumerate(readers):
        if reader.model is not None:
            arrays[f"model{i}"] = np.frombuffer(reader.model, np.uint8)
        if reader.trace is not None:
            arrays[f"trace{i}"] = np.frombuffer(reader.trace, np.uint8)
    models = [
        {"name": one.name, "sentence": one.sentence, "layer": one.layer, "notes": one.notes and dict(one.notes)}
        for one in readers
    ]
    return packed({"kind": "lesson", "course": dict(course), "models": models, "code": sources.code()}, arrays)


def lesson_html(title: str, lesson: bytes) -> str:
    """A page that holds a lesson whole: write it to a file, and open the file. It needs no server and no network."""
    data = base64.b64encode(lesson).decode()
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:;
  media-src blob:">
<title>{escape(title[:80])} · attnviz</title>
<style>
html {{ scrollbar-gutter: stable; }}
:root {{ color-scheme: light dark; --st-background-color: light-dark(#ffffff, #121212); }}
body {{ max-width: 1720px; margin: 0 auto; padding: 1rem 1.5rem; font-family: system-ui, sans-serif; }}
body {{ background: var(--st-background-color); }}
{learner_style()}
</style>
<div class="host learning">{learner()}</div>
<script type="application/octet-stream" id="lesson">{data}</script>
<script>{_inline(formulas())}</script>
<script type="module">
{_inline(script("hosts/learn/handout.js"))}
startHandout(document.querySelector(".host"), document.getElementById("lesson").textContent);
</script>
</html>
"""


def _inline(code: str) -> str:
    """A script within a page: what would end it there is written otherwise."""
    return code.replace("</script", "<\\/script")
