"""One server for all tests that speak the pages' protocol."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.serving import served_app


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    with served_app() as address:
        yield address
