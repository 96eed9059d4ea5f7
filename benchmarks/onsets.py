"""When words begin, told by Whisper's cross-attention, against when they do: sentences spoken by eSpeak NG, which tells
the onset of each word. (Its library comes with the Python package espeakng-loader, which nothing else here needs.)
"""

from __future__ import annotations

import ctypes
import importlib.util
import statistics
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attnviz.analysis import times
from attnviz.models import load_model
from attnviz.models.inputs.sound import sound_of
from attnviz.models.pretrained.hearing import HearingModel

SENTENCES = (
    "The old man walked slowly along the river in the evening.",
    "My sister bought seven green apples and a loaf of bread.",
    "Please close the window before the rain comes into the kitchen.",
    "Nobody knows why the yellow train was late again this morning.",
    "Two small dogs were sleeping under the table near the fire.",
    "He wrote a long letter to his friend about the journey.",
)
NEAR = 0.2  # seconds
_SYNCHRONOUS, _UTF8, _WORD = 2, 1, 1  # what the library calls them: AUDIO_OUTPUT_SYNCHRONOUS, espeakCHARS_UTF8 …


@dataclass(frozen=True, eq=False)
class Spoken:
    """A sentence as it sounds, and when its words begin."""

    samples: NDArray[np.float32]
    rate: int
    onsets: dict[int, float]  # seconds, by the place of the word's first letter


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),  # milliseconds
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


def speak(sentences: tuple[str, ...] = SENTENCES) -> list[Spoken] | None:
    """The sentences, each a voice's first words; None where the package is not installed."""
    spec = importlib.util.find_spec("espeakng_loader")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    library = ctypes.CDLL(str(folder / "libespeak-ng.so"))
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, str(folder).encode(), 0)
    waves: list[NDArray[np.int16]] = []
    onsets: dict[int, float] = {}

    def heard(wave: object, count: int, events: object) -> int:
        if wave and count:
            waves.append(np.ctypeslib.as_array(wave, (count,)).copy())
        i = 0
        while events and events[i].type:  # type: ignore[index]
            if events[i].type == _WORD:  # type: ignore[index]
                event = events[i]  # type: ignore[index]
                onsets[event.text_position - 1] = event.audio_position / 1000
            i += 1
        return 0

    kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))
    callback = kind(heard)
    library.espeak_SetSynthCallback(callback)
    library.espeak_SetVoiceByName(b"en-us")
    found = []
    for sentence in sentences:
        waves.clear()
        onsets.clear()
        text = sentence.encode()
        library.espeak_Synth(text, ctypes.c_size_t(len(text) + 1), 0, 1, 0, _UTF8, None, None)
        library.espeak_Synchronize()
        found.append(Spoken((np.concatenate(waves) / 2**15).astype(np.float32), rate, dict(onsets)))
    library.espeak_Terminate()
    return found


def onset_rows() -> list[str]:
    """How far the times are off, of all words of all sentences."""
    said, model = speak(), load_model("whisper", device="cpu")
    if said is None:
        return ["| Whisper, onsets of spoken words: espeakng-loader is not installed | ≤ 0.120 s | | |"]
    assert isinstance(model, HearingModel)
    starts, peaks, exact = [], [], 0
    for sentence, sound in zip(SENTENCES, said, strict=True):
        *_, written = model.generate(sound_of(sound.samples, sound.rate))
        exact += written.casefold() == sentence.casefold()
        trace = model.trace(sound.samples, rate=sound.rate, target=sentence)
        rows = trace.only("cross").rows.of_text
        for word in times(trace, model.alignment_heads, standardized=True):
            onset = sound.onsets.get(rows[word.tokens[0]].start)  # "in the" is spoken as one word
            if onset is not None and word.text.isalpha():
                starts.append(abs(word.start - onset))
                peaks.append(abs(word.peak - onset))
    told = f"{len(starts)} words of {len(SENTENCES)} sentences"
    middle, most = statistics.median(starts), float(np.quantile(starts, 0.95))
    near = sum(away <= NEAR for away in starts) / len(starts)
    return [
        f"| Whisper, {told}: error of an onset by its alignment heads | ≤ 0.120 s | {middle:.3f} s | {most:.3f} s |",
        f"| … within {NEAR} s | ≥ 0.9 | {near:.2f} | |",
        f"| … from the frame that is looked at most to the onset | | {statistics.median(peaks):.3f} s | |",
        f"| … sentences written as they were spoken, greedily | | {exact} of {len(SENTENCES)} | |",
    ]
