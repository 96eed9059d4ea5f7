"""What is shown of a model of the transformers library that reads text: which of its networks, whether it tells words,
whether its decoder can be shown as well."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from typing import Any

from attnviz.models.errors import ModelError
from attnviz.models.pretrained import library
from attnviz.models.pretrained.acceptance import accepted
from attnviz.models.pretrained.files.completeness import check_weights, lacking
from attnviz.models.pretrained.files.sources import OWN_ATTENTION
from attnviz.models.pretrained.texts.encoder_decoder import EncoderDecoder
from attnviz.models.pretrained.texts.model import PretrainedModel
from attnviz.models.pretrained.texts.reader import Reader
from attnviz.request import Weights
from attnviz.tokens import TOKEN_LIMIT

# How the class of a model with a language-model head is called, and which word the head tells.
_PREDICTS = {"ForMaskedLM": "masked", "LMHeadModel": "next", "ForCausalLM": "next"}

# What cross-attention is called in the layers of BART and its kin, GPT-2 and BERT, T5.
_CROSS = ("encoder_attn", "crossattention", "EncDecAttention")
_SELF_ALONE = (
    "This model also has cross-attention, to a text or sound that another network has read. None is given here: what "
    "is shown is its self-attention alone."
)


def shown(
    weights: Weights,
    model: Any,
    tokenizer: Any,
    *,
    notices: Sequence[str],
    info: dict[str, Any] | None = None,
    has_own_head: bool = False,
) -> PretrainedModel:
    """The part of a loaded model that is shown, once it is complete and passes a run.

    Args:
        info: what the library said of the weights in the file; None of a model that was loaded by somebody else.
        has_own_head: something stands on it that the library does not know.

    Raises:
        ModelError: why it cannot be shown.
    """
    name, tokenizer = weights.name, settled(tokenizer, weights.name)
    model.eval()
    network, part = library.network_of(model)
    both, lacks_target = _both(model, tokenizer) if part else None, ""
    if not library.is_model(network):
        raise ModelError(f"The model {name} cannot be shown: {OWN_ATTENTION}.")
    predicts = next((word for end, word in _PREDICTS.items() if type(model).__name__.endswith(end)), None)
    if part or network is model or (predicts == "masked" and tokenizer.mask_token_id is None):
        predicts = None
    if info is not None:
        check_weights(name, model, network, info, has_own_head=has_own_head)
        if lacking(model, model, info):  # the language-model head, for one, is not in the file
            predicts = None
        if both is not None and lacking(model, both.network, info):
            both = None
            lacks_target = (
                f"The decoder of {name} cannot be shown: some of its weights are not in the file. Its encoder can: "
                "leave the target out."
            )
    if any(n.split(".")[-1] in _CROSS for n, _ in network.named_modules()):
        notices = [*notices, _SELF_ALONE]
    return accepted(
        PretrainedModel(
            weights,
            network,
            Reader(tokenizer),
            predicts,
            model if predicts else None,
            part=part,
            both=both,
            lacks_target=lacks_target,
            # DPR's reader, for one, takes none, though the BERT in it would.
            takes_segments=part != "" or "token_type_ids" in signature(type(model).forward).parameters,
            notices=tuple(notices),
            # Made without the configuration, so that a layer with a sliding window keeps what is beyond it as well.
            empty_cache=library.KEPT,
        )
    )


def settled(tokenizer: Any, name: str) -> Any:
    """The tokenizer, set as it is used here.

    Raises:
        ModelError: one that is not fast.
    """
    if not getattr(tokenizer, "is_fast", False):
        raise ModelError(
            f"The tokenizer of {name} does not tell which characters a token covers; attnviz needs that. Save it again "
            "as a fast one (tokenizer.json), if there is one for it."
        )
    tokenizer.truncation_side = "right"  # a long text loses its end, as the page says
    longest = tokenizer.model_max_length  # in a file of settings anything may stand
    if not isinstance(longest, int | float) or longest <= 2:
        tokenizer.model_max_length = TOKEN_LIMIT
    return tokenizer


def in_float32(narrow: str) -> str:
    """What is said of a model whose weights were saved in numbers of that kind."""
    return (
        f"The weights are saved in {narrow} numbers. Here they run in float32, so that every number has the same "
        f"precision; run in {narrow}, a weight can differ by some hundredths."
    )


def _both(model: Any, tokenizer: Any) -> EncoderDecoder:
    """Encoder and decoder, with the head that writes words where the model was saved with one."""
    has_words = model.get_output_embeddings() is not None
    return EncoderDecoder(model if has_words else model.base_model, tokenizer, has_words)
