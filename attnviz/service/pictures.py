"""The pictures that the page offers: ten scenes for each task about scenes, and two photographs where scikit-learn
brings them.

A scene's objects can be moved to other cells. A picture has a name that a link can carry ("scene-3", with its moves;
of another task than the first "digit-3"); one that a person brings has none.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps

from attnviz.contents import Pixels
from attnviz.errors import AttnvizError
from attnviz.request import Picture
from attnviz.training.pictures.looking import SceneTask
from attnviz.training.registry import TASKS
from attnviz.training.scenes import ACROSS, SIDE, Scenes, in_cells
from attnviz.training.scenes import from_cells as together

_TASKS = {name: task for name, task in TASKS.items() if isinstance(task, SceneTask)}
FIRST = next(iter(_TASKS))  # whose scenes are shown to models that only look
COMPARED = "compared"  # in a task's place: a model from elsewhere that compares a picture with a text
_CALLED = {"scene" if name == FIRST else name: name for name in _TASKS}  # by how the names of its scenes begin
_PHOTOGRAPHS = {"flower": "flower.jpg", "temple": "china.jpg"}  # in scikit-learn's folder (CC BY, named in its README)
_LONGEST, _SHORTER = 560, 280  # pixels of a photograph's sides: more than any model here reads
_PHOTOGRAPH = 224  # pixels of the side of a photograph's middle square: what Vision Transformers read
_SMALL = 72  # of a small picture's side
_MOST_MOVES = 20
_DIGITS, _PHOTO = "coloured digits on a dark ground", "a photo"

Move = tuple[int, int]  # from a cell to another, counted row by row; what is there comes here


@dataclass(frozen=True)
class Offer:
    """A picture to choose."""

    name: str
    title: str
    question: str = ""  # that is asked about it, or the text that it is compared with, while nobody types another


@cache
def offers(task: str) -> tuple[Offer, ...]:
    """Those for a model that learned that task, or for one from elsewhere, which only looks ("") or compares
    (`COMPARED`); the first one first."""
    if task in ("", COMPARED):
        seen = [(name, name.capitalize(), f"{_PHOTO} of a {name}") for name in photographs()]
        made = [(offer.name, offer.title, _DIGITS) for offer in offers(FIRST)]
        return tuple(Offer(name, title, said if task else "") for name, title, said in (*seen, *made))
    called = next(called for called, name in _CALLED.items() if name == task)
    names = [f"{called}-{i}" for i in range(len(_TASKS[task].shown))]
    return tuple(Offer(name, f"Scene {i + 1}", _question(name, i)) for i, name in enumerate(names))


def names() -> frozenset[str]:
    """Of all that are here, for whichever model."""
    return frozenset(offer.name for task in ("", *_TASKS) for offer in offers(task))


def photographs() -> tuple[str, ...]:
    """The names of those that are installed."""
    folder = _photographs_folder()
    return tuple(name for name, file in _PHOTOGRAPHS.items() if folder is not None and (folder / file).is_file())


@lru_cache(maxsize=64)
def pixels_of(name: str, moved: tuple[Move, ...] = ()) -> Pixels:
    """The picture of that name, its cells exchanged one move after the other.

    Raises:
        AttnvizError: no such picture.
    """
    if name in photographs():
        folder = _photographs_folder()
        assert folder is not None
        with Image.open(folder / _PHOTOGRAPHS[name]) as image:
            middle = ImageOps.fit(image.convert("RGB"), (_PHOTOGRAPH, _PHOTOGRAPH), Image.Resampling.LANCZOS)
            return Pixels.of(np.asarray(middle))
    return exchanged(Pixels.of(_scene(name)[1].picture(0)), moved)


def has_cells(pixels: Pixels) -> bool:
    """Whether a picture is as large as a scene, so that what stands in its cells can be moved."""
    return (pixels.rows, pixels.columns) == (SIDE, SIDE)


def exchanged(pixels: Pixels, moved: tuple[Move, ...]) -> Pixels:
    """The picture with its cells exchanged, one move after the other."""
    if not (moved and has_cells(pixels)):
        return pixels
    cells = in_cells(torch.from_numpy(pixels.array.copy())[None])
    for a, b in moved:
        cells[:, [a, b]] = cells[:, [b, a]]
    return Pixels.of(together(cells)[0].numpy())


def kept(picture: Picture) -> Picture:
    """What is kept of a picture that somebody brings: no more pixels than any model here reads. Of a very long one that
    is its middle, since all models look at the middle square."""
    image = Image.fromarray(picture.pixels.array)
    if max(image.size) <= _LONGEST:
        return picture
    before = f"{image.width:,} × {image.height:,}"
    factor = min(max(_LONGEST / max(image.size), _SHORTER / min(image.size)), 1)
    made = round(image.width * factor), round(image.height * factor)
    kept = min(made[0], _LONGEST), min(made[1], _LONGEST)
    left, top = (image.width - kept[0] / factor) / 2, (image.height - kept[1] / factor) / 2
    middle = max(left, 0), max(top, 0), min(image.width - left, image.width), min(image.height - top, image.height)
    image = image.resize(kept, Image.Resampling.BICUBIC, middle, reducing_gap=2.0)
    done = (
        "cut to its middle" if factor == 1 else "made smaller and cut to its middle" if kept != made else "made smaller"
    )
    said = f"The picture of {before} pixels was {done}, {image.width} × {image.height}."
    return replace(picture, pixels=Pixels.of(np.asarray(image)), notices=(*picture.notices, said))


@lru_cache(maxsize=64)
def small(name: str) -> bytes:
    """The same as a small PNG, to be chosen from."""
    image = Image.fromarray(pixels_of(name).array)
    way = Image.Resampling.NEAREST if image.width <= _SMALL else Image.Resampling.LANCZOS
    written = io.BytesIO()
    image.resize((_SMALL, _SMALL), way).save(written, "PNG")
    return written.getvalue()


def moves(text: str) -> tuple[Move, ...] | None:
    """Moves as a link has them, "6-12.3-20"; None of what is none.

    >>> moves("6-12.3-20"), moves("6-99"), moves("")
    (((6, 12), (3, 20)), None, ())
    """
    found = []
    for one in text.split(".") if text else ():
        a, dash, b = one.partition("-")
        if not (dash and a.isdecimal() and b.isdecimal() and max(int(a[:3]), int(b[:3])) < ACROSS**2):
            return None
        found.append((int(a), int(b)))
    return tuple(found) if len(found) <= _MOST_MOVES else None


def with_move(text: str, move: object) -> str:
    """The moves of a link with one more; the same where it is none, or one too many.

    >>> with_move("6-12", [3, 20]), with_move("6-12", [3, 99])
    ('6-12.3-20', '6-12')
    """
    before, told = moves(text), isinstance(move, list) and len(move) == 2 and all(type(one) is int for one in move)
    if before is None or not told or not isinstance(move, list):
        return text
    after = written((*before, (move[0], move[1])))
    return text if move[0] == move[1] or moves(after) is None else after


def written(moved: tuple[Move, ...]) -> str:
    """Moves as a link has them.

    >>> written(((6, 12), (3, 20)))
    '6-12.3-20'
    """
    return ".".join(f"{a}-{b}" for a, b in moved)


def questions(name: str) -> tuple[str, ...]:
    """What can be asked about a scene by who learned its task."""
    try:
        task, scene = _scene(name)
    except AttnvizError:
        return ()
    return task.questions_of(scene)


def usual(name: str, task: str) -> str:
    """What is said beside a picture of that name, to a model that learned that task or is `COMPARED`, while nobody
    types anything else; of a name that is none of its pictures', as beside the first."""
    found = offers(task)
    other = _PHOTO if task == COMPARED and name else found[0].question
    return next((offer.question for offer in found if offer.name == name), other)


