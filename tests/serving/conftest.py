"""What tests that speak the pages' protocol share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.serving import client


@pytest.fixture(autouse=True)
def visitors() -> Iterator[None]:
    """Who came in a test leaves with it."""
    yield
    client.leave()
