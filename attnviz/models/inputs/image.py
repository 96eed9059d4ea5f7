"""A picture as a value, from a file (PNG, JPEG, WebP), a PIL image or an array; what was done to it is said.

A file's size is read from its header and refused before anything is decoded: a small file may hold a huge picture.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from os import PathLike, fsdecode
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from attnviz.contents import Pixels
from attnviz.models.errors import ModelError
from attnviz.request import Picture

FORMATS = ("PNG", "JPEG", "WEBP")
MOST_PIXELS = 24_000_000  # of a camera's picture
_LEAST = 16  # pixels of a side: less is no picture
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


def picture_of(given: object, question: str) -> Picture:
    """The picture as red, green and blue, and what is asked about it.

    Args:
        given: a path, an open file, its bytes, a PIL image, or an array of 0 to 255 (uint8), [row, column] or [row,
            column, 3 or 4].

    Raises:
        ModelError: what is no picture, or one that is too large.
    """
    if not isinstance(question, str):
        raise ModelError(f"The question must be a string, not {type(question).__name__}.")
    notices: list[str] = []
    with _opened(given) as image:
        width, height = image.size
        if width * height > MOST_PIXELS:
            raise ModelError(_too_large(f"A picture of {width:,} × {height:,} pixels"))
        if getattr(image, "n_frames", 1) > 1:
            image.seek(0)
            notices.append("The picture is animated: its first frame is read.")
        colours = _in_colours(ImageOps.exif_transpose(image), notices)
    return Picture(Pixels.of(np.asarray(colours)), question, tuple(notices))


def fitted(picture: Picture, side: int, *, larger: bool = False) -> Picture:
    """The picture made `side` × `side`: of one that is not square the middle, and of each place the mean.

    `larger`: a smaller one may be made larger, by cubic curves between its pixels; if it is no dot.

    Raises:
        ModelError: one that is smaller.
    """
    rows, columns = picture.pixels.rows, picture.pixels.columns
    if min(rows, columns) < (_LEAST if larger else side):
        raise ModelError(
            f"The picture has {columns} × {rows} pixels, which is too small: this model reads {side} × {side}."
        )
    if (rows, columns) == (side, side):
        return picture
    whole = Image.fromarray(picture.pixels.array)
    way = Image.Resampling.BICUBIC if larger else Image.Resampling.BOX
    small = whole.resize((side, side), way, _middle(columns, rows, side))
    cut = "its middle square was taken and " * (rows != columns)
    made = "larger" if min(rows, columns) < side else "smaller"
    said = f"The picture has {columns:,} × {rows:,} pixels: {cut}made {made}, {side} × {side}, as the model reads it."
    return replace(picture, pixels=Pixels.of(np.asarray(small)), notices=(*picture.notices, said))


def _middle(columns: int, rows: int, side: int) -> tuple[float, float, float, float]:
    """The middle square, as left, top, right and bottom, where the transformers library takes it: the whole picture is
    made as small as its shorter side allows, in whole pixels, and of that the middle ones are kept.

    >>> _middle(640, 427, 224)
    (105.07462686567165, 0.0, 533.0149253731344, 427.0)
    """
    starts, ends = [], []
    for length in (columns, rows):
        made = side * length // min(columns, rows)
        first = (made - side) // 2
        starts.append(first * length / made)
        ends.append((first + side) * length / made)
    return starts[0], starts[1], ends[0], ends[1]


@contextmanager
def _opened(given: object) -> Iterator[Image.Image]:
    """A PIL image of it, nothing decoded yet; what goes wrong until it is closed, in a sentence."""
    name = "The array" if isinstance(given, np.ndarray) else "The picture"
    try:
        if isinstance(given, Image.Image):
            yield given
        elif isinstance(given, str | PathLike):
            name = f"“{Path(fsdecode(given)).name:.80}”"
            if not os.path.isfile(given):  # False also of what can be no path
                raise ModelError(f"There is no file {name} here. Give the path of a PNG, JPEG or WebP.")
            with Image.open(given, formats=FORMATS) as image:
                yield image
        elif isinstance(given, io.IOBase | bytes | bytearray):
            name = "This file"
            file = io.BytesIO(given) if isinstance(given, bytes | bytearray) else cast(IO[bytes], given)
            with Image.open(file, formats=FORMATS) as image:
                yield image
        else:
            yield Image.fromarray(_array(given))
    except ModelError:
        raise
    except _BOMBS as error:
        raise ModelError(_too_large(name)) from error
    except PermissionError as error:
        raise ModelError(f"{name} may not be read by attnviz.") from error
    except UnidentifiedImageError as error:
        raise ModelError(f"{name} is no picture that can be read. Give a PNG, JPEG or WebP.") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:  # PIL raises what it likes
        raise ModelError(f"{name} is damaged or incomplete: it cannot be read as a picture.") from error


def _array(given: Any) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """An array that may be a picture."""
    if not isinstance(given, np.ndarray):
        raise ModelError(f"A picture is a file’s path, a PIL image or a numpy array, not {type(given).__name__}.")
    is_shaped = given.ndim == 2 or (given.ndim == 3 and given.shape[-1] in (3, 4))
    if given.dtype != np.uint8 or not is_shaped or not given.size:
        raise ModelError(
            f"An array of {given.dtype} with the shape {given.shape} is no picture: give numbers from 0 to 255 "
            "(uint8), [row, column, 3]."
        )
    return given


def _in_colours(image: Image.Image, notices: list[str]) -> Image.Image:
    """Red, green and blue of 0 to 255."""
    if image.mode in ("I", "F"):
        raise ModelError("The picture has numbers of 32 bits. Save it with 8 bits a colour.")
    if image.mode.startswith("I;16"):
        notices.append("The picture has 16 bits a colour: the upper 8 are read.")
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        over = image.convert("RGBA")
        if over.getchannel("A").getextrema() != (255, 255):
            notices.append("The picture is transparent in places: it was laid on white.")
        ground = Image.new("RGBA", over.size, "white")
        return Image.alpha_composite(ground, over).convert("RGB")
    if image.mode in ("CMYK", "LAB", "HSV", "YCbCr"):
        notices.append(f"The picture’s colours are {image.mode}: they were made red, green and blue.")
    return image.convert("RGB")


def _too_large(what: str) -> str:
    return f"{what} is too large. Make it smaller: up to {MOST_PIXELS // 10**6} million pixels are read."
