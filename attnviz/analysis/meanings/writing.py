"""Who wrote the next word? What the model would say after each layer, and what each head writes toward a word.

    logit(w) = norm(x) · u_w + b_w,    x = placed + Σ heads + Σ feed-forwards          # the residual stream
    norm(x) = (x − mean(x)) / σ ⊙ γ + β

Once σ is known, which x alone decides, all of this is linear: each part c of the sum adds
((c − mean(c)) / σ ⊙ γ) · u_w, and the parts add up to the logit exactly (Elhage et al. 2021, "A Mathematical Framework
for Transformer Circuits", "direct" paths). Reading a vector on the way as if it were the last one is the logit lens
(nostalgebraist 2020).
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from attnviz._brief import brief
from attnviz._index import as_index
from attnviz._trace import Stages, Trace
from attnviz.errors import AttnvizError
from attnviz.models.base import Model
from attnviz.models.reading_out import ReadOut


@dataclass(frozen=True, eq=False)
class Writing:
    """What was written toward a word at a token; the parts add up to its logit."""

    word: int
    logit: float
    embedding: float  # the token's own vector, with its position where that is added
    heads: Tensor  # [layer, head]
    feed_forward: Tensor  # [layer]
    rest: float  # what no token has a part in: β of the last norm, and the word's bias

    __repr__ = brief


@dataclass(frozen=True, eq=False)
class Lens:
    """What the model would say at a token if it ended there."""

    names: tuple[str, ...]  # "embedding", "layer 0", …
    probabilities: Tensor  # [stage, word]

    __repr__ = brief


def writing(model: Model, trace: Trace, *, at: int, word: int) -> Writing:
    """What each part of the model wrote toward a word's logit, read at token `at`.

    Args:
        word: the index of a word of the model's vocabulary.

    Raises:
        AttnvizError: a model that is not ours from end to end or has its norms elsewhere, or a token or word that is
            not there.
    """
    out, stages = _opened(model, trace, at)
    if not 0 <= as_index(word, "A word's index", least=None) < len(out.u):
        raise AttnvizError(f"There is no word {word}: the model knows words 0 to {len(out.u) - 1}.")
    x = stages.blocks[-1].output[at]

    def share(parts: Tensor) -> Tensor:
        return out.linear(parts, of=x) @ out.u[word]

    heads = [_heads(trace, stages, i, at) for i in range(len(stages.blocks))]
    rest = out.beta @ out.u[word] + out.b[word]
    forward = [float(share(block.feed_forward[at])) for block in stages.blocks]
    return Writing(
        word,
        float(stages.logits[at, word]),
        float(share(stages.placed[at])),
        stages.logits.new_tensor([share(one).tolist() for one in heads]),
        stages.logits.new_tensor(forward),
        float(rest),
    )


def lens(model: Model, trace: Trace, *, at: int) -> Lens:
    """What the model would say at token `at` after each of its layers; the last one is what it says.

    Raises:
        AttnvizError: as `writing`'s.
    """
    out, stages = _opened(model, trace, at)
    names = ("embedding", *(f"layer {i}" for i in range(len(stages.blocks))))
    vectors = [stages.placed[at], *(block.output[at] for block in stages.blocks)]
    logits = [out.normed(x) @ out.u.T + out.b for x in vectors]
    return Lens(names, stages.logits.new_tensor([one.tolist() for one in logits]).softmax(-1))


def _opened(model: Model, trace: Trace, at: int) -> tuple[ReadOut, Stages]:
    out = model.read_out
    if out is None or trace.stages is None:
        raise AttnvizError(
            f"What is written toward a word is told of models that are ours from end to end, with the norm before each "
            f"part (pre-norm); {model.name} is none."
        )
    trace.rows.check(at)
    return out, trace.stages


def _heads(trace: Trace, stages: Stages, layer: int, at: int) -> Tensor:
    """[head, d_model]: what each head adds to the token's vector."""
    record = trace.layers[layer]
    w_o = record.w_o
    assert w_o is not None  # of a model that is ours
    contexts = stages.blocks[layer].concatenated[at].view(record.heads, 1, -1)
    written: Tensor = (contexts @ w_o.view(record.heads, -1, w_o.shape[-1]))[:, 0]
    return written
