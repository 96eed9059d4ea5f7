"""What many tests share."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import torch

from tests.browser.serving import served_app
from tests.support.tiny import save_tiny

# Also where the environment says that nothing compiled is to be kept, it is: else each worker compiles all tests anew,
# for 6 s, and each server that a test starts all of the package.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A slow machine is no failure.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

# What tests compute is small: threads that wait for one another cost more than they gain.
torch.set_num_threads(1)

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")


@pytest.fixture(scope="session")
def minilm() -> Any:
    from attnviz.models import load_model

    return load_model("minilm", device="cpu")


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny(tmp_path_factory.mktemp("bert"), "bert")


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of the app, for browsers and for tests that speak its protocol."""
    with served_app() as url:
        yield url


@pytest.fixture(scope="session")
def node() -> str:
    """The path of Node, for tests of the page's JavaScript."""
    path = shutil.which("node")
    if path is None:
        why = "No Node found: install one, 18.18 or newer (Debian: apt install nodejs npm)."
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
    return path
