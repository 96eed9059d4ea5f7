"""What can be changed in a run: offered where the model can take it, whatever a link has changed already."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz import Scaled
from tests.support.saving import made, saved
from tests.ui.mounted import weights_in
from tests.ui.opening import errors, opened, said

SOURCE, TARGET = "the cat sat on the mat", "a dog was black"


def with_what_if(**params: str) -> AppTest:
    app = opened(**params)
    app.session_state.what_if_open = True
    app.run()
    assert not app.exception
    assert errors(app) == []
    return app


def keys(app: AppTest) -> set[str | None]:
    return {one.key for kind in (app.toggle, app.selectbox, app.slider, app.number_input) for one in kind}


@pytest.mark.parametrize(("temperature", "shown"), [("20", 10.0), ("0.01", 0.1), ("1.23456", 1.23456)])
def test_a_temperature_that_the_slider_has_not_is_the_run_s_all_the_same(temperature: str, shown: float):
    app = with_what_if(model="grammar", text="The cat sat", layer="1", head="0", changes=f"temperature:{temperature}")
    assert app.slider(key="if_temperature").value == shown
    assert app.query_params["changes"] == f"temperature:{temperature}"
    trace = attnviz.load_model("grammar").trace("The cat sat", changes=[Scaled(float(temperature))])
    np.testing.assert_allclose(weights_in(app), trace.layers[1].weights[0].numpy(), atol=1e-6)
    app.slider(key="if_temperature").set_value(2.0).run()
    assert app.query_params["changes"] == "temperature:2"


def test_a_width_that_the_field_has_not_is_as_wide_as_the_text():
    app = with_what_if(model="grammar", text="The cat sat", layer="1", head="0", changes=f"window:{10**30}")
    assert app.number_input(key="if_width").value == 512
    whole = attnviz.load_model("grammar").trace("The cat sat")
    np.testing.assert_allclose(weights_in(app), whole.layers[1].weights[0].numpy(), atol=1e-6)


def test_a_mask_is_offered_where_there_is_a_line():
    assert "if_mask" in keys(with_what_if(model="grammar"))
    sound = with_what_if(model="voice", part="encoder")
    assert sound.selectbox(key="if_mask").label == "Each moment looks at"
    assert "only itself and moments before it" in sound.selectbox(key="if_mask").options
    for model in ("picture", "digit"):
        assert "if_mask" not in keys(with_what_if(model=model))


def test_the_root_is_offered_where_there_is_one(tmp_path, bart: str):
    assert "if_unscaled" in keys(with_what_if(model=bart, text=SOURCE, target=TARGET))
    t5 = str(saved(tmp_path, made("T5ForConditionalGeneration", decoder_start_token_id=2, eos_token_id=3)))
    app = with_what_if(model=t5, text=SOURCE, target=TARGET, changes="temperature:2")
    assert {"if_temperature", "if_normalizer"} <= keys(app)
    assert "if_unscaled" not in keys(app)
    linked = opened(model=t5, text=SOURCE, target=TARGET, changes="temperature:2~unscaled~cross/hard")
    assert "no √d_head to leave out. The change is taken back." in said(linked)
    assert linked.query_params["changes"] == "temperature:2~cross/hard"
