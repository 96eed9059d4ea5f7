"""What one takes along: the numbers as CSV and NPZ, and the Python lines that give them again."""

from __future__ import annotations

import csv
import json
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from io import BytesIO, StringIO
from zipfile import ZipFile, ZipInfo

import numpy as np
import regex
import torch
from numpy.typing import NDArray
from torch import Tensor

from attnviz._trace import Trace
from attnviz.analysis.merging import WORDS
from attnviz.contents import Pixels, Samples
from attnviz.errors import AttnvizError
from attnviz.heads import Head
from attnviz.layer import LayerTrace, to_cpu
from attnviz.models.names import takes_settings
from attnviz.models.options import ScratchOptions
from attnviz.request import Change
from attnviz.tokens import FrameToken, PatchToken, Tokens
from attnviz.version import __version__
from attnviz.wording import in_words

CSV_COLUMNS = ("layer", "head", "query", "query_text", "key", "key_text", "weight")
_FORMULA = regex.compile(r"'*[=+\-@＝＋－＠\t\r\n]")  # how a text begins that a spreadsheet might compute
_MEMBERS = ("q", "k", "v", "weights", "mask", "bias", "by_hand")
_ROWS = 512  # of a head that are written at a time
_LONGEST_TEXT, _LONGEST_MODEL = 60, 40  # bytes in a file name


def csv_text(trace: Trace, heads: Sequence[Head | tuple[int, int]] | None = None) -> Iterator[str]:
    """The weights as a table, one row a query, key and head, in pieces to join or to write one by one: the names of the
    columns, then a head a piece (of a long text, some rows of one). `heads` are addresses or (layer, head)s, all if
    None: 72 heads of 512 tokens are 19 million rows. Of a model of several parts, a first column names the part.

    Weights have nine significant digits, from which the same float32 comes back. A cell where the query may not look
    has no row: it has no weight, which is not a weight of zero. Lines end in CR LF and texts with a comma, a quote or a
    line's end are quoted (RFC 4180); encode as UTF-8.

    A spreadsheet computes a cell that begins with =, +, - or @, whoever wrote the sentence. So a token's text that
    begins so (and is longer than that one sign, which alone computes nothing) has an apostrophe before it, as has one
    that begins with apostrophes and then so: take one away to have the token. Numbers are never changed.

    Raises:
        AttnvizError: no such layer or head; at once, not when the pieces are read.

    >>> import attnviz
    >>> table = csv_text(attnviz.trace("Hello", model="random"), [(0, 2)])
    >>> "".join(table).splitlines()
    ['layer,head,query,query_text,key,key_text,weight', '0,2,0,Hello,0,Hello,1']
    """
    chosen = list(trace.shape.heads()) if heads is None else [trace.shape.head(Head.of(one)) for one in heads]
    return _csv_pieces(trace, chosen)


def _csv_pieces(trace: Trace, heads: Sequence[Head]) -> Iterator[str]:
    texts = {name: [_harmless(token.text) for token in row] for name, row in trace.inputs.items()}
    has_parts = any(trace.parts)
    yield _csv_lines([(*("part",) * has_parts, *CSV_COLUMNS)])
    for at in heads:
        layer = trace.parts[at.part][at.layer]
        queries, keys = texts[layer.queries.name], texts[layer.keys.name]
        place = (*(at.part,) * has_parts, at.layer, at.head)
        weights, allowed = layer.weights_of(at.head), layer.allowed
        may = allowed[at.head if len(allowed) > 1 else 0]
        for start in range(0, len(queries), _ROWS):
            rows = slice(start, start + _ROWS)
            yield _csv_lines(
                (*place, query, queries[query], key, keys[key], f"{row[key]:.9g}")
                for query, (row, looks) in enumerate(
                    zip(to_cpu(weights[rows]).tolist(), may[rows].tolist(), strict=True), start
                )
                for key, may_look in enumerate(looks)
                if may_look
            )


def _csv_lines(rows: Iterable[Sequence[object]]) -> str:
    lines = StringIO(newline="")
    csv.writer(lines).writerows(rows)
    return lines.getvalue()


def _harmless(text: str) -> str:
    """A text that a spreadsheet takes as text.

    >>> [_harmless(text) for text in ("=", "=1+1", "'=1+1", "cat", "'tis")]
    ['=', "'=1+1", "''=1+1", 'cat', "'tis"]
    """
    return f"'{text}" if len(text) > 1 and _FORMULA.match(text) else text


