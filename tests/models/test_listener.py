"""The models that were trained here to hear: what they read, what they write, which frames a letter looks at."""

from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
import pytest
import torch

import attnviz
from attnviz import (
    AttnvizError,
    FrameToken,
    HeadOff,
    Masked,
    Normalized,
    NumberSet,
    Samples,
    Scaled,
    TextToken,
    Unplaced,
    Unseen,
    analysis,
    load_model,
)
from attnviz.figures.labels import described
from attnviz.models import ModelError, check
from attnviz.models.names import Shipped
from attnviz.models.names.choosing import chosen_for
from attnviz.models.trained import Listener
from attnviz.request import Request, Sound, Text
from attnviz.training.synthesis import RATE, dialled, spoken

SAID, KEYS = spoken("masoti"), dialled("31415926")


@pytest.fixture(scope="module")
def voice() -> Listener:
    model = load_model("voice", device="cpu")
    assert isinstance(model, Listener)
    return model


@pytest.fixture(scope="module")
def tones() -> Listener:
    model = load_model("tones", device="cpu")
    assert isinstance(model, Listener)
    return model


# What it reads and writes


def test_it_writes_what_it_hears_and_has_three_parts(voice: Listener, tones: Listener):
    for model, one in ((voice, SAID), (tones, KEYS)):
        trace = attnviz.trace(one.samples, model=model.name, rate=RATE)
        assert isinstance(trace.request.input, Sound)
        assert trace.request.input.said == one.letters
        assert [list(trace.parts), list(trace.inputs)] == [
            ["encoder", "decoder", "cross"],
            ["sound", "target", "written"],
        ]
        assert trace.shape.opening == "cross"
        cross = trace.only("cross")
        assert [token.label for token in cross.rows] == [*one.letters, "end"]
        assert [type(token) for token in (*cross.rows[:1], *cross.columns)] == [TextToken] + [FrameToken] * len(
            cross.columns
        )
        assert cross.columns.content == Samples.of(one.samples, RATE)
        assert trace.heard is not None
        assert trace.heard.shape == (len(cross.columns), 32)
        assert not trace.only("encoder").has_distance
        assert (model.writes_at_once, model.predicting(trace.request.input)) == (True, "next")
        assert not model.continues


def test_its_frames_have_the_times_at_which_they_sound(voice: Listener, tones: Listener):
    for model, seconds in ((voice, 0.04), (tones, 0.04)):
        frames = model.trace(SAID.samples, rate=RATE).only("cross").columns
        for i, frame in enumerate(frames):
            assert isinstance(frame, FrameToken)
            assert (frame.start, frame.end) == pytest.approx((i * seconds, (i + 1) * seconds))
        assert len({frame.label for frame in frames}) == len(frames)
        assert frames[-1].start < len(SAID.samples) / RATE <= frames[-1].end


def test_a_target_that_is_given_is_what_is_said(voice: Listener):
    trace = attnviz.trace(SAID.samples, model="voice", rate=RATE, target=" MA so\n")
    assert [token.label for token in trace.inputs["target"]] == ["[CLS]", *"maso"]
    nothing = voice.trace(SAID.samples, rate=RATE, target="")
    assert len(nothing.only("cross").rows) == 1
    with pytest.raises(ModelError, match=r"writes a e i o u s c m t r, and no “b”"):
        voice.trace(SAID.samples, rate=RATE, target="mab")
    with pytest.raises(ModelError, match="The target has 90 letters; the model voice writes up to 63"):
        voice.trace(SAID.samples, rate=RATE, target="maso" * 22 + "ma")


def test_it_writes_letter_after_letter_and_says_how_probable_each_is(voice: Listener):
    assert [*voice.generate(Samples.of(SAID.samples, RATE))][-3:] == ["maso", "masot", "masoti"]
    assert [*voice.generate(Samples.of(SAID.samples, RATE), target="ma", limit=1)] == ["mas"]
    told = voice.probabilities(SAID.samples, [0, 6], rate=RATE)
    assert told.sum(1).tolist() == pytest.approx([1, 1], abs=1e-5)
    assert [voice.word(int(row.argmax())) for row in told] == ["m", "[CLS]"]
    with pytest.raises(ModelError, match="There is no token 7: the target has tokens 0 to 6"):
        voice.probabilities(SAID.samples, 7, rate=RATE)


def test_one_request_is_one_value_and_its_trace_can_be_asked_for_again(voice: Listener):
    first, again = (voice.request(Samples.of(SAID.samples.copy(), RATE)) for _ in range(2))
    assert first == again
    assert len({first, again}) == 1
    trace = voice.trace(first)
    assert trace.request != first, "it has what was written"
    assert voice.trace(trace.request).request == trace.request
    assert isinstance(trace.request, Request)


def test_a_sound_of_another_rate_or_too_long_is_fitted_and_it_is_said(voice: Listener):
    fast = np.repeat(SAID.samples, 2)
    trace = attnviz.trace(np.stack([fast, fast], 1), model="voice", rate=2 * RATE)
    assert trace.request.input.said == "masoti"  # type: ignore[union-attr]
    assert [said.split(":")[0] for said in trace.notices] == [
        "The sound has 2 channels",
        "The sound has 16,000 samples a second",
    ]
    long = voice.trace(np.tile(SAID.samples, 6), rate=RATE)
    assert len(long.only("cross").columns) == 112
    assert "the first 4.5 are read" in long.notices[0]


def test_one_that_it_writes_of_without_an_end_is_heard_and_that_is_said(voice: Listener):
    noise = np.random.default_rng(1).normal(size=200) * 0.1
    trace = voice.trace(noise, rate=RATE)
    assert len(trace.request.input.said) == 63  # type: ignore[union-attr]
    assert trace.notices[-1].startswith("voice can write no more than this")
    assert voice.trace(trace.request).notices == trace.notices, "also where that is given as what is said"


