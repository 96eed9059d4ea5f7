"""Under which names this server answers, and to whose pages: a page from elsewhere cannot make a browser ask it.

The names are those for which it was started. On this computer alone: localhost and its addresses. Open to a room: also
this computer's name, and the address under which the connection came in. Behind a proxy, or under another name, whoever
starts it says so with Streamlit's own settings, `server.allowedHosts` and (for a proxy that changes the host)
`server.corsAllowedOrigins`.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config

_NOT_HERE = (
    "attnviz does not answer under this name. Open it under the address that it printed when it was started; whoever "
    "starts it can allow another name with --server.allowedHosts.\n"
)
_NOT_FROM_THERE = "attnviz does not answer requests that another site's page makes.\n"
_NOT_USED = "attnviz has nothing here.\n"
_UNUSED = ("/_stcore/agent/",)  # of Streamlit's doors, the one that no page here uses
_PORTS = {"http": 80, "https": 443}


def plain(name: str) -> str:
    """A host's name or address in the one way of writing it.

    >>> plain("Lab-PC."), plain("::ffff:192.168.1.7"), plain("0:0::1")
    ('lab-pc', '192.168.1.7', '::1')
    """
    name = name.strip().lower().rstrip(".")
    try:
        address = ip_address(name)
    except ValueError:
        return name
    return str(getattr(address, "ipv4_mapped", None) or address)  # at “::” one listens to both kinds


def is_loopback(name: str) -> bool:
    """Whether a host's name or address is this computer's own, which nobody else can reach.

    >>> is_loopback("localhost"), is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    try:
        return plain(name) == "localhost" or ip_address(plain(name)).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class Started:
    """How the server was started; lower case."""

    address: str  # at which it listens; "": at every one
    hosts: tuple[str, ...]
    origins: tuple[str, ...]


@cache
def started() -> Started:
    """The settings of the start. Read once: a settings file that is changed later does not change where it listens."""

    def named(option: str) -> tuple[str, ...]:
        return tuple(str(name).strip().lower().rstrip("./") for name in config.get_option(option) or ())

    address = str(config.get_option("server.address") or "").strip().lower()
    return Started(address, named("server.allowedHosts"), named("server.corsAllowedOrigins"))


def listens_here_only() -> bool:
    """Whether the server was started for this computer alone: at an address that nobody else can reach, and under no
    other name, as a proxy on this computer would need one."""
    start = started()
    return is_loopback(start.address) and not start.hosts and not start.origins


@cache
def own_names() -> frozenset[str]:
    """This computer's names in a local network. (Not its full one: asking for that may wait for a name server.)"""
    name = socket.gethostname().lower().rstrip(".")
    short = name.split(".")[0]
    return frozenset({name, short, f"{short}.local"})


def parted(host: str) -> tuple[str, int | None] | None:
    """Name and port of a Host header; None if it is none.

    >>> parted("Localhost:8501"), parted("[::1]:80"), parted("a@b"), parted("a/b")
    (('localhost', 8501), ('::1', 80), None, None)
    """
    try:
        parts = urlsplit(f"//{host}")
        name, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not name or parts.netloc != host or "@" in host or any(ord(c) < 33 for c in host):
        return None
    return plain(name), port


def is_answered(host: str, came_in_at: str | None) -> bool:
    """Whether a request for that host is answered; `came_in_at` is the address of this end of the connection."""
    parts = parted(host)
    if parts is None:
        return False
    name, _ = parts
    named = started().hosts
    if is_loopback(name) or any(
        pattern in (name, "*") or (pattern.startswith("*.") and name.endswith(pattern[1:])) for pattern in named
    ):
        return True
    if listens_here_only() or named:
        return False
    return name in own_names() or name in (plain(started().address), plain(came_in_at or ""))


def is_own_origin(origin: str, host: str) -> bool:
    """Whether the page that asks is this server's own, or one that was named at the start.

    >>> is_own_origin("https://here.org", "here.org:443"), is_own_origin("http://evil.org", "localhost:8501")
    (True, False)
    """
    if origin.lower() in started().origins:
        return True
    parts = urlsplit(origin)
    asking, asked = parted(parts.netloc), parted(host)
    if asking is None or asked is None or parts.scheme not in _PORTS:
        return False
    default = _PORTS[parts.scheme]
    return (asking[0], asking[1] or default) == (asked[0], asked[1] or default)


class Hosts:
    """ASGI middleware: refuses what was sent under a foreign name, or by a foreign page, or to an unused door."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or not (refusal := refusal_of(scope)):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # policy violation
        else:
            status, sentence = refusal
            await PlainTextResponse(sentence, status)(scope, receive, send)


def refusal_of(scope: Scope) -> tuple[int, str] | None:
    """Status and sentence for a request that is not answered; None for one that is."""
    named = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    origins = [value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"]
    came_in_at = (scope.get("server") or (None,))[0]
    if len(named) != 1 or not is_answered(named[0], came_in_at):
        return 400, _NOT_HERE
    if any(not is_own_origin(origin, named[0]) for origin in origins):
        return 403, _NOT_FROM_THERE
    if any(door in scope["path"] for door in _UNUSED):
        return 404, _NOT_USED
    return None
