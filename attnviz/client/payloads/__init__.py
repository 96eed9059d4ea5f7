"""What the explorer is sent, as bytes: a trace, its vectors, and the package's numbers for what is chosen.

What travels was measured at 512 tokens and 72 heads (benchmarks/results.md): all weights would be 75 MB. So first go
small pictures of all heads (each cell the largest weight of its block, one byte) and the package's own numbers of the
head that is looked at: 0.4 MB, from which everything is drawn. Then q, k and v of all heads, 7 MB, from which the page
computes whatever is chosen next: on short texts as float32, on long ones as int16 with one scale a head. What a person
then reads comes a moment later, as the package has it. Of a text that `is_tiled` the first head's vectors are whole
numbers too (3 MB otherwise, of which the page draws more than it says), and numbers of vectors are said with “≈”. Of a
text of up to 64 tokens all vectors go as float32, from which the page computes the same weights (to 1e-7), and with the
notes what else a choice shows: so it asks nobody.

Of a long text and a model of more heads than `MANY_HEADS` these are too much to wait for (29 MB of SmolLM2's 270 heads
at 512 tokens): then the vectors of a layer travel when it is looked at, and all of them when something asks for all.

A model may have several parts: each has arrays of its own ("cross/q0"; of a part without a name "q0").
"""

from attnviz.client.payloads.comparison import packed_comparison
from attnviz.client.payloads.extent import can_be_tiled, goes_by_layer, is_self_contained, is_short, is_tiled
from attnviz.client.payloads.traces import packed_choice, packed_notes, packed_pictures, packed_trace, packed_vectors

__all__ = [
    "can_be_tiled",
    "goes_by_layer",
    "is_self_contained",
    "is_short",
    "is_tiled",
    "packed_choice",
    "packed_comparison",
    "packed_notes",
    "packed_pictures",
    "packed_trace",
    "packed_vectors",
]
