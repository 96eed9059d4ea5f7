"""A pretrained translator of Marian's: it reads a source, writes a target, and leaves the attention of both."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from attnviz._trace import Trace
from attnviz.changes.applying import heads_off
from attnviz.heads import Head
from attnviz.layer import LayerTrace, Projection
from attnviz.models.errors import check_there
from attnviz.models.machine.device import choose_device
from attnviz.models.marian.network import Attended, MarianAttention, MarianConfig, MarianNetwork, Rules, before_training
from attnviz.models.marian.words import END, UNKNOWN, Pieces
from attnviz.models.names import Packaged
from attnviz.models.packages.cache import folder_of
from attnviz.models.packages.registry import PACKAGED
from attnviz.models.parameters import LayerParameters, Parameters, asked_text, of_attention
from attnviz.models.reference import check_torch_knows, torch_weights
from attnviz.models.writers import Translating, outputs_of, rows_of
from attnviz.request import Change, Input, Request, Text, Translation
from attnviz.tokens import TOKEN_LIMIT, Tokens

LONGEST = 2.5  # times the tokens of its source: a target that has not ended by then is ended, as in Marian's settings
_MADE = Projection(*[("linear", "bias")] * 3)


def load_marian(weights: Packaged, *, device: str | None = None) -> MarianModel:
    """The packaged translator of that name.

    Raises:
        ModelError: its package is not installed or was changed, or the cache cannot be written.
    """
    folder = folder_of(PACKAGED[weights.model])
    network = network_in(folder).to(choose_device(device or "cpu"))
    return MarianModel(weights, network, Pieces(folder), notice=PACKAGED[weights.model].notice)


def network_in(folder: Path) -> MarianNetwork:
    """The network whose weights lie in a folder."""
    network = MarianNetwork(MarianConfig(**json.loads((folder / "config.json").read_text(encoding="utf-8"))))
    network.load_state_dict(load_file(folder / "model.safetensors"))
    return network


class MarianModel(Translating):
    """A translator, so small that the CPU is the fastest device."""

    weights: Packaged
    network: MarianNetwork
    reference = "torch's scaled_dot_product_attention"

    def __init__(self, weights: Packaged, network: MarianNetwork, pieces: Pieces, *, notice: str = "") -> None:
        self.weights, self.network, self.pieces, self.notice = weights, network, pieces, notice
        self._lock = Lock()
        self._untrained: MarianModel | None = None

    @property
    def device(self) -> torch.device:
        return self.network.embedding.device

    @property
    def parameter_count(self) -> int:
        return sum(parameter.numel() for parameter in self.network.parameters())

    @cached_property
    def first_look(self) -> Head:
        """A head of the last layer of the decoder, which learned to point at the word that is translated."""
        return Head(self.network.config.decoder - 1, 0, "cross")

    def word(self, index: int) -> str:
        """The vocabulary's entry with that index, as a person reads it."""
        return self.pieces.word(index)

    @torch.no_grad()
    def _read(self, request: Request) -> Trace:
        source, target = self._sides(request.input)
        memory, final, rules, attended = self._run(source, target, request.changes)
        rows = rows_of(source, target)
        parts = {
            part: tuple(
                _layer(self._module(part, i), one, rules, rows[part], part, i) for i, one in enumerate(attended[part])
            )
            for part in attended
        }
        if isinstance(request.input, Text):
            return Trace(request, {"encoder": parts["encoder"]}, {source.name: memory}, str(self.device))
        outputs = outputs_of(source, memory, final)
        return Trace(request, parts, outputs, str(self.device), notices=(self.notice,) if self.notice else ())

    @torch.no_grad()
    def _predicted(self, request: Request, at: list[int]) -> Tensor:
        """[token, word]: what comes after each of these tokens of the target."""
        self.check_has_target(request.input)
        source, target = self._sides(request.input)
        check_there(at, target)
        _, final, *_ = self._run(source, target, request.changes)
        return self.network.logits(final[at]).softmax(-1).cpu()

    @torch.no_grad()
    def _grown(self, request: Request, limit: int | None) -> Iterator[str]:
        read, begun = self._sides(request.input)
        assert isinstance(request.input, Translation)
        ids, m = begun.ids[1:], len(read)
        new: list[int] = []
        most = min(int(LONGEST * m), TOKEN_LIMIT - 1) - len(ids)
        memory, _ = self.network.read(self._tensor(read.ids), self.network.rules(1, m, _of_encoder(request.changes)))
        for _ in range(most if limit is None else min(most, limit)):
            rules = self.network.rules(len(ids) + len(new) + 1, m, request.changes)
            final, _ = self.network.write(self._tensor([*ids, *new]), memory, rules, request.changes)
            logits = self.network.logits(final[-1])
            logits[UNKNOWN] = -torch.inf  # it stands for what cannot be written
            index = int(logits.argmax())
            if index == END:
                return
            new.append(index)
            yield self.pieces.continued(request.input.target, new)

    def untrained(self) -> MarianModel | None:
        """The same architecture and vocabulary with weights drawn as before training; None if it is that model."""
        with self._lock:
            if self._untrained is None:
                network = before_training(self.network.config).to(self.device)
                twin = MarianModel(self.weights, network, self.pieces, notice=self.notice)
                twin._untrained, self._untrained = twin, twin
        return None if self._untrained is self else self._untrained

    @torch.no_grad()
    def reference_weights(self, trace: Trace) -> dict[str, list[Tensor]]:
        """Each layer's weights by torch's own attention, from what went into the layer. (A bias is one more row of a
        matrix, of a vector with a 1 at its end.)"""
        check_torch_knows(trace.changes)
        source, target = self._sides(trace.request.input)
        memory, _, rules, attended = self._run(source, target, trace.changes)
        return {
            part: [
                torch_weights(
                    _with_one(one.x),
                    _with_biases(self._module(part, i)),
                    memory=_with_one(memory) if part == "cross" else None,
                    heads=self.network.config.heads,
                    mask=rules[part][i].mask,
                    scale=rules[part][i].scale / rules[part][i].temperature,
                    angles=None,
                )
                for i, one in enumerate(attended[part])
            ]
            for part in trace.parts
        }

    @torch.no_grad()
    def parameters(self, request: Request | None = None, *, part: str = "", layer: int = 0) -> Parameters:
        """The attention of one layer of the encoder, as it ran on a text."""
        asked = asked_text(request)
        found = self._read(asked).layer(layer, part=part or "encoder")
        source, target = self._sides(asked.input)
        *_, attended = self._run(source, target, asked.changes)
        own: dict[str, Any] = dict(self._module("encoder", layer).named_parameters(recurse=False))
        made = attended["encoder"][layer].x, LayerParameters(**own)
        off = tuple(sorted(heads_off(asked.changes, layer, "encoder")))
        known = of_attention(found, made, None, predicts=None, off=off)
        return replace(known, layers=(LayerParameters(**own),))

    def _module(self, part: str, layer: int) -> MarianAttention:
        block = (self.network.encoder if part == "encoder" else self.network.decoder)[layer]
        module = block.get_submodule("attention" if part == "encoder" else "cross")
        assert isinstance(module, MarianAttention)
        return module

    def _run(
        self, source: Tokens, target: Tokens, changes: Collection[Change]
    ) -> tuple[Tensor, Tensor, Rules, Mapping[str, list[Attended]]]:
        """The memory, the target's last vectors, the rules, and by part what each layer attended with."""
        rules = self.network.rules(len(target), len(source), changes)
        memory, encoder = self.network.read(self._tensor(source.ids), rules, changes)
        final, cross = self.network.write(self._tensor(target.ids[1:]), memory, rules, changes)
        return memory, final, rules, {"encoder": encoder, "cross": cross}

    def _sides(self, asked: Input) -> tuple[Tokens, Tokens]:
        """The tokens of the source and of the target; of a text alone, one that has not begun."""
        if isinstance(asked, Translation):
            return self.pieces.source(asked.source, TOKEN_LIMIT, name="source"), self.pieces.target(
                asked.target, TOKEN_LIMIT
            )
        assert isinstance(asked, Text)
        return self.pieces.source(asked.text, TOKEN_LIMIT, name="text"), self.pieces.target("", TOKEN_LIMIT)

    def _tensor(self, ids: list[int]) -> Tensor:
        return torch.tensor(ids, dtype=torch.long, device=self.device)


def _of_encoder(changes: Collection[Change]) -> list[Change]:
    """Those that may be of the encoder: what is asked of a place of the target may not be there yet."""
    return [change for change in changes if change.part in ("", "encoder")]


def _with_one(x: Tensor) -> Tensor:
    return torch.cat([x, torch.ones(len(x), 1, device=x.device)], dim=-1)


def _with_biases(module: MarianAttention) -> dict[str, Tensor]:
    own = dict(module.named_parameters(recurse=False))
    return {name: torch.cat([own[name], own[f"b_{name[-1]}"][None]]) for name in ("w_q", "w_k", "w_v")}


def _layer(
    module: MarianAttention, one: Attended, rules: Rules, rows: tuple[Tokens, Tokens], part: str, layer: int
) -> LayerTrace:
    made = (one.record.q, one.record.k, one.record.v)
    w_o = module.get_parameter("w_o")
    return LayerTrace(*made, rules[part][layer], *rows, layer, part, w_o=w_o, projection=_MADE)
