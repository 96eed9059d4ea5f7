"""The Python lines that give the same trace and figure again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict

from attnviz.analysis.merging import WORDS
from attnviz.errors import AttnvizError
from attnviz.heads import Head
from attnviz.models.names import takes_settings
from attnviz.models.options import ScratchOptions
from attnviz.request import Change


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
        lines += _word_to_word(layer, head, words, is_square=part != "cross")
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


def _word_to_word(layer: int, head: int, words: str, *, is_square: bool) -> list[str]:
    """The weights with pieces merged; of two rows of tokens the words of each."""
    join = f"join={words == 'joined'}"
    merged = f"weights = attnviz.analysis.merged(trace.layers[{layer}].head({head}).weights, "
    if is_square:
        grouped = f"groups = attnviz.analysis.word_groups(trace, {join})  # the tokens of each word"
        return [grouped, f"{merged}groups)  # word to word"]
    return [
        f"rows = trace.rows.words({join})  # the tokens of each word",
        f"columns = trace.columns.words({join})",
        f"{merged}rows, columns)  # word to word",
    ]


def _heads(heads: Collection[tuple[int, int]]) -> str:
    """Heads in words.

    >>> _heads([(0, 1), (5, 11)])
    'layer 0 head 1 and layer 5 head 11'
    """
    *first, last = (f"layer {layer} head {head}" for layer, head in heads)
    return f"{', '.join(first)} and {last}" if first else last


def _arguments(first: str, keywords: Mapping[str, object]) -> str:
    return ", ".join([first, *(f"{name}={value!r}" for name, value in keywords.items())])
