"""The page's own modules, run under Node."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any


def told_by(node: str, script: Path, folder: Path, asked: Any, *beside: str) -> Any:
    """What a script makes of what it is asked, all of it in one run. `beside`: names of files that it writes too."""
    paths = [str(folder / name) for name in ("cases.json", "told.json", *beside)]
    Path(paths[0]).write_text(json.dumps(asked), encoding="utf-8")
    done = subprocess.run([node, str(script), *paths], capture_output=True, text=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(Path(paths[1]).read_text(encoding="utf-8"))
