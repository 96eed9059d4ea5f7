"""Whether a model that was loaded may be shown: a short run through our attention, held against its own."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch

from attnviz._trace import Trace
from attnviz.errors import AttnvizError
from attnviz.models.base import ModelError, check
from attnviz.models.parts import entries_of
from attnviz.models.pretrained_model import PretrainedModel
from attnviz.models.probe import TOKENS, measured
from attnviz.models.sources import OWN_ATTENTION
from attnviz.request import Request, Text
from attnviz.tokens import TextToken, Tokens

log = logging.getLogger(__name__)

_OTHERS = {"vision_config": "pictures", "audio_config": "sound"}  # what says that a model reads more than text


@torch.no_grad()
def accepted(model: PretrainedModel) -> PretrainedModel:
    """The model, with what a run of it showed.

    Raises:
        ModelError: it does not run on text alone, its attention does not go through ours, or gives other weights than
            the library's own.
    """
    outputs: list[Any] = []
    with _refusals_in_words(model):
        tokens = _tokens(model)
        found, record = measured(model.network, lambda: outputs.append(model.run(model.network, tokens)))
        own = model.run(model.eager_twin(), tokens, output_attentions=True, output_hidden_states=True)
        output = outputs[0].last_hidden_state[0]
    _check_layers(model, found.layers, own)
    model = replace(model, measured=found)
    request = Request(Text(""), model.weights)
    checked = check(model, Trace(request, model.layers_of(record, tokens), {"text": output}))
    if math.isnan(checked.difference):
        raise _refused(model, "its weights hold numbers that are none (NaN), or run into them")
    if not checked.agrees:
        raise _refused(
            model,
            "its attention has a term that is not in attnviz's equations (some weight differs from its own by "
            f"{checked.difference:.2g})",
        )
    return model


def _check_layers(model: PretrainedModel, ours: int, own: Any) -> None:
    """Raise `ModelError` unless every layer computed attention, and all of it through ours."""
    weights = [x for x in getattr(own, "attentions", None) or () if isinstance(x, torch.Tensor)]
    layers = len(getattr(own, "hidden_states", None) or ()) - 1
    if ours == len(weights) > 0 and ours >= layers:  # some have two attentions in a layer, each with its weights
        return
    if ours != len(weights) and weights:
        raise _refused(model, OWN_ATTENTION)
    if not ours and not any("attention" in type(module).__name__.lower() for module in model.network.modules()):
        raise _refused(model, "it computes no attention: its layers are of another kind")
    if not ours:
        raise _refused(model, OWN_ATTENTION)
    if ours == len(weights) < layers:
        raise _refused(
            model,
            f"only {ours} of its {layers} layers compute attention; the others are of another kind, which attnviz does "
            "not show",
        )
    raise _refused(model, "the library does not tell its attention weights, so they cannot be checked")


@contextmanager
def _refusals_in_words(model: PretrainedModel) -> Iterator[None]:
    """Turn whatever the first run raises into a sentence."""
    try:
        yield
    except ModelError:
        raise
    except AttnvizError as error:  # shapes that our attention does not take
        raise _refused(model, f"its attention is of another shape than attnviz's. {error}".rstrip(".")) from error
    except Exception as error:
        log.warning("The first run of %r failed", model.name, exc_info=error)
        config = model.network.config
        further = [what for part, what in _OTHERS.items() if getattr(config, part, None) is not None]
        if further:
            raise _refused(model, f"it reads {' and '.join(further)} together with text, and not text alone") from error
        if entries_of(model.network) is None and not getattr(config, "vocab_size", None):
            raise _refused(model, "it has no table of words, so it reads something else than text") from error
        told = str(error).strip().split("\n")[0][:160]
        raise _refused(
            model, f"it does not run on a text as it is ({type(error).__name__}{f': {told}' * bool(told)})"
        ) from error


def _refused(model: PretrainedModel, why: str) -> ModelError:
    return ModelError(f"The model {model.name} cannot be shown: {why}.")


def _tokens(model: PretrainedModel) -> Tokens:
    """Some entries of its vocabulary, spread over it, none of them special."""
    entries = min(entries_of(model.network) or len(model.tokenizer), len(model.tokenizer))
    ids = sorted(set(range(entries)) - set(model.tokenizer.all_special_ids)) or [0]
    chosen = (ids[(i + 1) * len(ids) // (TOKENS + 1)] for i in range(TOKENS))
    return Tokens("text", tuple(TextToken("", one, 0, 0) for one in chosen), "")
