import pytest

from attnviz.models.names import MINILM
from attnviz.models.pretrained.loading import load_pretrained
from benchmarks.texts import text_of


@pytest.fixture(scope="module")
def tokenizer():
    return load_pretrained(MINILM).tokenizer


@pytest.mark.parametrize("tokens", [13, 64, 128, 512])
def test_a_text_has_exactly_as_many_tokens_as_asked_for(tokenizer, tokens):
    for variant in range(5):
        assert len(tokenizer(text_of(tokens, variant))["input_ids"]) == tokens


def test_variants_differ_and_stay():
    assert len({text_of(64, variant) for variant in range(5)}) == 5
    assert text_of(64, 3) == text_of(64, 3)


def test_the_shortest_text_is_the_sentence_of_the_examples():
    assert text_of(13) == "The cat, which was black, sat on the mat"
