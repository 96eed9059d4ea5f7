"""Pretrained models of the transformers library, run through our attention.

The only module that imports transformers. Only safetensors are loaded, and never a model's own code.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from inspect import signature
from threading import Lock
from typing import Any

import numpy as np
import torch
import transformers
from torch import nn
from tqdm import tqdm
from transformers import (
    AttentionInterface,
    AutoConfig,
    AutoModel,
    AutoTokenizer,
    CLIPModel,
    DynamicCache,
    ImageProcessingMixin,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
)
from transformers.masking_utils import AttentionMaskInterface, eager_mask
from transformers.utils import logging as transformers_logging

from attnviz.contents import Samples
from attnviz.models.base import Model
from attnviz.models.checking import check
from attnviz.models.device import choose_device
from attnviz.models.errors import ModelError
from attnviz.models.names import Folder, Hub, Packaged
from attnviz.models.places import PICTURE_KINDS, TOWER_KINDS
from attnviz.models.pretrained import towers, vision
from attnviz.models.pretrained.acceptance import accepted
from attnviz.models.pretrained.encoder_decoder import EncoderDecoder
from attnviz.models.pretrained.files.completeness import (
    check_configuration,
    check_input,
    check_positions,
    check_weights,
    check_words,
    lacking,
)
from attnviz.models.pretrained.files.folder import amount_held, check_vocabulary, narrow_numbers, quantised, settings
from attnviz.models.pretrained.files.sources import (
    OWN_ATTENTION,
    OWN_CODE,
    Source,
    find_source,
    loading_errors_in_words,
    tokenizer_errors_in_words,
)
from attnviz.models.pretrained.files.weighing import check_amount
from attnviz.models.pretrained.hearing import HearingModel
from attnviz.models.pretrained.inside.recording import IMPLEMENTATION, attention_forward
from attnviz.models.pretrained.model import PretrainedModel
from attnviz.models.pretrained.towers import TwoTowers
from attnviz.models.pretrained.twins import in_own_memory
from attnviz.models.pretrained.vision import VisionModel
from attnviz.models.quiet import has_bars
from attnviz.request import Named, Sound, Weights
from attnviz.tokens import TOKEN_LIMIT

# How the class of a model with a language-model head is called, and which word the head tells.
_PREDICTS = {"ForMaskedLM": "masked", "LMHeadModel": "next", "ForCausalLM": "next"}

# What cross-attention is called in the layers of BART and its kin, GPT-2 and BERT, T5.
_CROSS = ("encoder_attn", "crossattention", "EncDecAttention")
_SELF_ALONE = (
    "This model also has cross-attention, to a text or sound that another network has read. None is given here: what "
    "is shown is its self-attention alone."
)
# While transformers makes a model, it changes what all threads make: two at once came out without weights.
_ONE_AT_A_TIME = Lock()


def _no_bar(_factory: Any, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Instead of a progress bar: nothing that is seen."""
    return tqdm(*arguments, **{**options, "disable": True})


def _without_bars() -> Callable[[], object]:
    """Turn the library's progress bars off, and give what puts back what was there."""
    before = transformers_logging.set_tqdm_hook(_no_bar)
    return lambda: transformers_logging.set_tqdm_hook(before)


has_bars(_without_bars)
AttentionInterface.register(IMPLEMENTATION, attention_forward)
# Without this line transformers passes no mask at all, and padding and causality are silently ignored.
AttentionMaskInterface.register(IMPLEMENTATION, eager_mask)


def load_pretrained(weights: Packaged | Folder | Hub, *, device: str | None = None) -> PretrainedModel:
    """A model that reads text, as `load` has it.

    Raises:
        ModelError: as `load`; or it reads no text.
    """
    found = load(weights, device=device)
    if not isinstance(found, PretrainedModel):
        raise ModelError(f"{weights.name} looks at pictures or hears sounds, and reads no text.")
    return found


def load(weights: Packaged | Folder | Hub, *, device: str | None = None) -> Model:
    """A packaged model, that of a local folder, or one of the Hugging Face hub; be it of texts, pictures or sounds.

    Raises:
        ModelError: why it cannot be had or shown, and what to do.
    """
    where, name = choose_device(device), weights.name
    source = find_source(weights)
    with loading_errors_in_words(source):
        config = AutoConfig.from_pretrained(source.path, **source.options)
        cls = _class_of(config)
        check_configuration(name, config)
        if cls is WhisperForConditionalGeneration:
            return _hearing(weights, source, where, config)
    if config.model_type in PICTURE_KINDS:
        return _vision(weights, source, where, config)
    if config.model_type in TOWER_KINDS:
        return _towers(weights, source, where, config)
    with loading_errors_in_words(source):
        check_input(name, cls, config)
    with tokenizer_errors_in_words(source):
        tokenizer = _tokenizer(source)
    with loading_errors_in_words(source):
        with _ONE_AT_A_TIME:
            model, info = _loaded(cls, source, config)
        model = model.requires_grad_(False).to(where)
        narrow = narrow_numbers(source.folder, name) if source.folder is not None else ""
    notices = [*source.notices, *([_in_float32(narrow)] if narrow else [])]
    has_own_head = cls is AutoModel and bool(config.architectures)
    return _shown(weights, model, tokenizer, info=info, notices=notices, has_own_head=has_own_head)


