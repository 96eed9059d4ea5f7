"""The documents: their code gives what they print, their excerpts are the source, their links lead somewhere."""

from __future__ import annotations

import ast
import doctest
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from attnviz import load_model
from attnviz.training.checkpoint import shipped
from attnviz.training.tables import cells, columns
from tests.documents import (
    DOCUMENTS,
    ROOT,
    Block,
    anchors,
    blocks,
    decimals_in_prose,
    examples,
    is_excerpt,
    links,
    paths_named,
    with_outputs,
)
from tests.support.tiny import save_tiny

READ = ROOT / "docs" / "attention.md"
LESSONS = ROOT / "docs" / "lessons.md"
NOTEBOOK = [ROOT / "README.md", ROOT / "docs" / "notebook.md", LESSONS]
EXCERPTS = [block for block in blocks(READ.read_text(encoding="utf-8")) if block.language == "python"]
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_RESULT = re.compile(r"  # → (.+)$")
_MEASURED = re.compile(r"\d+\.\d+ (?:s|ms|MB)")
_NETWORK = "# needs the network"


class Kept(doctest.DocTestRunner):
    """Runs examples and keeps what each gave."""

    def __init__(self) -> None:
        super().__init__(verbose=False)
        self.given: list[tuple[doctest.Example, str]] = []
        self.faults: list[str] = []

    def report_success(self, out: Any, test: doctest.DocTest, example: doctest.Example, got: str) -> None:
        self.given.append((example, got))

    def report_failure(self, out: Any, test: doctest.DocTest, example: doctest.Example, got: str) -> None:
        where = f"{test.name}:{(test.lineno or 0) + example.lineno + 1}"
        self.faults.append(f"{where}: {example.source}says {example.want}gives {got}")

    def report_unexpected_exception(self, out: Any, test: doctest.DocTest, example: doctest.Example, info: Any) -> None:
        self.report_failure(out, test, example, f"{info[0].__name__}: {info[1]}\n")


def run(document: Path, text: str) -> Kept:
    """All examples of a document, with the same names from the first to the last."""
    runner, names = Kept(), {}
    for test in examples(document, text):
        test.globs = names
        runner.run(test, clear_globs=False)
    return runner


@pytest.fixture(scope="module")
def read() -> Kept:
    return run(READ, READ.read_text(encoding="utf-8"))


def test_what_the_page_prints_is_what_comes_out(read):
    assert not read.faults, "\n".join(read.faults)
    assert len(read.given) > 60


def test_each_number_printed_is_held_a_wrong_digit_would_be_seen(read):
    checker = doctest.OutputChecker()
    seen = 0
    for example, got in read.given:
        for number in _NUMBER.finditer(example.want):
            other = str((int(number[0][-1]) + 1) % 10)
            wrong = example.want[: number.end() - 1] + other + example.want[number.end() :]
            assert not checker.check_output(wrong, got, 0), wrong
            seen += 1
    assert seen > 300


def test_a_wrong_number_makes_the_document_fail():
    text = "```pycon\n>>> import torch\n>>> torch.ones(2).sum().item()\n{}\n```\n"
    assert run(READ, text.format("2.0")).faults == []
    assert run(READ, text.format("2.1")).faults == ["attention.md:3: torch.ones(2).sum().item()\nsays 2.1\ngives 2.0\n"]


def test_written_anew_the_page_is_the_same():
    text = READ.read_text(encoding="utf-8")
    assert with_outputs(text) == text
    assert with_outputs(text.replace(" 0.983\n", " 0.123\n")) == text


def test_numbers_in_the_prose_stand_in_an_output_too(read):
    printed = {number for example, _ in read.given for number in _NUMBER.findall(example.want)}
    said = decimals_in_prose(READ.read_text(encoding="utf-8"))
    assert said
    assert set(said) <= printed


@pytest.mark.parametrize("block", EXCERPTS, ids=lambda block: f"line {block.line}: {block.source}")
def test_what_is_shown_of_the_code_is_the_code(block):
    assert block.source, "an excerpt says of what it is: <!-- all of attnviz.module.function -->"
    assert is_excerpt(block), f"this is no longer what stands in {block.source}"


def test_a_line_that_the_code_has_not_is_no_excerpt():
    good = Block("python", "    return weights @ v\n", 1, "part", "attnviz.attention.weighted_values")
    for code in ("return v @ weights\n", "def weighted_values(weights: Tensor, v: Tensor) -> Tensor:\n"):
        assert is_excerpt(Block("python", "return weights @ v\n", 1, "part", good.source))
        assert not is_excerpt(Block("python", code, 1, "all", good.source))
    assert not is_excerpt(Block("python", "return v @ weights\n", 1, "part", good.source))


