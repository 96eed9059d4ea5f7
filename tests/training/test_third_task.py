"""Another task is a module of its own and a line in the registry: names, files, the command and the pages find it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import pytest
import torch

from attnviz.models import load_model, names
from attnviz.request import Change, HeadOff
from attnviz.training import checkpoint
from attnviz.training.__main__ import main
from attnviz.training.measures import Measures, head_weights, previous_token_score
from attnviz.training.registry import TASKS
from attnviz.training.tasks import NOT_ASKED, Batch, HeldOut, Task
from attnviz.training.vocabulary import SPECIALS, START, Vocabulary
from attnviz.transformer import Transformer, TransformerConfig
from tests.ui.opening import opened, opened_train, said


class EchoTask(Task):
    """Say the word before."""

    name: ClassVar[str] = "echo"
    title: ClassVar[str] = "Echo: which word came before?"
    offered: ClassVar[str] = "Trained here · echo"
    in_short: ClassVar[str] = "say the word before."
    explained: ClassVar[str] = "Asked: the word before."
    readable: ClassVar[str] = "Any row of these words."
    invitation: ClassVar[str] = "Try a row of words"
    vocabulary = Vocabulary((*SPECIALS, "cat", "dog", "tree"))
    categories: ClassVar[Mapping[str, Sequence[str]]] = {"words": ("cat", "dog", "tree")}
    figures: ClassVar[dict[str, str]] = {"right": "word before right"}
    held_out: ClassVar[HeldOut] = HeldOut(
        {"right": "word before right"}, {"right": "guessing: 0.33"}, "rows it has never seen", "new rows"
    )
    longest: ClassVar[int] = 6
    learned: ClassVar[str] = "previous"

    def config(self, *, layers: int, heads: int, d_model: int) -> TransformerConfig:
        return TransformerConfig(len(self.vocabulary), layers=layers, heads=heads, d_model=d_model, causal=True)

    def batches(self, seed: int) -> Iterator[Batch]:
        generator = torch.Generator().manual_seed(seed)
        while True:
            words = torch.randint(len(SPECIALS), len(self.vocabulary), (16, 6), generator=generator)
            ids = torch.cat([torch.full((16, 1), START), words], dim=1)
            targets = torch.full_like(ids, NOT_ASKED)
            targets[:, 2:] = ids[:, 1:-1]
            yield Batch(ids, targets)

    def example(self, seed: int) -> tuple[str, int]:
        return "cat dog tree", 3

    def unlike(self, words: Sequence[str]) -> str:
        return "" if len(words) > 1 else "One word has none before it."

    def roles(self, words: Sequence[str]) -> dict[int, str]:
        return {0: "first"}

    @torch.no_grad()
    def measure(self, model: Transformer, changes: Collection[Change] = ()) -> Measures:
        batch = next(self.batches(2**31))
        record = model(batch.ids, changes=changes)
        asked = batch.targets != NOT_ASKED
        right = (record.logits.argmax(-1) == batch.targets)[asked].float().mean()
        previous = previous_token_score(head_weights(record), torch.ones_like(batch.ids, dtype=torch.bool))
        return Measures({"right": float(right)}, {"previous": previous.tolist()})

    def examine(self, model: Transformer) -> dict[str, float]:
        return self.measure(model).figures


@pytest.fixture
def echo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The task in the registry, and the folder of shipped models, where none has learned it yet."""
    monkeypatch.setitem(TASKS, EchoTask.name, EchoTask())
    for file in checkpoint.FOLDER.glob("*.safetensors"):
        (tmp_path / file.name).symlink_to(file)
    monkeypatch.setattr(checkpoint, "FOLDER", tmp_path)
    checkpoint.shipped.cache_clear()
    yield tmp_path
    checkpoint.shipped.cache_clear()


def test_a_third_task_is_trained_by_the_command_and_found_by_name_and_on_the_pages(echo, capsys):
    assert names.parsed("echo") == names.Shipped("echo")
    assert "echo" not in [one.name for one in names.offered()], "nothing was trained yet"
    with pytest.raises(checkpoint.CheckpointError, match="No model that has learned the task “echo” comes with"):
        load_model("echo")
    app = opened_train()
    assert app.get("button_group")[0].options[-1] == "Echo"
    assert "Echo: say the word before." in app.get("button_group")[0].help

    threads = torch.get_num_threads()
    file = echo / "echo.safetensors"
    assert main(["echo", "--steps", "4", "--heads", "2", "--d-model", "8", "--out", str(file)]) == 0
    torch.set_num_threads(threads)
    assert "right" in capsys.readouterr().out

    assert "Trained here · echo" in [one.title for one in names.offered()]
    model = load_model("echo")
    assert model.task is TASKS["echo"]
    assert model.measures([HeadOff("0.1")]) is not None
    run = names.parsed("echo-seed3-2x2-8-40")
    assert isinstance(run, names.Run)
    assert run.title == "Run: echo, seed 3 (2×2, 8, 40)"

    app = opened(model="echo", text="cat")
    assert "Trained here · echo" in app.selectbox(key="model").options
    assert "One word has none before it." in said(app)
    assert "Word before right: " in said(app)
    assert "guessing: 0.33" in said(app)
    app.button(key="try").click().run()
    assert app.text_area(key="text").value == "cat dog tree"
    assert "Trained here · echo" in opened_train(model="echo").selectbox(key="run").options
