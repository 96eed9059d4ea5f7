"""The page's JavaScript, tested under Node: each file of tests/javascript is run as Node's own test runner does it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "tests" / "javascript").glob("*.test.js"))


def run_by(node: str, *files: Path) -> subprocess.CompletedProcess[str]:
    arguments = [node, "--test", "--test-reporter=spec", *map(str, files)]
    return subprocess.run(arguments, capture_output=True, text=True, encoding="utf-8", cwd=ROOT, timeout=120)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_javascript_does_what_its_tests_say(node: str, file: Path):
    done = run_by(node, file)
    assert done.returncode == 0, f"\n{done.stdout}{done.stderr}"


def test_a_javascript_test_that_fails_fails_here_and_says_why(node: str, tmp_path: Path):
    file = tmp_path / "wrong.test.mjs"
    file.write_text('import test from "node:test"; test("a sum", () => { throw new Error("2 is not 3"); });')
    done = run_by(node, file)
    assert done.returncode != 0
    assert "a sum" in done.stdout
    assert "2 is not 3" in done.stdout


def test_there_are_javascript_tests():
    assert FILES
