"""What every answer tells the browser: nothing from elsewhere, no code made of text, no page of others around it."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

import streamlit
from starlette.types import ASGIApp, Message, Receive, Scope, Send

INDEX = Path(streamlit.__file__).parent / "static" / "index.html"
_HOST = re.compile(r"[\w.-]+(:\d+)?|\[[0-9a-fA-F:]+\](:\d+)?", re.ASCII)
_INLINE = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)


def inline_hashes(html: str) -> list[str]:
    """For each script that stands in a page itself, the hash by which a policy allows it.

    >>> inline_hashes("<script src='a.js'></script><script></script>")
    ["'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"]
    """
    digests = (hashlib.sha256(text.encode()).digest() for text in _INLINE.findall(html))
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


@cache
def _scripts() -> str:
    """Streamlit's files, the components' JavaScript (loaded from blobs), and the one script that stands in Streamlit's
    page itself: by its hash, read off the installed file, since each version has another."""
    return " ".join(["'self'", "blob:", *inline_hashes(INDEX.read_text(encoding="utf-8"))])


def content_security_policy(host: str = "") -> str:
    """What a page that was asked for at `host` may load and run. Without eval.

    Styles stand in elements, as Plotly and Streamlit write them. The WebSocket is named with its host: older browsers
    do not take it for 'self'.
    """
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {_scripts()}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "media-src 'self' blob:",
            f"connect-src 'self'{sockets}",
            "worker-src 'self' blob:",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )


def headers(host: str = "") -> list[tuple[bytes, bytes]]:
    """The headers, as ASGI has them, of an answer to what was asked of `host`."""
    named = {
        "content-security-policy": content_security_policy(host),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",  # for browsers that do not know frame-ancestors
        "referrer-policy": "same-origin",  # the address holds the sentence
    }
    return [(name.encode(), value.encode()) for name, value in named.items()]


class Headers:
    """ASGI middleware: the headers, on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)  # a WebSocket's messages pass untouched
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                ours = headers(
                    next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
                )
                names = {name for name, _ in ours}
                theirs = (header for header in message.get("headers", ()) if header[0].lower() not in names)
                message["headers"] = [*theirs, *ours]
            await send(message)

        await self.app(scope, receive, with_headers)
