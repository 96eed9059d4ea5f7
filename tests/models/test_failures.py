"""What has just failed is not tried again at once."""

from __future__ import annotations

import pytest

from attnviz.models import ModelError, names
from attnviz.models.pretrained.files import failures
from attnviz.models.pretrained.files.failures import remembered


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(failures.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(failures, "_failed", {})
    return now


def test_a_failure_is_said_again_for_a_while_without_another_try(clock):
    tries = []

    def ask(name: str, *, fails: bool = True) -> None:
        with remembered(name):
            tries.append(name)
            if fails:
                raise ModelError(f"{name} does not answer")

    for _ in range(12):
        with pytest.raises(ModelError, match="one does not answer"):
            ask("one")
    assert tries == ["one"]
    ask("two", fails=False)
    ask("two", fails=False)
    assert tries == ["one", "two", "two"], "another name is asked for, and what went well again and again"
    clock[0] += failures.SECONDS + 1
    ask("one", fails=False)
    ask("one", fails=False)
    assert tries[-2:] == ["one", "one"]


def test_only_sentences_are_remembered(clock):
    with pytest.raises(RuntimeError), remembered("one"):
        raise RuntimeError("a mistake of ours")
    with remembered("one"):
        pass


def test_a_hub_that_hangs_is_asked_once(clock, monkeypatch):
    from attnviz.models.pretrained.files import sources

    asked = []

    class Hub:
        def model_info(self, name: str, *, timeout: float, files_metadata: bool) -> None:
            asked.append(name)
            raise TimeoutError

    monkeypatch.setattr(sources, "HfApi", Hub)
    for _ in range(3):
        with pytest.raises(ModelError, match="cannot be reached"):
            sources.find_source(names.Hub("somebody/some-model"))
    assert asked == ["somebody/some-model"]
