"""Many people who come at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.browser.serving import served_app
from tests.serving.client import Client

PEOPLE = 30


@pytest.mark.parametrize("page", ["compare", "train"])
def test_thirty_who_open_a_page_of_a_fresh_server_all_see_it(page: str):
    with served_app() as url, ThreadPoolExecutor(PEOPLE) as pool:
        came = list(pool.map(lambda _: Client(url, page).open(), range(PEOPLE)))
    assert came == [[]] * PEOPLE
