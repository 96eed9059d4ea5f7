"""The pages run without a browser: opened at an address, and what stands on them."""

from __future__ import annotations

import base64
import json
import re
from html import unescape
from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest

from tests.ui.mounted import sent

APP = str(Path(__file__).parent.parent.parent / "attnviz" / "ui" / "pages" / "main.py")


def opened(**params: str) -> AppTest:
    """The app, which opens with Explore."""
    return _at(AppTest.from_file(APP, default_timeout=60), params)


def opened_train(**params: str) -> AppTest:
    return _page("train", params)


def opened_compare(**params: str) -> AppTest:
    return _page("compare", params)


def opened_learn(**params: str) -> AppTest:
    return _page("learn", params)


def running(code: str) -> AppTest:
    """A page that is this code."""
    return _at(AppTest.from_string(code, default_timeout=60), {})


def _page(name: str, params: dict[str, str]) -> AppTest:
    code = f"import streamlit as st\nfrom attnviz.ui.pages import {name}\n{name}.page()"
    return _at(AppTest.from_string(code, default_timeout=60), params)


def _at(app: AppTest, params: dict[str, str]) -> AppTest:
    app.query_params.update(params)
    app.run()
    assert not app.exception
    return app


def chart(app: AppTest, place: int) -> dict:
    return json.loads(app.get("plotly_chart")[place].proto.spec)


def htmls(app: AppTest) -> list[str]:
    return [element.proto.body for element in app.get("html")]


def said(app: AppTest) -> str:
    return " ".join([*htmls(app), *(box.value for kind in (app.caption, app.markdown) for box in kind)])


def errors(app: AppTest) -> list[str]:
    """The sentences in error boxes, as a person reads them. Streamlit's own boxes are not used."""
    assert not app.error
    return [unescape(re.sub("<.*?>", "", html)) for html in htmls(app) if "notice error" in html]


def decoded(values: dict) -> np.ndarray:
    """The numbers of a chart."""
    array = np.frombuffer(base64.b64decode(values["bdata"]), dtype=values["dtype"])
    return array.reshape([int(n) for n in values["shape"].split(",")])


def labels(app: AppTest) -> list[str]:
    """The tokens that the explorer shows; none where it is not on the page."""
    mounted = [element.proto.component_name for element in app.get("bidi_component")]
    return (
        [token["label"] for token in sent(app, "trace")[0]["rows"]["text"]["tokens"]]
        if "attnviz_trace" in mounted
        else []
    )
