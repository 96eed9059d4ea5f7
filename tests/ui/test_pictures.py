"""Pages read text: a model that is asked about pictures is offered by none, and a link to it gets a sentence."""

from __future__ import annotations

from attnviz.models import names
from attnviz.training.registry import TASKS, on_pages
from tests.ui import test_page, test_train


def test_no_list_offers_what_reads_pictures():
    assert "picture" in TASKS
    assert list(on_pages()) == [name for name in TASKS if name != "picture"]
    assert names.parsed("picture") == names.Shipped("picture")
    assert "picture" not in [one.name for one in names.offered()]
    app = test_page.opened()
    assert not any("pictures" in option for option in app.selectbox(key="model").options)
    assert "Pictures" not in test_train.opened().get("button_group")[0].options


def test_a_link_to_it_gets_a_sentence_on_every_page():
    app = test_page.opened(model="picture", text="The cat sat")
    assert not app.exception
    assert "which only Python gives it yet" in test_page.said(app)
    app = test_train.opened(model="picture")
    assert not app.exception
