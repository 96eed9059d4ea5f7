"""The components of a page run without a browser: what the page sends to them, and a stand-in that answers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import streamlit as st
import torch
from streamlit.errors import StreamlitAPIException
from streamlit.testing.v1 import AppTest

from attnviz.attention import causal_mask, normalized
from attnviz.client.packing import Array, unpacked
from attnviz.ui.cards.mounts import FOLLOWER


def sent(app: AppTest, name: str) -> tuple[dict[str, Any], dict[str, Array]]:
    """The header and the arrays that the page sends to a component ("trace", "vectors", "notes", "follower")."""
    (proto,) = (e.proto for e in app.get("bidi_component") if e.proto.component_name == f"attnviz_{name}")
    return unpacked(proto.bytes)


def weights_in(app: AppTest, side: str = "") -> Array:
    """The chosen head's weights, as the page of a short text computes them from what it is sent: [query, key]."""
    state = sent(app, f"follower{side}")[0]["state"]
    header, pictures = sent(app, f"trace{side}")
    prefix = f"{state['part']}/" if state["part"] else ""
    layer = next(one for one in header["parts"] if one["name"] == state["part"])["layers"][state["layer"]]
    vectors = sent(app, f"vectors{side}")[1]
    q, k = (torch.tensor(vectors[f"{prefix}{name}{state['layer']}"]) for name in ("q", "k"))
    scores = q[state["head"]] @ k[state["head"] * len(k) // len(q)].T * layer["scale"]
    if layer["extra"] == "causal":
        scores = scores + causal_mask(len(scores))
    elif layer["extra"] is not None:
        extra = torch.tensor(pictures[prefix + layer["extra"]])
        scores = scores + extra[state["head"] if len(extra) > 1 else 0]
    weights: Array = normalized(scores[None], layer.get("normalizer", "softmax"), layer["temperature"])[0].numpy()
    return weights


class Browser:
    """Stands in for the browser's half of the components: it says what a test tells it to, once."""

    def __init__(self) -> None:
        self.told: dict[str, Any] | None = None
        self.identity = ""
        self.choice: dict[str, Any] = {}
        self.sides: dict[str, tuple[str, dict[str, Any]]] = {}  # of each side: its trace and what is chosen
        self.side = ""
        self.sequence = 0
        self.map: list[list[float]] | None = None
        self.traces: dict[str, bytes] = {}
        self.mounted: list[str] = []  # every component, in the order in which the page sent them

    def component(self, name: str, *_: str) -> Callable[..., None]:
        return partial(self.mount, name)

    def mount(
        self, name: str, *, data: Any = None, on_choice_change: Callable[[], None] = lambda: None, **_: object
    ) -> None:
        self.mounted.append(name)
        if name in ("trace", "vectors", "vectors_asked"):
            self.traces[name] = data
        if not name.startswith(FOLLOWER):
            return
        header, _parts = unpacked(data)
        self.sides[name.removeprefix(FOLLOWER)] = header["id"], header["state"]
        if name != FOLLOWER + self.side:
            return
        self.identity, self.choice, self.sequence = header["id"], header["state"], header["sequence"]
        self.map = header.get("map")
        if self.told is not None:
            st.session_state[name] = {"choice": self.told}
            self.told = None
            with suppress(StreamlitAPIException):  # here all is run again; parts of it can be from a callback alone
                on_choice_change()
            st.rerun()

    def choose_in(self, side: str, app: AppTest, **change: object) -> None:
        """The same in the explorer of a side."""
        self.side = side
        identity, choice = self.sides[side]
        self.tell(app, {"id": identity, "sequence": 1, "state": choice | change, "asked": None})
        self.side = ""

    def choose(self, app: AppTest, *, asked: object = None, sequence: object = 1, **change: object) -> None:
        """What a click in the explorer tells the page."""
        self.tell(app, {"id": self.identity, "sequence": sequence, "state": self.choice | change, "asked": asked})

    def tell(self, app: AppTest, told: Any) -> None:
        """Anything at all that a browser might tell."""
        self.told = told
        app.run()
        assert not app.exception
