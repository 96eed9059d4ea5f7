"""What is taken along has a name that every system takes."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.export import file_name


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("The cat sat!", "minilm"), "attnviz-minilm-the-cat-sat.csv"),
        (("The cat", "minilm", 0, 0, ".npz"), "attnviz-minilm-layer0-head0-the-cat.npz"),
        (("القطة سوداء", "random", 1), "attnviz-random-layer1-القطة-سوداء.csv"),
        (("हिन्दी", "random"), "attnviz-random-हिन्दी.csv"),
        (("🐈 ... /", "/home/me/my model/"), "attnviz-my-model.csv"),
        (("../../etc/passwd", r"C:\models\a.safetensors"), "attnviz-a-safetensors-etc-passwd.csv"),
        (("word " * 100, "random"), f"attnviz-random-{'-'.join(['word'] * 12)}.csv"),
    ],
)
def test_a_file_is_named_after_the_sentence_and_the_model(arguments, name):
    assert file_name(*arguments) == name


@given(st.text(), st.text())
def test_a_file_name_is_short_and_plain_whatever_the_text(text, model):
    name = file_name(text, model, 11, 11, ".npz")
    assert name.startswith("attnviz-")
    assert name.endswith(".npz")
    assert len(name.encode()) <= 140
    assert not set(name) & set('/\\:*?"<>|\0\r\n\t ')
    assert {unicodedata.category(c) for c in name}.isdisjoint({"Cc", "Cf", "Zl", "Zp", "Zs"})


def test_a_file_of_a_part_has_its_name():
    assert file_name("the cat", "mine", 0, 1, part="cross") == "attnviz-mine-cross-layer0-head1-the-cat.csv"
