"""A browser without a screen: it speaks the pages' protocol (Streamlit's messages over a WebSocket), and waits for the
end of what it asked."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect

from attnviz.client.packing import unpacked

PATIENCE = 60.0  # seconds: a run that takes as long is one that never ends
_AGAIN = ForwardMsg.FINISHED_EARLY_FOR_RERUN  # another run follows
_open: list[ClientConnection] = []  # connections of this test


def leave() -> None:
    """All visitors close their pages."""
    while _open:
        _open.pop().close()


def rerun(
    states: Iterable[WidgetState], params: Mapping[str, str], page_hash: str, part: str = "", *, page: str = ""
) -> bytes:
    """What a browser sends to have the page, or a part of it, run with these values. Before it knows the page's hash it
    names the page."""
    message = BackMsg()
    asked = message.rerun_script
    asked.query_string, asked.fragment_id = urlencode(params), part
    asked.page_script_hash, asked.page_name = page_hash, "" if page_hash else page
    asked.widget_states.widgets.extend(states)
    asked.context_info.color_scheme = "light"
    written: bytes = message.SerializeToString()
    return written


class Client:
    """One visitor with one page open. `page` is "" (Explore), "compare" or "train"; `params` are its address."""

    def __init__(self, url: str, page: str = "", **params: str) -> None:
        self.url, self.page, self.params = url, page, params
        self.widgets: dict[str, tuple[str, str]] = {}  # name to id, and the id of the part in which it stands
        self.toasts: list[str] = []
        self.html = ""  # of the last run
        self.page_hash = ""
        self.identity = ""  # of the trace that Explore shows
        self.progress = ""  # what a progress bar says
        self.repeated: dict[str, float] = {}  # parts that the page has run again and again, each after so many seconds
        self.connect()

    def connect(self) -> None:
        """To a session of its own: as a browser does that finds its server started again."""
        address = f"{self.url.replace('http', 'ws', 1)}/_stcore/stream"
        # Pings would draw from Python's own random numbers, in a thread, under the tests that watch them.
        options: dict[str, Any] = {
            "subprotocols": ["streamlit"],
            "max_size": None,
            "open_timeout": PATIENCE,
            "ping_interval": None,
        }
        self.socket = connect(address, **options)
        _open.append(self.socket)

    def open(self) -> list[str]:
        """As a browser does first: nothing but the address. The errors that came."""
        return self.ask()

    def ask(self, *states: WidgetState, part: str = "", runs: int = 1) -> list[str]:
        """Send values of widgets, of the whole page or from a part of it, and wait for so many runs' ends. The errors
        that came."""
        self.socket.send(rerun(states, self.params, self.page_hash, part, page=self.page))
        return [error for _ in range(runs) for error in self.wait()]

    def settle(self, quiet: float) -> list[str]:
        """Until a run has ended, and no other ends within so many seconds of it. The errors that came."""
        errors = self.wait()
        with suppress(TimeoutError):
            while True:
                errors += self.wait(quiet)
        return errors

    def wait(self, patience: float = PATIENCE) -> list[str]:
        """Until a run ends."""
        errors: list[str] = []
        repeated: dict[str, float] = {}
        end = time.monotonic() + patience
        while True:
            message = ForwardMsg()
            message.ParseFromString(self.socket.recv(timeout=max(0.0, end - time.monotonic())))
            kind = message.WhichOneof("type")
            if kind == "delta":
                errors += self._take(message)
            elif kind == "new_session":
                self.page_hash, self.html = message.new_session.page_script_hash, ""
            elif kind == "navigation":
                self.page_hash = message.navigation.page_script_hash
            elif kind == "page_info_changed":
                self.params = dict(parse_qsl(message.page_info_changed.query_string, keep_blank_values=True))
            elif kind == "auto_rerun":
                repeated[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            elif kind == "script_finished" and message.script_finished != _AGAIN:
                if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:  # the whole page, not a part
                    self.repeated = repeated
                return errors

    def _take(self, message: ForwardMsg) -> Iterable[str]:
        which = message.delta.WhichOneof("type")
        told = message.delta.new_element if which == "new_element" else message.delta.add_block
        kind = told.WhichOneof("type") or ""
        inner = getattr(told, kind, None)
        name = str(getattr(inner, "id", ""))
        if name.startswith("$$ID"):
            self.widgets[name.split("-", 2)[2]] = name, message.delta.fragment_id
            if kind == "bidi_component":  # what it reports once has a widget of its own
                events = f"$$STREAMLIT_INTERNAL_KEY_{name}__events"
                self.widgets[f"{name.split('-', 2)[2]}__events"] = events, message.delta.fragment_id
        if name.endswith("-trace"):
            self.identity = unpacked(told.bidi_component.bytes)[0]["id"]
        if kind == "toast":
            self.toasts.append(told.toast.body)
        if kind == "html":
            self.html += told.html.body
        if kind == "progress":
            self.progress = told.progress.text
        return [told.exception.message] if kind == "exception" else []

    def state(self, name: str, **value: object) -> WidgetState:
        """A value of a widget, as a browser sends it: `state("text", string_value="The cat")`."""
        state = WidgetState(id=self.widgets[name][0])
        for kind, content in value.items():
            if kind.endswith("_array_value"):
                getattr(state, kind).SetInParent()
                getattr(state, kind).data.extend(content)
            elif kind == "string_trigger_value":
                state.string_trigger_value.data = str(content)
            else:
                setattr(state, kind, content)
        return state
