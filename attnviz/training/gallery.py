"""The ten scenes that are offered, by name ("scene-3"): of digits that the model has not learned from, and what can be
asked about each. The page shows them, and lessons speak of them.
"""

from __future__ import annotations

from functools import lru_cache

from attnviz.errors import AttnvizError
from attnviz.tokens import Pixels
from attnviz.training.scenes import COLOURS, Scenes, scenes

_SEEDS = (2, 4, 1, 3, 5, 8, 10, 12, 15, 0)  # of the scenes; of the last the model takes a digit for another
NAMES = tuple(f"scene-{i}" for i in range(len(_SEEDS)))


def pixels_of(name: str) -> Pixels:
    """The picture.

    Raises:
        AttnvizError: no such scene.
    """
    return Pixels.of(_scene(name).picture(0))


def questions(name: str) -> tuple[str, ...]:
    """What can be asked: by each colour that a digit has, and by each digit that is there.

    Raises:
        AttnvizError: no such scene.
    """
    scene = _scene(name)
    colours = [f"which digit is {tuple(COLOURS)[int(one)]}?" for one in scene.colours[0]]
    return (*colours, *(f"which colour is the {int(one)}?" for one in scene.digits[0]))


def question(name: str) -> str:
    """The one that is asked while nobody asks another: of every second scene by a colour.

    Raises:
        AttnvizError: no such scene.
    """
    found = questions(name)
    return found[len(found) // 2 if NAMES.index(name) % 2 else 0]


@lru_cache(maxsize=len(_SEEDS))
def _scene(name: str) -> Scenes:
    if name not in NAMES:
        raise AttnvizError(f"There is no scene “{name[:40]}”. There are {NAMES[0]} to {NAMES[-1]}.")
    return scenes(1, _SEEDS[NAMES.index(name)], withheld=True)
