"""What the eager implementation of a pretrained model gives beside its weights."""

from __future__ import annotations

import torch
from torch import Tensor

from attnviz import Trace
from attnviz.models.pretrained.texts.model import PretrainedModel


@torch.no_grad()
def eager_output(model: PretrainedModel, trace: Trace) -> Tensor:
    """[token, d_model]: the last hidden state."""
    return model.run(model.eager, trace.tokens).last_hidden_state[0]
