"""The page's JavaScript, tested under Node: each file of tests/javascript is run by itself, as Node's own test runner
does with a process more."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "tests" / "javascript").glob("*.test.js"))


def run_by(node: str, file: Path) -> subprocess.CompletedProcess[str]:
    arguments = [node, "--test-reporter=spec", str(file)]
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


MODULES = sorted((ROOT / "attnviz").rglob("*.js"))


def test_no_class_inherits():
    assert MODULES
    assert not [file.name for file in MODULES if re.search(r"^(export )?class \w+ extends", file.read_text(), re.M)]


def test_what_a_view_sees_and_does_is_typed():
    for name in ("views/view.js", "state/context.js", "state/selectors.js", "state/store.js", "state/schema.js"):
        text = (ROOT / "attnviz" / "client" / "js" / name).read_text(encoding="utf-8")
        types = " ".join(re.findall(r"\{(.*)\}", "\n".join(re.findall(r"/\*\*.*?\*/", text, re.S))))
        assert types, name
        assert not re.search(r"\bany\b|\*\}|\bFunction\b", types), name


def test_no_view_sees_another():
    """What a view is put together from is no view: of views, `hosts/views.js` and
    `hosts/learn/learning.js` alone import those that create one."""
    views = ROOT / "attnviz" / "client" / "js" / "views"
    made_of = {"figure.js": {"createLoupe"}, "sentence.js": {"createWords"}, "by_hand.js": {"createFreedom"}}
    made_of |= {"walk.js": {"createMatrices"}, "why.js": {"createMatrices"}}
    made_of |= {"picture.js": {"createMoving"}, "sound.js": {"createPlayer"}, "kinds.js": {"createKind"}}
    made_of["builder.js"] = {"createPattern", "createWeightGrid"}
    of_a_view = re.compile(r"\bcreate(?!Listeners)\w+(?=[^;]* from \"(\.[^\"]+)\")")
    for file in views.rglob("*.js"):
        found = of_a_view.finditer(file.read_text(encoding="utf-8"))
        imported = {one[0] for one in found if (file.parent / one[1]).resolve().is_relative_to(views)}
        assert imported == made_of.get(file.name, set()), file.name
