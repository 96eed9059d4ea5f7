"""The server around the pages: what it answers, and with which headers."""

from __future__ import annotations

import asyncio
import logging
import runpy
import sys
import tomllib
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from streamlit import config

from attnviz import ui
from attnviz.ui.serving import headers, hosts, middleware, start
from attnviz.ui.serving.hosts import is_answered, is_own_origin, listens_here_only, refusal_of

ROOT = Path(__file__).parent.parent.parent
T = TypeVar("T")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The settings with which the server was started."""

    def settings(address: str | None, *, names: tuple[str, ...] = (), origins: tuple[str, ...] = ()) -> None:
        told = {
            "server.address": address,
            "server.allowedHosts": list(names),
            "server.corsAllowedOrigins": list(origins),
        }
        own = config.get_option
        monkeypatch.setattr(config, "get_option", lambda name: told[name] if name in told else own(name))
        hosts.started.cache_clear()

    monkeypatch.setattr(hosts, "own_names", lambda: frozenset({"lab-pc", "lab-pc.local"}))
    yield settings
    hosts.started.cache_clear()


def asked(path: str = "/", kind: str = "http", *, server: str = "127.0.0.1", **named: str) -> dict[str, Any]:
    sent = [(name.encode(), value.encode()) for name, value in ({"host": "localhost:8501"} | named).items()]
    return {"type": kind, "path": path, "method": "GET", "headers": sent, "server": (server, 8501)}


def run_alone(asked: Coroutine[Any, Any, T]) -> T:
    """In a thread of its own: in this one the tests' browser may have an event loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, asked).result()