def npz_bytes(trace: Trace, *, options: Mapping[str, object] | None = None) -> bytes:
    """The trace as a NumPy archive, for `numpy.load(file)`, which needs no pickle to read it.

    In it: q [layer, head, query, d_head]; k [layer, kv_head, key, d_head]; v [layer, kv_head, key, d_value]; weights
    [layer, head, query, key]; mask and bias [layer, head or 1, query, key] if the model has them; by_hand [layer, head,
    query, key] if weights were set by hand, NaN where they were not; all float32. Where layers differ in shape, each is
    an array of its own: q_0, q_1, …. Further scale, temperature and normalizer [layer]; tokens, special, marker, word,
    segment [token] (word is -1 for a special token, marker a special token that was typed and read as one, segment 1 in
    the second sentence of a pair); of a picture pixels [row, column, 3], and box [token, 4], a patch's x, y, width and
    height, -1 of a word; off [n, 2], the (layer, head)s that were switched off; cuts [n, 4], the layer, head,
    query and key of each cut, -1 for all; special_tokens, whether typed special tokens were to be read as such (1, 0;
    -1: by default); text, model, version, and `options`, those of the model, as JSON. So

        softmax((q @ kᵀ · scale + bias + mask) / temperature)

    gives the weights (Vaswani et al. 2017, eq. 1), unless the normalizer is another, or they were set by hand. Of a
    long text the weights themselves are left out: at 4,096 tokens each head's are 64 MB.
    `similarity` is the cosine of a picture and a text, and what it is multiplied by, of a model that compares the two.
    `changes` says in words what was changed in the run. Of a model of several parts, each part's arrays have its name
    before theirs ("cross/q"), and each row of tokens its own
    ("source/tokens"); off and cuts are addresses, such as "cross.3.5", and sentences. The same trace gives the same
    bytes, not compressed: such numbers hardly shrink. A layer's weights are computed when they are written, so that
    beside the archive only one is held.
    """
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        for name, array in _particulars(trace, options or {}).items():
            _write(archive, name, array.shape, [array])
        for part, layers in trace.parts.items():
            _write_part(archive, f"{part}/" if part else "", layers)
    return file.getvalue()


def _write_part(archive: ZipFile, prefix: str, layers: Sequence[LayerTrace]) -> None:
    """The matrices of the layers of a part."""
    for name in _MEMBERS:
        if name in ("mask", "bias", "by_hand") and all(getattr(layer, name) is None for layer in layers):
            continue
        if name == "weights" and any(layer.is_long for layer in layers):
            continue
        shapes = [_shape(layer, name) for layer in layers]
        if len(set(shapes)) == 1:
            _write(archive, prefix + name, (len(shapes), *shapes[0]), (_numbers(layer, name) for layer in layers))
            continue
        for i, layer in enumerate(layers):
            _write(archive, f"{prefix}{name}_{i}", shapes[i], [_numbers(layer, name)])


def _particulars(trace: Trace, options: Mapping[str, object]) -> dict[str, NDArray[np.generic]]:
    """Everything that is not a layer's matrix."""
    return {
        **{
            f"{name}/{what}" if any(trace.parts) else what: values
            for name, row in trace.inputs.items()
            for what, values in _row(row).items()
        },
        **{
            f"{part}/{name}" if part else name: np.array([getattr(layer, name) for layer in layers])
            for part, layers in trace.parts.items()
            for name in ("scale", "temperature", "normalizer")
        },
        "special_tokens": np.array(-1 if trace.special_tokens is None else int(trace.special_tokens)),
        "model": np.array(trace.model),
        "options": np.array(json.dumps(dict(options))),
        "version": np.array(__version__),
        "changes": np.array([in_words(change) for change in trace.changes], dtype=np.str_),
        **_changed(trace),
        **_compared(trace),
    }


def _compared(trace: Trace) -> dict[str, NDArray[np.generic]]:
    """How alike a picture and a text are, of a model that reads both."""
    found = trace.similarity
    return {} if found is None else {"similarity": np.array([found.cosine, found.scale])}


def _row(tokens: Tokens) -> dict[str, NDArray[np.generic]]:
    """A row of tokens."""
    return {
        "text": np.array(tokens.text),
        "tokens": np.array([token.text for token in tokens]),
        "special": np.array([token.special for token in tokens]),
        "marker": np.array([token.marker for token in tokens]),
        "word": np.array([-1 if token.word is None else token.word for token in tokens]),
        "segment": np.array([token.segment for token in tokens]),
        **_seen(tokens),
    }


