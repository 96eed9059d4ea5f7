"""What tests of packaged models share."""

from __future__ import annotations

import os

import pytest

from attnviz.models.packages.packaged import package_folder
from attnviz.models.packages.registry import PACKAGED


def needs(name: str) -> None:
    """Skip a test whose model's package is not installed; where everything has to be (CI), it fails."""
    model = PACKAGED[name]
    if package_folder(model) is None:
        why = f"{model.short} is not installed: {model.install}"
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