async def answer(scope: dict[str, Any]) -> list[dict[str, Any]]:
    """What all the middleware answers, around an app that says “well”."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Frame-Options", b"ALLOW")]})
        await send({"type": "http.response.body", "body": b"well"})

    served: Any = app
    for layer in reversed(middleware()):
        served = layer.cls(served, *layer.args, **layer.kwargs)
    await served(scope, None, send)
    return sent


def test_started_for_this_computer_only_its_own_names_are_answered(started):
    started("localhost")
    assert listens_here_only()
    for host in ("localhost:8501", "127.0.0.1:8501", "127.8.8.8", "[::1]:8501", "LOCALHOST.", "localhost:9000"):
        assert is_answered(host, "127.0.0.1"), host
    for host in ("evil.org", "localhost.evil.org", "lab-pc", "192.168.1.7:8501", "", "a@localhost", "localhost/x"):
        assert not is_answered(host, "127.0.0.1"), host


def test_opened_to_a_room_this_computers_names_and_addresses_are_answered(started):
    started("0.0.0.0")
    assert not listens_here_only()
    for host in ("lab-pc:8501", "lab-pc.local:8501", "192.168.1.7:8501", "localhost:8501"):
        assert is_answered(host, "192.168.1.7"), host
    for host in ("evil.org", "192.168.1.8:8501", "lab-pc.evil.org"):
        assert not is_answered(host, "192.168.1.7"), host


def test_an_address_is_known_in_every_way_of_writing_it(started):
    started(None)  # at every address, of both kinds
    assert is_answered("192.168.1.7:8501", "::ffff:192.168.1.7")
    assert is_answered("[2001:DB8:0::1]:8501", "2001:db8::1")
    assert is_answered("127.0.0.1:8501", "::ffff:127.0.0.1")
    assert not is_answered("192.168.1.7:8501", "::ffff:192.168.1.8")
    assert not is_answered("8501", "")


def test_behind_a_proxy_the_named_hosts_are_answered(started):
    started("localhost", names=("Attention.Example.org", "*.school.edu"))
    assert not listens_here_only(), "who names a host lets others in"
    assert is_answered("attention.example.org", "127.0.0.1")
    assert is_answered("cs.school.edu:443", "127.0.0.1")
    assert not is_answered("school.edu.evil.org", "127.0.0.1")
    assert not is_answered("evil.org", "127.0.0.1")


def test_an_address_that_is_not_set_is_open_to_others(started):
    started(None)
    assert not listens_here_only()


def test_settings_that_change_later_do_not_change_who_is_let_in(started, monkeypatch):
    started("0.0.0.0")
    assert not listens_here_only()
    monkeypatch.setattr(config, "get_option", {"server.address": "localhost"}.get)
    assert not listens_here_only()


def test_only_pages_of_this_server_may_ask(started):
    started("localhost", origins=("https://attention.example.org",))
    assert is_own_origin("http://localhost:8501", "localhost:8501")
    assert is_own_origin("https://here.example.org", "here.example.org")
    assert is_own_origin("https://attention.example.org", "localhost:8501"), "a proxy that changes the host"
    for origin in ("http://localhost:3000", "http://evil.org", "null", "", "file://", "http://127.0.0.1:8501"):
        assert not is_own_origin(origin, "localhost:8501"), origin
    assert not listens_here_only()


def test_a_forged_request_is_refused_with_a_sentence_and_the_headers(started):
    started("localhost")
    for scope, status in (
        (asked(host="evil.org"), 400),
        (asked(origin="http://evil.org"), 403),
        (asked("/_stcore/agent/1"), 404),
    ):
        first, second = run_alone(answer(scope))
        assert first["status"] == status
        assert b"attnviz" in second["body"]
        assert b"evil" not in second["body"]
        assert dict(first["headers"])[b"x-content-type-options"] == b"nosniff"
    (told,) = run_alone(answer(asked("/_stcore/stream", "websocket", origin="http://evil.org")))
    assert told == {"type": "websocket.close", "code": 1008}
    (told,) = run_alone(answer(asked("/_stcore/stream", "websocket", origin="http://localhost:8501")))
    assert told == {"type": "websocket.accept"}
    no_host = asked() | {"headers": []}
    two_hosts = asked() | {"headers": [(b"host", b"localhost"), (b"host", b"evil.org")]}
    assert refusal_of(no_host) is not None
    assert refusal_of(two_hosts) is not None


def test_every_answer_says_what_the_page_may_do(started):
    started("localhost")
    first, second = run_alone(answer(asked()))
    assert second["body"] == b"well"
    told = dict(first["headers"])
    assert told[b"x-frame-options"] == b"DENY"
    assert len([name for name, _ in first["headers"] if name.lower() == b"x-frame-options"]) == 1
    policy = {part.split()[0]: part.split()[1:] for part in told[b"content-security-policy"].decode().split("; ")}
    assert policy["default-src"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert policy["connect-src"] == ["'self'", "ws://localhost:8501", "wss://localhost:8501"]
    assert not any("eval" in word or word == "'unsafe-inline'" for word in policy["script-src"])


def test_the_inline_script_of_the_installed_page_is_allowed_and_no_other():
    page = headers.INDEX.read_text(encoding="utf-8")
    (allowed,) = headers.inline_hashes(page)
    assert allowed in headers.content_security_policy()
    assert headers.inline_hashes(page.replace("prerenderReady", "somethingElse")) != [allowed]
    assert "evil" not in headers.content_security_policy("x; script-src evil")


def test_the_page_opens_in_the_browser_when_the_server_starts(started, monkeypatch):
    opened: list[str] = []
    monkeypatch.setattr(start.cli_util, "open_browser", opened.append)

    async def run(*, headless: bool) -> None:
        own = config.get_option
        monkeypatch.setattr(config, "get_option", lambda name: headless if name == "server.headless" else own(name))
        async with start.lifespan(None):
            await asyncio.sleep(0)

    started("0.0.0.0")
    run_alone(run(headless=True))
    assert opened == []
    run_alone(run(headless=False))
    (address,) = opened
    assert address.startswith("http://localhost:")


def test_what_is_lacking_at_the_start_is_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "attnviz.ui.serving", None)
    monkeypatch.delattr(ui, "serving")
    with pytest.raises(SystemExit, match=r"^attnviz cannot start: [^\n]*not installed[^\n]*$"):
        runpy.run_path(str(ROOT / "app.py"))


def test_what_somebody_typed_cannot_look_like_an_entry_of_the_log(capsys):
    start.settle()
    try:
        raise RuntimeError("a\n2026-11-28 09:00:00 ERROR attnviz: forged\r\nforged\u2028forged")
    except RuntimeError as error:
        record = logging.LogRecord("attnviz", logging.WARNING, "", 0, "Running %r failed", ("a\nforged",), None)
        record.exc_info = type(error), error, error.__traceback__
    assert logging.lastResort is not None
    logging.lastResort.handle(record)
    first, *further = capsys.readouterr().err.splitlines()
    assert first == r"Running 'a\nforged' failed"
    assert len(further) > 4
    assert all(line.startswith("    ") for line in further), further


def test_as_many_files_may_be_opened_as_the_system_allows():
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (512, before[1]))
        start.raise_open_files()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert hard == before[1]
        assert soft > 512
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_no_files_are_watched_unless_somebody_works_on_the_code():
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert settings["server"]["fileWatcherType"] == "none"


def test_the_browser_keeps_a_message_for_as_many_runs_as_may_follow_fast():
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert settings["global"]["maxCachedMessageAge"] >= 20


def test_the_app_s_file_is_the_page_too_for_who_runs_it_as_a_script():
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert not app.exception
    assert app.text_area(key="text").value == "The cat, which was black, sat on the mat"
