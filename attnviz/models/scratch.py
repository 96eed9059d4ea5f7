"""The from-scratch model with random weights: words, seeded embeddings, positions, one attention module."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from attnviz._trace import Trace
from attnviz.attention import MultiHeadAttention, causal_mask, merge_heads, split_heads, without_heads
from attnviz.changes.applying import changed, heads_off, is_unplaced, numbers_set
from attnviz.errors import AttnvizError
from attnviz.heads import Shape
from attnviz.layer import PLAIN, LayerTrace, Rule
from attnviz.long import context_and_picture
from attnviz.models.base import Model
from attnviz.models.machine.device import choose_device
from attnviz.models.names import Random
from attnviz.models.options import ScratchOptions
from attnviz.models.parameters import Design, LayerParameters, Parameters, asked_text
from attnviz.models.reference import check_torch_knows
from attnviz.models.takes import FROM_SCRATCH
from attnviz.positions import sinusoidal_positions
from attnviz.request import Change, Input, Request, Text, Unplaced
from attnviz.texts import word_tokens
from attnviz.tokens import LONG_LIMIT, TOKEN_LIMIT, Tokens


class ScratchModel(Model):
    """One multi-head self-attention module with random weights, on random word vectors."""

    reference = "torch's nn.MultiheadAttention"

    def __init__(self, options: ScratchOptions | None = None, *, device: str | None = None) -> None:
        self.options = options or ScratchOptions()
        self.weights = Random(self.options)
        self.device = choose_device(device)
        # Drawn on the CPU, then moved: a seed means the same numbers on every device.
        generator = torch.Generator().manual_seed(self.options.seed)
        self.module = MultiHeadAttention(self.options.d_model, self.options.heads, generator=generator)
        self.module.to(self.device).requires_grad_(False)

    @property
    def predicts(self) -> None:
        """None: random weights have no words to tell."""

    @property
    def takes(self) -> frozenset[type[Change]]:
        return FROM_SCRATCH if self.options.positions else FROM_SCRATCH - {Unplaced}

    @property
    def parameter_count(self) -> int:
        return sum(parameter.numel() for parameter in self.module.parameters())

    def shape(self, asked: Input) -> Shape:
        return Shape(f"the {self.name} model", {"": (self.options.heads,)})

    @torch.no_grad()
    def _read(self, request: Request) -> Trace:
        """A text of any language (up to `limit` tokens; the rest is cut)."""
        tokens = self._tokens(request)
        rule = self._rule(len(tokens), request.changes)
        x, changes = self.inputs(tokens.ids, request.changes), request.changes
        instead = numbers_set(self.module.matrices(), changes, 0)
        own = {**self.module.matrices(), **instead}
        w_o = own["w_o"]
        q, k, v = (split_heads(x @ own[name], self.module.heads) for name in ("w_q", "w_k", "w_v"))
        layer = LayerTrace(q, k, v, rule, tokens, tokens, w_o=w_o, projection=PLAIN)
        context, small = context_and_picture(q, k, v, rule) if layer.is_long else (layer.context, None)
        output = merge_heads(without_heads(context, heads_off(changes, 0))) @ w_o
        return Trace(request, {"": (replace(layer, small=small),)}, {"text": output}, str(self.device))

    @property
    def limit(self) -> int:
        """The most tokens it reads."""
        return LONG_LIMIT if self.options.causal else TOKEN_LIMIT

    def untrained(self) -> None:
        """None: it never was trained."""

    def parameters(self, request: Request | None = None, *, part: str = "", layer: int = 0) -> Parameters:
        """Its four matrices, and the vectors of the words of a text."""
        tokens, o, module = self._tokens(asked_text(request)), self.options, self.module
        design = Design(
            kind="random",
            heads=o.heads,
            kv_heads=o.heads,
            d_model=o.d_model,
            d_head=module.d_head,
            d_value=module.d_head,
            d_ff=0,
            positions="sinusoidal" if o.positions else "none",
            norm=None,
            causal=o.causal,
            tied=False,
            predicts=None,
            scale=self.scale,
            temperature=o.temperature,
        )
        layer_0 = LayerParameters(module.w_q, module.w_k, module.w_v, module.w_o)
        vectors = random_embeddings(tokens.ids, o.d_model, seed=o.seed)
        return Parameters(design, (layer_0,), tokens=tokens, vectors=vectors)

    def _tokens(self, request: Request) -> Tokens:
        assert isinstance(request.input, Text)
        words, cut = word_tokens(request.input.text, min(self.limit, request.input.most or self.limit))
        if not words:
            raise AttnvizError("There is no word in this text. Type a sentence.")
        return Tokens("text", words, request.input.text, cut)

    def inputs(self, ids: list[int], changes: Collection[Change] = ()) -> Tensor:
        """X, [token, d_model]: the words' vectors, plus positions unless they are switched off or left out."""
        x = random_embeddings(ids, self.options.d_model, seed=self.options.seed)
        if self.options.positions and not is_unplaced(changes):
            x = x + sinusoidal_positions(len(ids), self.options.d_model)
        return x.to(self.device)

    @property
    def scale(self) -> float:
        """What the scores are multiplied by."""
        return 1 / math.sqrt(self.module.d_head) if self.options.scaling else 1.0

    @torch.no_grad()
    def reference_weights(self, trace: Trace) -> dict[str, list[Tensor]]:
        """The weights that `nn.MultiheadAttention` gives for the same input and the same parameters."""
        check_torch_knows(trace.changes)
        x = self.inputs(trace.tokens.ids, trace.changes)
        rule = self._rule(len(trace), trace.changes)
        blocked = None if rule.mask is None else rule.mask.isneginf().expand(self.module.heads, -1, -1)
        module = self._torch_module(
            rule.scale / rule.temperature, numbers_set(self.module.matrices(), trace.changes, 0)
        )
        _, weights = module(x[None], x[None], x[None], attn_mask=blocked, average_attn_weights=False)
        return {"": [weights[0].nan_to_num()]}  # torch gives NaN, and we zeros, for a query that may see no key

    def _rule(self, n: int, changes: Collection[Change]) -> Rule:
        """The options' scale, mask and temperature, with what is changed."""
        mask = causal_mask(n, device=self.device)[None] if self.options.causal else None
        rule = Rule(self.scale, mask, temperature=self.options.temperature)
        return changed(rule, changes, layer=0, heads=self.module.heads, queries=n, keys=n, device=self.device)

    def _torch_module(self, factor: float, instead: Mapping[str, Tensor]) -> nn.MultiheadAttention:
        """torch's module with our weights, or those of this run `instead`. It always scales by 1/√d_head; other scales
        go into W_Q."""
        ours = self.module
        w_q, w_k, w_v, w_o = (instead.get(name, own) for name, own in ours.matrices().items())
        # On "meta" nothing is drawn, so the global random state stays as it is; both weights are set below.
        theirs = nn.MultiheadAttention(ours.d_model, ours.heads, bias=False, batch_first=True, device="meta")
        theirs.in_proj_weight = nn.Parameter(
            torch.cat([w_q * factor * math.sqrt(ours.d_head), w_k, w_v], dim=1).T.contiguous(),
            requires_grad=False,
        )
        theirs.out_proj.weight = nn.Parameter(w_o.T.contiguous(), requires_grad=False)
        theirs.eval()
        return theirs


def random_embeddings(ids: Sequence[int], d_model: int, *, seed: int) -> Tensor:
    """[token, d_model]: standard normal vectors, each fixed by the seed and the token's id alone.

    A word has the same vector wherever it stands and whatever stands around it.
    """
    vectors = {i: torch.randn(d_model, generator=torch.Generator().manual_seed(_mixed(seed, i))) for i in set(ids)}
    return torch.stack([vectors[i] for i in ids])


def _mixed(seed: int, token_id: int) -> int:
    """One 63-bit seed from two numbers, such that neighbouring seeds share no vectors."""
    digest = hashlib.blake2b(f"{seed}:{token_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
