"""Traces that tests of figures share."""

from __future__ import annotations

import pytest

import attnviz
from tests.support.drawn import SENTENCE


@pytest.fixture(scope="session")
def scratch():
    return attnviz.trace(SENTENCE, "random")


@pytest.fixture(scope="session")
def bert(minilm):
    return minilm.trace(SENTENCE)
