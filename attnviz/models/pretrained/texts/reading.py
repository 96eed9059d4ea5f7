"""How a model of the transformers library reads a text: as which tokens, and in which run."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from attnviz._trace import Trace
from attnviz.layer import LayerTrace
from attnviz.models.errors import ModelError
from attnviz.models.pretrained.base import OnePart
from attnviz.models.pretrained.files.sources import running_errors_in_words
from attnviz.models.pretrained.inside.recording import Recording, recording
from attnviz.models.pretrained.texts.encoder_decoder import EncoderDecoder
from attnviz.models.pretrained.texts.reader import Reader
from attnviz.models.pretrained.twins import entries_of, positions_of
from attnviz.request import Change, Input, Pair, Request, Text, Translation
from attnviz.tokens import LONG_LIMIT, TOKEN_LIMIT, TextToken, Tokens


class ReadsText(OnePart):
    """A network that reads a text, and its tokenizer; where it is the encoder of a larger model, that one too."""

    reader: Reader  # its tokenizer, as it reads and writes
    predicts: str | None
    both: EncoderDecoder | None
    takes_segments: bool
    notices: tuple[str, ...]

    @property
    def tokenizer(self) -> Any:
        return self.reader.tokenizer

    @property
    def limit(self) -> int:
        """The most tokens it reads, special ones included."""
        most = LONG_LIMIT if self.predicts == "next" else TOKEN_LIMIT
        return int(min(most, self.tokenizer.model_max_length, self._most_places))

    def _limit_of(self, asked: Input) -> int:
        """The most tokens of what is asked."""
        most = asked.most if isinstance(asked, Text) else None
        return self.limit if most is None else min(self.limit, most)

    @cached_property
    def _most_places(self) -> float:
        return positions_of(self.network)

    def tokens_of(self, asked: Input) -> tuple[Tokens, tuple[str, ...]]:
        """The tokens with their places in the text, and the special tokens that were read as text."""
        assert isinstance(asked, Text | Pair)
        text, second = (asked.text, None) if isinstance(asked, Text) else (asked.first, asked.second)
        items, cut, spelled = self._pieces(text, second, asked.special_tokens, self._limit_of(asked))
        return Tokens("text", items, text if second is None else f"{text}\n{second}", cut), spelled

    def _sides(self, asked: Translation) -> tuple[Tokens, Tokens, tuple[str, ...]]:
        """Source and target, and the special tokens in them that were read as text."""
        items, cut, spelled = self._pieces(asked.source, None, asked.special_tokens, self.limit)
        source = Tokens("source", items, asked.source, cut)
        if not asked.target.strip():
            return source, self._both.target((), asked.target, None), spelled
        pieces, cut, more = self._pieces(asked.target, None, asked.special_tokens, self.limit)
        return source, self._both.target(pieces, asked.target, cut), tuple(dict.fromkeys((*spelled, *more)))

    def _pieces(
        self, text: str, second: str | None, special_tokens: bool | None, limit: int
    ) -> tuple[tuple[TextToken, ...], int | None, tuple[str, ...]]:
        with running_errors_in_words(self.name):
            return self.reader.pieces(text, second, limit=limit, special_tokens=special_tokens)

    def run(self, network: Any, tokens: Tokens, start: int = 0, **options: object) -> Any:
        """What a network (this model's, its eager twin) gives for these tokens; for those from `start` on, where it is
        given what it keeps of the others."""
        ids = torch.tensor([self.known(tokens).ids], device=network.device)
        if getattr(network.config, "use_cache", None) is not None:
            options = {"use_cache": False} | options
        if self._reads_segments and any(token.token_type for token in tokens.of_text):
            kinds = [token.token_type for token in tokens.of_text]
            options["token_type_ids"] = torch.tensor([kinds], device=network.device)
        return network(input_ids=ids[:, start:], attention_mask=torch.ones_like(ids), return_dict=True, **options)

    def known(self, tokens: Tokens) -> Tokens:
        """The tokens, after a check that the model has a vector for each.

        Raises:
            ModelError: a token that the tokenizer has and the model has not.
        """
        entries = entries_of(self.network)
        beyond = next((token for token in tokens.of_text if entries is not None and token.id >= entries), None)
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

    def _recorded(self, tokens: Tokens, changes: Collection[Change]) -> Recording:
        """A run of the network on these tokens, for its attention."""
        with running_errors_in_words(self.name), recording(changes, self.places) as record:
            self.run(self.network, tokens)
        self.check_calls(record, self.measured.layers)
        return record

    def traced(
        self,
        request: Request,
        parts: dict[str, tuple[LayerTrace, ...]],
        outputs: dict[str, Tensor],
        spelled: tuple[str, ...],
    ) -> Trace:
        """The trace of a run of this network, on its device and with what is to be known of it."""
        where = str(self.network.device)
        return Trace(request, parts, outputs, where, notices=self.notices, spelled=spelled)

    @property
    def _both(self) -> EncoderDecoder:
        """Encoder and decoder. Who asks has checked that there are both (`reads`)."""
        assert self.both is not None
        return self.both
