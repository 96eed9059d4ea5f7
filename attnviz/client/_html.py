"""The explorer as one HTML file that works by itself, without a server and without a network."""

from __future__ import annotations

import base64
import json
import warnings
from collections.abc import Mapping
from html import escape
from typing import Any

from attnviz._trace import Trace
from attnviz.analysis import classical_scaling, head_divergences
from attnviz.client._notes import notes
from attnviz.client.assets import frame, script, style
from attnviz.client.payloads import packed_trace
from attnviz.errors import AttnvizError
from attnviz.figures.labels import model_in_words
from attnviz.heads import counted
from attnviz.tokens import TOKEN_LIMIT, Tokens
from attnviz.wording import in_words


def html(
    trace: Trace,
    *,
    first: Mapping[str, Any] | None = None,
    roles: Mapping[int, str] | None = None,
    remark: str = "",
    projection: str | None = None,
) -> str:
    """A page that shows the trace in the explorer: write it to a file, and open the file.

    It holds q, k and v as float32 and computes every weight itself. `first` is what is chosen at first, as
    `packed_trace` has it; `roles` who is who, by word; `remark`, plain text, stands over it: what the model has not
    learned to read, say. `projection` is no longer used: each layer of the trace says how it makes Q, K and V.

    Raises:
        AttnvizError: more than 512 tokens.
    """
    if projection is not None:
        told = "html(projection=…) is no longer used: each layer of the trace says how it makes Q, K and V."
        warnings.warn(told, DeprecationWarning, stacklevel=2)
    longest = max(map(len, trace.inputs.values()))
    if longest > TOKEN_LIMIT:
        raise AttnvizError(
            f"The explorer shows up to {TOKEN_LIMIT} tokens, and this text has {longest:,}. Draw it with "
            "attnviz.figures.head_grid and attnviz.figures.head, or read a part of it."
        )
    chosen = {"part": trace.shape.opening, "layer": 0, "head": 0, "query": 0} if first is None else first
    packed = base64.b64encode(packed_trace(trace, identity="", first=chosen, exact=True)).decode()
    told = json.dumps(_notes(trace, roles), ensure_ascii=False).replace("<", "\\u003c")
    texts = [tokens.text or _wordless(tokens) for tokens in trace.inputs.values()]
    counts = " · ".join(_count(tokens) for tokens in trace.inputs.values())
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:;
  media-src blob:">
<title>{escape(f"attnviz: {texts[0][:80]}")}</title>
<style>
html {{ scrollbar-gutter: stable; }}
:root {{ color-scheme: light dark; --st-background-color: light-dark(#ffffff, #121212); }}
body {{ max-width: 1720px; margin: 0 auto; padding: 1.2rem 1.5rem; font-family: system-ui, sans-serif; }}
body {{ background: var(--st-background-color); }}
h1 {{ font-size: 1.3rem; margin: 0 0 0.2rem; white-space: pre-line; }}
h1 ~ p {{ margin: 0 0 1rem; opacity: 0.75; }}
{style()}
</style>
{"".join(f'<h1 dir="auto">{escape(text)}</h1>' for text in texts)}
<p>{escape(trace.model)} · {counts}{_changed(trace)} · made with attnviz · layers and heads count from 0</p>
{_paragraphs([*model_in_words(trace), remark])}<div class="host">{frame()}</div>
<script type="application/octet-stream" id="trace">{packed}</script>
<script type="application/json" id="notes">{told}</script>
<script type="module">
{script("hosts/standalone.js")}
const text = (id) => document.getElementById(id).textContent;
start(document.querySelector(".host"), text("trace"), JSON.parse(text("notes")));
</script>
</html>
"""


def _paragraphs(sentences: list[str]) -> str:
    return "".join(f"<p>{escape(said)}</p>\n" for said in sentences if said)


def _notes(trace: Trace, roles: Mapping[int, str] | None) -> dict[str, Any]:
    """Notes on the heads, and where each part's heads lie on their map: here is nobody to ask for it later."""
    told = notes(trace, identity="", roles=roles)
    for part in trace.parts:
        one = trace.only(part)
        if sum(layer.heads for layer in one.layers) > 1 and one.shares:
            told["parts"][part]["map"] = classical_scaling(head_divergences(one)).tolist()
    return told


def _wordless(tokens: Tokens) -> str:
    """What is read where it is no text."""
    return f"a sound of {tokens.seconds:.1f} seconds" if tokens.seconds else "a picture"


def _count(tokens: Tokens) -> str:
    of = "" if tokens.name == "text" else f" of the {tokens.name}"
    return f"{counted(len(tokens), 'token')}{of}"


def _changed(trace: Trace) -> str:
    """What was changed in the run."""
    said = ", ".join(in_words(change) for change in trace.changes)
    return f" · changed: {escape(said)}" if said else ""
