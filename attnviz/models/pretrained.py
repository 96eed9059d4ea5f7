"""Pretrained models of the transformers library, run through our attention.

The only module that imports transformers. Only safetensors are loaded, and never a model's own code.
"""

from __future__ import annotations

import copy
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

import torch
from torch import Tensor, nn
from transformers import (
    AttentionInterface,
    AutoConfig,
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoTokenizer,
    PreTrainedTokenizerBase,
)
from transformers.masking_utils import AttentionMaskInterface, eager_mask

from attnviz.errors import AttnvizError
from attnviz.models.base import NONE_OFF, ModelError
from attnviz.models.device import choose_device
from attnviz.models.recording import IMPLEMENTATION, attention_forward, recording
from attnviz.models.sources import Source, find_source, loading_errors_in_words
from attnviz.tokens import CHARACTER_LIMIT, TOKEN_LIMIT, checked_text
from attnviz.trace import AttentionTrace, Token

# How the class of a model with a language-model head is called, what loads it, and which word the head tells.
_HEADS = (
    ("ForMaskedLM", AutoModelForMaskedLM, "masked"),
    ("LMHeadModel", AutoModelForCausalLM, "next"),
    ("ForCausalLM", AutoModelForCausalLM, "next"),
)
# What the bias of the query projection is called in BERT and its kin, DistilBERT, GPT-2 and Llama's kin.
_QUERY_BIASES = ("query.bias", "q_lin.bias", "c_attn.bias", "q_proj.bias", "Wqkv.bias", "query_key_value.bias")

AttentionInterface.register(IMPLEMENTATION, attention_forward)
# Without this line transformers passes no mask at all, and padding and causality are silently ignored.
AttentionMaskInterface.register(IMPLEMENTATION, eager_mask)


def load_pretrained(name: str, *, device: str | None = None) -> PretrainedModel:
    """The bundled model ("minilm"), a local folder, or a model id of the Hugging Face hub.

    Raises:
        ModelError: why it cannot be had or shown, and what to do.
    """
    where = choose_device(device)
    source = find_source(name)
    with loading_errors_in_words(source):
        tokenizer = AutoTokenizer.from_pretrained(source.path, **source.options)
        config = AutoConfig.from_pretrained(source.path, **source.options)
        kind = str((config.architectures or [""])[0])
        loader, predicts = next(((load, word) for end, load, word in _HEADS if kind.endswith(end)), (AutoModel, None))
        model, missing = _loaded(loader, source)
        if missing and predicts:  # perhaps only the language-model head is not in the file
            model, missing, predicts = *_loaded(AutoModel, source), None
    if missing:
        raise ModelError(
            f"The weights of {name} lack {len(missing)} parts (“{missing[0]}” is one), so it is not shown."
        )
    if not getattr(tokenizer, "is_fast", False):
        raise ModelError(f"The tokenizer of {name} does not tell which characters a token covers; attnviz needs that.")
    tokenizer.truncation_side = "right"  # a long text loses its end, as the page says
    model = model.eval().requires_grad_(False).to(where)
    if predicts == "masked" and tokenizer.mask_token_id is None:
        predicts = None
    network = model.base_model if predicts else model
    if model.config.is_encoder_decoder:
        network, predicts = model.get_encoder(), None
    return PretrainedModel(name, source, network, tokenizer, predicts, model if predicts else None)


def _loaded(loader: Any, source: Source) -> tuple[Any, list[str]]:
    """The model, and the names of the parameters that the file lacks and that are therefore random. (Only the pooler's
    do not matter: it plays no part in attention.)"""
    model, info = loader.from_pretrained(
        source.path,
        **source.options,
        use_safetensors=True,
        attn_implementation=IMPLEMENTATION,
        dtype=torch.float32,
        output_loading_info=True,
    )
    return model, sorted(key for key in info["missing_keys"] if "pooler" not in key)


