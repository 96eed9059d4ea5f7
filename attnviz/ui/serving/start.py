"""What happens once, when the server starts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from streamlit import cli_util, config
from streamlit.web.server import server_util


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """Around the server's life: the browser opens."""
    # Streamlit opens it itself where it serves a script, and not where it serves an app.
    if not config.get_option("server.headless"):
        asyncio.get_running_loop().call_soon(cli_util.open_browser, address())
    yield


def address() -> str:
    """Where this computer's browser finds the page."""
    named = config.get_option("browser.serverAddress") if config.is_manually_set("browser.serverAddress") else None
    listens = config.get_option("server.address") or "localhost"
    return server_util.get_url(named or server_util.get_display_address(listens))
