"""The choices by name, the limits, and what stands in the address."""

import typing
from typing import Literal

from attnviz.pooling import PICTURE
from attnviz.tokens import TOKEN_LIMIT

# What a choice by name can be, the default first.
Show = Literal[
    "heatmap", "lines", "difference", "matrix"
]  # of a picture a heatmap lies over it, and all rows are a matrix
Words = Literal["pieces", "words", "joined"]
Filter = Literal["all", "AA", "AB", "BA", "BB"]
Scale = Literal["fixed", "own"]
Of = Literal["head", "layer", "chosen", "rollout"]  # whose weights are shown large
Mode = Literal["heads", "sentences", "models"]  # what is compared
Pane = Literal["way", "explore", "why", "row", "build", "kinds", "next", "tries"]  # of the Learn page
# The steps of the way from words to a prediction, in their order.
Step = Literal[
    "words",
    "ids",
    "embeddings",
    "positions",
    "projections",
    "score",
    "row",
    "scores",
    "scaled",
    "masked",
    "softmax",
    "context",
    "heads",
    "concatenated",
    "output",
    "residual",
    "feed_forward",
    "second_residual",
    "layers",
    "probabilities",
]
Normalizer = Literal["softmax", "relu", "polynomial", "hard"]  # what makes weights of scores
PartName = Literal["", "encoder", "decoder", "cross", "image", "text"]
CHOICES: dict[str, tuple[str, ...]] = {
    "show": typing.get_args(Show),
    "words": typing.get_args(Words),
    "filter": typing.get_args(Filter),
    "scale": typing.get_args(Scale),
    "of": typing.get_args(Of),
    "pane": typing.get_args(Pane),
    "walk": typing.get_args(Step),
}
WALK: tuple[str, ...] = CHOICES["walk"]
# What is chosen in an explorer, in the order in which it stands in the address; the last two of a second explorer.
_WHERE = ("part", "layer", "head", "query", "key", "second", "over", "of")
_HOW = ("show", "words", "filter", "specials", "scale", "present")
_LEARNING = ("pane", "walk", "switched", "at")  # on the Learn page
CHOSEN = (*_WHERE, *_HOW, *_LEARNING)
IN_ADDRESS = (*CHOSEN, "layer_b", "head_b")

MOST_OVER = 4  # heads laid over the chosen one
MOST_SWITCHED = 12_000  # characters of what is switched
MOST_ROLLED = 128  # up to so many tokens the page computes a rollout
WHOLE = 64  # up to so many tokens all that a choice shows comes with the text
SQUARE = TOKEN_LIMIT  # up to so many tokens the page has all weights of a head; of more it has rows and a picture
CELLS = 1024  # most cells along a side of that picture
THUMBNAIL = PICTURE  # most cells along a side of a head's small picture
