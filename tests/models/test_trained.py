"""Models that were trained here: read like any other, know what they do not know, and can be asked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

import attnviz
from attnviz.analysis._effect import effect
from attnviz.models import ModelError, check, load_model
from attnviz.training.vocabulary import MASK, UNKNOWN
from tests.support.tiny import SENTENCE


@pytest.fixture(scope="module")
def grammar():
    return load_model("grammar", device="cpu")


@pytest.fixture(scope="module")
def induction():
    return load_model("induction", device="cpu")


@pytest.mark.parametrize("name", ["grammar", "induction"])
@pytest.mark.parametrize("text", [SENTENCE, "cat", "dog " * 600, "القطة 🐈‍⬛ which [MASK] robots"])
def test_its_weights_are_those_of_torch_s_attention(name, text):
    model = load_model(name, device="cpu")
    checked = check(model, model.trace(text))
    assert checked.agrees
    assert checked.difference <= 2e-6


def test_sat_looks_at_cat(grammar):
    trace = grammar.trace(SENTENCE)
    layer, head = grammar.first_look.layer, grammar.first_look.head
    row = trace.layers[layer].weights[head, 8]
    assert [trace.tokens[i].text for i in (8, 2, 6)] == ["sat", "cat", "black"]
    assert row[2] >= 0.95
    assert row[6] <= 0.03


def test_the_trace_holds_every_stage_from_word_to_prediction(grammar):
    trace = grammar.trace(SENTENCE)
    stages = trace.stages
    n, d = len(trace), grammar.network.config.d_model
    assert stages.embedded.shape == stages.final.shape == (n, d)
    assert stages.logits.shape == (n, len(stages.words))
    assert len(stages.blocks) == len(trace.layers) == 2
    for block, layer, attention in zip(stages.blocks, trace.layers, grammar.network.attentions(), strict=True):
        context = layer.context.transpose(0, 1).flatten(1)
        assert torch.allclose(block.concatenated, context, atol=1e-6)
        assert torch.allclose(block.attention_output, context @ attention.w_o, atol=1e-5)
        assert block.hidden.shape == (n, grammar.network.config.d_ff)
    assert torch.equal(trace.output, stages.final)
    assert trace.nbytes < 100_000


def test_words_it_does_not_know_are_marked_and_read_as_unknown(grammar):
    trace = grammar.trace("The robot, which was BLACK, sat")
    assert [token.text for token in trace.tokens if token.unknown] == ["robot"]
    assert trace.tokens[2].id == UNKNOWN
    assert trace.tokens[2].piece == "[UNK]"
    assert trace.tokens[6].piece == "black", "upper and lower case are one word"
    assert trace.tokens[0].special
    assert not trace.tokens[2].special


def test_a_typed_mask_is_a_hidden_word(grammar):
    trace = grammar.trace("The cats [MASK] on the [mask]")
    assert [token.text for token in trace.tokens][1:] == ["The", "cats", "[MASK]", "on", "the", "[mask]"]
    assert [token.id == MASK for token in trace.tokens] == [False, False, False, True, False, False, True]
    words = trace.stages.logits[3].topk(5).indices
    assert {trace.stages.words[i] for i in words} <= {
        "purr",
        "meow",
        "purred",
        "meowed",
        "sit",
        "sat",
        "sleep",
        "slept",
    }


def test_a_hidden_word_is_predicted_from_its_subject(grammar):
    place = {t.text: i for i, t in enumerate(grammar.trace("My dogs near the car bark").tokens)}["bark"]
    told = grammar.probabilities("My dogs near the car bark", place)
    assert float(told.sum()) == pytest.approx(1, abs=1e-5)
    best = {grammar.word(i) for i in told.topk(4).indices.tolist()}
    assert best <= {"bark", "howl", "barked", "howled", "sit", "sat", "sleep", "slept"}
    asked = grammar.trace("My dogs near the car [MASK]").stages.logits[place].softmax(-1)
    assert torch.allclose(told, asked, atol=1e-6), "hiding a word and typing [MASK] are the same"


def test_induction_knows_what_comes_next(induction):
    text = "cat black tree mat cat black tree mat"
    told = induction.probabilities(text, 6)  # the second “black”
    assert induction.predicts == "next"
    assert induction.word(int(told.argmax())) == "tree"
    trace = induction.trace(text)
    layer, head = induction.first_look.layer, induction.first_look.head
    assert int(trace.layers[layer].weights[head, 6].argmax()) == 3, "what came after “black” before"
    assert (trace.layers[0].weights.triu(1) == 0).all()


def test_one_head_off_and_it_no_longer_knows_its_subject(grammar):
    layer, head = grammar.first_look.layer, grammar.first_look.head
    whole, less = grammar.measure().figures, grammar.measure({(layer, head)}).figures
    others = grammar.measure({(layer, h) for h in range(4) if h != head}).figures
    assert whole["number"] >= 0.99
    assert less["number"] <= 0.7
    assert others["number"] >= 0.98
    trace = grammar.trace(SENTENCE, off={(layer, head)})
    assert trace.off == {attnviz.Head(layer, head)}
    assert torch.equal(trace.layers[layer].weights, grammar.trace(SENTENCE).layers[layer].weights)
    changed = effect(grammar, grammar.trace(SENTENCE), trace, at=8)
    assert max(range(12), key=lambda i: changed.outputs[i]) == 8, "the verb's own vector moves most"
    assert changed.outputs[8] > 0.3
    before = sum(p.before for p in changed.predictions if p.word in ("purred", "meowed", "purrs", "meows"))
    after = sum(p.after for p in changed.predictions if p.word in ("purred", "meowed", "purrs", "meows"))
    assert before > 0.4 > 2 * after


def test_earlier_snapshots_are_models_too():
    assert load_model("grammar", step=0).step == 0
    first = attnviz.trace(SENTENCE, "grammar", step=0).layers[1].weights
    assert float(first.max()) < 0.5, "at first every word looks at all words alike"
    with pytest.raises(ModelError, match="step must be a whole number"):
        load_model("grammar", step="late")
    with pytest.raises(ModelError, match="does not take these options: seed"):
        load_model("grammar", seed=3)


@pytest.mark.parametrize("off", [{(2, 0)}, {(0, 4)}])
def test_a_head_that_is_not_there_cannot_be_switched_off(grammar, off):
    with pytest.raises(attnviz.AttnvizError, match="There is no"):
        grammar.trace(SENTENCE, off=off)


def test_a_token_that_is_not_there_cannot_be_asked_for(grammar):
    with pytest.raises(ModelError, match="There is no token 12"):
        grammar.probabilities(SENTENCE, 12)


def test_threads_may_share_it(grammar):
    texts = [f"the {word} sat" for word in ("cat", "dogs", "lamp", "trees")] * 10
    alone = [grammar.trace(text).layers[1].weights for text in texts]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda text: grammar.trace(text).layers[1].weights, texts))
    assert all(torch.equal(a, b) for a, b in zip(alone, together, strict=True))
