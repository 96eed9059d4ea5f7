"""What a model cannot take, of what a link changes in its run: said, and the rest stays."""

from __future__ import annotations

import numpy as np

from attnviz import Masked, Scaled, load_model
from tests.ui.mounted import weights_in
from tests.ui.opening import opened, said

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