def _seen(tokens: Tokens) -> dict[str, NDArray[np.generic]]:
    """Of a picture its pixels, and where each token lies on them; of a sound its samples, and when each sounds."""
    if isinstance(tokens.content, Samples):
        times = [(token.start, token.end) if isinstance(token, FrameToken) else (-1.0, -1.0) for token in tokens]
        sound = {"samples": tokens.content.array, "rate": np.array(tokens.content.rate)}
        return {**sound, "seconds": np.array(times)}
    if not isinstance(tokens.content, Pixels):
        return {}
    boxes = [token.box if isinstance(token, PatchToken) else (-1, -1, -1, -1) for token in tokens]
    return {"pixels": tokens.content.array, "box": np.array(boxes, dtype=np.int64)}


def _changed(trace: Trace) -> dict[str, NDArray[np.generic]]:
    """Heads that are off and weights that are unseen: as numbers, of several parts as addresses and sentences."""
    if any(trace.parts):
        return {
            "off": np.array([str(head) for head in sorted(trace.off)], dtype=np.str_),
            "cuts": np.array([in_words(one) for one in trace.cuts], dtype=np.str_),
        }
    places = [[-1 if at is None else at for at in (c.layer, c.head, c.query, c.key)] for c in trace.cuts]
    return {
        "off": np.array([(head.layer, head.head) for head in sorted(trace.off)], dtype=np.int64).reshape(-1, 2),
        "cuts": np.array(places, dtype=np.int64).reshape(-1, 4),
    }


def _shape(layer: LayerTrace, name: str) -> tuple[int, ...]:
    """Of `_numbers`, before they are computed."""
    kept: Tensor | None = None if name == "weights" else getattr(layer, name)
    heads = layer.heads if name in ("weights", "by_hand") else 1
    return (heads, layer.q.shape[1], layer.k.shape[1]) if kept is None else tuple(kept.shape)


def _numbers(layer: LayerTrace, name: str) -> NDArray[np.float32]:
    """One of `_MEMBERS`; a mask, bias or row by hand that is not there is one that changes nothing."""
    values: Tensor | None = getattr(layer, name)
    nothing = torch.nan if name == "by_hand" else 0.0
    return to_cpu(torch.full(_shape(layer, name), nothing) if values is None else values).numpy()


