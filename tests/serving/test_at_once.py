"""Many people who come at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.browser.serving import served_app
from tests.serving.client import Client

PEOPLE = 30


def test_thirty_who_open_pages_of_a_fresh_server_at_once_all_see_them():
    """Its modules were once imported by the first who came, half, when the second looked."""
    with served_app() as url, ThreadPoolExecutor(PEOPLE) as pool:
        came = list(pool.map(lambda i: Client(url, ("compare", "train")[i % 2]).open(), range(PEOPLE)))
    assert came == [[]] * PEOPLE
