"""What happens once, when the server starts."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from streamlit import cli_util, config
from streamlit.web.server import server_util

from attnviz.ui.serving.ahead import prepare
from attnviz.ui.serving.hosts import listens_here_only

_OPEN_FILES = 65_536  # three a person who looks, and then what is read
_LARGEST = "2000"  # megabytes that a model may take where others are let in (models/pretrained/files/weighing.py)


class Indented(logging.Formatter):
    """An entry of the log whose further lines are indented: none of what somebody typed looks like an entry itself."""

    def format(self, record: logging.LogRecord) -> str:
        return "\n    ".join(super().format(record).splitlines())


def settle() -> None:
    """What holds for the whole process; to be said before anything that talks to the hub is imported."""
    if not listens_here_only():
        os.environ["HF_HUB_DISABLE_IMPLICIT_TOKEN"] = "1"  # the owner's token is not for what visitors ask
        os.environ.setdefault("ATTNVIZ_LARGEST", _LARGEST)
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(Indented())
        logging.getLogger("attnviz").addHandler(logging.lastResort)  # the package writes no log unless asked to
    raise_open_files()


def raise_open_files() -> None:
    """Let the process open as many files as it may: each person who looks takes three, and many systems say 1,024 or
    256 as long as nobody asks for more."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):  # some systems allow less than they say
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """Around the server's life: what pages need is there before the first visit, and the browser opens."""
    prepare()
    # Streamlit opens it itself where it serves a script, and not where it serves an app.
    if not config.get_option("server.headless"):
        asyncio.get_running_loop().call_soon(cli_util.open_browser, address())
    yield


def address() -> str:
    """Where this computer's browser finds the page."""
    named = config.get_option("browser.serverAddress") if config.is_manually_set("browser.serverAddress") else None
    listens = config.get_option("server.address") or "localhost"
    return server_util.get_url(named or server_util.get_display_address(listens))
