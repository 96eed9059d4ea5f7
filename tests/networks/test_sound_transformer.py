"""A sound as frames, and the encoder–decoder that reads them."""

from __future__ import annotations

import math
from dataclasses import asdict, replace

import pytest
import torch

from attnviz import AttnvizError
from attnviz.networks import config_from
from attnviz.networks.mel import frames_of, log_mel, mel_bank
from attnviz.networks.sound_transformer import SoundConfig
from attnviz.positions import sinusoidal_positions
from attnviz.request import Unplaced, Unseen
from attnviz.transformer import TransformerConfig

BANDS = 12
SMALL = SoundConfig(
    TransformerConfig(BANDS, 2, 2, 16, 16, longest=20, spread=0.3),
    TransformerConfig(9, 1, 2, 16, 16, causal=True, longest=20, spread=0.3),
    rate=8000,
    hop=320,
    window=512,
)


def sine(hertz: float, *, seconds: float = 0.4, rate: int = 8000) -> torch.Tensor:
    return torch.sin(2 * torch.pi * hertz * torch.arange(int(seconds * rate)) / rate)


def frames(seed: int = 0, count: int = 7) -> torch.Tensor:
    return torch.rand(1, count, BANDS, generator=torch.Generator().manual_seed(seed)) * 2 - 1


# Frames


def test_bands_are_evenly_spaced_in_mel_and_each_begins_at_the_middle_of_the_one_before():
    bank = mel_bank(8000, 512, 32)  # [f, band]; every f is 15.625 Hz from the next
    middles = bank.argmax(0) * 15.625
    mel = 2595 * torch.log10(1 + middles / 700)
    assert float((mel.diff() - mel.diff().mean()).abs().max()) < 30, "within what steps of 15.6 Hz allow"
    inside = bank[(middles[0] / 15.625).int() : (middles[-1] / 15.625).int()]
    torch.testing.assert_close(inside.sum(1), torch.ones(len(inside)))
    for near in (45, 104):  # 703 and 1625 Hz: what rises in a band falls in the one before
        f = near * 15.625
        edges = 700 * (10 ** (torch.linspace(0, 2595 * math.log10(1 + 4000 / 700), 34, dtype=torch.float64) / 2595) - 1)
        band = int((edges <= f).sum()) - 1
        share = (f - float(edges[band])) / float(edges[band + 1] - edges[band])
        assert float(bank[near, band]) == pytest.approx(share, abs=1e-3)
        assert float(bank[near, band - 1]) == pytest.approx(1 - share, abs=1e-3)


def test_a_tone_stands_in_its_band_and_in_its_frames():
    silence = torch.zeros(1600)
    heard = log_mel(torch.cat([silence, sine(1000), silence]), rate=8000, hop=320, window=512, bands=32)
    assert heard.shape == (20, 32)
    middles = mel_bank(8000, 512, 32).argmax(0) * 15.625
    assert abs(float(middles[heard[10].argmax()]) - 1000) < 60
    assert float(heard.max()) == 1.0
    assert bool((heard[:4] == -1).all())
    assert bool((heard[-4:] == -1).all())
    assert bool((heard[6:14].amax(1) > 0.98).all())


def test_loudness_does_not_matter_and_60_db_below_are_silence():
    sound = sine(700) + 0.01 * sine(2500)  # 40 dB below
    heard, quiet = (log_mel(x, rate=8000, hop=320, window=512, bands=32) for x in (sound, sound / 64))
    torch.testing.assert_close(heard, quiet, atol=1e-4, rtol=0)
    band = int((mel_bank(8000, 512, 32).argmax(0) * 15.625 - 2500).abs().argmin())
    assert 1 - 2 * 48 / 60 < float(heard[5, band]) < 1 - 2 * 34 / 60
    assert bool((log_mel(torch.zeros(700), rate=8000, hop=320, window=512, bands=4) == 1).all()), "nothing is loudest"


def test_a_batch_is_each_alone_and_the_last_frame_is_filled_up():
    both = torch.stack([sine(500)[:3001], sine(1500)[:3001]])
    heard = log_mel(both, rate=8000, hop=320, window=512, bands=16)
    assert heard.shape == (2, 10, 16)
    assert (frames_of(3001, 320), frames_of(3200, 320), frames_of(0, 320)) == (10, 10, 1)
    for i in range(2):
        torch.testing.assert_close(heard[i], log_mel(both[i], rate=8000, hop=320, window=512, bands=16))


