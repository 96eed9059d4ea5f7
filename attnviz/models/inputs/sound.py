"""A sound as a value, from a WAV file, its bytes or an array; what was done to it is said."""

from __future__ import annotations

import io
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from os import PathLike, fsdecode
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from attnviz.contents import Samples
from attnviz.models.errors import ModelError
from attnviz.models.inputs.wav import WavError, read_wav
from attnviz.request import Sound

MOST_SECONDS = 30.0  # of a sound that are kept
_SHORTEST = 0.02  # seconds: in less there is no syllable and no tone
_RATES = (1_000, 400_000)  # samples a second
_CHANNELS = 8  # at most: an array with more on both axes is no sound
_SILENT = 1e-4  # 80 dB below the loudest that a file can hold
_ZEROS = 16  # of the sinc on each side, in resampling


def sound_of(given: Any, rate: int | None = None, said: str | None = None) -> Sound:
    """The sound as samples of one channel, and what is said in it.

    Args:
        given: a WAV file's path or bytes, or an array [sample] or [sample, channel] of floats of -1 to 1 or of whole
            numbers (int16, …).
        rate: samples a second, of an array.
        said: what a model is to have written of it; None: what it writes by itself.

    Raises:
        ModelError: what is no sound, or one in which nothing sounds.
    """
    if said is not None and not isinstance(said, str):
        raise ModelError(f"What is said must be a string, not {type(said).__name__}.")
    if isinstance(given, Sound):
        return given if said is None else replace(given, said=said)
    notices: list[str] = []
    if isinstance(given, Samples):
        samples, found, length = given.array[:, None], given.rate, len(given)
    elif isinstance(given, str | PathLike | bytes | bytearray):
        if rate is not None:
            raise ModelError("A WAV file says its own rate: leave rate out.")
        with _opened(given) as file:
            wav = read_wav(file, MOST_SECONDS)
        samples, found, length = wav.samples, wav.rate, wav.length
    else:
        samples, found = _array(given), rate if rate is not None else 0
        length = len(samples)
        if rate is None:
            raise ModelError("An array is a sound at a rate: say how many samples a second it has, such as rate=16000.")
    if isinstance(found, float | np.floating) and float(found).is_integer():
        found = int(found)
    if isinstance(found, bool) or not isinstance(found, int | np.integer) or not _RATES[0] <= found <= _RATES[1]:
        raise ModelError(f"The rate of a sound is from {_RATES[0]:,} to {_RATES[1]:,} samples a second, not {found!r}.")
    return Sound(Samples.of(_mono(samples, int(found), length, notices), int(found)), said, tuple(notices))


def fitted(sound: Sound, rate: int, seconds: float) -> Sound:
    """The sound at the rate of a model that hears so many seconds at most."""
    own, notices = sound.samples, list(sound.notices)
    kept = own.array[: math.ceil(seconds * own.rate)]
    if len(kept) < len(own):
        notices.append(
            f"Of the sound’s {own.seconds:.1f} seconds the first {seconds:.1f} are read, as this model reads no more."
        )
    if own.rate != rate:
        kept = resampled(kept, own.rate, rate)
        notices.append(f"The sound has {own.rate:,} samples a second: it was made {rate:,}, as the model reads it.")
    elif len(kept) == len(own):
        return sound
    return replace(sound, samples=Samples.of(kept, rate), notices=tuple(notices))


