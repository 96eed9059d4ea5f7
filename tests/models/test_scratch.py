"""The from-scratch model: seeded, stateless, checked against torch's own module."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from attnviz import AttnvizError, Head, trace
from attnviz.models import check
from attnviz.models.scratch import ScratchModel, ScratchOptions, random_embeddings

SENTENCE = "The cat, which was black, sat on the mat"


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**31 - 1),
    heads=st.sampled_from([1, 2, 4, 8]),
    d_model=st.sampled_from([8, 16, 64, 128]),
    causal=st.booleans(),
    positions=st.booleans(),
    text=st.text(min_size=1, max_size=80).filter(lambda text: text.strip() and text.isprintable()),
)
def test_its_weights_are_those_of_multihead_attention(text, **options):
    model = ScratchModel(ScratchOptions(**options), device="cpu")
    assert check(model, model.trace(text)).difference <= 1e-6


@pytest.mark.parametrize("options", [{"scaling": False}, {"temperature": 3.0}, {"temperature": 0.5, "causal": True}])
def test_the_check_holds_for_other_scales_and_temperatures(options):
    # Sharper softmaxes amplify float32's rounding of scores: an error of 1e-6 in a score of 20 is usual.
    model = ScratchModel(ScratchOptions(**options), device="cpu")
    assert check(model, model.trace(SENTENCE)).difference <= 5e-6


def test_a_seed_gives_the_same_numbers_whatever_others_do():
    alone = ScratchModel(ScratchOptions(seed=5)).trace(SENTENCE).layers[0].weights

    def other_session(i: int) -> None:
        torch.manual_seed(i)
        random.seed(i)
        torch.rand(10)
        ScratchModel(ScratchOptions(seed=i)).trace(SENTENCE)

    with ThreadPoolExecutor(8) as pool:
        noise = [pool.submit(other_session, i) for i in range(60)]
        runs = [pool.submit(lambda: ScratchModel(ScratchOptions(seed=5)).trace(SENTENCE)) for _ in range(60)]
        assert all(torch.equal(run.result().layers[0].weights, alone) for run in runs)
        for one in noise:
            one.result()


def test_another_seed_gives_other_weights():
    one, other = (trace(SENTENCE, "random", seed=s).layers[0].weights for s in (0, 1))
    assert (one - other).abs().max() > 0.1


def test_without_positions_order_does_not_matter():
    straight = trace("cat sat mat", "random", positions=False).layers[0]
    turned = trace("mat sat cat", "random", positions=False).layers[0]
    torch.testing.assert_close(turned.weights.flip(1, 2), straight.weights)
    placed = trace("cat cat", "random", positions=True).layers[0]
    assert not torch.equal(placed.q[:, 0], placed.q[:, 1])


def test_a_causal_trace_looks_at_nothing_later():
    layer = trace(SENTENCE, "random", causal=True).layers[0]
    later = torch.ones(11, 11, dtype=torch.bool).triu(1)
    assert (layer.weights[:, later] == 0).all()
    assert layer.masked[:, later].isneginf().all()
    assert (layer.weights[:, 0, 0] == 1).all()


def test_the_output_is_the_module_s():
    model = ScratchModel(ScratchOptions(heads=2, d_model=8))
    result = model.trace("a b c")
    record = model.module(model.inputs([t.id for t in result.tokens]))
    assert torch.equal(result.output, record.output)
    assert torch.equal(result.layers[0].context, record.context)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"heads": 3}, "3 heads do not divide d_model 64"),
        ({"heads": 0}, "heads must be from 1 to 16"),
        ({"d_model": 100_000}, "d_model must be from 4 to 768"),
        ({"seed": -1}, "seed must be from 0"),
        ({"seed": 1.5}, "seed must be a number"),
        ({"temperature": 0.0}, "temperature must be from"),
        ({"causal": "yes"}, "causal is on or off"),
        ({"layers": 3}, "has no option “layers”"),
    ],
)
def test_options_that_cannot_work_are_refused(options, sentence):
    with pytest.raises(AttnvizError, match=sentence):
        trace(SENTENCE, "random", **options)


def test_a_text_over_the_limit_is_cut():
    result = trace("word " * 600, "random", heads=2, d_model=8)
    assert len(result) == 512
    assert result.cut == 512 * 5 - 1


def test_a_word_has_the_same_vector_wherever_it_stands():
    first = random_embeddings([5, 9, 5], 16, seed=3)
    second = random_embeddings([1, 2, 9, 5], 16, seed=3)
    assert torch.equal(first[0], first[2])
    assert torch.equal(first[0], second[3])
    assert torch.equal(first[1], second[2])
    assert not torch.equal(first[0], first[1])


def test_another_seed_gives_other_vectors():
    near = [random_embeddings([1], 64, seed=s)[0] for s in range(4)]
    similarity = torch.corrcoef(torch.stack(near)) - torch.eye(4)
    assert similarity.abs().max() < 0.5


def test_embeddings_are_standard_normal():
    drawn = random_embeddings(range(300), 64, seed=0)
    assert abs(float(drawn.mean())) < 0.02
    assert abs(float(drawn.std()) - 1) < 0.02


def test_embeddings_leave_the_global_random_state_alone():
    before = torch.random.get_rng_state()
    random_embeddings([1, 2], 8, seed=0)
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_head_that_is_off_hands_nothing_on():
    model = ScratchModel(ScratchOptions(heads=2, d_model=8))
    whole, less = model.trace("a b c"), model.trace("a b c", off={(0, 1)})
    assert torch.equal(whole.layers[0].weights, less.layers[0].weights), "it still looks"
    context = whole.layers[0].context.clone()
    context[1] = 0
    expected = context.transpose(0, 1).flatten(1) @ model.module.w_o
    assert torch.allclose(less.output, expected)
    assert less.off == {Head(0, 1)}
    assert torch.equal(model.trace("a b c", off={(0, 0), (0, 1)}).output, torch.zeros(3, 8))


@pytest.mark.parametrize("head", [(0, 4), (1, 0), (0, -1)])
def test_a_head_that_is_not_there_cannot_be_switched_off(head):
    with pytest.raises(AttnvizError, match=r"There is no (head|layer)|whole number from 0"):
        ScratchModel().trace("a b", off={head})


def test_it_predicts_no_words():
    with pytest.raises(AttnvizError, match="predicts no words"):
        ScratchModel().probabilities("a b", 0)