# The network


@torch.no_grad()
def test_a_frame_is_the_vectors_of_its_bands_as_loud_as_each_is_and_its_place():
    network = SMALL.network()
    network.b_frame += 0.25
    one = torch.zeros(1, 3, BANDS)
    one[0, 1, 4], one[0, 1, 7] = 0.5, -1.0
    by_hand = 0.5 * network.source_embedding[4] - network.source_embedding[7] + 0.25
    torch.testing.assert_close(network.vectors(one)[0, 1], by_hand)
    record = network(torch.tensor([[3, 5]]), source=one)
    torch.testing.assert_close(record.source_embedded[0, 1], by_hand + sinusoidal_positions(3, 16)[1])
    torch.testing.assert_close(record.embedded[0, 1], network.embedding[5] + sinusoidal_positions(2, 16)[1])
    plain = network(torch.tensor([[3, 5]]), source=one, changes=[Unplaced()])
    torch.testing.assert_close(plain.source_embedded[0, 1], by_hand)
    assert record.logits.shape == (1, 2, 9)
    assert record.decoder[0].cross.weights.shape == (1, 2, 2, 3)


@torch.no_grad()
def test_frames_that_fill_up_are_not_looked_at_and_written_is_what_the_logits_say():
    network = SMALL.network()
    source = torch.cat([frames(), torch.full((1, 3, BANDS), 9.0)], dim=1)
    is_token = torch.arange(10)[None] < 7
    ids = network.written(source, is_token, 4, begins=3)
    assert ids.shape == (1, 5)
    assert torch.equal(ids, network.written(frames(), None, 4, begins=3))
    assert torch.equal(ids[0], network.written(frames()[0], None, 4, begins=3)), "with or without a batch"
    record = network(ids, source=frames())
    assert torch.equal(record.logits[0, :-1].argmax(-1), ids[0, 1:])
    unseen = network(ids, source=frames(), changes=[Unseen(key=2, part="cross")])
    assert float(unseen.decoder[0].cross.weights[..., 2].max()) == 0.0


@torch.no_grad()
def test_in_the_encoder_a_frame_looks_at_those_around_it_and_at_nothing_that_fills_up():
    network = replace(SMALL, around=2).network()
    source, is_token = torch.cat([frames(), torch.full((1, 9, BANDS), 9.0)], dim=1), torch.arange(16)[None] < 7
    record = network(torch.tensor([[3, 5]]), source=source, source_is_token=is_token)
    places = torch.arange(7)
    near = (places[:, None] - places).abs() <= 2
    for block in record.encoder:
        weights = block.attention.weights[0]  # [head, frame, frame]
        assert torch.equal(weights[:, :7, :7] > 0, near.expand(2, 7, 7))
        assert float(weights[:, :, 7:].max()) == 0.0
    assert bool((record.decoder[0].cross.weights[..., :7] > 0).all()), "a letter looks at all of them"
    torch.testing.assert_close(record.logits, network(torch.tensor([[3, 5]]), source=frames()).logits)


def test_a_gain_makes_the_first_weights_of_the_encoder_s_attention_smaller_and_no_others():
    plain, small = (replace(SMALL, gain=gain).network(seed=3).state_dict() for gain in (1.0, 0.25))
    gathering = {f"encoder.{layer}.attention.w_{which}" for layer in range(2) for which in "qkvo"}
    assert gathering <= plain.keys()
    for name, weights in plain.items():
        assert torch.equal(small[name], weights * (0.25 if name in gathering else 1.0)), name


def test_what_cannot_be_is_refused_and_its_shape_comes_back_from_what_is_kept():
    assert config_from(asdict(SMALL)) == SMALL
    assert (SMALL.seconds, SMALL.shape["cross"]) == (0.04, (2,))
    with pytest.raises(AttnvizError, match="not 600 and 512 of 8000"):
        replace(SMALL, hop=600)
    with pytest.raises(AttnvizError, match="not at -1"):
        replace(SMALL, around=-1)
    with pytest.raises(AttnvizError, match="A frame has 12 bands of pitch, not 5"):
        SMALL.network()(torch.tensor([[3]]), source=torch.zeros(1, 4, 5))
    with pytest.raises(AttnvizError, match="The source has 21 tokens; this model takes up to 20"):
        SMALL.network()(torch.tensor([[3]]), source=frames(count=21))
