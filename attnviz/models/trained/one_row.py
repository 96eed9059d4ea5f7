"""What models have in common that were trained here and are one transformer over one row of tokens, be these words or
patches: its record as a trace, and the same weights by code that is not ours."""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import Tensor

from attnviz._trace import BlockStages, Stages, Trace
from attnviz.layer import PLAIN, TURNED, LayerTrace
from attnviz.models.errors import ModelError
from attnviz.models.reference import check_torch_knows, torch_weights
from attnviz.models.trained.base import TrainedModel
from attnviz.request import Change
from attnviz.tokens import Tokens
from attnviz.transformer import BlockRecord, Transformer, TransformerRecord


class OneRow(TrainedModel):
    """A model of one part. What it reads, a class of its own says."""

    network: Transformer

    def layers_of(
        self, record: TransformerRecord, tokens: Tokens, changes: Collection[Change]
    ) -> dict[str, tuple[LayerTrace, ...]]:
        """What each layer computed, of a batch of one."""
        rules = self.network.rules(len(tokens), changes=changes)
        projection = PLAIN if self.network.angles(len(tokens), changes) is None else TURNED
        layers = []
        for i, (block, rule) in enumerate(zip(record.blocks, rules, strict=True)):
            q, k, v = (x[0] for x in (block.attention.q, block.attention.k, block.attention.v))
            w_o = self.matrices(i, changes)["w_o"]
            layers.append(LayerTrace(q, k, v, rule.by_head, tokens, tokens, i, w_o=w_o, projection=projection))
        return {"": tuple(layers)}

    def stages_of(self, record: TransformerRecord) -> Stages:
        """What stands between its layers, of a batch of one."""
        blocks = tuple(map(_stages_of, record.blocks))
        return Stages(record.embedded[0], record.placed[0], blocks, record.final[0], record.logits[0], self.words)

    @torch.no_grad()
    def reference_weights(self, trace: Trace) -> dict[str, list[Tensor]]:
        """Each layer's weights by torch's own attention, from what went into the layer.

        Raises:
            ModelError: changes that torch's attention does not know, or a trace of another model.
        """
        check_torch_knows(trace.changes)
        if trace.stages is None:
            raise ModelError("The trace is not of this model: it has no stages.")
        angles = self.network.angles(len(trace), trace.changes)
        rules = self.network.rules(len(trace), changes=trace.changes)
        return {
            "": [
                torch_weights(
                    stages.attention_input,
                    self.matrices(i, trace.changes),
                    heads=self.network.config.heads,
                    mask=rule.mask,
                    scale=rule.scale / rule.temperature,
                    angles=angles,
                )
                for i, (stages, rule) in enumerate(zip(trace.stages.blocks, rules, strict=True))
            ]
        }

    def matrices(self, layer: int, changes: Collection[Change]) -> dict[str, Tensor]:
        """W_Q, W_K, W_V and W_O of a layer, as they are in a run with these changes."""
        return self.network.attentions()[layer].matrices() | self.network.numbers_set(layer, changes)


def _stages_of(block: BlockRecord) -> BlockStages:
    """Without the n² numbers, which the trace computes when somebody looks."""
    return BlockStages(
        block.attention_input[0],
        block.attention.concatenated[0],
        block.attention.output[0],
        block.attended[0],
        block.feed_forward_input[0],
        block.hidden[0],
        block.feed_forward[0],
        block.output[0],
    )
