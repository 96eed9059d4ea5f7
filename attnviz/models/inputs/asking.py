"""What a model is asked to read: made of what somebody gives, cleaned, and refused in words by one that reads no such
thing."""

from __future__ import annotations

from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attnviz.models.errors import ModelError
from attnviz.request import Input, Pair, Picture, Sound, Text, Translation
from attnviz.texts import checked_text, clean_text

if TYPE_CHECKING:
    from attnviz.models.base import Model


def input_of(
    text: Any,
    second: str | None,
    target: str | None,
    special_tokens: bool | None,
    question: str | None = None,
    rate: int | None = None,
    *,
    hears: bool = False,
    sees: bool = False,
    usual: str = "",
) -> Input:
    """What is to be read: a text, a pair where there is a second sentence that is not blank, a translation where there
    is a target, a picture where there is a question, or the model `sees`, a sound where there is a rate, or it `hears`.
    `usual`: what is asked about a picture where nothing is.

    Raises:
        ModelError: what is no string, a pair with a target, or a rate of a text.
    """
    for name, given in (("second sentence", second), ("target", target)):
        if given is not None and not isinstance(given, str):
            raise ModelError(f"The {name} must be a string, not {type(given).__name__}.")
    if second is not None and not clean_text(second).strip():
        second = None
    if rate is not None and isinstance(text, str) and not hears:
        raise ModelError("A rate is that of a sound which is an array. A text has none: leave rate out.")
    if (hears and not isinstance(text, str)) or rate is not None:
        if (second, question) != (None, None):
            raise ModelError("A sound has no second sentence, and no question is asked about it.")
        from attnviz.models.inputs.sound import sound_of  # no text needs it

        return sound_of(text, rate, target)
    if question is not None or (sees and not isinstance(text, str)):
        if (second, target) != (None, None):
            raise ModelError("A question is about a picture, which has no second sentence and no target.")
        from attnviz.models.inputs.image import picture_of  # with Pillow, which nobody else needs

        if question is not None or not usual:
            return picture_of(text, question or "")
        found = picture_of(text, usual)
        return replace(found, notices=(*found.notices, f"No question was given, so the model is asked “{usual}”."))
    if target is not None:
        if second is not None:
            raise ModelError("A target is of one text, not of a pair of sentences. Leave one of them out.")
        if not isinstance(text, str) or not clean_text(text).strip():
            raise ModelError("There is a target, but no source. Type the text that it is of.")
        return Translation(text, target, special_tokens)
    return Text(text, special_tokens) if second is None else Pair(text, second, special_tokens)


def sensed(given: object) -> type[Picture] | type[Sound] | None:
    """Whether what is given is a picture or a sound, where neither a model nor a question nor a rate says so; None of a
    text, and of what is nothing that can be read.

    >>> sensed(Path("cat.png")), sensed(Path("speech.wav")), sensed("cat.png")
    (<class 'attnviz.request.Picture'>, <class 'attnviz.request.Sound'>, None)
    """
    if isinstance(given, str):
        return None
    if isinstance(given, PathLike):
        return Sound if Path(given).suffix.casefold() == ".wav" else Picture
    if isinstance(given, bytes | bytearray):
        return Sound if given[:4] == b"RIFF" and given[8:12] == b"WAVE" else Picture
    import numpy as np  # of a text nobody asks for these
    from PIL import Image

    if isinstance(given, np.ndarray):
        is_sound = given.ndim == 1 or (given.ndim == 2 and given.dtype != np.uint8)
        return Sound if is_sound else Picture
    return Picture if isinstance(given, Image.Image) else None


def cleaned(asked: Input) -> Input:
    """The input, its texts cleaned."""
    if isinstance(asked, Pair):
        return Pair(checked_text(asked.first), clean_text(asked.second), asked.special_tokens)
    if isinstance(asked, Translation):
        return Translation(checked_text(asked.source), clean_text(asked.target), asked.special_tokens)
    if isinstance(asked, Picture | Sound):
        return asked
    return replace(asked, text=checked_text(asked.text))


def refusal(asked: Input, model: Model) -> str:
    """What to say where a model reads nothing of that kind, and what to do."""
    name, reads = model.name, model.reads
    if isinstance(asked, Picture) or Picture in reads:
        question = f", question={model.question!r}" if model.question else ""
        question += ", question='a photo of a cat'" * model.compares
        return (
            f"The model {name} looks at pictures, and reads no text. Give it one: attnviz.trace(picture, "
            f"model={name!r}{question})."
            if Picture in reads
            else f"The model {name} reads text, not pictures. Choose the model “picture” for that."
        )
    if isinstance(asked, Sound) or Sound in reads:
        return (
            f"The model {name} hears sounds, and reads no text. Give it one: "
            f"attnviz.trace('sound.wav', model={name!r})."
            if Sound in reads
            else f"The model {name} hears no sounds. Choose the model “voice” or “tones” for that."
        )
    if isinstance(asked, Pair):
        return f"The model {name} reads one text, not a pair of sentences. Choose a model of BERT's kind for that."
    return (
        f"The model {name} writes no translation of a text: it takes no target. Choose an encoder–decoder "
        "(“french”, BART, T5, MarianMT) for that."
    )
