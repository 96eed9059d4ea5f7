"""One architecture: made tiny, saved as a person would have it in a folder, read by attnviz, held against transformers.

Independent of how attnviz loads: the reference is the class that the folder names, loaded by transformers itself with
its own eager attention, and run on the trace's token ids.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from torch import Tensor, nn
from transformers import AutoTokenizer, PreTrainedTokenizerFast

import attnviz
from benchmarks.tiny_configs import WORDS, tiny_config

TEXT = "The cat, which was black, sat on the mat. A dog sat on the cat."  # longer than the windows of four tokens
SECOND = "Which cat was on the mat?"
TOLERANCE = 1e-6
_AT = 3  # the token of whose prediction the words are compared
_MOST_PARAMETERS = 30_000_000
_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
_KNOWN = ["the", "a", "cat", "dog", "which", "was", "black", "sat", "on", "mat", ",", ".", "<|endoftext|>"]


@dataclass(frozen=True)
class Architecture:
    """A class of transformers, a model type that it is of, and what is set in its configuration or in saving."""

    name: str
    model_type: str
    what: str = ""  # in what it differs from the class as it is
    config: Mapping[str, Any] = field(default_factory=dict)
    dtype: torch.dtype = torch.float32  # of the weights in the folder
    shard: str = "1GB"  # the size of a file of weights, at most


@dataclass(frozen=True)
class Outcome:
    """What became of one architecture."""

    kind: str  # "shown", "refused", "wrong", "raw", "not made"
    sentence: str = ""
    difference: float = 0.0  # the largest, of a weight
    layers: int = 0
    heads: int = 0
    spread: float = 0.0  # how far a weight is from uniform, at most: where it is small, a fault would not show
    eager: str = ""  # of one that is not shown: what transformers' own eager attention gives


class NotMadeError(Exception):
    """Why there is no tiny model of an architecture."""


def save_tokenizer(folder: Path) -> None:
    """A fast word tokenizer of 32 words, with [CLS] and [SEP]."""
    words = [*_SPECIAL, *_KNOWN]
    words += [f"word{i}" for i in range(len(words), WORDS)]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        model_max_length=48,
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
        **{f"{word[1:-1].lower()}_token": word for word in _SPECIAL},
    )
    fast.save_pretrained(folder)


def draw(model: nn.Module, seed: int) -> None:
    """Weights so large that attention is far from uniform: then a wrong mask, scale or bias shows."""
    generator = torch.Generator().manual_seed(seed)
    drawn: set[int] = set()
    with torch.no_grad():
        for module in model.modules():
            for name, parameter in module.named_parameters(recurse=False):
                if id(parameter) in drawn:  # tied
                    continue
                drawn.add(id(parameter))
                noise = torch.randn(parameter.shape, generator=generator)
                if parameter.dim() < 2 or name in ("A_log", "D"):
                    parameter.add_((noise * 0.2).to(parameter.dtype))
                else:
                    inputs = 1 if isinstance(module, nn.Embedding) else max(parameter[0].numel(), 1)
                    parameter.copy_(noise * 1.4 / inputs**0.5)


def make(architecture: Architecture, model_class: Any, config_class: Any, folder: Path) -> None:
    """A tiny model of that class with its tokenizer in the folder.

    Raises:
        NotMadeError: why not.
    """
    try:
        with torch.device("meta"):
            model = model_class(tiny_config(config_class, **architecture.config))
        size = sum(parameter.numel() for parameter in model.parameters())
        if size > _MOST_PARAMETERS:
            raise NotMadeError(f"its smallest configuration has {size:,} parameters")
        with torch.random.fork_rng():
            torch.manual_seed(0)
            model = model_class(tiny_config(config_class, **architecture.config))
        draw(model, zlib.crc32(architecture.name.encode()))
        model.to(architecture.dtype).save_pretrained(folder, max_shard_size=architecture.shard)
    except NotMadeError:
        raise
    except Exception as error:  # transformers raises what it likes
        said = str(error).strip().splitlines() or [""]
        raise NotMadeError(f"{type(error).__name__}: {' '.join(line.strip() for line in said)[:200]}") from error
    save_tokenizer(folder)


def eager(model_class: Any, folder: Path) -> Any:
    """The model in the folder, as transformers itself loads it, with its own attention."""
    options = {"attn_implementation": "eager", "dtype": torch.float32, "local_files_only": True}
    return model_class.from_pretrained(folder, **options).eval()


@torch.no_grad()
def reading(model: Any, ids: list[int], kinds: list[int] | None = None) -> tuple[list[Tensor], Tensor | None]:
    """Weights [head, query, key] of each layer that has attention, and the last hidden state; of the encoder where
    there are an encoder and a decoder. `kinds` tells the tokens of two sentences apart."""
    read = torch.tensor([ids])
    asked: dict[str, Any] = {"output_attentions": True, "output_hidden_states": True, **_without_cache(model)}
    if model.config.is_encoder_decoder:
        asked["decoder_input_ids"] = read
    if type(model).__name__.endswith("ForMultipleChoice"):
        read = read[None]
    if kinds is not None:
        asked["token_type_ids"] = torch.tensor(kinds).expand_as(read)
    try:
        output = model(input_ids=read, attention_mask=torch.ones_like(read), **asked)
    except Exception:  # a head, or a decoder, that needs more than a text
        if model.base_model is model and not model.config.is_encoder_decoder:
            raise
        output = None
    if model.config.is_encoder_decoder and not getattr(output, "encoder_attentions", None):
        encoder = model.get_encoder()
        output = encoder(input_ids=read, attention_mask=torch.ones_like(read), output_attentions=True)
    found = any(getattr(output, f"{which}attentions", None) for which in ("", "encoder_"))
    if not found and model.base_model is not model:
        return reading(model.base_model, ids, kinds)
    prefix = "encoder_" if getattr(output, "encoder_attentions", None) else ""
    last = getattr(output, prefix + "last_hidden_state", None)
    if last is None and (states := getattr(output, prefix + "hidden_states", None)):
        last = states[-1]
    weights = [w[0] for w in getattr(output, prefix + "attentions", None) or () if isinstance(w, Tensor)]
    return weights, None if last is None else last[0]


@torch.no_grad()
def words(model: Any, ids: list[int], *, masked: bool) -> Tensor:
    """[word]: what a model with a language-model head gives for token `_AT`, hidden, or for the one after it."""
    read = torch.tensor([ids])
    if masked:
        read[0, _AT] = _SPECIAL.index("[MASK]")
    logits: Tensor = model(input_ids=read, attention_mask=torch.ones_like(read), **_without_cache(model)).logits[0, _AT]
    return logits.softmax(-1)


def _without_cache(model: Any) -> dict[str, bool]:
    return {"use_cache": False} if getattr(model.config, "use_cache", None) is not None else {}


def compare(model_class: Any, folder: Path, *, explain: bool = False) -> Outcome:
    """What attnviz shows of the model in the folder, against transformers; `explain`, what transformers gives where it
    is not shown."""
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    one, two = tokenizer(TEXT), tokenizer(TEXT, SECOND)
    try:
        shown: Any = attnviz.load_model(folder, device="cpu")
        trace = shown.trace(TEXT)
        pair = shown.trace(TEXT, second=SECOND) if shown.takes_pairs else None
        told = shown.probabilities(TEXT, _AT) if shown.predicts else None
    except attnviz.AttnvizError as error:
        said = str(error).replace(str(folder), "FOLDER").replace(folder.name, "FOLDER")
        return Outcome("refused", said, eager=_given(model_class, folder, one["input_ids"]) if explain else "")
    except Exception as error:  # what no person may see
        return Outcome("raw", f"{type(error).__name__}: {error}")
    try:
        model = eager(model_class, folder)
        outcome = _against(trace, one["input_ids"], *reading(model, one["input_ids"]))
        if outcome.kind == "shown" and pair is not None:
            config = model.get_encoder().config if model.config.is_encoder_decoder else model.config
            kinds = two["token_type_ids"] if (getattr(config, "type_vocab_size", None) or 0) > 1 else None
            of_pair = _against(pair, two["input_ids"], *reading(model, two["input_ids"], kinds))
            outcome = (
                outcome if of_pair.kind == "shown" else replace(of_pair, sentence=f"of a pair, {of_pair.sentence}")
            )
        if outcome.kind == "shown" and told is not None:
            off = largest(told - words(model, one["input_ids"], masked=shown.predicts == "masked"))
            if off > 10 * TOLERANCE:
                outcome = replace(outcome, kind="wrong", sentence=f"a word's probability is off by {off:.2g}")
    except Exception as error:
        outcome = Outcome("wrong", f"shown, though transformers raises {type(error).__name__}: {error}")
    return replace(outcome, layers=len(trace.layers), heads=trace.layers[0].heads)


def _against(trace: attnviz.AttentionTrace, ids: list[int], weights: list[Tensor], last: Tensor | None) -> Outcome:
    """A trace, against the tokens, the weights of each layer and the last hidden state as they should be."""
    if (read := [token.id for token in trace.tokens]) != ids:
        return Outcome("wrong", f"reads {read} for {ids}")
    if len(weights) != len(trace.layers):
        return Outcome("wrong", f"{len(trace.layers)} layers shown; transformers has {len(weights)}")
    difference = spread = 0.0
    for layer, (ours, theirs) in enumerate(zip((x.weights for x in trace.layers), weights, strict=True)):
        if ours.shape != theirs.shape:
            return Outcome("wrong", f"layer {layer} is {list(ours.shape)}, not {list(theirs.shape)}")
        difference = max(difference, largest(ours - theirs))
        seen = (theirs > 0).sum(-1, keepdim=True).clamp(min=1)
        spread = max(spread, largest(theirs - 1 / seen))
    if difference > TOLERANCE:
        return Outcome("wrong", f"weights are off by {difference:.2g}", difference, spread=spread)
    if last is not None and last.shape == trace.output.shape:
        off = largest(trace.output - last) / (1 + largest(last))
        if off > 10 * TOLERANCE:
            return Outcome("wrong", f"the output is off by {off:.2g}", difference, spread=spread)
    return Outcome("shown", "", difference, spread=spread)


def largest(x: Tensor) -> float:
    """By size; infinity where a number is none."""
    return float(x.abs().nan_to_num(nan=torch.inf).max())


def _given(model_class: Any, folder: Path, ids: list[int]) -> str:
    try:
        weights, _ = reading(eager(model_class, folder), ids)
    except Exception as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())}"[:160]
    off = max((largest(w.float().sum(-1) - 1) for w in weights), default=0.0)
    shape = list(weights[0].shape) if weights else []
    return f"{len(weights)} layers {shape}" + (f", rows off 1 by {off:.2g}" if off > 1e-5 else "")
