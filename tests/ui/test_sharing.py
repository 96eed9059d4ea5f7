"""The link of a view, and its QR code."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import segno

from attnviz.ui.cards.below.sharing import MOST, qr_code
from tests.ui.opening import opened, said


def test_the_link_names_what_is_shown():
    app = opened(model="minilm", layer="5", head="11", query="3")
    app.session_state.along_open = True
    app.run()
    assert not app.exception
    links = [code.value for code in app.code if "layer=5" in code.value]
    assert any(link.endswith("?model=minilm&layer=5&head=11&query=3") for link in links)


def test_a_code_is_a_picture_with_as_many_dots_as_the_link_needs():
    link = "http://localhost:8501/?model=minilm&layer=5&head=11"
    picture = ElementTree.fromstring(qr_code(link))
    wanted = segno.make(link, error="l", micro=False).symbol_size(scale=4)
    assert (int(picture.get("width")), int(picture.get("height"))) == wanted


def test_a_link_too_long_for_a_code_says_so():
    assert qr_code("x" * MOST) is not None
    assert qr_code("x" * (MOST + 1)) is None
    app = opened(model="minilm", text="word " * 300)
    app.session_state.along_open = True
    app.run()
    assert "too long for a QR code" in said(app)
