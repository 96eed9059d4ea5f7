"""Sounds on the pages: said, brought along, and what is wrong with one."""

from __future__ import annotations

import io
import wave

import numpy as np
import pytest
import torch

from attnviz.client.rows import sound_of
from attnviz.contents import Samples
from attnviz.models import names
from attnviz.models.inputs.frames import frame_tokens
from attnviz.service import sounds
from attnviz.ui.state import inputs
from attnviz.ui.state.link import params_from_view, view_from_params
from tests.ui.mounted import sent
from tests.ui.opening import errors, opened, opened_compare, opened_train, said


def wav(seconds: float, rate: int = 16_000) -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        tone = np.sin(np.arange(int(seconds * rate)) / 5) * 9000
        file.writeframes(tone.astype("<i2").tobytes())
    return written.getvalue()


def written_on(app: object) -> str:
    tokens = sent(app, "trace")[0]["rows"]["written"]["tokens"]
    return "".join(token["label"] for token in tokens if not token["special"])


@pytest.mark.parametrize(("model", "said"), [("tones", "1234"), ("voice", "masoti")])
def test_the_model_writes_at_once_what_is_said_and_the_page_can_play_it(model, said):
    assert names.Shipped(model) in names.offered()
    app = opened(model=model)
    assert not app.exception
    assert app.text_input(key="sound").value == said == sounds.examples(model)[0]
    assert written_on(app) == said
    header, arrays = sent(app, "trace")
    sound = header["rows"]["sound"]["sound"]
    samples = arrays[sound["samples"]] / 32767
    assert np.abs(samples - sounds.said(model, said).array).max() < 1e-4
    assert arrays[sound["heard"]].shape == (sound["frames"], sound["bands"])
    times = [token["time"] for token in header["rows"]["sound"]["tokens"]]
    assert times[0][0] == 0.0
    assert times[-1][1] == sound["seconds"]
    assert header["first"]["part"] == "cross"


def test_other_keys_are_heard_and_stand_in_the_link():
    app = opened(model="tones", sound="A7B8")
    assert written_on(app) == "A7B8"
    app.text_input(key="sound").set_value("31#").run()
    assert not app.exception
    assert (written_on(app), app.query_params["sound"]) == ("31#", "31#")
    view, wrong = view_from_params({"model": "tones", "sound": "31#"})
    assert not wrong
    assert params_from_view(view)["sound"] == "31#"


def test_letters_that_cannot_be_said_get_a_sentence_and_the_sound_stays():
    app = opened(model="voice")
    app.text_input(key="sound").set_value("xyz").run()
    assert not app.exception
    assert "The voice says" in errors(app)[0]
    assert written_on(app) == "masoti"


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"no sound", "no sound that can be read"), (wav(0.0), "no samples"), (wav(0.5)[:20], "damaged or incomplete")],
)
def test_a_bad_file_gets_a_sentence_and_the_sound_stays(data, said):
    app = opened(model="voice")
    app.file_uploader(key="sound_file").set_value(("x.wav", data, "audio/wav")).run()
    assert not app.exception
    assert any(said in one for one in errors(app)), errors(app)
    assert written_on(app) == "masoti"


def test_a_sound_that_is_brought_is_heard_and_the_way_back_is_there():
    app = opened(model="tones")
    app.file_uploader(key="sound_file").set_value(("mine.wav", wav(0.6), "audio/wav")).run()
    assert not app.exception
    assert "A link cannot carry your sound" in said(app)
    header, _ = sent(app, "trace")
    assert header["rows"]["sound"]["sound"]["seconds"] == pytest.approx(0.6, abs=0.05)
    app.button(key="sound_back").click().run()
    assert written_on(app) == "1234"


def test_what_was_said_to_another_model_makes_room_where_this_one_cannot_hear_it():
    app = opened(model="voice", sound="sosu")
    assert written_on(app) == "sosu"
    app.selectbox(key="model").set_value("tones").run()
    assert not errors(app)
    assert written_on(app) == "1234"
    assert app.text_input(key="sound").value == "1234"
    app.selectbox(key="model").set_value("voice").run()
    assert not errors(app)
    assert written_on(app) == "masoti"


def test_what_was_wrong_with_a_file_is_not_said_of_what_is_typed_after_it():
    app = opened(model="voice")
    app.file_uploader(key="sound_file").set_value(("x.wav", b"no sound", "audio/wav")).run()
    assert "no sound that can be read" in errors(app)[0]
    app.text_input(key="sound").set_value("sosu").run()
    assert not errors(app)
    assert written_on(app) == "sosu"


def test_train_and_compare_take_them():
    app = opened_train(model="tones")
    assert not app.exception
    assert "Telephone tones" in app.get("button_group")[0].options
    assert "sound" in sent(app, "trace")[0]["rows"]["sound"]
    app = opened_compare(model="tones", compare="heads")
    assert not app.exception
    assert not errors(app)


def test_two_sounds_are_compared_each_with_what_the_model_writes_of_it():
    app = opened_compare(model="voice", compare="sentences")
    field = app.text_area(key="compare_text")
    assert (field.label, field.value) == ("Sound B", sounds.examples("voice")[1])
    assert sent(app, "comparison")[0]["names"] == ["A · masoti", f"B · {sounds.examples('voice')[1]}"]
    field.set_value("roma").run()
    assert sent(app, "comparison")[0]["names"] == ["A · masoti", "B · roma"]
    assert app.query_params["sentence_b"] == "roma"
    field.set_value("wxyz").run()
    assert not app.exception
    assert "B: " in errors(app)[0]


def test_what_is_said_to_a_model_from_elsewhere_comes_at_its_rate_so_nothing_is_said_of_that():
    """Whisper hears 16,000 samples a second; the page once told of each of its own sounds that its rate was changed."""
    said, own = sounds.said(inputs.speaks_as("whisper"), "masoti"), sounds.said("voice", "masoti")
    assert (said.rate, own.rate) == (16_000, 8_000)
    assert said.seconds == pytest.approx(own.seconds, abs=0.001)


def test_what_is_played_is_the_sound_without_the_silence_that_a_model_adds():
    whole = Samples.of(np.linspace(-1, 1, 1600, dtype=np.float32), 1600)  # a second, of which 0.3 s were heard
    row = frame_tokens(whole, 10, 0.1, heard=0.3)
    told, arrays = sound_of(row, torch.zeros(20, 4))
    assert told["seconds"] == 1.0, "all frames are seen"
    played = arrays[told["samples"]]
    assert len(played) == 480
    assert np.abs(played / 32767 - whole.array[:480]).max() < 1e-4
