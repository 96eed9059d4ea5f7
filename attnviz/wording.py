"""Changes in a run, in words."""

from __future__ import annotations

from collections.abc import Sequence

from attnviz.heads import counted
from attnviz.request import Change, HeadOff, Masked, Normalized, NumberSet, RowSet, Scaled, Unplaced, Unseen

Labels = tuple[Sequence[str], Sequence[str]]  # what queries and keys are called in running text
_NORMALIZED = {
    "softmax": "softmax, as the model has it",
    "relu": "ReLU in place of softmax",
    "polynomial": "a third power in place of softmax",
    "hard": "the largest score takes all, in place of softmax",
}
_MATRIX = {"w_q": "W_Q", "w_k": "W_K", "w_v": "W_V", "w_o": "W_O"}


def in_words(change: Change, named: Labels | None = None) -> str:
    """What is changed, as a page and a file say it; `named`: with these words instead of places.

    >>> in_words(HeadOff("cross.3.5")), in_words(Unseen(key=2)), in_words(Scaled(temperature=2.0))
    ('cross-attention layer 3 head 5 off', 'nobody looks at token 2', 'temperature 2')
    >>> in_words(Unseen(key=1), (["“a”", "“b”"], ["“a”", "“b”"]))
    'nobody looks at “b”'
    >>> in_words(Unseen(5, 11, 8, 2)), in_words(Masked("window", width=3))
    ('in layer 5 head 11, token 8 does not look at token 2', 'each token sees up to 3 tokens away')
    >>> in_words(Masked("window", width=1))
    'each token sees up to 1 token away'
    >>> in_words(Normalized("relu")), in_words(RowSet(1, 0, 8, (1.0,))), in_words(Unplaced())
    ('ReLU in place of softmax', 'in layer 1 head 0, the weights of token 8 set by hand', 'no positions')
    >>> in_words(NumberSet(1, "w_q", 2, 3, 0.5))
    'layer 1 W_Q, row 2 column 3: 0.5'
    """
    part = {"": "", "cross": "cross-attention "}.get(change.part, f"{change.part} ")
    if isinstance(change, HeadOff):
        return f"{part}layer {change.head.layer} head {change.head.head} off"
    if isinstance(change, Unseen):
        return _unseen_in_words(change, part, named or ((), ()))
    where = f"{part.strip()}: " if part else ""
    if isinstance(change, Masked):
        ways = {
            "bidirectional": "each token sees those before it and those after it",
            "causal": "each token sees only itself and those before it",
            "window": f"each token sees up to {counted(change.width, 'token')} away",
            "dilated": f"each token sees up to {counted(change.width, 'token')} away, in steps of {change.step}",
        }
        return where + ways[change.kind]
    if isinstance(change, Normalized):
        return where + _NORMALIZED[change.kind]
    if isinstance(change, RowSet):
        named_row = _called(change.query, (named or ((), ()))[0])
        return f"in {part}layer {change.layer} head {change.head}, the weights of {named_row} set by hand"
    if isinstance(change, Unplaced):
        return "no positions"
    if isinstance(change, NumberSet):
        at = f"row {change.row} column {change.column}"
        return f"layer {change.layer} {_MATRIX[change.matrix]}, {at}: {change.value:g}"
    assert isinstance(change, Scaled)
    scaled = [f"temperature {change.temperature:g}"] * (change.temperature != 1) + ["no 1/√d"] * (not change.root)
    return where + (", ".join(scaled) or "the scale as it is")


def _unseen_in_words(change: Unseen, part: str, named: Labels) -> str:
    layer = "" if change.layer is None else f"layer {change.layer} "
    head = "" if change.head is None else f"head {change.head} "
    where = f"in {part}{layer}{head}".rstrip() + ", " if part or layer or head else ""
    at = "any token" if change.key is None else _called(change.key, named[1])
    if change.query is None:
        return f"{where}nobody looks at {at}"
    return f"{where}{_called(change.query, named[0])} does not look at {at}"


def _called(index: int, names: Sequence[str]) -> str:
    return names[index] if index < len(names) else f"token {index}"
