"""An encoder–decoder of the transformers library: a source that is read, a target that is written of it, and the three
kinds of attention between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from attnviz.layer import LayerTrace
from attnviz.models.pretrained.inside.probe import Measured
from attnviz.models.pretrained.inside.recording import Recording, recording
from attnviz.models.pretrained.texts.pieces import piece_of
from attnviz.models.pretrained.twins import with_attention
from attnviz.models.writers import rows_of
from attnviz.request import Change
from attnviz.tokens import TextToken, Tokens

# What the library calls the weights of each part, in the order in which the parts are shown.
ATTENTIONS = {"encoder": "encoder_attentions", "decoder": "decoder_attentions", "cross": "cross_attentions"}


@dataclass(eq=False, repr=False)
class EncoderDecoder:
    """Encoder and decoder, with the language-model head where there is one. Threads may share it."""

    network: Any  # a transformers PreTrainedModel
    tokenizer: Any
    has_words: bool  # it has a language-model head
    places: tuple[tuple[str, int], ...] = ()  # part and layer of each call of attention, in their order
    measured: Measured = field(default_factory=lambda: Measured(0))  # what a run of it showed

    @property
    def heads(self) -> dict[str, tuple[int, ...]]:
        """Of each part, how many heads each layer has."""
        counts = list(zip(self.places, self.measured.heads, strict=True))
        return {part: tuple(n for (where, _), n in counts if where == part) for part in ATTENTIONS}

    @property
    def start(self) -> int:
        """The token that every target begins with."""
        settings = (getattr(self.network, "generation_config", None), self.network.config)
        names = ("decoder_start_token_id", "bos_token_id", "pad_token_id")
        found = (getattr(one, name, None) for name in names for one in settings if one is not None)
        return next((token for token in found if isinstance(token, int)), 0)

    def target(self, pieces: tuple[TextToken, ...], text: str, cut: int | None) -> Tokens:
        """What the decoder reads: the token that begins a target, and the target but for the token that ends it."""
        label = piece_of(self.tokenizer, self.start)
        first = TextToken(label, self.start, 0, 0, piece=label, special=True)
        ends = pieces[-1:] and pieces[-1].special
        return Tokens("target", (first, *(pieces[:-1] if ends else pieces)), text, cut)

    def run(self, network: Any, source: Tokens, target: Tokens, **options: object) -> Any:
        """What a network (this one, its eager twin) gives for a source and a target."""
        given, written = (torch.tensor([row.ids], device=network.device) for row in (source, target))
        return network(
            input_ids=given,
            attention_mask=torch.ones_like(given),
            decoder_input_ids=written,
            decoder_attention_mask=torch.ones_like(written),
            use_cache=False,
            return_dict=True,
            **options,
        )

    def layers(self, record: Recording, source: Tokens, target: Tokens) -> dict[str, tuple[LayerTrace, ...]]:
        """The recorded calls as layers, by part."""
        return record.layers(self.places, rows_of(source, target), self._w_o.get, self.measured.projections)

    def eager_weights(self, source: Tokens, target: Tokens) -> dict[str, list[Tensor]]:
        """By part, each layer's weights as the library's own attention has them."""
        outputs = self.run(self.eager, source, target, output_attentions=True)
        return {part: [w[0] for w in getattr(outputs, name) or ()] for part, name in ATTENTIONS.items()}

    @cached_property
    def eager(self) -> Any:
        """The same parameters under transformers' own attention."""
        return with_attention(self.network, "eager")

    @torch.no_grad()
    def written(
        self, source: Tokens, begun: list[int], *, limit: int, changes: tuple[Change, ...]
    ) -> Iterator[list[int]]:
        """The target as it grows, the most probable token after another ("greedily"), from the tokens it has begun
        with, up to the token that ends it or `limit` tokens."""
        settings = getattr(self.network, "generation_config", None)
        ends, forced = (getattr(settings, name, None) for name in ("eos_token_id", "forced_bos_token_id"))
        ends = {ends} if isinstance(ends, int) else set(ends or ())
        never = [one[0] for one in getattr(settings, "bad_words_ids", None) or () if len(one) == 1]
        encoder = [place for place in self.places if place[0] == "encoder"]
        given = torch.tensor([source.ids], device=self.network.device)
        mask = torch.ones_like(given)
        with recording(changes, encoder):
            read = self.network.get_encoder()(input_ids=given, attention_mask=mask, return_dict=True)
        ids = list(begun)
        while len(ids) < limit:
            target = torch.tensor([[self.start, *ids]], device=self.network.device)
            with recording(changes, [place for place in self.places if place[0] != "encoder"]):
                logits: Tensor = self.network(
                    encoder_outputs=read,
                    attention_mask=mask,
                    decoder_input_ids=target,
                    use_cache=False,
                    return_dict=True,
                ).logits[0, -1]
            logits[never] = -torch.inf
            chosen = int(logits.argmax()) if ids or forced is None else int(forced)
            if chosen in ends:
                return
            ids.append(chosen)
            yield ids

    @cached_property
    def _w_o(self) -> dict[nn.Module, Tensor]:
        return self.measured.w_o(self.network)

    def untrained(self, network: Any) -> EncoderDecoder:
        """The same around a network with the weights of before training."""
        return replace(self, network=network)


def places_of(record: Recording, source: int, target: int) -> tuple[tuple[str, int], ...] | None:
    """Part and layer of each call of a run in which source and target had different lengths; None where a call is of
    no part, or a part has no call."""
    parts = {(source, source): "encoder", (target, target): "decoder", (target, source): "cross"}
    found: list[tuple[str, int]] = []
    for call in record.calls:
        part = parts.get((call.q.shape[1], call.k.shape[1]))
        if part is None:
            return None
        found.append((part, sum(where == part for where, _ in found)))
    return tuple(found) if {part for part, _ in found} == set(ATTENTIONS) else None
