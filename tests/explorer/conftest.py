"""What several tests of the explorer share."""

from __future__ import annotations

from typing import Any

import pytest

from tests.explorer.walk_cases import Case, walked_cases


@pytest.fixture(scope="session")
def cases(minilm: Any, node: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    return walked_cases(minilm, node, tmp_path_factory.mktemp("walk"))
