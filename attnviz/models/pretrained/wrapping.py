"""A model of the transformers library that somebody has loaded already."""

from __future__ import annotations

import copy
from typing import Any

from torch import nn

from attnviz.models.errors import ModelError
from attnviz.models.pretrained import library
from attnviz.models.pretrained.files.completeness import check_input, check_positions, check_words
from attnviz.models.pretrained.files.folder import quantised
from attnviz.models.pretrained.files.sources import Source, loading_errors_in_words
from attnviz.models.pretrained.inside.recording import IMPLEMENTATION
from attnviz.models.pretrained.shown import in_float32, shown
from attnviz.models.pretrained.texts.model import PretrainedModel
from attnviz.request import Named


def wrap(model: Any, tokenizer: Any) -> PretrainedModel:
    """A transformers model that is loaded already (fine-tuned, with an adapter merged, with quantisation undone), with
    its fast tokenizer. What is shown is a copy: the model itself stays as it is, and what becomes of it later is not
    seen.

    Raises:
        ModelError: why it cannot be shown, and what to do.
    """
    if not library.is_model(model):
        raise ModelError(
            f"attnviz.wrap takes a model of the transformers library, not {type(model).__name__}. Of a model with an "
            "adapter: model.merge_and_unload()."
        )
    name = type(model).__name__
    check_input(name, type(model), model.config)
    check_positions(name, model.config)
    if getattr(model, "is_quantized", False) or not all(
        x.is_floating_point() and x.element_size() > 1 for x in model.parameters()
    ):
        raise ModelError(quantised(name))
    if not library.is_tokenizer(tokenizer):
        raise ModelError(
            "attnviz.wrap needs the model's tokenizer as well, as the transformers library loads it: "
            "attnviz.wrap(model, tokenizer)."
        )
    check_words(name, tokenizer)
    narrow = sorted({str(x.dtype).removeprefix("torch.") for x in model.parameters() if x.element_size() < 4})
    with loading_errors_in_words(Source(name, name, local=True)):
        twin = nn.Module.float(copy.deepcopy(model)).requires_grad_(False)
        twin.set_attn_implementation(IMPLEMENTATION)
    notices = [in_float32(" and ".join(narrow))] if narrow else []
    return shown(Named(name), twin, copy.deepcopy(tokenizer), notices=notices)