@pytest.fixture(scope="module")
def names(tiny_bert, tmp_path_factory) -> dict[str, Any]:
    """What a notebook's reader has: a transformers model in memory, one in a folder, and a causal one loaded."""
    from transformers import AutoModel, AutoTokenizer

    causal = save_tiny(tmp_path_factory.mktemp("causal"), "llama", with_head=True, has_mask=False)

    return {
        "my_model": AutoModel.from_pretrained(tiny_bert).eval(),
        "my_tokenizer": AutoTokenizer.from_pretrained(tiny_bert),
        "my_folder": tiny_bert,
        "my_causal": load_model(str(causal)),
    }


def statements(code: str) -> Iterator[tuple[str, str]]:
    """Each statement of a block, with the result that its comment states ("" if it states none)."""
    lines = code.splitlines()
    for statement in ast.parse(code).body:
        last = lines[(statement.end_lineno or 0) - 1]
        if _NETWORK not in last:
            stated = _RESULT.search(last)
            yield ast.get_source_segment(code, statement) or "", stated[1] if stated else ""


@pytest.mark.parametrize("document", NOTEBOOK, ids=lambda path: path.name)
def test_the_notebook_lines_run_and_give_what_they_say(document, names, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (example,) = (block.code for block in blocks(LESSONS.read_text(encoding="utf-8")) if block.language == "toml")
    (tmp_path / "my-lesson.toml").write_text(example, encoding="utf-8")
    names, ran = dict(names), 0
    for block in blocks(document.read_text(encoding="utf-8")):
        if block.language != "python":
            continue
        for code, stated in statements(block.code):
            ran += 1
            if not stated:
                exec(code, names)
            else:
                result = repr(eval(code, names))
                assert stated == result or stated.startswith(f"{result}: "), f"{document.name}: {code} gives {result}"
    assert ran > 5


def test_a_notebook_line_is_run_but_for_the_network_and_its_result_is_read():
    code = "# a comment\nx = f(\n    2\n)\n\ny  # → 'sat'\nz  # not a result\ng()  # needs the network\n"
    assert list(statements(code)) == [("x = f(\n    2\n)", ""), ("y", "'sat'"), ("z", "")]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_and_pictures_lead_somewhere(document):
    for link in links(document.read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), f"{link} is not there"
        assert target.is_relative_to(ROOT), f"{link} leads out of the project"
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), f"{link}: there is no such heading"


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "docs/house.md", "docs/attention.md"])
def test_files_and_folders_that_are_named_are_there(document):
    roots = [ROOT, ROOT / "attnviz", ROOT / "attnviz" / "client"]
    for path in paths_named((ROOT / document).read_text(encoding="utf-8")):
        assert any((root / path).exists() for root in roots), f"{document} names {path}"


def test_every_document_can_be_reached_from_the_readme():
    reached, new = set(), {ROOT / "README.md"}
    while new:
        document = new.pop()
        reached.add(document)
        for link in links(document.read_text(encoding="utf-8")):
            target = (document.parent / link.partition("#")[0]).resolve()
            if target.suffix == ".md" and target not in reached:
                new.add(target)
    assert set(DOCUMENTS) <= reached


@pytest.mark.parametrize(
    ("task", "column"),
    [
        ("grammar", "--seed 4"),
        ("induction", "--seed 2"),
        ("french", "--seed 0 --layers 1 --d-model 64 --steps 1500 --dropout 0.15"),
        ("picture", "--seed 2 --layers 1 --heads 2 --steps 3000 --decay 0.001"),
        ("digit", "--seed 0 --layers 1 --heads 2 --steps 800 --decay 0.01"),
        ("beside", "--seed 0 --d-model 64 --decay 0.01"),
        ("voice", "--seed 0 --d-model 64 --steps 1500 --dropout 0.1 --decay 0.01"),
        ("tones", "--seed 0 --heads 2 --d-model 64 --decay 0.01"),
    ],
)
def test_the_table_of_a_shipped_model_has_the_figures_in_its_file(task, column):
    text = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
    written, kept = columns(text, task)[column], cells(shipped(task).evaluation)
    assert written.keys() == kept.keys()
    for name, value in written.items():
        # The file keeps four digits, the table three of the figure itself.
        assert abs(float(value) - shipped(task).evaluation[name]) < 0.00056, name


def test_what_the_readme_says_was_measured_stands_in_the_tables_of_benchmarks():
    said = _MEASURED.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    tables = "".join((ROOT / "benchmarks" / name).read_text(encoding="utf-8") for name in ("results.md", "peers.md"))
    assert len(said) > 10
    assert set(said) <= {*_MEASURED.findall(tables)}


def test_the_counts_of_architectures_are_those_of_their_table():
    said = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    rows = {
        row[0]: row[1:3]
        for row in (line.split(" | ") for line in (ROOT / "docs" / "architectures.md").read_text().splitlines())
        if len(row) == 4
    }
    made, types = rows["| made and tried"]
    assert f"({made} classes of {types} model\ntypes)" in said
    assert f"{rows['| shown, every weight equal'][0]} are shown" in said
    assert f"{rows['| refused with a sentence'][0]} refused" in said
