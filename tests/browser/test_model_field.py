"""The model field, typed into."""

from __future__ import annotations

from urllib.parse import parse_qs, urlparse

import pytest

from tests.browser.pages import Compare, Explore

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("page", "key", "start"), [(Explore, "model", {}), (Compare, "model_b", {"compare": "models"})]
)
def test_what_is_pasted_over_a_name_that_is_a_part_of_it_is_asked_for(fresh: Explore, page, key, start):
    site = page(fresh.page, fresh.url)
    site.page.goto(f"{site.url}{site.path}?{key}=/no/checkpoint-500" + "".join(f"&{n}={v}" for n, v in start.items()))
    field = site.page.locator(f".st-key-{'model' if key == 'model' else 'compare_model'} input")
    for name in ("/no/checkpoint-5000", "/very/no/checkpoint-5000", "MiniLM"):
        site.page.locator(".notice.error").wait_for()
        field.click()
        field.fill(name)
        assert field.input_value() == name
        field.press("Enter")
        asked = "minilm" if name == "MiniLM" else name
        site.page.wait_for_url(lambda url, asked=asked: parse_qs(urlparse(url).query)[key] == [asked])
    site.page.wait_for_selector(site.ready)