def _vision(weights: Packaged | Folder | Hub, source: Source, where: torch.device, config: Any) -> VisionModel:
    """A model that looks at pictures: what stands on its network (a classifier) is left out."""
    with loading_errors_in_words(source):
        with _ONE_AT_A_TIME:
            network, info = _loaded(AutoModel, source, config)
        network = network.requires_grad_(False).to(where).eval()
        check_weights(weights.name, network, network, info)
        preparation = vision.Preparation.of(_picture_settings(source), network.config)
    return vision.accepted(VisionModel(weights, network, preparation, notices=source.notices))


def _towers(weights: Packaged | Folder | Hub, source: Source, where: torch.device, config: Any) -> TwoTowers:
    """A model that reads a picture and a text, each by a tower of its own (CLIP)."""
    with tokenizer_errors_in_words(source):
        tokenizer = _settled(_tokenizer(source), source.name)
    with loading_errors_in_words(source):
        with _ONE_AT_A_TIME:
            network, info = _loaded(CLIPModel, source, config)
        network = network.requires_grad_(False).to(where).eval()
        check_weights(source.name, network, network, info)
        preparation = vision.Preparation.of(_picture_settings(source), network.config.vision_config)
        narrow = narrow_numbers(source.folder, source.name) if source.folder is not None else ""
    notices = (*source.notices, *([_in_float32(narrow)] if narrow else []))
    image = vision.accepted(VisionModel(weights, network.vision_model, preparation, part="image", notices=notices))
    text = accepted(PretrainedModel(weights, network.text_model, tokenizer, part="text", takes_segments=False))
    return towers.accepted(TwoTowers(weights, network, image, text, notices=notices))


def _picture_settings(source: Source) -> dict[str, Any]:
    """What the model's folder says of how a picture is prepared; nothing where it says nothing."""
    try:
        return dict(ImageProcessingMixin.get_image_processor_dict(source.path, local_files_only=source.local)[0])
    except (OSError, ValueError):
        return {}