def is_usual(name: str, said: str) -> bool:
    """Whether that is said beside a picture of that name, to whatever model, while nobody types anything else."""
    return said in {usual(name, task) for task in (*_TASKS, COMPARED)}


def captions() -> tuple[str, ...]:
    """Texts that say what is on a picture here, each once."""
    return tuple(dict.fromkeys(offer.question for offer in offers(COMPARED)))


def _question(name: str, number: int) -> str:
    """A question about each scene: of every second one the first of the other kind, which are the second half."""
    found = questions(name)
    return found[number % 2 * (len(found) // 2)] if found else ""


@lru_cache(maxsize=64)
def _scene(name: str) -> tuple[SceneTask, Scenes]:
    """Whose it is, and it: of digits that no model has learned from."""
    called, _, number = name.partition("-")
    task = _TASKS.get(_CALLED.get(called, ""))
    if task is None or not number.isdecimal() or len(number) > 3 or int(number) >= len(task.shown):
        raise AttnvizError(f"There is no picture “{name[:40]}” here. Choose one below.")
    return task, task.scenes(task.shown[int(number)])


def _photographs_folder() -> Path | None:
    found = find_spec("sklearn")
    places = None if found is None else found.submodule_search_locations
    return Path(places[0]) / "datasets" / "images" if places else None
