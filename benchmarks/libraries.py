"""The JavaScript libraries that BertViz's pages ask other hosts for, from npm, kept in a folder."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
from functools import cache
from pathlib import Path

CACHE = Path(__file__).parent / ".cache"
# What they ask for, and the npm package and file that answer. They ask for jQuery 2.0.0, and npm has 2.1.0 and later;
# they ask for RequireJS with its blanks taken out, and npm has it with them.
_SCRIPTS = {
    "require.min.js": ("requirejs@2.3.6", "package/require.js"),
    "d3.min.js": ("d3@5.7.0", "package/dist/d3.min.js"),
    "jquery.min.js": ("jquery@2.1.0", "package/dist/jquery.min.js"),
}


@cache
def scripts() -> dict[str, bytes]:
    """The JavaScript that BertViz's pages ask for, by file name; fetched with npm once."""
    CACHE.mkdir(exist_ok=True)
    for name, (package, member) in _SCRIPTS.items():
        if not (CACHE / name).exists():
            (CACHE / name).write_bytes(_npm_file(package, member))
    return {name: (CACHE / name).read_bytes() for name in _SCRIPTS}


def _npm_file(package: str, member: str) -> bytes:
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError(f"npm is missing, which brings {package} for BertViz's pages: install Node.js.")
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run([npm, "pack", package, "--silent"], cwd=folder, capture_output=True, text=True)
        if packed.returncode:
            raise RuntimeError(f"npm did not bring {package}, which BertViz's pages need:\n{packed.stderr}")
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            file = archive.extractfile(member)
            if file is None:
                raise RuntimeError(f"There is no {member} in {package}.")
            return file.read()