def _write(archive: ZipFile, name: str, shape: tuple[int, ...], parts: Iterable[NDArray[np.generic]]) -> None:
    """One array of an archive, part after part, as `numpy.savez` would write the whole."""
    with archive.open(ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
        for i, part in enumerate(parts):
            if i == 0:
                kind = np.lib.format.dtype_to_descr(part.dtype)
                header = {"descr": kind, "fortran_order": False, "shape": shape}
                np.lib.format.write_array_header_1_0(member, header)
            member.write(part.tobytes())


def python_lines(
    text: str,
    model: str,
    *,
    options: Mapping[str, object],
    layer: int,
    head: int,
    query: int | None,
    second: str | None = None,
    special_tokens: bool | None = None,
    target: str | None = None,
    is_file: bool = False,
    question: str | None = None,
    part: str = "",
    off: Collection[Head | tuple[int, int]] = (),
    changes: Collection[Change] = (),
    specials: bool = True,
    words: str = "pieces",
    sides: str = "all",
    pinned: tuple[int, int] | None = None,
    show: str = "heatmap",
    over: Collection[tuple[int, int]] = (),
) -> str:
    """The lines that give the same trace and figure in a notebook. What the figure cannot show, a comment says.

    Args:
        options: those that `attnviz.trace` takes for this model; what is None, or the random model's default, is left
            out.
        second: the second sentence of a pair.
        target: of an encoder–decoder, what it is to have written.
        is_file: `text` names the file of a picture or a sound, which the lines cannot bring: a comment says so.
        question: what is asked about a picture, or compared with it.
        part: the one that is shown, of a model of several.
        off: heads switched off, as addresses or (layer, head)s.
        changes: what else is changed in the run.
        special_tokens: the trace's.
        specials, words, sides: what is shown, as `figures.head` takes it.
        pinned: a second (layer, head), beside the chosen one.
        show: "heatmap", "lines" or, of two heads, "difference".
        over: (layer, head)s laid over the chosen one.

    Raises:
        AttnvizError: another value of `words`.

    >>> print(python_lines("The cat sat", "random", options={"seed": 3, "heads": 4}, layer=0, head=1, query=2), end="")
    import attnviz
    <BLANKLINE>
    trace = attnviz.trace('The cat sat', model='random', seed=3)
    attnviz.figures.head(trace, layer=0, head=1, query=2)
    """
    if words not in WORDS:
        raise AttnvizError(f"Words are shown as {', '.join(WORDS)}, not “{words}”.")
    standard = asdict(ScratchOptions()) if takes_settings(model) else {}
    given = {name: value for name, value in options.items() if value is not None and value != standard.get(name)}
    further: dict[str, object] = {} if second is None else {"second": second}
    further |= {} if target is None else {"target": target}
    further |= {} if question is None else {"question": question}
    further |= {} if special_tokens is None else {"special_tokens": special_tokens}
    opened = f"Path({text!r})" if is_file else repr(text)
    lines = [*(["from pathlib import Path", ""] if is_file else []), "import attnviz", ""]
    lines += [f"# {text!r} is the file of what the page shows."] if is_file else []
    changed = [f'attnviz.HeadOff("{head}")' for head in sorted(map(Head.of, off))]
    changed += [f"attnviz.{change!r}" for change in changes]
    if changed or target is not None or part:
        reading = _arguments(opened, further)
        changing = f", changes=[{', '.join(changed)}]" * bool(changed)
        lines += [
            f"model = attnviz.load_model({_arguments(repr(model), given)})",
            f"trace = model.trace({reading}{changing})" + f".only({part!r})" * bool(part),
        ]
    else:
        lines.append(f"trace = attnviz.trace({_arguments(opened, {'model': model} | further | given)})")
    if words != "pieces":
        lines += [
            f"groups = attnviz.analysis.word_groups(trace, join={words == 'joined'})  # the tokens of each word",
            f"weights = attnviz.analysis.merged(trace.layers[{layer}].head({head}).weights, groups)  # word to word",
        ]
    pinned = None if pinned == (layer, head) else pinned
    over = [one for one in over if one != (layer, head)]
    if show == "lines":
        lines.append("# The page draws these weights as lines; the figure draws them as cells.")
    if over and show != "difference":
        lines.append(f"# The page lays {_heads(over)} over it; the figure does not.")
    seen: dict[str, object] = {"layer": layer, "head": head}
    seen |= {} if query is None else {"query": query}
    seen |= {} if specials else {"specials": False}
    seen |= {} if words == "pieces" else {"words": words}
    seen |= {} if sides == "all" else {"sides": sides}
    seen |= {} if pinned is None else {"beside": pinned}
    seen |= {"difference": True} if show == "difference" and pinned is not None else {}
    lines.append(f"attnviz.figures.head({_arguments('trace', seen)})")
    return "\n".join(lines) + "\n"


def _heads(heads: Collection[tuple[int, int]]) -> str:
    """Heads in words.

    >>> _heads([(0, 1), (5, 11)])
    'layer 0 head 1 and layer 5 head 11'
    """
    *first, last = (f"layer {layer} head {head}" for layer, head in heads)
    return f"{', '.join(first)} and {last}" if first else last


def _arguments(first: str, keywords: Mapping[str, object]) -> str:
    return ", ".join([first, *(f"{name}={value!r}" for name, value in keywords.items())])


def file_name(
    text: str, model: str, layer: int | None = None, head: int | None = None, ending: str = ".csv", *, part: str = ""
) -> str:
    """A short name that every system takes, from letters and digits of any script.

    >>> file_name("The cat, which was black, sat on the mat", "minilm", 5, 11)
    'attnviz-minilm-layer5-head11-the-cat-which-was-black-sat-on-the-mat.csv'
    """
    last = regex.split(r"[/\\]", model.rstrip("/\\"))[-1]
    parts = [
        "attnviz",
        _plain(last, _LONGEST_MODEL),
        part,
        "" if layer is None else f"layer{layer}",
        "" if head is None else f"head{head}",
        _plain(text, _LONGEST_TEXT),
    ]
    return "-".join(part for part in parts if part) + ending


def _plain(text: str, longest: int) -> str:
    """Words with hyphens between, as many as `longest` bytes hold, or what they hold of the first.

    >>> _plain("Didn't you?", 20), _plain("Didn't you?", 7), _plain("Didn't", 3), _plain("?", 9)
    ('didn-t-you', 'didn-t', 'did', '')
    """
    words = regex.findall(r"[\p{L}\p{M}\p{N}]+", unicodedata.normalize("NFC", text.lower()))
    whole = "-".join(words)
    cut = whole.encode()[:longest].decode(errors="ignore")
    if cut != whole and whole[len(cut)] != "-" and "-" in cut:
        cut = cut.rpartition("-")[0]
    return cut.rstrip("-")
