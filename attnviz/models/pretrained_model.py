"""A model of the transformers library whose attention is ours: what it reads, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Lock
from typing import Any

import torch
from torch import Tensor, nn

from attnviz.cuts import Cut, check_layers
from attnviz.models.base import NONE_OFF, ModelError, checked_second
from attnviz.models.parts import before_training, entries_of, with_attention
from attnviz.models.pieces import read_pieces, takes_pairs
from attnviz.models.probe import Measured
from attnviz.models.recording import recording
from attnviz.models.sources import running_errors_in_words
from attnviz.models.special_tokens import SpecialTokens
from attnviz.tokens import TOKEN_LIMIT, checked_text
from attnviz.trace import AttentionTrace, Token


@dataclass(eq=False)
class PretrainedModel:
    """A transformers model whose attention is ours. Threads may share it."""

    name: str
    network: Any  # a transformers PreTrainedModel; its library leaves most of it untyped
    tokenizer: Any
    predicts: str | None = None  # "masked" or "next" word, where it has a language-model head
    with_words: Any = None  # the network and that head
    part: str = ""  # which part of a larger model the network is: "encoder"
    takes_segments: bool = True  # the model as it was saved hands the network which sentence of a pair a token is of
    notices: tuple[str, ...] = ()  # what one has to know to read its numbers rightly
    reference: str = "the transformers library's own eager attention"
    measured: Measured = field(default_factory=lambda: Measured(0))  # what a run of it showed
    _lock: Lock = field(default_factory=Lock)  # for the tokenizer, which keeps its truncation as state, and the twin
    _eager: Any = None
    _drawing: Lock = field(default_factory=Lock)  # for the untrained model
    _untrained: PretrainedModel | None = None  # itself, where it is the untrained one

    @torch.no_grad()
    def trace(
        self,
        text: str,
        *,
        second: str | None = None,
        off: Collection[tuple[int, int]] = NONE_OFF,
        cuts: Collection[Cut] = (),
        special_tokens: bool | None = None,
    ) -> AttentionTrace:
        """Read a text or a pair (up to 512 tokens or what the model can take; the rest is cut)."""
        text, second = checked_text(text), checked_second(self, second)
        tokens, cut, spelled = self._tokens(text, second, special_tokens)
        self._check_layers(off, cuts)
        known = recording(off, cuts, w_o=self._w_o, projections=self.measured.projections)
        with running_errors_in_words(self.name), known as record:
            output = self.run(self.network, tokens).last_hidden_state[0]
        if len(record.layers) != self.measured.layers:
            raise ModelError(
                f"{self.name} ran {len(record.layers)} of its {self.measured.layers} layers through attnviz's "
                "attention on this text, so its true weights cannot be shown. Try another text or model."
            )
        return AttentionTrace(
            text if second is None else f"{text}\n{second}",
            tokens,
            tuple(record.layers),
            output,
            self.name,
            str(self.network.device),
            cut,
            frozenset(off),
            cuts=tuple(cuts),
            second=second,
            part=self.part,
            notices=self.notices,
            special_tokens=special_tokens,
            spelled=spelled,
        )

    @cached_property
    def takes_pairs(self) -> bool:
        return self.predicts != "next" and takes_pairs(self.tokenizer)

    def untrained(self) -> PretrainedModel | None:
        """The same architecture and tokenizer with weights drawn as before training; None if it is that model."""
        with self._drawing:
            if self._untrained is None:
                whole = self.with_words or self.network
                place = next(name for name, module in whole.named_modules() if module is self.network)
                twin = before_training(whole)
                network, words = twin.get_submodule(place), None if self.with_words is None else twin
                # The lock is shared, since the tokenizer is.
                model = replace(self, network=network, with_words=words, _eager=None, _drawing=Lock())
                model._untrained, self._untrained = model, model
        return None if self._untrained is self else self._untrained

    @property
    def first_look(self) -> tuple[int, int]:
        return (0, 0)

    @torch.no_grad()
    def probabilities(
        self,
        text: str,
        at: int,
        *,
        second: str | None = None,
        off: Collection[tuple[int, int]] = NONE_OFF,
        cuts: Collection[Cut] = (),
        special_tokens: bool | None = None,
    ) -> Tensor:
        """[word]: what its language-model head gives for token `at`, hidden, or for the token after it."""
        if self.with_words is None:
            raise ModelError(f"{self.name} has no language-model head: it predicts no words.")
        tokens, *_ = self._tokens(checked_text(text), checked_second(self, second), special_tokens)
        if not 0 <= at < len(tokens):
            raise ModelError(f"There is no token {at}: the text has tokens 0 to {len(tokens) - 1}.")
        self._check_layers(off, cuts)
        hidden = self.tokenizer.mask_token_id if self.predicts == "masked" else tokens[at].id
        read = (*tokens[:at], replace(tokens[at], id=hidden), *tokens[at + 1 :])
        with running_errors_in_words(self.name), recording(off, cuts):
            logits: Tensor = self.run(self.with_words, read).logits[0, at]
        return logits.softmax(-1).cpu()

    def word(self, index: int) -> str:
        """The vocabulary's entry with that index, as a person reads it."""
        return str(self.tokenizer.decode([index])).strip() or str(self.tokenizer.convert_ids_to_tokens(index))

    def _check_layers(self, off: Collection[tuple[int, int]], cuts: Collection[Cut]) -> None:
        count = self.measured.layers
        check_layers(cuts, count)
        for head in off:
            if not isinstance(head, tuple) or len(head) != 2 or not all(type(part) is int for part in head):
                raise ModelError(f"Heads are switched off as (layer, head), such as (5, 11), not {head!r}.")
        for layer, _ in off:
            if not 0 <= layer < count:
                raise ModelError(f"There is no layer {layer}: {self.name} has layers 0 to {count - 1}.")

    @torch.no_grad()
    def reference_weights(self, trace: AttentionTrace) -> list[Tensor]:
        """The weights of transformers' eager attention, by a twin of the model with the same parameters.

        Raises:
            ModelError: a trace with heads off or weights cut, which transformers knows nothing of.
        """
        if trace.off or trace.cuts:
            raise ModelError("The reference runs the whole model: check a trace with all heads on and nothing cut.")
        outputs = self.run(self.eager_twin(), trace.tokens, output_attentions=True)
        return [weights[0] for weights in outputs.attentions]

    @torch.no_grad()
    def reference_output(self, trace: AttentionTrace) -> Tensor:
        """[token, d_model]: the last hidden state of the eager twin."""
        output: Tensor = self.run(self.eager_twin(), trace.tokens).last_hidden_state[0]
        return output

    @property
    def limit(self) -> int:
        """The most tokens it reads, special ones included."""
        config = self.network.config
        limits = [TOKEN_LIMIT, self.tokenizer.model_max_length]
        places = getattr(config, "max_position_embeddings", None) or getattr(config, "max_target_positions", None)
        if places and places > 0:  # XLNet's -1 says that there is no limit
            # RoBERTa and its kin count positions from padding_idx + 1, so fewer are left than the table has.
            embedding = next((m for n, m in self.network.named_modules() if n.endswith("position_embeddings")), None)
            first = getattr(embedding, "padding_idx", None)
            limits.append(places - (0 if first is None else first + 1))
        return int(min(limits))

    def _tokens(
        self, text: str, second: str | None, special_tokens: bool | None
    ) -> tuple[tuple[Token, ...], int | None, tuple[str, ...]]:
        """The tokens with their places in the text, and what else `read_pieces` says."""
        if not (special_tokens is None or isinstance(special_tokens, bool)):
            raise ModelError(f"special_tokens is True, False or None, not {special_tokens!r}.")
        with self._lock, running_errors_in_words(self.name):
            return read_pieces(self._specials, text, second, limit=self.limit, special_tokens=special_tokens)

    @cached_property
    def _specials(self) -> SpecialTokens:
        return SpecialTokens(self.tokenizer)

    def run(self, network: Any, tokens: tuple[Token, ...], **options: object) -> Any:
        """What a network (this model's, its eager twin) gives for these tokens."""
        ids = torch.tensor([[token.id for token in self._known(tokens)]], device=network.device)
        cache = {"use_cache": False} if getattr(network.config, "use_cache", None) is not None else {}
        if self._reads_segments and any(token.token_type for token in tokens):
            options["token_type_ids"] = torch.tensor([[token.token_type for token in tokens]], device=network.device)
        return network(input_ids=ids, attention_mask=torch.ones_like(ids), return_dict=True, **cache, **options)

    def _known(self, tokens: tuple[Token, ...]) -> tuple[Token, ...]:
        """The tokens, after a check that the model has a vector for each."""
        entries = entries_of(self.network)
        beyond = next((token for token in tokens if entries is not None and token.id >= entries), None)
        if beyond is not None:
            raise ModelError(
                f"The tokenizer has {len(self.tokenizer):,} entries, the model {entries:,}: it knows no token "
                f"{beyond.id:,} (“{beyond.piece}”). Give it the tokenizer that it was trained with, or leave out “"
                f"{beyond.text}”."
            )
        return tokens

    @cached_property
    def _reads_segments(self) -> bool:
        """Whether its network tells the two sentences of a pair apart by an embedding."""
        kinds = getattr(self.network.config, "type_vocab_size", None) or 0
        return self.takes_segments and kinds > 1 and "token_type_ids" in self.tokenizer.model_input_names

    @cached_property
    def _w_o(self) -> dict[nn.Module, Tensor]:
        return self.measured.w_o(self.network)

    def eager_twin(self) -> Any:
        """The same parameters under transformers' own attention."""
        with self._lock:
            if self._eager is None:
                self._eager = with_attention(self.network, "eager")
        return self._eager
