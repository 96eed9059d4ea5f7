"""A voice that says syllables, and a telephone's keys: sounds of known letters, each with the time at which it sounds.

The voice is the source and filter of Fant 1960: a train of pulses, each of which rings as three damped waves, the
formants (of Peterson & Barney 1952, "Control methods used in a study of the vowels", table II, men); noise of a band
for s and c, a murmur for m, a burst after a silence for t, and a vowel that flutters for r. A key is two sines, one for
its row and one for its column (ITU-T Q.23), and a pause.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attnviz._brief import brief
from attnviz.errors import AttnvizError

RATE = 8000  # samples a second
VOWELS = {  # three formants in Hz
    "a": (730, 1090, 2440),
    "e": (530, 1840, 2480),
    "i": (270, 2290, 3010),
    "o": (570, 840, 2410),
    "u": (300, 870, 2240),
}
CONSONANTS = "scmtr"
LETTERS = "".join(VOWELS) + CONSONANTS
_SECONDS = dict.fromkeys(VOWELS, 0.15) | {"s": 0.13, "c": 0.13, "m": 0.11, "t": 0.1, "r": 0.13}
_NOISE_BANDS = {"s": (2600, 3900), "c": (1200, 2400)}  # Hz
_WIDTHS = (70, 100, 140)  # of the formants, in Hz: how fast their waves are damped
_MURMUR, _FLUTTER = ((250, 1000, 2200), (500, 1400, 2300))  # formants of m and r
_FADE = 0.008  # seconds at both ends of a letter

ROWS, COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)  # Hz
KEYS = "123A456B789C*0#D"  # row by row


@dataclass(frozen=True, eq=False)
class Utterance:
    """A sound, and what it says."""

    samples: NDArray[np.float32]  # [sample], of -1 to 1
    letters: str
    spans: tuple[tuple[float, float], ...]  # of each letter: from when to when it sounds, in seconds

    __repr__ = brief


@dataclass(frozen=True)
class Speaker:
    """Who speaks, and how."""

    pitch: float = 120.0  # pulses a second
    size: float = 1.0  # what the formants are multiplied by: more in a smaller head
    speed: float = 1.0
    noise: float = 0.003  # standard deviation of what hisses in the ground

    @classmethod
    def drawn(cls, generator: np.random.Generator) -> Speaker:
        """Anybody."""
        pitch, size, speed = (float(generator.uniform(*ends)) for ends in ((90, 210), (0.92, 1.12), (0.8, 1.3)))
        return cls(pitch, size, speed, float(10 ** generator.uniform(-3, -1.7)))


@dataclass(frozen=True)
class Dialling:
    """Who presses keys, and over which line."""

    tone: float = 0.14  # seconds that a key sounds
    pause: float = 0.05
    tilt: float = 0.0  # dB by which the higher sine is louder
    noise: float = 0.003

    @classmethod
    def drawn(cls, generator: np.random.Generator) -> Dialling:
        """Anybody."""
        tone, pause, tilt = (float(generator.uniform(*ends)) for ends in ((0.1, 0.18), (0.04, 0.07), (-4, 4)))
        return cls(tone, pause, tilt, float(10 ** generator.uniform(-3, -1.2)))


def spoken(letters: str, speaker: Speaker | None = None, *, generator: np.random.Generator | None = None) -> Utterance:
    """The letters as they sound one after another.

    >>> said = spoken("ma")
    >>> len(said.samples) / RATE, [round(start, 2) for start, _ in said.spans]
    (0.36, [0.05, 0.16])

    Raises:
        AttnvizError: letters that the voice does not have, or none.
    """
    _check(letters, LETTERS, "The voice says")
    speaker, drawn = speaker or Speaker(), generator or np.random.default_rng(0)
    seconds = [_SECONDS[letter] / speaker.speed * _jitter(generator) for letter in letters]
    pieces = [_letter(letter, round(s * RATE), speaker, drawn) for letter, s in zip(letters, seconds, strict=True)]
    return _joined(letters, pieces, [0] * len(pieces), speaker.noise, drawn)


def dialled(keys: str, dialling: Dialling | None = None, *, generator: np.random.Generator | None = None) -> Utterance:
    """The keys as they sound one after another, with a pause after each.

    Raises:
        AttnvizError: keys that no telephone has, or none.
    """
    _check(keys, KEYS, "A telephone has")
    how, drawn = dialling or Dialling(), generator or np.random.default_rng(0)
    pieces, pauses = [], []
    for key in keys:
        time = np.arange(round(how.tone * _jitter(generator) * RATE)) / RATE
        row, column = divmod(KEYS.index(key), len(COLUMNS))
        low, high = (np.sin(2 * np.pi * f * time) for f in (ROWS[row], COLUMNS[column]))
        pieces.append(0.2 * (low + 10 ** (how.tilt / 20) * high))
        pauses.append(round(how.pause * _jitter(generator) * RATE))
    return _joined(keys, pieces, pauses, how.noise, drawn)


def _check(letters: str, known: str, who: str) -> None:
    wrong = next((letter for letter in letters if letter not in known), None)
    if wrong is not None or not letters:
        what = "nothing to say was given" if wrong is None else f"not “{wrong}”"
        raise AttnvizError(f"{who} {' '.join(known)}; {what}.")


def _jitter(generator: np.random.Generator | None) -> float:
    """By how much one is longer than another, where something is drawn at all."""
    return 1.0 if generator is None else float(generator.uniform(0.85, 1.15))


def _joined(
    letters: str, pieces: Sequence[NDArray[np.float64]], pauses: Sequence[int], noise: float, drawn: np.random.Generator
) -> Utterance:
    """One after another, with a little silence around and a hiss below."""
    edge = round(0.05 * RATE)
    start, spans, parts = edge, [], [np.zeros(edge)]
    for piece, pause in zip(pieces, pauses, strict=True):
        spans.append((start / RATE, (start + len(piece)) / RATE))
        parts += [piece * _fades(len(piece)), np.zeros(pause)]
        start += len(piece) + pause
    whole = np.concatenate([*parts, np.zeros(edge)])
    whole += noise * drawn.standard_normal(len(whole))
    return Utterance(whole.clip(-1, 1).astype(np.float32), letters, tuple(spans))


def _letter(letter: str, n: int, speaker: Speaker, drawn: np.random.Generator) -> NDArray[np.float64]:
    if letter in VOWELS:
        return 0.25 * _voiced(n, VOWELS[letter], speaker)
    if letter in _NOISE_BANDS:
        return 0.12 * _noise(n, _NOISE_BANDS[letter], drawn)
    if letter == "m":
        return 0.12 * _voiced(n, _MURMUR, speaker, (1.0, 0.15, 0.05))
    if letter == "r":
        flutter = 0.5 - 0.5 * np.cos(2 * np.pi * 25 * np.arange(n) / RATE)
        return 0.2 * flutter * _voiced(n, _FLUTTER, speaker)
    burst = n // 2
    fall = np.exp(-np.arange(n - burst) / (0.012 * RATE))
    return np.concatenate([np.zeros(burst), 0.3 * fall * _noise(n - burst, (300, 3900), drawn)])


def _voiced(
    n: int, formants: Sequence[float], speaker: Speaker, loud: Sequence[float] = (1.0, 0.6, 0.3)
) -> NDArray[np.float64]:
    """Pulses, each ringing through the formants; at most about 1."""
    time = np.arange(RATE // 50) / RATE
    rings = [
        a * np.exp(-np.pi * width * time) * np.sin(2 * np.pi * min(f * speaker.size, 0.48 * RATE) * time)
        for f, width, a in zip(formants, _WIDTHS, loud, strict=True)
    ]
    pulses = np.zeros(n)
    pulses[np.arange(0, n, RATE / speaker.pitch).astype(int)] = 1.0
    return np.convolve(pulses, np.sum(rings, axis=0))[:n]


def _noise(n: int, band: tuple[float, float], drawn: np.random.Generator) -> NDArray[np.float64]:
    """Noise of a band of pitch, of standard deviation 1."""
    waves = np.fft.rfft(drawn.standard_normal(n))
    f = np.fft.rfftfreq(n, 1 / RATE)
    waves[(f < band[0]) | (f > band[1])] = 0
    found = np.fft.irfft(waves, n)
    return found / max(float(found.std()), 1e-9)


def _fades(n: int) -> NDArray[np.float64]:
    """1, but for both ends."""
    ends = min(round(_FADE * RATE), n // 2)
    rising = 0.5 - 0.5 * np.cos(np.pi * np.arange(ends) / max(ends, 1))
    return np.concatenate([rising, np.ones(n - 2 * ends), rising[::-1]])
