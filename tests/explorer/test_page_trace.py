"""A text read in the page becomes the trace that the package would have sent: header and arrays, one by one."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import torch

from attnviz import HeadOff
from attnviz.client.assets import script
from attnviz.client.models import packed_model
from attnviz.client.packing import unpacked
from attnviz.client.payloads import packed_trace
from attnviz.models import load_model
from attnviz.request import Masked, Scaled
from tests.explorer.in_page import Asked, Ran, assert_near, in_page
from tests.support.trained import trained_with

TEXT = "The cat, which mother‐in‐law was קט קט, sat on the [MASK]!"
LONG = "the cats that the dog saw sleep , " * 20  # 161 tokens: thumbnails are pooled
Told = dict[tuple[str, str], list[Ran]]
TYPES = {"Float32Array": "float32", "Uint8Array": "uint8"}

# What is asked of the page, and of the package.
CHANGES: list[tuple[dict[str, Any], list[Any]]] = [
    ({}, []),
    ({"off": [[0, 3], [0, 1], [0, 1]]}, [HeadOff((0, 1)), HeadOff((0, 3))]),
    ({"mask": {"kind": "window", "width": 2}, "temperature": 0.5}, [Masked("window", width=2), Scaled(0.5)]),
    ({"mask": {"kind": "window", "width": 500}}, [Masked("window", width=500)]),
    ({"mask": {"kind": "causal"}, "root": False}, [Masked("causal"), Scaled(root=False)]),
]


@pytest.fixture(scope="module")
def models() -> dict[str, Any]:
    return {
        "grammar": load_model("grammar", device="cpu"),
        "induction": load_model("induction", device="cpu"),
        "no turn": trained_with(3, positions="learned", layers=3, causal=True),
        "random": load_model("random", device="cpu", temperature=0.7),
    }


@pytest.fixture(scope="module")
def told(
    models: dict[str, Any], node: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, str], list[Ran]]:
    """By model and text, a run with each change."""
    places = [(name, text) for name in models for text in texts_of(name)]
    asked = []
    for name, text in places:
        runs = [{"text": text, "changes": change, "heads": [], "trace": True} for change, _ in CHANGES]
        asked.append(Asked(packed_model(models[name], models[name].request(text)), (), runs))
    pages = in_page(node, tmp_path_factory.mktemp("trace"), asked)
    return {place: page.runs for place, page in zip(places, pages, strict=True)}


def texts_of(name: str) -> list[str]:
    return [TEXT, "cat", LONG] if name in ("grammar", "random") else [TEXT]


def test_the_header_is_the_package_s(told: Told, models: dict[str, Any]):
    for (name, text), runs in told.items():
        for (asked, changes), run in zip(CHANGES, runs, strict=True):
            trace = models[name].trace(text, changes=changes)
            wanted, _ = unpacked(packed_trace(trace, identity="in the page", first={}, exact=True))
            header, _ = run.trace()
            assert header == wanted, f"{name}, {text}, {asked}"


def test_the_arrays_are_the_package_s(told: Told, models: dict[str, Any]):
    for (name, text), runs in told.items():
        for (asked, changes), run in zip(CHANGES, runs, strict=True):
            trace = models[name].trace(text, changes=changes)
            _, wanted = unpacked(packed_trace(trace, identity="", first={}, exact=True))
            _, arrays = run.trace()
            assert arrays.keys() == wanted.keys(), f"{name}, {text}, {asked}"
            for array, (kind, values) in arrays.items():
                own = torch.from_numpy(wanted[array].copy()).flatten()
                what = f"{name}, {text}, {asked}, {array}"
                assert TYPES[kind] == wanted[array].dtype.name, what
                if array.startswith("thumbnails"):  # a step where a weight lies between two
                    difference = (values - own.double()).abs()
                    assert difference.max() <= 1, what
                    assert (difference > 0).double().mean() < 0.01, what
                else:
                    assert_near(values, own, what)


def test_of_a_long_text_the_small_pictures_are_pooled(told: Told):
    _, arrays = told["grammar", LONG][0].trace()
    assert arrays["q0"][1].numel() == 4 * 161 * 8
    assert arrays["thumbnails1"][1].numel() == 4 * 33 * 33  # blocks of 5


def test_the_page_gets_the_model_as_one_text(node: str, tmp_path: Path):
    for name, export in (("model/model.js", "createModel"), ("model/trace.js", "traceOf")):
        file = tmp_path / f"{export}.mjs"
        file.write_text(script(name), encoding="utf-8")
        code = f"import {{ {export} }} from {json.dumps(file.as_uri())}; console.log(typeof {export})"
        done = subprocess.run([node, "--input-type=module", "-e", code], capture_output=True, text=True, timeout=60)
        assert done.stdout.strip() == "function", done.stderr
