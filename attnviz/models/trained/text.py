"""A model that was trained here to read a text: the from-scratch transformer with the weights of a checkpoint."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from attnviz._trace import Trace
from attnviz.models.errors import ModelError, check_there
from attnviz.models.parameters import Parameters, of_transformer
from attnviz.models.reading_out import ReadOut
from attnviz.models.takes import FROM_SCRATCH
from attnviz.models.trained.one_row import OneRow
from attnviz.models.trained.words import row_of, spelled
from attnviz.request import Change, Request, Text, Unplaced
from attnviz.tokens import Tokens
from attnviz.training.vocabulary import MASK, SPECIALS, START
from attnviz.transformer import Transformer, TransformerRecord

if TYPE_CHECKING:  # it needs the hub's library, which takes a while to import
    from attnviz.models.pretrained.texts.growing import Read


class TextModel(OneRow):
    """It predicts hidden words, or the next one."""

    network: Transformer

    @property
    def takes(self) -> frozenset[type[Change]]:
        return FROM_SCRATCH if self.network.config.positions != "none" else FROM_SCRATCH - {Unplaced}

    @property
    def predicts(self) -> str:
        return "next" if self.network.config.causal else "masked"

    @torch.no_grad()
    def _read(self, request: Request) -> Trace:
        """A text; a typed [MASK] is a hidden word."""
        assert isinstance(request.input, Text)
        tokens = self._tokens(request.input)
        record = self._run(tokens, request.changes)
        return Trace(
            request,
            self.layers_of(record, tokens, request.changes),
            {"text": record.final[0]},
            str(self.device),
            self.stages_of(record),
            spelled=spelled(request.input.text, request.input.special_tokens),
        )

    @torch.no_grad()
    def _predicted(self, request: Request, at: list[int]) -> Tensor:
        """[token, word]: for each of these tokens, hidden, what stands there; or, of a causal model, what comes after
        it."""
        assert isinstance(request.input, Text)
        tokens = self._tokens(request.input)
        check_there(at, tokens)
        if self.predicts == "next":
            return self._run(tokens, request.changes).logits[0, at].softmax(-1).cpu()
        record = self._run(tokens, request.changes, hidden=at)
        return record.logits[range(len(at)), at].softmax(-1).cpu()

    @property
    def read_out(self) -> ReadOut | None:
        network = self.network
        if network.norm is None:
            return None
        norm, u = network.norm, network.embedding if network.unembedding is None else network.unembedding
        return ReadOut(u.detach(), network.bias.detach(), norm.weight.detach(), norm.bias.detach(), norm.eps)

    @torch.no_grad()
    def following(self, request: Request, read: Read | None = None) -> tuple[Tensor, int]:
        if not self.continues:
            return super().following(request)
        assert isinstance(request.input, Text)
        tokens = self._tokens(request.input)
        if tokens.cut is not None or len(tokens) >= self.network.config.longest:
            raise ModelError(f"The text is as long as this model can read: {self.network.config.longest} tokens.")
        return self._run(tokens, request.changes).logits[0, -1].softmax(-1).cpu(), len(tokens) - 1

    def continued(self, text: str, index: int) -> str | None:
        if not self.continues:
            return super().continued(text, index)
        if not 0 <= index < len(self.words):
            raise ModelError(f"There is no word {index}: the model knows words 0 to {len(self.words) - 1}.")
        return None if index < len(SPECIALS) else self.task.continued(text, self.words[index])

    def ends(self, index: int) -> bool:
        return index == START

    def parameters(self, request: Request | None = None, *, part: str = "", layer: int = 0) -> Parameters:
        """All of them: it reads any text with these, so none need be given."""
        return of_transformer(self.network, self.words, self.predicts)

    def _tokens(self, asked: Text) -> Tokens:
        """[CLS] and the words, with the ids of this vocabulary."""
        return row_of(asked, self.checkpoint.vocabulary, self.network.config.longest)

    def _run(self, tokens: Tokens, changes: Collection[Change], hidden: Sequence[int] = ()) -> TransformerRecord:
        """A batch of one; or of as many as are `hidden`, each with one of these tokens hidden."""
        ids = torch.tensor([tokens.ids] * max(1, len(hidden)), device=self.device)
        for text, token in enumerate(hidden):
            ids[text, token] = MASK
        record: TransformerRecord = self.network(ids, changes=changes)
        return record
