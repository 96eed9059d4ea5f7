"""The app, served as the README says, and a browser that is there: for tests and benchmarks."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
]
_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "chromium-headless-shell",
)
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
)


def find_browser(*first: str) -> str | None:
    """A Chromium or Chrome that is there; CHROME in the environment goes first, then these names."""
    found = [os.environ.get("CHROME"), *map(shutil.which, (*first, *_NAMES)), *(p for p in _PLACES if Path(p).exists())]
    return next((path for path in found if path), None)


@contextmanager
def served_app(script: str = "app.py", *, runner: str = "streamlit", **variables: str) -> Iterator[str]:
    """The address of the app, in a server of its own without a way to the hub.

    `runner` is the module that is run as Streamlit's command, `variables` are added to its environment.
    """
    with served_at(free_port(), script, runner=runner, **variables) as url:
        yield url


@contextmanager
def served_at(port: int, script: str = "app.py", *, runner: str = "streamlit", **variables: str) -> Iterator[str]:
    """The same at a port where perhaps a server was before."""
    url = f"http://localhost:{port}"
    command = [sys.executable, "-m", runner, "run", script, "--server.headless=true", f"--server.port={port}"]
    with tempfile.TemporaryDirectory() as home, (Path(home) / "log").open("w") as log:
        env = os.environ | {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": home} | variables
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_for(f"{url}/_stcore/health", process, Path(home) / "log")
            yield url
        finally:
            process.terminate()
            process.wait(20)


def free_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    raise RuntimeError(f"The server did not start:\n{log.read_text()}")