@dataclass(eq=False)
class PretrainedModel:
    """A transformers model whose attention is ours. Threads may share it."""

    name: str
    source: Source
    network: Any  # a transformers PreTrainedModel; its library leaves most of it untyped
    tokenizer: PreTrainedTokenizerBase
    predicts: str | None = None  # "masked" or "next" word, where it has a language-model head
    with_words: Any = None  # the network and that head
    reference: str = "the transformers library's own eager attention"
    _lock: Lock = field(default_factory=Lock)  # for the tokenizer, which keeps its truncation as state, and the twin
    _eager: Any = None

    @torch.no_grad()
    def trace(self, text: str, *, off: Collection[tuple[int, int]] = NONE_OFF) -> AttentionTrace:
        """Read a text (up to 512 tokens or what the model can take; the rest is cut)."""
        text = checked_text(text)
        tokens, cut = self._tokens(text)
        self._check_layers(off)
        with recording(off) as record:
            output = self._run(self.network, tokens).last_hidden_state[0]
        expected = self._layer_count()
        if len(record.layers) != expected:
            raise ModelError(
                f"{self.name} ran {len(record.layers)} of its {expected} layers through attnviz's attention: its code "
                "computes attention in a way of its own, so its true weights cannot be shown. Choose another model."
            )
        where = str(self.network.device)
        return AttentionTrace(text, tokens, tuple(record.layers), output, self.name, where, cut, frozenset(off))

    @property
    def first_look(self) -> tuple[int, int]:
        return (0, 0)

    @torch.no_grad()
    def probabilities(self, text: str, at: int, *, off: Collection[tuple[int, int]] = NONE_OFF) -> Tensor:
        """[word]: what its language-model head gives for token `at`, hidden, or for the token after it."""
        if self.with_words is None:
            raise ModelError(f"{self.name} has no language-model head: it predicts no words.")
        tokens, _ = self._tokens(checked_text(text))
        if not 0 <= at < len(tokens):
            raise ModelError(f"There is no token {at}: the text has tokens 0 to {len(tokens) - 1}.")
        self._check_layers(off)
        hidden = self.tokenizer.mask_token_id if self.predicts == "masked" else tokens[at].id
        read = (*tokens[:at], replace(tokens[at], id=hidden), *tokens[at + 1 :])
        with recording(off):
            logits: Tensor = self._run(self.with_words, read).logits[0, at]
        return logits.softmax(-1).cpu()

    def word(self, index: int) -> str:
        """The vocabulary's entry with that index, as a person reads it."""
        return str(self.tokenizer.decode([index])).strip() or str(self.tokenizer.convert_ids_to_tokens(index))

    def _check_layers(self, off: Collection[tuple[int, int]]) -> None:
        for layer, _ in off:
            if not 0 <= layer < self._layer_count():
                raise ModelError(f"There is no layer {layer}: {self.name} has layers 0 to {self._layer_count() - 1}.")

    @torch.no_grad()
    def reference_weights(self, trace: AttentionTrace) -> list[Tensor]:
        """The weights of transformers' eager attention, by a twin of the model with the same parameters."""
        outputs = self._run(self._eager_twin(), trace.tokens, output_attentions=True)
        return [weights[0] for weights in outputs.attentions]

    @torch.no_grad()
    def reference_output(self, trace: AttentionTrace) -> Tensor:
        """[token, d_model]: the last hidden state of the eager twin."""
        output: Tensor = self._run(self._eager_twin(), trace.tokens).last_hidden_state[0]
        return output

    @property
    def projection(self) -> str:
        """How Q, K and V come from X, read off the configuration and the parameters' names."""
        config = self.network.config.get_text_config()
        rotary = getattr(config, "rope_parameters", None) or getattr(config, "rope_theta", None)
        names = [name for name, _ in self.network.named_parameters()]
        biased = any(name.endswith(_QUERY_BIASES) for name in names)
        return " ".join(["linear"] + ["bias"] * biased + ["rotary"] * bool(rotary))

    @property
    def limit(self) -> int:
        """The most tokens it reads, special ones included."""
        config = self.network.config
        limits = [TOKEN_LIMIT, self.tokenizer.model_max_length]
        places = getattr(config, "max_position_embeddings", None)
        if places:
            # RoBERTa and its kin count positions from padding_idx + 1, so fewer are left than the table has.
            embedding = next((m for n, m in self.network.named_modules() if n.endswith("position_embeddings")), None)
            first = getattr(embedding, "padding_idx", None)
            limits.append(places - (0 if first is None else first + 1))
        return int(min(limits))

    def _tokens(self, text: str) -> tuple[tuple[Token, ...], int | None]:
        """The tokens with their places in the text, and the character at which it was cut."""
        read = text[:CHARACTER_LIMIT]
        cut = CHARACTER_LIMIT if len(text) > CHARACTER_LIMIT else None
        with self._lock:
            encoded = self._encode(read)
            if len(encoded["input_ids"]) > self.limit:
                encoded = self._encode(read, truncation=True, max_length=self.limit)
                cut = max(end for _, end in encoded["offset_mapping"])
        pieces = self.tokenizer.convert_ids_to_tokens(encoded["input_ids"])
        word_ids = encoded.word_ids()
        tokens: list[Token] = []
        words = 0
        for i, (start, end) in enumerate(encoded["offset_mapping"]):
            start, end = _without_space(read, start, end)
            special = bool(encoded["special_tokens_mask"][i])
            piece_of = None if special else word_ids[i]
            # Some tokenizers call the whole text one word: a gap, which is a space, parts words as well.
            continues = not special and i > 0 and word_ids[i - 1] == piece_of and start <= tokens[-1].end
            words += not special and not continues
            tokens.append(
                Token(
                    pieces[i] if special else read[start:end],
                    encoded["input_ids"][i],
                    start,
                    start if special else end,
                    special,
                    None if special else words - 1,
                    pieces[i],
                    continues,
                )
            )
        if all(token.special for token in tokens):
            raise AttnvizError("The model's tokenizer finds nothing to read in this text. Type a sentence.")
        return tuple(tokens), cut

    def _encode(self, text: str, **options: object) -> Any:
        """`split_special_tokens`: a "[MASK]" or "[CLS]" that a person types is text, not a special token."""
        return self.tokenizer(
            text,
            split_special_tokens=True,
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
            verbose=False,
            **options,
        )

    def _run(self, network: Any, tokens: tuple[Token, ...], **options: object) -> Any:
        ids = torch.tensor([[token.id for token in tokens]], device=network.device)
        cache = {"use_cache": False} if getattr(network.config, "use_cache", None) is not None else {}
        return network(input_ids=ids, attention_mask=torch.ones_like(ids), return_dict=True, **cache, **options)

    def _layer_count(self) -> int:
        config = self.network.config.get_text_config()
        return int(config.num_hidden_layers)

    def _eager_twin(self) -> nn.Module:
        """The same parameters under transformers' own attention; switching one model back and forth
        would mix up threads that share it."""
        with self._lock:
            if self._eager is None:
                shared = {id(x): x for x in (*self.network.parameters(), *self.network.buffers())}
                twin = copy.deepcopy(self.network, memo=dict(shared))
                twin.set_attn_implementation("eager")
                self._eager = twin
        return self._eager  # type: ignore[no-any-return]


def _without_space(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without spaces around it (some tokenizers count the space before a word in), unless that is all."""
    inner = text[start:end].strip()
    if not inner:
        return start, end
    start += text[start:end].index(inner)
    return start, start + len(inner)
