"""A sound as a value: WAV files of all kinds, arrays, rates, and what is no sound."""

from __future__ import annotations

import io
import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from attnviz import AttnvizError, FrameToken, Samples, Tokens, load_model
from attnviz.models.inputs.sound import MOST_SECONDS, fitted, resampled, sound_of
from attnviz.request import Sound

RATE = 8000
SINE = (0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE // 2) / RATE)).astype(np.float32)


def wav(samples: np.ndarray, width: int = 2, rate: int = RATE) -> bytes:
    """PCM, by Python's own writer; `samples` are [sample] or [sample, channel], of -1 to 1."""
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    whole = np.round(samples.astype(np.float64) * (2 ** (8 * width - 1) - 1)).astype("<i8").reshape(-1)
    whole += 128 if width == 1 else 0
    raw = whole[:, None].view(np.uint8)[:, :width].tobytes()  # the lower bytes
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(raw)
    return written.getvalue()


def float_wav(samples: np.ndarray, *, size: int | None = None, extra: bytes = b"") -> bytes:
    """Floats of 32 bits, which Python's own writer does not know; `extra` chunks stand before the samples."""
    data = samples.astype("<f4").tobytes()
    said = struct.pack("<HHIIHH", 3, 1, RATE, 4 * RATE, 4, 32)
    body = b"WAVEfmt " + struct.pack("<I", 16) + said + extra
    body += b"data" + struct.pack("<I", len(data) if size is None else size) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(("width", "error"), [(1, 0.01), (2, 1e-4), (3, 1e-6), (4, 1e-6)])
def test_whole_samples_of_8_to_32_bits_are_the_same_sound(width: int, error: float):
    sound = sound_of(wav(SINE, width))
    assert (sound.samples.rate, len(sound.samples), sound.notices) == (RATE, len(SINE), ())
    np.testing.assert_allclose(sound.samples.array, SINE, atol=error)


def test_floats_are_read_and_chunks_before_them_passed_over(tmp_path: Path):
    path = tmp_path / "sine.wav"
    path.write_bytes(float_wav(SINE, extra=b"LIST" + struct.pack("<I", 3) + b"abc\0"))
    assert sound_of(path) == sound_of(str(path)) == sound_of(SINE, RATE)
    assert np.array_equal(sound_of(path).samples.array, SINE)


def test_who_wrote_while_it_sounded_did_not_know_how_long_it_would_be():
    assert sound_of(float_wav(SINE, size=0xFFFFFFFF)) == sound_of(SINE, RATE)


def test_two_channels_become_their_mean_and_it_is_said():
    both = np.stack([SINE, np.zeros_like(SINE)], axis=1)
    for sound in (sound_of(wav(both)), sound_of(both, RATE), sound_of(both.T, RATE)):
        np.testing.assert_allclose(sound.samples.array, SINE / 2, atol=1e-4)
        assert sound.notices == ("The sound has 2 channels: their mean is read.",)


def test_of_two_channels_that_are_opposites_one_is_read_and_it_is_said():
    tone = np.sin(np.arange(4000, dtype=np.float32) / 5)
    sound = sound_of(np.stack([0.5 * tone, -0.5 * tone], 1), rate=8000)
    assert np.abs(np.abs(sound.samples.array) - np.abs(0.5 * tone)).max() < 1e-6
    assert sound.notices == ("The sound’s channels cancel one another out: the loudest alone is read.",)
    with pytest.raises(AttnvizError, match="is silent"):
        sound_of(np.zeros((4000, 2), dtype=np.float32), rate=8000)


def test_a_whole_rate_may_be_a_float():
    assert sound_of(SINE, 8000.0) == sound_of(SINE, np.float64(8000)) == sound_of(SINE, RATE)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [np.int16, np.int32, np.uint8])
def test_whole_numbers_of_an_array_are_those_of_a_file(kind: type):
    middle = 128 if kind is np.uint8 else 0
    whole = (SINE * (np.iinfo(kind).max - middle) + middle).astype(kind)
    np.testing.assert_allclose(sound_of(whole, RATE).samples.array, SINE, atol=0.02)


@pytest.mark.parametrize("rate", [96_000, 44_100, 11_025, 4_000])
def test_another_rate_is_the_same_sound_and_what_the_rate_cannot_hold_is_gone(rate: int):
    time = np.arange(rate) / rate
    slow, fast = np.sin(2 * np.pi * 1000 * time), np.sin(2 * np.pi * 6000 * time)
    sound = fitted(sound_of((slow + (fast if rate > 20_000 else 0)) / 2, rate), RATE, 2.0)
    expected = np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE) / 2
    assert len(sound.samples) == RATE
    np.testing.assert_allclose(sound.samples.array[100:-100], expected[100:-100], atol=1e-3)
    assert sound.notices == (f"The sound has {rate:,} samples a second: it was made 8,000, as the model reads it.",)


def test_a_constant_stays_one_at_any_phase():
    np.testing.assert_allclose(resampled(np.ones(4410, np.float32), 44_100, 8000)[40:-40], 1.0, atol=2e-3)


