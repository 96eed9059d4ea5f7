"""One server for all tests that speak the pages' protocol."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.serving import served_app
from tests.serving import client


@pytest.fixture(scope="package")
def url() -> Iterator[str]:
    with served_app() as address:
        yield address


@pytest.fixture(autouse=True)
def visitors() -> Iterator[None]:
    """Who came in a test leaves with it."""
    yield
    client.leave()
