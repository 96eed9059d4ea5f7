"""A translation on Explore: written at once, each word by its own row, and what breaks when a word is cut."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.pages import Explore

pytestmark = pytest.mark.browser

TEXT = "The black cat sees the small dogs"


def labels(explore: Explore, side: str) -> list[str]:
    return explore.page.locator(f".words.{side} button bdi").all_inner_texts()


def test_a_sentence_is_translated_at_once_and_the_adjective_looks_across(explore: Explore):
    explore.begin(model="french", text=TEXT)
    assert labels(explore, "queries") == ["Le", "chat", "noir", "voit", "les", "petits", "chiens", "end"]
    assert labels(explore, "keys") == ["[CLS]", *TEXT.split()]
    explore.page.locator(".words.queries button", has_text="noir").click()
    expect(explore.page.locator(".stMain")).to_contain_text("noir looks at black 0.9")
    explore.type("My hens never follow him")
    assert labels(explore, "queries") == ["Mes", "poules", "ne", "le", "suivent", "jamais", "end"]


def test_a_word_that_is_cut_breaks_the_one_that_says_the_same(explore: Explore):
    explore.begin(model="french", text=TEXT, changes="cross/unseen:_:_:_:3")
    expect(explore.page.locator(".broken")).to_contain_text("chat →")
    assert explore.page.locator(".broken li").count() <= 2, "the other words stay"
    assert "From the beginning it writes" in explore.page.locator(".effects").inner_text()


def test_a_target_of_ones_own_is_read_instead(explore: Explore):
    explore.begin(model="french", text=TEXT)
    field = explore.page.get_by_label("Target", exact=True)
    field.fill("Le chat")
    field.press("Enter")
    explore.settle()
    assert labels(explore, "queries") == ["Le", "chat", "end"]
    explore.page.get_by_role("button", name="No target").click()
    explore.settle()
    assert labels(explore, "queries")[-2:] == ["chiens", "end"]


def test_what_it_does_not_know_is_said(explore: Explore):
    explore.begin(model="french", text="The black pizza sleeps")
    assert "This model knows 184 words, and not pizza" in explore.text()
    explore.page.get_by_role("button", name="Try a sentence to translate").click()
    explore.settle()
    assert "and not" not in explore.page.locator(".stMain").inner_text()