def resampled(samples: NDArray[np.float32], rate: int, new: int) -> NDArray[np.float32]:
    """[sample] at another rate: a windowed sinc, which lets pass what both rates can hold (Smith, "Digital Audio
    Resampling Home Page").

        y(t) = Σ_n x[n] · c · sinc(c · (t - n)) · hann,   c = min(1, new / rate)

    >>> wave = np.sin(2 * np.pi * 440 * np.arange(1600) / 16000).astype(np.float32)
    >>> other = resampled(wave, 16000, 8000)
    >>> len(other), bool(np.abs(other - wave[::2])[20:-20].max() < 1e-3)
    (800, True)
    """
    common = math.gcd(rate, new)
    up, down = new // common, rate // common
    c = min(1.0, new / rate) * 0.95  # a little below half the rate, where the window falls
    half = math.ceil(_ZEROS / c)
    padded = np.pad(samples, (half, half + down + 1))
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half)
    count = -(-len(samples) * up // down)
    found = np.empty(count, np.float32)
    for phase in range(min(up, count)):  # of one phase all take the same numbers of the sinc
        first, rest = divmod(phase * down, up)
        away = np.arange(1 - half, half + 1) - rest / up  # of the samples, from where the new one stands
        kernel = c * np.sinc(c * away) * (0.5 + 0.5 * np.cos(np.pi * np.clip(away / half, -1, 1)))
        places = len(found[phase::up])
        found[phase::up] = windows[first + 1 :: down][:places] @ kernel.astype(np.float32)
    return found


def _mono(samples: NDArray[np.float32], rate: int, length: int, notices: list[str]) -> NDArray[np.float32]:
    """[sample, channel] to [sample], checked: the beginning, the mean of the channels (or one), no louder than 1."""
    if not samples.size:
        raise ModelError("The sound has no samples: there is nothing to hear.")
    most = int(MOST_SECONDS * rate)
    if length > most:
        notices.append(f"The sound lasts {length / rate:,.0f} seconds: its first {MOST_SECONDS:.0f} are taken.")
        samples = samples[:most]
    if not np.isfinite(samples).all():
        raise ModelError("The sound has samples that are no numbers (NaN or infinite), so it cannot be heard.")
    if length < _SHORTEST * rate:
        raise ModelError(
            f"The sound lasts {length / rate:.4f} seconds, which is too short: give {_SHORTEST:.2f} seconds or more."
        )
    one: NDArray[np.float32] = samples.mean(1, dtype=np.float32)
    loudest = float(np.abs(one).max())
    if samples.shape[1] > 1 and loudest < _SILENT:  # one channel may be the other's opposite
        one = samples[:, np.abs(samples).max(0).argmax()]
        loudest = float(np.abs(one).max())
        if loudest >= _SILENT:
            notices.append("The sound’s channels cancel one another out: the loudest alone is read.")
    elif samples.shape[1] > 1:
        notices.append(f"The sound has {samples.shape[1]} channels: their mean is read.")
    if loudest < _SILENT:
        raise ModelError("The sound is silent: there is nothing to hear. Give one in which something sounds.")
    if loudest > 1:
        notices.append("The sound is louder than samples of -1 to 1 can be: it was made quieter.")
        one = one / np.float32(loudest)
    return one


@contextmanager
def _opened(given: str | PathLike[str] | bytes | bytearray) -> Iterator[Any]:
    """A file to read from; what goes wrong until it is closed, in a sentence."""
    path = Path(fsdecode(given)) if isinstance(given, str | PathLike) else None
    name = "The sound" if path is None else f"“{path.name:.80}”"
    if path is not None and not os.path.isfile(path):  # False also of what can be no path
        raise ModelError(f"There is no file {name} here. Give the path of a WAV file.")
    try:
        with io.BytesIO(cast(bytes, given)) if path is None else path.open("rb") as file:
            yield file
    except WavError as error:
        told = {
            "no WAV": "is no sound that can be read. Give a WAV file.",
            "of another kind": "is a WAV file of another kind. Save it as PCM of 16 bits.",
        }
        raise ModelError(f"{name} {told.get(str(error), 'is damaged or incomplete: it cannot be heard.')}") from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{name} cannot be read.") from error


def _array(given: Any) -> NDArray[np.float32]:
    """[sample, channel] of an array that may be a sound."""
    try:
        array = np.asarray(given)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in "fiu" or array.ndim not in (1, 2):
        raise ModelError(
            "A sound is a WAV file’s path or bytes, or an array [sample] or [sample, channel] of numbers, not "
            f"{type(given).__name__}{f' of {array.dtype}, {array.ndim} axes' if isinstance(given, np.ndarray) else ''}."
        )
    if array.ndim == 1:
        array = array[:, None]
    elif array.shape[1] > _CHANNELS >= array.shape[0]:
        array = array.T  # [channel, sample], as some libraries have it
    if array.shape[1] > _CHANNELS:
        raise ModelError(f"An array with the shape {np.shape(given)} is no sound: give [sample] or [sample, channel].")
    if array.dtype.kind == "f":
        with np.errstate(over="ignore"):  # what is too large is infinite, and refused as that
            return array.astype(np.float32)
    bits = 8 * array.dtype.itemsize
    if array.dtype.kind == "i" and 0 < (loudest := float(np.abs(array.astype(float)).max(initial=0))) < _SILENT * (
        2.0 ** (bits - 1)
    ):
        raise ModelError(
            f"The loudest of these numbers of {bits} bits is {loudest:,.0f}, which cannot be heard where 2^{bits - 1} "
            "is loudest. Give numbers of 16 bits (int16), or floats from -1 to 1."
        )
    return ((array - (2.0 ** (bits - 1) if array.dtype.kind == "u" else 0.0)) / 2.0 ** (bits - 1)).astype(np.float32)
