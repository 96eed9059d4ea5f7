"""Where models come from, and the sentence when one does not come."""

from __future__ import annotations

import http.server
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from attnviz.models import ModelError, load_model
from attnviz.models.names import MINILM
from attnviz.models.pretrained.files.sources import Source, find_source, loading_errors_in_words
from tests.support.tiny import save_tiny, save_tokenizer, tiny_config


def refused(name: str) -> str:
    with pytest.raises(ModelError) as caught:
        load_model(name, device="cpu")
    return str(caught.value)


def test_a_folder_without_a_model_is_refused(tmp_path):
    assert "there is no config.json in it" in refused(str(tmp_path))


def test_pickled_weights_are_never_loaded(tmp_path):
    from transformers import AutoModel

    model = AutoModel.from_config(tiny_config("bert"))
    model.config.save_pretrained(tmp_path)
    torch.save(model.state_dict(), tmp_path / "pytorch_model.bin")
    save_tokenizer(tmp_path)
    assert "has no safetensors weights" in refused(str(tmp_path))


def test_truncated_weights_are_refused(tiny_bert, tmp_path):
    folder = Path(shutil.copytree(tiny_bert, tmp_path / "model"))
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    assert "its weights file is damaged or incomplete" in refused(str(folder))


def test_weights_that_lack_a_part_are_refused(tiny_bert, tmp_path):
    from safetensors.torch import load_file, save_file

    folder = Path(shutil.copytree(tiny_bert, tmp_path / "model"))
    weights = load_file(folder / "model.safetensors")
    lost = next(name for name in weights if "query" in name)
    save_file({k: v for k, v in weights.items() if k != lost}, folder / "model.safetensors", {"format": "pt"})
    assert "lack 1 parts" in refused(str(folder))


def test_weights_that_do_not_fit_the_configuration_are_refused(tiny_bert, tmp_path):
    folder = Path(shutil.copytree(tiny_bert, tmp_path / "model"))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"hidden_size": 32}))
    assert "its weights do not fit its configuration" in refused(str(folder))


def test_a_model_s_own_code_is_never_run(tiny_bert, tmp_path):
    folder = Path(shutil.copytree(tiny_bert, tmp_path / "model"))
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "evil", "auto_map": {"AutoConfig": "evil.Config", "AutoModel": "evil.Model"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    assert "code of its own, which attnviz never runs" in refused(str(folder))
    assert not (tmp_path / "ran").exists()


def test_a_folder_with_an_unreadable_configuration_is_refused(tiny_bert, tmp_path):
    folder = Path(shutil.copytree(tiny_bert, tmp_path / "model"))
    (folder / "config.json").write_text("{")
    assert "cannot be read as a text model" in refused(str(folder))


def test_a_folder_that_was_made_by_hand_loads(tmp_path):
    folder = save_tiny(tmp_path, "bert", seed=4)
    assert len(load_model(str(folder), device="cpu").trace("the cat").layers) == 2


@pytest.mark.parametrize(
    "name", ["../etc/passwd", "a/b/c", "two words", "/no/such/folder", "<b>", "x" * 400, "", "a--b", "foo..bar", "abc."]
)
def test_a_name_that_cannot_be_a_model_is_refused(name):
    assert "neither a folder on this computer nor a model id" in refused(name)


_GB = 10**9
_SIZES: dict[str, dict[str, int | None]] = {
    "sized-large": {"config.json": 600, "model-1.safetensors": 2 * _GB, "model-2.safetensors": _GB},
    "sized-small": {
        "config.json": 600,
        "model.safetensors": _GB,
        "tf_model.h5": 9 * _GB,
        "fp32/a.safetensors": 9 * _GB,
    },
    "sized-twice": {"model.safetensors": _GB, "model-1.safetensors": 9 * _GB},
    "sized-words": {"model.safetensors": _GB, "tokenizer.json": 9 * _GB},
    "sized-untold": {"config.json": 600, "model.safetensors": None},
}


class _Hub(http.server.BaseHTTPRequestHandler):
    """A hub that knows no model, one that is gated, one without safetensors, and some of a size."""

    def do_GET(self) -> None:
        if "gated" in self.path:
            self.send_response(403)
            self.send_header("X-Error-Code", "GatedRepo")
            self.end_headers()
        elif "pickled" in self.path:
            self.send_response(200)
            self.end_headers()
            files = [{"rfilename": "config.json"}, {"rfilename": "pytorch_model.bin"}]
            self.wfile.write(json.dumps({"_id": "1", "id": "pickled", "siblings": files}).encode())
        elif "sized" in self.path:
            self.send_response(200)
            self.end_headers()
            sizes = _SIZES[self.path.split("/")[-1].split("?")[0]] if "blobs=" in self.path else {}
            files = [{"rfilename": file, "size": size} for file, size in sizes.items()]
            self.wfile.write(json.dumps({"_id": "1", "id": "sized", "siblings": files}).encode())
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def hub() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def asked(names: list[str], endpoint: str, home: Path, **variables: str) -> list[str]:
    """What a process of its own answers of each: the hub's address is read when its library is imported."""
    code = (
        "from attnviz.models import ModelError\nfrom attnviz.models.names import Hub\n"
        "from attnviz.models.pretrained.files.sources import find_source\n"
        f"for name in {names!r}:\n"
        "    try:\n        print(find_source(Hub(name)).name)\n"
        "    except ModelError as error:\n        print(repr(str(error)))\n"
    )
    env = {"HF_ENDPOINT": endpoint, "HF_HOME": str(home), "PATH": "", "PYTHONPATH": ":".join(sys.path)} | variables
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def answers(hub: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a process says of each model of the hub where a model may take 2 GB."""
    names = ["nobody/nothing", "some/gated", "some/pickled", *(f"some/{name}" for name in _SIZES)]
    return dict(zip(names, asked(names, hub, tmp_path_factory.mktemp("home"), ATTNVIZ_LARGEST="2000"), strict=True))


def test_what_the_hub_says_becomes_a_sentence(answers):
    nothing, gated, pickled = (answers[name] for name in ("nobody/nothing", "some/gated", "some/pickled"))
    assert "There is no public model nobody/nothing" in nothing
    assert "only for people whom its authors let in" in gated
    assert "no safetensors weights" in pickled


def test_how_large_a_hub_s_model_is_is_asked_before_anything_is_fetched(answers):
    large, small, twice, words, untold = (answers[f"some/{name}"] for name in _SIZES)
    assert "some/sized-large is not fetched: its files take 3.0 GB, and here a model may take 2.0 GB" in large
    assert "ATTNVIZ_LARGEST" in large
    assert (small, twice) == ("some/sized-small", "some/sized-twice"), "what loading would not fetch does not count"
    assert "its files take 10.0 GB" in words
    assert "the hub does not tell how large its files are" in untold


def test_without_a_network_it_says_so(tmp_path):
    (said,) = asked(["bert-base-uncased"], "http://127.0.0.1:9", tmp_path)  # nothing listens on the discard port
    assert "the Hugging Face hub cannot be reached" in said
    assert "choose the bundled MiniLM" in said


def test_minilm_needs_no_network():
    assert find_source(MINILM).options == {"local_files_only": True, "trust_remote_code": False}


def test_a_name_with_a_line_break_stays_in_its_line_of_the_log(caplog):
    with pytest.raises(ModelError), loading_errors_in_words(Source("a\nERROR forged", "a", local=True)):
        raise RuntimeError
    (record,) = caplog.records
    assert "forged" in record.getMessage()
    assert "\n" not in record.getMessage()
