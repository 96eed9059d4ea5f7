"""Two replicas of the app behind nginx, with deploy/nginx.conf as it stands, but for the ports."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.cookies import SimpleCookie
from pathlib import Path

from benchmarks.sessions import child
from tests.browser.serving import ROOT, free_port, served_at

CONFIGURATION = ROOT / "deploy" / "nginx.conf"
COOKIE = "replica"
NAMES = ("one", "two")  # as the cookie has them
_PORTS = {"one": 8601, "two": 8602}  # in the configuration
_LISTENS = 8080
# As docs/serving.md says: reached through nginx alone, and asked under this name.
_STARTED = {"STREAMLIT_SERVER_ADDRESS": "127.0.0.1", "STREAMLIT_SERVER_ALLOWED_HOSTS": "localhost"}


class Balanced:
    """The address of both, and a way to kill one and to start it again."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.ports = {name: free_port() for name in NAMES}
        self.listens = free_port()
        self.url = f"http://localhost:{self.listens}"
        self._processes: dict[str, int] = {}

    def start(self, name: str) -> None:
        """Until it answers."""
        self._stack.enter_context(served_at(self.ports[name], OMP_NUM_THREADS="1", **_STARTED))
        self._processes[name] = child()

    def kill(self, name: str) -> None:
        """As a computer does that loses its power: nobody is told."""
        os.kill(self._processes[name], signal.SIGKILL)

    def nginx(self, folder: Path) -> None:
        """Start it in a folder of its own."""
        text = CONFIGURATION.read_text(encoding="utf-8")
        ports = {_LISTENS: f"127.0.0.1:{self.listens}"}
        text = text.replace(f"listen {_LISTENS};", f"listen {ports[_LISTENS]};")
        for name, port in _PORTS.items():
            text = text.replace(f":{port}", f":{self.ports[name]}")
        (folder / "nginx.conf").write_text(f"daemon off;\n{text}", encoding="utf-8")
        found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin")
        if found is None:
            raise SystemExit("There is no nginx here (Debian: apt install nginx-light).")
        process = subprocess.Popen([found, "-p", str(folder), "-c", str(folder / "nginx.conf")])
        self._stack.callback(process.wait, 20)
        self._stack.callback(process.terminate)
        for _ in range(100):
            if process.poll() is not None:
                raise SystemExit("nginx did not start.")
            try:
                self.visited()
            except OSError:
                time.sleep(0.1)
            else:
                return

    def visited(self, replica: str = "") -> str:
        """Ask as a browser that was at that replica (or at none): at which one it is from now on."""
        asked = urllib.request.Request(f"{self.url}/_stcore/health")
        if replica:
            asked.add_header("Cookie", f"{COOKIE}={replica}")
        with urllib.request.urlopen(asked, timeout=30) as answer:
            given = SimpleCookie(answer.headers.get("Set-Cookie", ""))
            for line in answer.headers.get_all("Set-Cookie") or []:
                given.load(line)
        return given[COOKIE].value if COOKIE in given else replica


@contextmanager
def balanced() -> Iterator[Balanced]:
    """Both replicas and nginx, until they are no longer needed."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)  # nginx’s workers are another user’s
        both = Balanced(stack)
        for name in NAMES:
            both.start(name)
        both.nginx(folder)
        yield both