def test_what_it_does_not_read_gets_a_sentence(voice: Listener):
    with pytest.raises(AttnvizError, match="hears sounds, and reads no text"):
        voice.trace("sound.wav")  # as a visitor of a page may type it: no file is opened
    with pytest.raises(AttnvizError, match="There is no file “The cat sat” here"):
        attnviz.trace("The cat sat", model="voice")
    with pytest.raises(AttnvizError, match="hears sounds, and reads no text"):
        voice.trace(Request(Text("The cat sat"), voice.weights))
    with pytest.raises(AttnvizError, match="no second sentence, and no question"):
        voice.trace(SAID.samples, rate=RATE, second="more")
    with pytest.raises(AttnvizError, match="does not run in the page yet"):
        voice.parameters()


def test_by_itself_a_sound_is_read_by_a_model_that_hears(monkeypatch: pytest.MonkeyPatch):
    # Whisper, where it is installed
    monkeypatch.setattr("attnviz.models.names.choosing.package_folder", lambda model: None)
    assert chosen_for(Sound(Samples.of(SAID.samples, RATE))).weights == Shipped("voice")
    assert attnviz.trace(SAID.samples, rate=RATE).model == "voice"


def test_a_trace_of_a_sound_is_exported_and_shown_like_any_other(voice: Listener):
    cross = voice.trace(SAID.samples, rate=RATE).only("cross")
    kept = np.load(io.BytesIO(attnviz.export.npz_bytes(cross)))
    name = next(name for name in kept if name.endswith("samples"))
    assert np.array_equal(kept[name], SAID.samples)
    assert kept[name.replace("samples", "seconds")][3].tolist() == pytest.approx([0.12, 0.16])
    table = "".join(attnviz.export.csv_text(cross, ["cross.1.0"])).splitlines()
    assert table[4].startswith("cross,1,0,0,m,3,0.12 s,")
    page = attnviz.explorer.html(cross)
    assert "a sound of 0.9 seconds" in page
    assert "sounds from 0.12 to 0.16 s" in described(cross.columns, 3)


# Where it looks


def test_its_weights_are_those_of_torch_s_attention_with_and_without_changes(voice: Listener):
    for changes in (
        [],
        [HeadOff("cross.0.1"), Unseen(key=3, part="cross"), Scaled(temperature=2.0)],
        [Masked("window", width=3, part="encoder")],
        [Unplaced()],
    ):
        checked = check(voice, voice.trace(SAID.samples, rate=RATE, target="masoti", changes=changes))
        assert checked.agrees
        assert checked.difference <= 1e-5
    assert voice.trace(SAID.samples, rate=RATE, changes=[Normalized("relu")]).parts
    with pytest.raises(AttnvizError, match="One number of a matrix"):
        voice.trace(SAID.samples, rate=RATE, changes=[NumberSet(0, "w_q", 0, 0, 1.0)])


def test_letters_get_the_times_at_which_they_sound(voice: Listener, tones: Listener):
    for model, one, seconds in ((voice, SAID, 0.04), (tones, KEYS, 0.04)):
        trace = model.trace(one.samples, rate=RATE)
        found = analysis.times(trace)
        assert [timed.text for timed in found] == list(one.letters)
        for timed, (start, end) in zip(found, one.spans, strict=True):
            assert start - 1.5 * seconds <= timed.peak <= end + 1.5 * seconds, timed
        assert all(a.end == pytest.approx(b.start) for a, b in pairwise(found))
        (best,) = analysis.times(trace, [model.first_look])[:1]
        assert best.tokens == (0,)
    with pytest.raises(AttnvizError, match="no cross-attention that looks at one"):
        analysis.times(attnviz.trace("The cat sat", model="random"))
    with pytest.raises(AttnvizError, match="There is no head 9"):
        analysis.times(trace, ["cross.0.9"])


def test_frames_that_are_cut_break_their_letter_and_no_other(voice: Listener, tones: Listener):
    for model, one in ((voice, SAID), (tones, KEYS)):
        whole = model.trace(one.samples, rate=RATE)
        at = 2
        timed = analysis.times(whole)[at]
        frames = whole.only("cross").columns
        start, end = one.spans[at]
        near = [i for i, f in enumerate(frames) if f.end > start - 0.04 and f.start < end + 0.04]
        assert any(frames[i].start <= timed.peak <= frames[i].end for i in near)
        changes = [Unseen(key=key, part="cross") for key in near]
        told = model.probabilities(one.samples, list(range(len(one.letters))), rate=RATE, target=one.letters)
        cut = model.probabilities(
            one.samples, list(range(len(one.letters))), rate=RATE, target=one.letters, changes=changes
        )
        ids = [model.words.index(letter) for letter in one.letters]
        before, after = (torch.tensor([float(row[i]) for row, i in zip(x, ids, strict=True)]) for x in (told, cut))
        assert float(before.min()) > 0.8
        assert float(after[at]) < 0.5
        others = [i for i in range(len(ids)) if abs(i - at) > 1]
        assert float(after[others].min()) > 0.7


def test_earlier_steps_and_heads_off_are_measured_too(voice: Listener):
    first = voice.untrained()
    assert first is not None
    assert first.step == 0
    assert first.measures()["agreement"] < 0.3 < voice.measures()["agreement"]  # type: ignore[index]
    assert voice.measures([Unseen(key=4, part="cross")]) is None, "that is a frame of one sound"
    step = load_model("tones", step=0)
    assert step.trace(KEYS.samples, rate=RATE, target="12").parts["cross"][0].weights.shape[:2] == (2, 3)