def test_a_long_sound_is_cut_and_it_is_said():
    hour = np.zeros(3600 * 1000, np.float32)
    hour[:1000] = 0.5
    cut = sound_of(hour, 1000)
    assert cut.samples.seconds == MOST_SECONDS
    assert cut.notices == ("The sound lasts 3,600 seconds: its first 30 are taken.",)
    header = bytearray(float_wav(SINE, size=4 * RATE * 3600))
    with pytest.raises(AttnvizError, match="is damaged or incomplete"):
        sound_of(bytes(header))  # it says that it is an hour, and is not
    shorter = fitted(sound_of(SINE, RATE), RATE, 0.25)
    assert len(shorter.samples) == RATE // 4
    assert "the first 0.2 are read" in shorter.notices[0]


def test_one_that_is_too_loud_is_made_quieter():
    sound = sound_of(4 * SINE, RATE)
    assert float(np.abs(sound.samples.array).max()) == pytest.approx(1.0)
    assert "it was made quieter" in sound.notices[0]


@pytest.mark.parametrize(
    ("given", "rate", "said"),
    [
        (np.zeros(0, np.float32), RATE, "has no samples"),
        (wav(np.zeros(0)), None, "has no samples"),
        (np.zeros(RATE, np.float32), RATE, "is silent"),
        (np.array([0.1, np.nan]), RATE, "no numbers"),
        (np.array([0.1, np.inf]), RATE, "no numbers"),
        (SINE, None, "such as rate=16000"),
        (SINE, 10, "from 1,000 to 400,000 samples a second, not 10"),
        (SINE, True, "not True"),
        (SINE, 8000.5, r"not 8000\.5"),
        (wav(SINE), RATE, "leave rate out"),
        (b"ID3\x04 an MP3, for example", None, "is no sound that can be read"),
        (wav(SINE)[:-400], None, "is damaged or incomplete"),
        (wav(SINE)[:30], None, "is damaged or incomplete"),
        (float_wav(SINE).replace(struct.pack("<HH", 3, 1), struct.pack("<HH", 2, 1), 1), None, "of another kind"),
        ("no such file.wav", None, "There is no file “no such file.wav” here"),
        (np.zeros((20, 20, 2)), RATE, "3 axes"),
        (np.zeros((20, 20)), RATE, r"the shape \(20, 20\) is no sound"),
        (np.array(["a"]), RATE, "such|A sound is"),
        (None, RATE, "not NoneType"),
        (SINE[:100], RATE, r"lasts 0\.0125 seconds, which is too short"),
        (
            (SINE * 30_000).astype(int),
            RATE,
            r"numbers of 64 bits is 15,000, which cannot be heard where 2\^63 is loudest",
        ),
        ((SINE * 30_000).astype(np.int32), RATE, r"of 32 bits is 15,000.*Give numbers of 16 bits"),
        (SINE.astype(float) * 1e300, RATE, "no numbers"),
        (wav(SINE)[:20] + struct.pack("<HHIIHH", 17, 1, RATE, 4055, 256, 4) + wav(SINE)[36:], None, "of another kind"),
        ("x" * 5000 + ".wav", None, "There is no file"),
    ],
)
def test_what_is_no_sound_gets_a_sentence(given: object, rate: int | None, said: str):
    with pytest.raises(AttnvizError, match=said):
        sound_of(given, rate)


def test_a_file_that_is_something_else_is_named(tmp_path: Path):
    path = tmp_path / "notes.txt"
    path.write_text("no sound")
    with pytest.raises(AttnvizError, match=r"“notes\.txt” is no sound that can be read"):
        sound_of(path)
    with pytest.raises(AttnvizError, match="There is no file"):
        sound_of(tmp_path)


def test_a_model_of_text_says_that_it_hears_nothing():
    for given in (Sound(Samples.of(SINE, RATE)), SINE):
        with pytest.raises(AttnvizError, match="hears no sounds"):
            load_model("random").trace(given, rate=RATE)


def test_the_record_checks_samples_and_times():
    samples = Samples.of(SINE, RATE)
    assert samples == Samples.of(SINE.copy(), RATE)
    assert hash(samples) == hash(Samples.of(SINE.copy(), RATE))
    assert samples != Samples.of(SINE, 2 * RATE)
    assert not samples.array.flags.writeable
    with pytest.raises(AttnvizError, match="3 bytes at a rate"):
        Samples(RATE, b"abc")
    row = Tokens("sound", (FrameToken("0.00 s", start=0.0, end=0.3), FrameToken("0.30 s", start=0.3, end=0.6)), samples)
    assert row.find("0.30 s") == 1
    assert (row.seconds, row.text, row.is_text) == (0.5, "", False)
    assert "0.50 s at 8,000 a second" in repr(row)
    for start, end in ((0.5, 0.6), (0.2, 0.2), (-0.1, 0.1)):
        with pytest.raises(AttnvizError, match=f"sounds from {start} to {end} of 0.5 seconds"):
            Tokens("sound", (FrameToken("a", start=start, end=end),), samples)
