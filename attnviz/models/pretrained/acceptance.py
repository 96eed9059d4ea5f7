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
from attnviz.models.checking import check, check_weights
from attnviz.models.errors import ModelError
from attnviz.models.pretrained.files.sources import OWN_ATTENTION
from attnviz.models.pretrained.inside.probe import TOKENS, measured
from attnviz.models.pretrained.texts.encoder_decoder import EncoderDecoder, places_of
from attnviz.models.pretrained.texts.growing import agrees
from attnviz.models.pretrained.texts.model import PretrainedModel
from attnviz.models.pretrained.twins import entries_of
from attnviz.request import Request, Text, Translation
from attnviz.tokens import TextToken, Tokens

log = logging.getLogger(__name__)

WRITTEN = TOKENS - 2  # tokens of the target in a run of a decoder: another number than the source has
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
        own = model.run(model.eager, tokens, output_attentions=True, output_hidden_states=True)
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
    return _with_decoder(replace(model, reads_on=agrees(model, tokens)))


def _with_decoder(model: PretrainedModel) -> PretrainedModel:
    """The model with what a run of its decoder showed; or without it, and why."""
    if model.both is None:
        return model
    both: EncoderDecoder = model.both
    lacks = f"The decoder of {model.name} cannot be shown: {{}}. Its encoder can: leave the target out."
    tokens = _tokens(model)
    source, target = replace(tokens, name="source"), Tokens("target", tokens[:WRITTEN], "")
    try:
        found, record = measured(both.network, lambda: both.run(both.network, source, target))
        places = places_of(record, len(source), len(target))
        if places is None:
            raise ModelError("its cross-attention does not run through attnviz's attention")
        both = replace(both, places=places, measured=found)
        ours, theirs = both.layers(record, source, target), both.eager_weights(source, target)
        if {part: len(layers) for part, layers in ours.items()} != {part: len(w) for part, w in theirs.items()}:
            raise ModelError("not every layer of it runs through attnviz's attention")
        request, nothing = Request(Translation("", ""), model.weights), torch.zeros(1)
        outputs = {row.name: nothing.expand(len(row), 1) for row in (layers[0].queries for layers in ours.values())}
        checked = check_weights(Trace(request, ours, outputs), theirs, model.reference)
        if not checked.agrees:
            raise ModelError(f"some weight differs from its own by {checked.difference:.2g}")
    except AttnvizError as error:
        return replace(model, both=None, lacks_target=lacks.format(str(error).rstrip(".")))
    except Exception as error:
        log.warning("The first run of the decoder of %r failed", model.name, exc_info=error)
        told = str(error).strip().split("\n")[0][:160]
        return replace(model, both=None, lacks_target=lacks.format(f"it does not run ({told})"))
    return replace(model, both=both)


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
