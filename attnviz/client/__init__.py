"""The explorer: all heads of a text in one picture that answers by itself, on a page or in a file of its own.

Python packs a trace into bytes; the JavaScript beside it draws them, on canvases, and computes the head that one
looks at from its q and k. What it computes is held against `attnviz.attention` in the tests.
"""

from attnviz.client._html import html
from attnviz.client._notes import notes
from attnviz.client.assets import comparer, continuing_style, formulas, frame, learner, learner_style, script, style
from attnviz.client.lessons import lesson_html, packed_lesson
from attnviz.client.packing import packed
from attnviz.client.payloads import (
    can_be_tiled,
    goes_by_layer,
    is_self_contained,
    is_short,
    is_tiled,
    packed_choice,
    packed_comparison,
    packed_notes,
    packed_pictures,
    packed_trace,
    packed_vectors,
)
from attnviz.client.schema import WHOLE

__all__ = [
    "WHOLE",
    "can_be_tiled",
    "comparer",
    "continuing_style",
    "formulas",
    "frame",
    "goes_by_layer",
    "html",
    "is_self_contained",
    "is_short",
    "is_tiled",
    "learner",
    "learner_style",
    "lesson_html",
    "notes",
    "packed",
    "packed_choice",
    "packed_comparison",
    "packed_lesson",
    "packed_notes",
    "packed_pictures",
    "packed_trace",
    "packed_vectors",
    "script",
    "style",
]
