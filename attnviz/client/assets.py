"""The explorer's JavaScript, CSS and HTML as one text each.

The files are ES modules, so that Node tests them one by one. A page gets them as one text, in which each stands after
what it imports: a page that is a single file has no other files to import from.
"""

from __future__ import annotations

import base64
import json
import posixpath
import re
from functools import cache
from pathlib import Path

from attnviz.errors import AttnvizError

_FOLDER = Path(__file__).parent
_MARKUP = _FOLDER / "markup"
_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.{1,2}/[\w./]+)";\n', re.MULTILINE)
_COMMENT = re.compile(r"^ *//[^\n]*\n|^ */\*\*.*?\*/\n|/\*\* [^\n]*? \*/ ", re.MULTILINE | re.DOTALL)
_FONT_FACE = re.compile(r"@font-face\{[^}]*\}")
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const|let) (\w+))", re.MULTILINE)


@cache
def script(entry: str) -> str:
    """The module `entry` ("hosts/component.js") with all that it imports, as one module that exports what it does."""
    order: list[str] = []
    _collect(entry, order, ())
    return "\n".join([*(_enclosed(name) for name in order[:-1]), _with_constants(entry, _read(entry))])


@cache
def style() -> str:
    """The explorer's CSS."""
    return (_MARKUP / "explorer.css").read_text(encoding="utf-8")


@cache
def continuing_style() -> str:
    """The CSS of the words that come next."""
    return (_MARKUP / "continuing.css").read_text(encoding="utf-8")


@cache
def frame(*without: str) -> str:
    """The HTML that the explorer fills; `without` some of its cards ("vectors")."""
    html = (_MARKUP / "explorer.html").read_text(encoding="utf-8")
    for card in without:
        html = re.sub(rf'  <section class="card {card}">.*?\n  </section>\n', "", html, flags=re.DOTALL)
    return html


@cache
def comparer() -> str:
    """The HTML that the comparer fills: two explorers, and the difference between them."""
    html = (_MARKUP / "comparer.html").read_text(encoding="utf-8")
    return html.replace("<!-- explorer -->", frame("linking", "vectors", "heads-map"))


@cache
def learner() -> str:
    """The HTML of the Learn page: its own cards, and those of the explorer that it needs."""
    own = (_MARKUP / "learner.html").read_text(encoding="utf-8")
    heads = '  <section class="card heads">'
    return frame("linking", "heads-map").replace(heads, own + heads)


@cache
def learner_style() -> str:
    """Its CSS: the explorer's, its own, and the formulas'."""
    own = [(_MARKUP / name).read_text(encoding="utf-8") for name in ("explorer.css", "learner.css")]
    formulas = (_FOLDER / "katex" / "katex.min.css").read_text(encoding="utf-8")
    return "\n".join([*own, _FONT_FACE.sub("", formulas)])


@cache
def formulas() -> str:
    """KaTeX, with the fonts that formulas need: a page's own, since nothing is fetched. It stands before a script that
    writes formulas (js/draw/formula.js)."""
    folder = _FOLDER / "katex"
    fonts = {
        path.stem.removeprefix("KaTeX_"): base64.b64encode(path.read_bytes()).decode()
        for path in sorted((folder / "fonts").glob("*.woff2"))
    }
    return f"{(folder / 'katex.min.js').read_text(encoding='utf-8')}\nself.katexFonts = {json.dumps(fonts)};\n"


def _collect(name: str, order: list[str], above: tuple[str, ...]) -> None:
    """Append the modules that `name` imports, then itself."""
    if name in above:
        raise AttnvizError(f"{' imports '.join([*above, name])}: modules of the explorer must not import in a ring.")
    if name in order:
        return
    for _, imported in _IMPORT.findall(_read(name)):
        _collect(_place(imported, name), order, (*above, name))
    order.append(name)


def _enclosed(name: str) -> str:
    """A module as a constant that holds its exports; what else is in it stays inside."""
    text = _read(name)
    exports = ", ".join(_EXPORT.findall(text))
    inside = _EXPORT.sub("", _with_constants(name, text))
    return f"const {_constant(name)} = (() => {{\n{inside}return {{ {exports} }};\n}})();"


def _with_constants(name: str, text: str) -> str:
    """Imports become constants: `import { a as b } from "../draw/c.js"` is `const { a: b } = $draw_c`."""

    def constants(found: re.Match[str]) -> str:
        names = re.sub(r"(\w+) as (\w+)", r"\1: \2", found[1])
        return f"const {{{names}}} = {_constant(_place(found[2], name))};\n"

    return _IMPORT.sub(constants, text)


def _place(imported: str, importer: str) -> str:
    """Where an import leads, from js/ on: "../../draw/paint.js" of "views/heads/tiles.js" is "draw/paint.js"."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(importer), imported))


def _constant(name: str) -> str:
    return "$" + name.removesuffix(".js").replace("/", "_")


def _read(name: str) -> str:
    """A module without its comments, which the page need not be sent."""
    return _COMMENT.sub("", (_FOLDER / "js" / name).read_text(encoding="utf-8"))
