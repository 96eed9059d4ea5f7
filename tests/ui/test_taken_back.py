"""What a model cannot take, of what a link changes in its run or names: said, and the rest stays."""

from __future__ import annotations

import numpy as np
import pytest

from attnviz import Masked, Scaled, load_model
from attnviz.ui.state.compare_view import compare_from_params
from tests.ui.mounted import weights_in
from tests.ui.opening import opened, opened_compare, said

SOURCE, TARGET = "the cat sat on the mat", "a dog was black"


def test_of_several_changes_those_that_the_model_cannot_take_are_named_and_the_others_stay(bart: str):
    link = "cross/temperature:2~unplaced~causal~image/relu~unscaled~unscaled"
    app = opened(model=bart, text=SOURCE, target=TARGET, layer="0", head="0", changes=link)
    assert "These changes are taken back: no positions; image: ReLU in place of softmax." in said(app)
    assert app.query_params["changes"] == "cross/temperature:2~causal~unscaled"
    left = load_model(bart).trace(
        SOURCE, target=TARGET, changes=[Scaled(2.0, part="cross"), Masked("causal"), Scaled(root=False)]
    )
    np.testing.assert_allclose(weights_in(app), left.parts["cross"][0].weights[0].numpy(), atol=1e-6)


def test_a_part_that_is_only_there_with_a_target_is_told_as_such(bart: str):
    app = opened(model=bart, text=SOURCE, part="cross", changes="cross/relu")
    assert "There is no part “cross” in" in said(app)
    assert "here it has one part, encoder. The change is taken back." in said(app)
    back = opened(model=bart, text=SOURCE, target=TARGET, part="image")
    assert "is not in what this model reads here; the cross-attention is shown." in said(back)


@pytest.mark.parametrize("model", ["voice", "picture"])
def test_compare_says_what_is_not_there_where_a_sound_or_a_picture_is_read_too(model: str):
    app = opened_compare(model=model, key="99", off="9.0")
    assert "The link switches heads off that this model does not have; they are left out." in said(app)
    assert "token 99, looked at, is not in this text" in said(app)


def test_b_s_head_may_be_named_by_its_address():
    found, wrong = compare_from_params({"head_b": "4.11"})
    assert (found.layer_b, found.head_b, wrong) == (4, 11, [])
    found, wrong = compare_from_params({"head_b": "4.x"})
    assert (found.layer_b, found.head_b) == (None, None)
    assert wrong == [
        "The link says head_b = “4.x”, but it must be a whole number from 0, or an address such as 5.11; the default "
        "is used."
    ]
