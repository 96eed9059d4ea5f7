"""The tasks of sound: what sounds when, what is withheld and measured, and what the shipped models have learned."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch

from attnviz import AttnvizError
from attnviz.attention import attention
from attnviz.networks.encoder_decoder import EncoderDecoderRecord
from attnviz.request import HeadOff, Sound
from attnviz.training import writing
from attnviz.training.checkpoint import shipped
from attnviz.training.registry import TASKS
from attnviz.training.sounds import hearing, tones, voice
from attnviz.training.sounds.hearing import LENGTHS, HearingTask
from attnviz.training.synthesis import (
    COLUMNS,
    KEYS,
    LETTERS,
    RATE,
    ROWS,
    VOWELS,
    Dialling,
    Speaker,
    Utterance,
    dialled,
    spoken,
)
from attnviz.training.tasks import NOT_ASKED, Batch
from attnviz.training.vocabulary import PAD, START
from attnviz.training.writing import Questions, looked

VOICE, TONES = voice.VoiceTask(), tones.TonesTask()
BOTH = pytest.mark.parametrize("task", [VOICE, TONES], ids=["voice", "tones"])


def drawn(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def loudest(one: Utterance, span: tuple[float, float], count: int) -> set[int]:
    """The strongest pitches in a time, in Hz, to the next 25."""
    part = one.samples[int(span[0] * RATE) : int(span[1] * RATE)]
    power = np.abs(np.fft.rfft(part * np.hanning(len(part)), RATE)) ** 2
    found: set[int] = set()
    while len(found) < count:
        at = int(power.argmax())
        found.add(at)
        power[max(at - 100, 0) : at + 100] = 0
    return found


# What sounds


def test_each_key_is_its_row_s_and_its_column_s_tone_and_pauses_are_silent():
    one = dialled(KEYS, Dialling(pause=0.06, noise=0))
    assert (one.letters, len(one.spans)) == (KEYS, 16)
    for place, span in enumerate(one.spans):
        expected = sorted((ROWS[place // 4], COLUMNS[place % 4]))
        assert sorted(loudest(one, span, 2)) == pytest.approx(expected, abs=8), KEYS[place]
    for (_, end), (start, _) in pairwise(one.spans):
        assert start - end == pytest.approx(0.06)
        assert not one.samples[round(end * RATE) : round(start * RATE)].any()


def test_a_vowel_has_its_formants_and_the_voice_s_pitch():
    for vowel, (first, second, _) in VOWELS.items():
        one = spoken(vowel, Speaker(pitch=100, noise=0))
        (span,) = one.spans
        part = one.samples[int(span[0] * RATE) : int(span[1] * RATE)]
        power = np.abs(np.fft.rfft(part, RATE)) ** 2
        near = [power[f - 150 : f + 150].sum() for f in (first, second)]
        assert min(near) > 3 * power[3300:3600].sum(), vowel
        repeated = np.correlate(part, part, "full")[len(part) - 1 :]
        assert int(repeated[40:120].argmax()) + 40 == pytest.approx(RATE / 100, abs=2), vowel


def test_letters_sound_one_after_another_and_the_same_seed_sounds_the_same():
    one, again, other = (spoken("masoti", Speaker.drawn(drawn(s)), generator=drawn(s)) for s in (1, 1, 2))
    assert np.array_equal(one.samples, again.samples)
    assert len(one.samples) != len(other.samples)
    assert all(end == start for (_, end), (start, _) in pairwise(one.spans))
    assert one.spans[-1][1] < len(one.samples) / RATE
    assert float(np.abs(one.samples).max()) <= 1
    faster = spoken("masoti", Speaker(speed=2))
    assert faster.spans[-1][1] - 0.05 == pytest.approx((spoken("masoti").spans[-1][1] - 0.05) / 2, abs=0.002)


@pytest.mark.parametrize(("say", "wrong", "said"), [(spoken, "max", "not “x”"), (dialled, "12E", "not “E”")])
def test_what_cannot_be_said_is_named(say, wrong, said):
    with pytest.raises(AttnvizError, match=said):
        say(wrong)
    with pytest.raises(AttnvizError, match="nothing to say was given"):
        say("")


# What is asked


def test_they_are_tasks_like_the_others():
    for task in (VOICE, TONES):
        assert type(TASKS[task.name]) is type(task)
        assert (task.reads, task.part, task.learned in task.figures) == (Sound, "cross", True)
        assert all(set(example) <= set(task.letters) for example in task.examples)
        config = task.config(layers=2, heads=4, d_model=16)
        assert config.shape == dict.fromkeys(("encoder", "decoder", "cross"), (4, 4))


def withheld_of(task: HearingTask, letters: str) -> int:
    if task is VOICE:
        return sum(letters.count(syllable) for syllable in voice.WITHHELD)
    return sum(tones._never(KEYS.index(a), KEYS.index(b)) for a, b in pairwise(letters))


@BOTH
def test_what_is_withheld_is_in_no_text_of_training_and_in_each_of_a_test(task: HearingTask):
    generator = drawn(3)
    for count in range(4, 19):
        learned, tested = (task.text(count, generator, withheld=withheld) for withheld in (False, True))
        assert len(learned) == len(tested) == count
        assert withheld_of(task, learned) == 0
        assert withheld_of(task, tested) == 1
        assert set(learned + tested) <= set(task.letters)
        if task is VOICE:
            assert not any(a == b for a, b in pairwise(tested)), "two equal vowels would be one sound"


def test_all_letters_and_all_other_pairs_come_up():
    generator = drawn(4)
    keys = "".join(f" {TONES.text(18, generator)}" for _ in range(300))
    assert len({a + b for a, b in pairwise(keys) if " " not in a + b}) == 256 - 32
    assert {*"".join(VOICE.text(18, generator) for _ in range(50))} == set(LETTERS)


@BOTH
def test_a_batch_asks_for_each_next_letter_and_then_the_end(task: HearingTask):
    few = [task.sound(text, drawn(1)) for text in (task.examples[0], task.examples[1])]
    batch = task.batch(few)
    assert batch.source is not None
    assert batch.source_is_token is not None
    for row, one in enumerate(few):
        letters = task.target_vocabulary.ids(one.letters)
        count = len(letters)
        assert batch.ids[row, : count + 1].tolist() == [START, *letters]
        assert batch.targets[row, : count + 1].tolist() == [*letters, START]
        assert bool((batch.ids[row, count + 1 :] == PAD).all())
        assert bool((batch.targets[row, count + 1 :] == NOT_ASKED).all())
        assert int(batch.source_is_token[row].sum()) == -(-len(one.samples) // task.hop)
    assert batch.source.shape[2] == hearing.BANDS


@BOTH
def test_the_same_seed_gives_the_same_batches_of_about_one_length_with_some_wrong_letters(task, monkeypatch):
    monkeypatch.setattr(hearing, "_MADE", 2 * hearing.BATCH)
    monkeypatch.setattr(hearing, "_CORPUS", 2 * hearing.BATCH)
    kept: list[Batch] = []
    for _ in range(2):
        batches = task.batches(5)
        kept += [next(batches) for _ in range(3)]
    for first, again in zip(kept[:3], kept[3:], strict=True):
        assert torch.equal(first.ids, again.ids)
        assert torch.equal(first.source, again.source)
    asked = kept[0].targets != NOT_ASKED
    assert LENGTHS[0] < int(asked.sum(1).min()) <= int(asked.sum(1).max()) <= LENGTHS[1] + 1
    right = kept[0].ids[:, 1:] == kept[0].targets[:, :-1]
    share = float(right[asked[:, 1:]].float().mean())
    assert 0.7 < share < 0.95, "one of five is drawn anew"
    assert bool((kept[0].ids[:, 0] == START).all())


# What is measured


def test_the_frames_of_a_letter_are_those_in_which_it_sounds_and_one_on_each_side():
    assert list(VOICE.frames((0.08, 0.16), beside=0)) == [2, 3]
    assert list(VOICE.frames((0.081, 0.161))) == [1, 2, 3, 4, 5]
    assert list(TONES.frames((0.0, 0.032))) == [0, 1]
    asked = VOICE.questions(4, 9)
    one = asked.some[0]
    assert bool(asked.there[0, 0, list(VOICE.frames(one.spans[0]))].all()), "predicted at [CLS], before it is read"
    assert int(asked.there[0, 0].sum()) == len(VOICE.frames(one.spans[0]))
    assert int(asked.known[0].sum()) == len(one.letters), "the end sounds nowhere"
    assert VOICE.questions(4, 9) is asked


def test_looking_is_counted_by_hand():
    near = torch.tensor([[[True, True, False, False], [False, False, True, True], [False] * 4]])
    asked = Questions((), None, near, torch.tensor([[True, True, False]]))  # type: ignore[arg-type]
    rows = torch.tensor([[0.6, 0.1, 0.3, 0.0], [0.4, 0.3, 0.2, 0.1], [0.0, 0.0, 0.0, 1.0]])

    class Block:
        cross = attention(torch.zeros(1, 1, 3, 1), torch.zeros(1, 1, 4, 1), torch.zeros(1, 1, 4, 1))

    object.__setattr__(Block.cross, "weights", rows[None, None])

    class Record:
        decoder = (Block(),)

    record: EncoderDecoderRecord = Record()  # type: ignore[assignment]
    top, on = looked(record, asked.there, asked.known)
    assert top.shape == (1, 1, 1)
    assert float(top) == pytest.approx(0.5)
    assert float(on) == pytest.approx((0.7 + 0.3) / 2)


# What the shipped models have learned


@BOTH
def test_the_shipped_model_writes_what_it_hears_and_looks_where_it_sounds(task: HearingTask):
    checkpoint = shipped(task.name)
    network, asked = checkpoint.network(), task.questions(40, 77)
    assert task.exact(network, asked) >= 0.9
    layer, head = checkpoint.snapshot().measures.best_head("aligned")
    found = task.measure(network, questions=asked)
    assert found.heads["aligned"][layer][head] >= 0.97
    assert found.figures["agreement"] >= 0.98
    first = task.measure(checkpoint.network(0), questions=asked)
    assert first.figures["aligned"] < 0.4
    assert checkpoint.evaluation["best head: peak within ±1 frame"] >= 0.98
    off = [
        HeadOff(f"cross.{i}.{h}")
        for i in range(network.config.target.layers)
        for h in range(network.config.target.heads)
    ]
    assert task.exact(network, task.questions(20, 78), off) <= 0.05, "all that it hears comes through these"


@BOTH
def test_frames_that_are_cut_break_their_letter_and_leave_the_others(task: HearingTask, monkeypatch):
    monkeypatch.setattr(writing, "CUT", 30)
    found = task.cut(shipped(task.name).network(), task.questions(40, 77))
    assert found["a letter’s frames cut: the letter right"] <= 0.25
    assert found["a letter’s frames cut: others right"] >= 0.93


def test_both_heads_that_look_for_a_key_are_needed():
    checkpoint = shipped("tones")
    layer, _ = checkpoint.snapshot().measures.best_head("aligned")
    for head in range(2):
        assert TONES.exact(checkpoint.network(), TONES.questions(40, 77), [HeadOff(f"cross.{layer}.{head}")]) <= 0.3, (
            head
        )
