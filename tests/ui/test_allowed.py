"""Who may ask for which model, when the page is open to others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit import runtime

from attnviz.errors import AttnvizError
from attnviz.models import ModelError, catalog
from attnviz.models.names import MINILM, Hub, parsing
from attnviz.models.options import ScratchOptions
from attnviz.service import loading, traces
from attnviz.service import named as at_start
from attnviz.service.asked import Asked
from attnviz.training.checkpoint import FOLDER, CheckpointError
from attnviz.ui import controls
from attnviz.ui.serving import start
from attnviz.ui.state import address, allowed
from tests.ui.opening import errors, opened, opened_train, said

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowed, "is_visitor", lambda: True)


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch, tiny_bert: Path) -> Path:
    """A folder that the owner named at the start."""
    monkeypatch.setenv(
        at_start.VARIABLE, f" {tiny_bert} ,prajjwal1/bert-tiny\n{FOLDER / 'induction.safetensors'}, minilm"
    )
    return tiny_bert


@pytest.mark.parametrize(
    "name",
    [
        str(FOLDER),
        str(FOLDER / "grammar.safetensors"),
        "/etc",
        "/no/such/folder",
        "/no/such/file.safetensors",
        "~",
        "~/x.safetensors",
        "~nosuchuser/x.safetensors",
        "nul\0.safetensors",
        "\ud800.safetensors",
        "../..",
        ".",
        "prajjwal1/bert-tiny",
        "gpt2",
        "file:///etc",
    ],
)
def test_a_visitor_gets_one_sentence_whether_a_path_exists_or_not(visitor, monkeypatch, name):
    def looked(*_: object, **__: object) -> None:
        pytest.fail("a visitor's path was looked for")

    for door in ("tidied", "is_checkpoint", "expanded"):
        monkeypatch.setattr(parsing, door, looked)
    for room, door in ((catalog, "stamp_of"), (catalog, "load"), (loading, "loaded")):
        monkeypatch.setattr(room, door, looked)
    for ask in (allowed.weights_of, lambda it: loading.settled(allowed.weights_of(it), ScratchOptions())):
        with pytest.raises(ModelError) as caught:
            ask(name)
        assert str(caught.value).replace(f"“{name}”", "“…”") == (
            "“…” is not among the models of this page. Choose one from its list; whoever runs the page can add others "
            "at the start."
        )


def test_a_visitor_gets_what_is_offered_what_was_named_and_runs(visitor, named):
    for name in ("grammar", "induction", "random", "minilm", "bert-base-uncased", "grammar-seed3-2x4-32-2000"):
        assert allowed.weights_of(name).name == name
    folder = allowed.weights_of(named.name)
    assert (folder.name, folder.place) == (named.name, str(named))
    assert allowed.weights_of("prajjwal1/bert-tiny") == Hub("prajjwal1/bert-tiny", known_as="prajjwal1/bert-tiny")
    assert allowed.weights_of("induction.safetensors").place == str(FOLDER / "induction.safetensors")
    assert allowed.shown_place_of(folder) == named.name
    with pytest.raises(ModelError):
        allowed.weights_of(str(named))


def test_what_kind_of_file_a_visitor_names_is_not_looked_for(visitor, monkeypatch, tmp_path):
    """A weights' file beside a configuration is a model's own, and no checkpoint: that would tell what lies there."""
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"")
    beside, elsewhere = str(tmp_path / "model.safetensors"), str(tmp_path / "no" / "model.safetensors")
    assert address.is_run(beside) == address.is_run(elsewhere)
    assert controls.title(beside).replace(beside, "…") == controls.title(elsewhere).replace(elsewhere, "…")
    monkeypatch.setattr(allowed, "is_visitor", lambda: False)
    assert not address.is_run(beside)
    assert address.is_run(elsewhere)


def test_two_paths_with_one_last_part_keep_apart_and_offered_names_stay(monkeypatch):
    monkeypatch.setenv(at_start.VARIABLE, "/a/x/checkpoint-500, /b/y/checkpoint-500, /c/minilm, ~/mine")
    assert dict(at_start.named_models()) == {
        "x/checkpoint-500": "/a/x/checkpoint-500",
        "y/checkpoint-500": "/b/y/checkpoint-500",
        "c/minilm": "/c/minilm",
        "mine": os.path.expanduser("~/mine"),
    }
    assert allowed.weights_of("minilm") == MINILM


def test_a_named_folder_is_read_under_its_name_and_its_path_is_never_said(visitor, named):
    app = opened(model=named.name)
    assert not errors(app)
    options = app.selectbox(key="model").options
    assert options[-3:] == [
        f"Offered here · {name}" for name in ("prajjwal1/bert-tiny", named.name, "induction.safetensors")
    ]
    assert len(set(options)) == len(options)
    assert app.query_params["model"] == named.name
    key = loading.settled(allowed.weights_of(named.name), ScratchOptions())
    assert traces.trace_of(Asked("the cat sat", "", key)).model == named.name
    assert loading.model_for(key) is loading.model_for(key), "what it has computed is kept"
    assert str(named.parent) not in said(app)


def test_what_is_wrong_with_a_named_folder_is_said_without_its_path(visitor, monkeypatch, tmp_path):
    (tmp_path / "half").mkdir()
    (tmp_path / "broken.safetensors").write_bytes(b"nothing")
    monkeypatch.setenv(at_start.VARIABLE, f"{tmp_path}/half, {tmp_path}/broken.safetensors, {tmp_path}/gone")
    for name in ("half", "broken.safetensors", "gone"):
        with pytest.raises(AttnvizError) as caught:
            loading.model_for(allowed.weights_of(name))
        assert name in str(caught.value)
        assert str(tmp_path) not in str(caught.value)


def test_a_visitor_s_link_is_refused_on_every_page(visitor):
    path = str(FOLDER / "grammar.safetensors")
    assert "is not among the models of this page" in errors(opened(model=path))[0]
    app = opened_train(model=path)
    assert "is not among the models of this page" in errors(app)[0]
    assert str(FOLDER.parent) not in said(app).replace(path, "")


@pytest.mark.parametrize("name", ["~nosuchuser/x.safetensors", "nul\0.safetensors", "\ud800.safetensors"])
def test_a_name_that_no_file_can_have_is_a_file_that_is_not_there(name):
    with pytest.raises(CheckpointError, match="There is no file"):
        loading.checkpoint_of(allowed.weights_of(name))
    with pytest.raises(CheckpointError, match="There is no file"):
        loading.model_for(allowed.weights_of(name))


def test_who_is_a_visitor_depends_on_how_the_server_was_started(monkeypatch):
    told: dict[str, Any] = {"here": True, "address": None, "headers": {}}
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(allowed, "listens_here_only", lambda: told["here"])
    context = SimpleNamespace(ip_address=None, headers={})
    monkeypatch.setattr(allowed.st, "context", context)
    assert not allowed.is_visitor()
    context.ip_address = "127.0.0.2"
    assert not allowed.is_visitor()
    context.ip_address = "192.168.1.7"
    assert allowed.is_visitor()
    context.ip_address, context.headers = None, {"X-Forwarded-For": "127.0.0.1"}
    assert allowed.is_visitor(), "a proxy on this computer asks for somebody"
    context.headers, told["here"] = {}, False
    assert allowed.is_visitor(), "open to others, everybody is one: behind a proxy all seem to be here"


def test_the_owner_s_token_is_not_sent_for_visitors():
    code = """
from streamlit import config
config.set_option("server.address", "0.0.0.0")
import app
import attnviz.models.pretrained.files.sources
from huggingface_hub.utils import build_hf_headers
print(build_hf_headers())
"""
    env = os.environ | {"HF_TOKEN": "hf_secret"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=env, timeout=120)
    assert "user-agent" in done.stdout, done.stderr
    assert "hf_secret" not in done.stdout


def test_on_one_s_own_computer_the_token_is_one_s_own(monkeypatch):
    monkeypatch.delenv("HF_HUB_DISABLE_IMPLICIT_TOKEN", raising=False)
    start.settle()
    assert "HF_HUB_DISABLE_IMPLICIT_TOKEN" not in os.environ
