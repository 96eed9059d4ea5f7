"""Examples that teach: a sentence, the head and the two words to look at, and what there is to see.

Each makes one claim (`CLAIMS` says which there are). `tests/test_examples.py` measures it with the model that is named,
so an example that stops being true fails there. No number is typed here: the page tells the weights beside the picture.
"""

from __future__ import annotations

from attnviz.examples.example import CLAIMS, Claim, Example, Word
from attnviz.examples.pretrained import MINILM
from attnviz.examples.trained import FIRST, LAST

__all__ = ["CLAIMS", "EXAMPLES", "Claim", "Example", "Word"]

# In an order in which one can go through them: first what stands out, then what does not.
EXAMPLES: tuple[Example, ...] = (*FIRST, *MINILM, *LAST)
