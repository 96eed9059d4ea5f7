"""Who is who in a sentence of the grammar."""

from __future__ import annotations

import pytest

from attnviz.training.grammar import held_out_sentences
from attnviz.ui import roles


def test_a_word_with_two_roles_names_both(monkeypatch: pytest.MonkeyPatch):
    drawn = held_out_sentences(200, 0, attractors=1)
    sentence = next(one for one in drawn if one.antecedent == one.main.subject)
    monkeypatch.setattr(roles, "_drawn", lambda: {sentence.text: sentence})
    named = roles.of(sentence.text)
    assert named[sentence.main.subject] == "subject, antecedent"
    assert named[sentence.main.verb] == "verb"
    assert sentence.pronoun is not None
    assert named[sentence.pronoun] == "pronoun"
    assert roles.of(f"{sentence.text} indeed") == {}