def _hearing(weights: Packaged | Folder | Hub, source: Source, where: torch.device, config: Any) -> HearingModel:
    """A Whisper of the library: its network, its tokenizer and what makes its spectrogram.

    Raises:
        ModelError: weights that are not complete, or settings that do not say how it writes.
    """
    extractor = WhisperFeatureExtractor.from_pretrained(source.path, local_files_only=source.local)
    with _ONE_AT_A_TIME:
        model, info = _loaded(WhisperForConditionalGeneration, source, config)
    check_weights(source.name, model, model, info)
    settings = model.generation_config
    if getattr(settings, "no_timestamps_token_id", None) is None:
        raise ModelError(f"{source.name} does not say how it writes: its folder has no generation_config.json.")
    found = HearingModel(
        weights, model.eval().requires_grad_(False).to(where), _tokenizer(source), extractor, source.notices
    )
    if not isinstance(weights, Packaged):  # of which it is known
        sound = Samples.of(np.sin(np.arange(found.rate // 2) / 5), found.rate)
        checked = check(found, found.trace(Sound(sound, "")))
        if not checked.agrees:
            raise ModelError(f"{source.name} cannot be shown: some weight differs by {checked.difference:.2g}.")
    return found


def wrap(model: Any, tokenizer: Any) -> PretrainedModel:
    """A transformers model that is loaded already (fine-tuned, with an adapter merged, with quantisation undone), with
    its fast tokenizer. What is shown is a copy: the model itself stays as it is, and what becomes of it later is not
    seen.

    Raises:
        ModelError: why it cannot be shown, and what to do.
    """
    if not isinstance(model, PreTrainedModel):
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
    if not isinstance(tokenizer, PreTrainedTokenizerBase):
        raise ModelError(
            "attnviz.wrap needs the model's tokenizer as well, as the transformers library loads it: "
            "attnviz.wrap(model, tokenizer)."
        )
    check_words(name, tokenizer)
    narrow = sorted({str(x.dtype).removeprefix("torch.") for x in model.parameters() if x.element_size() < 4})
    with loading_errors_in_words(Source(name, name, local=True)):
        twin = nn.Module.float(copy.deepcopy(model)).requires_grad_(False)
        twin.set_attn_implementation(IMPLEMENTATION)
    notices = [_in_float32(" and ".join(narrow))] if narrow else []
    return _shown(Named(name), twin, copy.deepcopy(tokenizer), notices=notices)


def _shown(
    weights: Weights,
    model: Any,
    tokenizer: Any,
    *,
    notices: list[str],
    info: dict[str, Any] | None = None,
    has_own_head: bool = False,
) -> PretrainedModel:
    """The part of a loaded model that is shown, once it is complete and passes a run."""
    name, tokenizer = weights.name, _settled(tokenizer, weights.name)
    model.eval()
    network, part = _network(model)
    both, lacks_target = _both(model, tokenizer) if part else None, ""
    if not isinstance(network, PreTrainedModel):
        raise ModelError(f"The model {name} cannot be shown: {OWN_ATTENTION}.")
    predicts = next((word for end, word in _PREDICTS.items() if type(model).__name__.endswith(end)), None)
    if part or network is model or (predicts == "masked" and tokenizer.mask_token_id is None):
        predicts = None
    if info is not None:
        check_weights(name, model, network, info, has_own_head=has_own_head)
        if lacking(model, model, info):  # the language-model head, for one, is not in the file
            predicts = None
        if both is not None and lacking(model, both.network, info):
            both, lacks_target = (
                None,
                (
                    f"The decoder of {name} cannot be shown: some of its weights are not in the file. Its encoder can: "
                    "leave the target out."
                ),
            )
    if any(n.split(".")[-1] in _CROSS for n, _ in network.named_modules()):
        notices = [*notices, _SELF_ALONE]
    return accepted(
        PretrainedModel(
            weights,
            network,
            tokenizer,
            predicts,
            model if predicts else None,
            part=part,
            both=both,
            lacks_target=lacks_target,
            # DPR's reader, for one, takes none, though the BERT in it would.
            takes_segments=part != "" or "token_type_ids" in signature(type(model).forward).parameters,
            notices=tuple(notices),
            # Made without the configuration, so that a layer with a sliding window keeps what is beyond it as well.
            empty_cache=DynamicCache,
        )
    )


def _settled(tokenizer: Any, name: str) -> Any:
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


def _class_of(config: Any) -> Any:
    """The class that the model was saved as; where the library has none of that name, its plain model."""
    found = getattr(transformers, str((config.architectures or [""])[0]), None)
    return found if isinstance(found, type) and issubclass(found, PreTrainedModel) else AutoModel


def _tokenizer(source: Source) -> Any:
    folder = source.folder
    if (
        folder is not None
        and not (folder / "tokenizer.json").is_file()
        and "auto_map" in settings(folder, "tokenizer_config.json")
    ):
        raise ModelError(f"The tokenizer of {source.name} could not be loaded: {OWN_CODE}.")
    tokenizer = AutoTokenizer.from_pretrained(source.path, **source.options)
    if source.folder is not None:
        check_vocabulary(source.folder, source.name)
    check_words(source.name, tokenizer)
    return tokenizer


def _loaded(cls: Any, source: Source, config: Any) -> tuple[Any, dict[str, Any]]:
    """The model, and what the library says of the weights in the file.

    Raises:
        ModelError: it is larger than one may be here, or asks for far more than its file holds.
    """
    make = cls.from_config if cls is AutoModel else cls
    held = None if source.folder is None else amount_held(source.folder)
    check_amount(source.name, lambda: make(copy.deepcopy(config)), held)
    model, info = cls.from_pretrained(
        source.path,
        **source.options,
        use_safetensors=True,
        attn_implementation=IMPLEMENTATION,
        dtype=torch.float32,
        output_loading_info=True,
    )
    return in_own_memory(model), info


def _network(model: Any) -> tuple[Any, str]:
    """The network whose attention is shown, and which part of the model it is ("" if it is all of it)."""
    if model.config.is_encoder_decoder:
        encoder = model.get_encoder()
        if encoder is not model:
            whole = any(name.split(".")[-1] == "decoder" for name, _ in model.named_modules())
            return encoder, "encoder" * whole
    base = model.base_model
    return _without_heads(getattr(model, "language_model", base) if base is model else base), ""


def _both(model: Any, tokenizer: Any) -> EncoderDecoder:
    """Encoder and decoder, with the head that writes words where the model was saved with one."""
    has_words = model.get_output_embeddings() is not None
    return EncoderDecoder(model if has_words else model.base_model, tokenizer, has_words)


def _without_heads(network: Any) -> Any:
    """The network inside one that is called a base and still has a head of its own (DPR's readers, Llama 4), or does
    nothing but hold it (BART's decoder alone)."""
    inner = [child for child in network.children() if isinstance(child, PreTrainedModel)]
    heads = [child for child in network.children() if child not in inner and any(True for _ in child.parameters())]
    only_holds = len([*network.children()]) == 1 and type(network).__name__.endswith("Wrapper")
    return _without_heads(inner[0]) if len(inner) == 1 and (heads or only_holds) else network


def _in_float32(narrow: str) -> str:
    return (
        f"The weights are saved in {narrow} numbers. Here they run in float32, so that every number has the same "
        f"precision; run in {narrow}, a weight can differ by some hundredths."
    )
