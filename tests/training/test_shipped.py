"""The shipped models, examined again: what docs/training.md says of them holds."""

from __future__ import annotations

from functools import cache

import pytest
import torch

from attnviz.training.__main__ import main
from attnviz.training.checkpoint import load, shipped
from attnviz.training.registry import TASKS
from attnviz.training.tables import cells, columns


@cache
def examined(task: str) -> dict[str, float]:
    return TASKS[task].examine(shipped(task).network())


@pytest.fixture(scope="module")
def grammar() -> dict[str, float]:
    return examined("grammar")


def test_the_grammar_model_holds_to_what_is_asked_of_it(grammar):
    assert grammar["one attractor: number and class"] >= 0.99
    assert grammar["top key is the subject"] >= 0.98
    assert grammar["weight on the subject"] >= 0.95
    assert grammar["three nested attractors: number"] >= 0.90
    assert grammar["“The cat, which was black, sat on the mat”: sat → cat"] >= 0.95
    assert grammar["“The cat, which was black, sat on the mat”: sat → black"] <= 0.03


def test_one_head_matters_and_the_others_of_its_layer_do_not(grammar):
    assert grammar["subject heads in that layer"] == 1
    assert grammar["subject head(s) off: number"] <= 0.70
    assert grammar["all others of that layer off: number and class"] >= 0.98
    subject = int(grammar["subject head: head"])
    for head in range(4):
        if head != subject:
            assert grammar[f"head {head} of that layer off: number"] >= 0.98


def test_untrained_it_can_do_nothing_of_this():
    figures = TASKS["grammar"].examine(shipped("grammar").network(step=0))
    assert figures["one attractor: number and class"] < 0.3
    assert figures["weight on the subject"] < 0.2


def test_the_induction_model_has_both_heads_and_needs_the_layer_of_the_second():
    figures = examined("induction")
    assert figures["next word in the repetition"] >= 0.99
    assert figures["weight on what came after this word before"] >= 0.9
    assert figures["weight on the previous token"] >= 0.7
    assert figures["previous-token head off: next word"] <= 0.7
    assert figures["all heads of the induction head's layer off: next word"] <= 0.1


@pytest.mark.parametrize("task", list(TASKS))
def test_the_figures_in_the_file_are_those_of_its_model(task):
    checkpoint, again = shipped(task), examined(task)
    assert checkpoint.evaluation.keys() == again.keys()
    for name, value in again.items():
        assert abs(checkpoint.evaluation[name] - value) < 0.006, name


@pytest.mark.parametrize("task", list(TASKS))
def test_the_measures_of_heads_in_the_file_are_those_of_its_model(task):
    checkpoint = shipped(task)
    again = TASKS[task].measure(checkpoint.network()).heads
    kept = checkpoint.snapshot().measures.heads
    assert kept.keys() == again.keys()
    for name, table in again.items():
        near = 0.01 if name.endswith("top") else 2e-3  # rounded, another may be the strongest for one of a hundred
        torch.testing.assert_close(torch.tensor(kept[name]), torch.tensor(table), atol=near, rtol=0.0, msg=name)


def test_the_command_trains_examines_and_writes_a_checkpoint_and_its_column_of_a_table(tmp_path, capsys):
    path = tmp_path / "small.safetensors"
    threads = torch.get_num_threads()
    document = tmp_path / "page.md"
    document.write_text("Before.\n\n| `python -m attnviz.training grammar …` | `--seed 4` |\n|---|---|\n\nAfter.\n")
    small = ["grammar", "--seed", "7", "--heads", "2", "--d-model", "8", "--steps", "4"]
    assert main([*small, "--out", str(path), "--table", str(document)]) == 0
    torch.set_num_threads(threads)
    said = capsys.readouterr().out
    assert "step 4" in said
    assert "three nested attractors: number" in said
    checkpoint = load(path)
    assert checkpoint.options.seed == 7
    assert checkpoint.steps == [0, 4]
    assert checkpoint.evaluation["subject head: layer"] in (0.0, 1.0)
    written = document.read_text()
    assert written.startswith("Before.\n\n| `python -m attnviz.training grammar …` | `--seed 4` | `--seed 7 --heads 2")
    assert written.endswith("|\n\nAfter.\n")
    table = columns(written, "grammar")
    assert table.pop("--seed 4") == {}
    assert table.keys() == {"--seed 7 --heads 2 --d-model 8 --steps 4"}
    for figures in table.values():
        assert figures.keys() == cells(checkpoint.evaluation).keys()
        for name, value in figures.items():
            assert f"{name:<60} {value}\n" in said


def test_the_command_refuses_what_cannot_be_in_a_sentence(tmp_path, capsys):
    assert main(["grammar", "--heads", "5"]) == 2
    assert "5 heads do not divide d_model 32" in capsys.readouterr().err
    assert main(["grammar", "--out", str(tmp_path / "no" / "where.safetensors")]) == 2
    assert "cannot be written: there is no folder" in capsys.readouterr().err
    assert main(["grammar", "--out", str(tmp_path / "model.bin")]) == 2
    assert "must end in .safetensors" in capsys.readouterr().err
    assert main(["grammar", "--table", str(tmp_path / "none.md")]) == 2
    assert "cannot be read as a document with a table" in capsys.readouterr().err
    (tmp_path / "page.md").write_text("no table")
    assert main(["grammar", "--table", str(tmp_path / "page.md")]) == 2
    assert "There is no table to write into" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["grammar", "--five-seeds", "--seed", "3"])
    assert "leave --seed and --out away" in capsys.readouterr().err
