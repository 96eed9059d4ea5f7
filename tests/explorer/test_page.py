"""The explorer's JavaScript as one text, and the page that is one file."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import attnviz
from attnviz import AttnvizError
from attnviz.client import assets, frame, html, script, style
from attnviz.client.packing import unpacked
from tests.support.traces import as_encoder

ENTRIES = [
    *(
        "hosts/comparer.js",
        "hosts/component.js",
        "hosts/continuing.js",
        "hosts/server/follower.js",
        "hosts/learn/handout.js",
    ),
    *("hosts/learn/learner.js", "hosts/learn/lesson.js", "hosts/server/publisher.js", "hosts/standalone.js"),
]
HOSTILE = '</script><b onload="alert(1)">&amp; cat </title><!--'


def modules(entry: str) -> list[str]:
    return re.findall(r"^const \$(\w+) = \(\(\) => \{$", script(entry), re.MULTILINE)


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Modules of one's own in the place of the explorer's."""
    (tmp_path / "js").mkdir()
    monkeypatch.setattr(assets, "_FOLDER", tmp_path)
    script.cache_clear()

    def write(**files: str) -> None:
        for name, text in files.items():
            (tmp_path / "js" / f"{name}.js").write_text(text, encoding="utf-8")

    yield write
    script.cache_clear()


@pytest.mark.parametrize("entry", ENTRIES)
def test_the_script_imports_nothing(entry: str, node: str, tmp_path: Path):
    text = script(entry)
    assert not re.search(r"^\s*import\b", text, re.MULTILINE)
    assert "import(" not in text
    file = tmp_path / "script.mjs"
    file.write_text(text, encoding="utf-8")
    done = subprocess.run([node, "--check", str(file)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("entry", ENTRIES)
def test_each_module_is_there_once_and_after_what_it_imports(entry: str):
    names, text = modules(entry), script(entry)
    assert len(names) == len(set(names))
    for name in names:
        used = text.index(f"}} = ${name};")
        assert text.index(f"const ${name} = (() =>") < used, f"{name} is used before it is there"
    for imported in re.findall(r"\} = \$(\w+);", text):
        assert imported in names


def test_the_script_exports_what_its_entry_exports(node: str, tmp_path: Path):
    (tmp_path / "script.mjs").write_text(script("hosts/standalone.js"), encoding="utf-8")
    command = [node, "-e", "import('./script.mjs').then((all) => console.log(Object.keys(all).sort().join()))"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert done.stdout.strip() == "bytesOf,read,start,written", done.stderr


def test_modules_see_only_what_they_import(written: Any, node: str, tmp_path: Path):
    written(
        a='import { one as uno, Two } from "./b.js";\nconst hidden = "a";\n'
        "export const told = [uno(), new Two().x, hidden];\n",
        b='import { three } from "./c.js";\nconst hidden = "b";\nexport function one() {\n  return hidden + three;\n}\n'
        "export class Two {\n  x = 2;\n}\n",
        c='const hidden = "c";\nexport const three = hidden;\n',
    )
    (tmp_path / "all.mjs").write_text(script("a.js"), encoding="utf-8")
    command = [node, "-e", "import('./all.mjs').then(({ told }) => console.log(JSON.stringify(told)))"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert json.loads(done.stdout) == ["bc", 2, "a"]


def test_modules_that_import_in_a_ring_are_refused(written: Any):
    written(
        a='import { b } from "./b.js";\nexport const a = b;\n',
        b='import { c } from "./c.js";\nexport const b = c;\n',
        c='import { b } from "./b.js";\nexport const c = b;\n',
    )
    with pytest.raises(AttnvizError, match=r"b\.js imports c\.js imports b\.js: modules .* must not import in a ring"):
        script("a.js")


def test_every_module_is_used():
    folder = Path(assets.__file__).parent / "js"
    files = {path.relative_to(folder).with_suffix("").as_posix().replace("/", "_") for path in folder.rglob("*.js")}
    used = {name for entry in ENTRIES for name in [*modules(entry), entry.removesuffix(".js").replace("/", "_")]}
    assert files == used


class Reader(HTMLParser):
    """Tags with their attributes, and the text in each kind of them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags:
            name = self.tags[-1][1].get("id") or self.tags[-1][0]
            self.texts[name] = self.texts.get(name, "") + data


@pytest.fixture(scope="module")
def page() -> str:
    return html(attnviz.trace(HOSTILE, "random"))


def test_the_page_asks_nothing_of_any_host(page: str):
    addresses = set(re.findall(r"\w+://[^\s\"'`)]*", page))
    assert addresses == {"http://www.w3.org/2000/svg"}, "a name, not an address"
    for tag, attributes in Reader(page).tags:
        assert not {"src", "href", "srcset", "action"} & attributes.keys(), tag
    assert not re.search(r"@import|url\(", style())


def test_the_page_forbids_itself_the_network(page: str):
    (policy,) = [a["content"] for _, a in Reader(page).tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert not {"connect-src", "font-src", "frame-src"} & rules.keys(), "none, as by default"
    assert all(
        word in ("'none'", "'unsafe-inline'", "data:", "blob:") for rule in rules.values() for word in rule.split()
    )


def test_what_somebody_typed_stays_text(page: str):
    seen = Reader(page)
    assert "onload" not in {name for _, attributes in seen.tags for name in attributes}
    assert seen.texts["h1"].strip() == HOSTILE
    assert seen.texts["title"].strip() == f"attnviz: {HOSTILE}"
    assert page.count("</script>") == 3
    assert "<!--" not in page.replace(frame(), ""), "a comment would swallow the page"


def test_the_page_holds_the_trace_and_the_notes(page: str):
    seen = Reader(page)
    trace = attnviz.trace(HOSTILE, "random")
    header, parts = unpacked(base64.b64decode(seen.texts["trace"]))
    assert len(header["rows"]["text"]["tokens"]) == len(trace)
    assert parts["q0"].dtype.name == "float32", "the page has nobody to ask for exact numbers"
    notes = json.loads(seen.texts["notes"])["parts"][""]
    assert len(notes["map"]) == len(notes["heads"][0]) == 4


def test_the_page_begins_with_what_is_chosen():
    chosen = {"layer": 0, "head": 2, "query": 1}
    seen = Reader(html(attnviz.trace("the cat", "random"), first=chosen))
    assert unpacked(base64.b64decode(seen.texts["trace"]))[0]["first"] == chosen


def test_the_page_says_where_only_the_encoder_is_shown():
    trace = attnviz.trace("cat", "random")
    assert "encoder" not in html(trace).split("<div")[0]
    assert "Its encoder alone is shown" in html(as_encoder(trace)).split("<div")[0]


def test_how_q_k_and_v_are_made_is_no_longer_given_by_hand():
    trace = attnviz.trace("cat", "random")
    with pytest.warns(DeprecationWarning, match="each layer of the trace says how it makes Q, K and V"):
        assert html(trace, projection="linear bias") == html(trace)


def test_a_page_of_one_word_and_one_head_is_made():
    seen = Reader(html(attnviz.trace("cat", "random", heads=1)))
    assert "map" not in json.loads(seen.texts["notes"])["parts"][""], "one head has no map"
