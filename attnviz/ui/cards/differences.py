"""What a comparison says, in sentences: HTML with what was typed escaped."""

from __future__ import annotations

from attnviz.analysis.comparing import Comparison, RowDifference, largest_difference, row_difference
from attnviz.figures.labels import token_label
from attnviz.tokens import TextToken
from attnviz.ui.words import in_text, number

WORTH_TELLING = 0.005  # bits: less would be written as 0.00


def row_in_words(comparison: Comparison, row: RowDifference) -> str:
    """Where each side looks from this word, and how unlike that is."""
    a, b = _look(comparison.a, row.a), _look(comparison.b, row.b)
    where = f"A looks at {a[0]} {a[1]}, B at {b[0]} {b[1]}"
    if row.a[0] == row.b[0] and not _changed(comparison, row.a[0]):
        where = f"both look at {a[0]}, A {a[1]}, B {b[1]}"
    return f"{pair(comparison, row.row)}: {where} · {bits(row.bits)}"


def chosen_in_words(comparison: Comparison, row: int) -> str:
    """The chosen word's row, be it a gap on one side."""
    if comparison.b[row] is None:
        return f"{pair(comparison, row)} stands only in A."
    difference = row_difference(comparison, row)
    if difference.bits != difference.bits:
        return f"{pair(comparison, row)} may look at nothing on one side, so there is nothing to compare."
    forced = "" if comparison.has_choice[row] else ", but on one side it has no choice: it may look at one word only"
    return row_in_words(comparison, difference) + forced


def cell_in_words(comparison: Comparison, *, specials: bool) -> str:
    """The two words between which A and B differ most."""
    cell = largest_difference(comparison, specials=specials)
    if cell is None:
        return "No two words get different weight."
    row, column = cell
    a, b, change = (float(x[row, column]) for x in (comparison.first, comparison.second, comparison.difference))
    signed = f"{change:+.2f}".replace("-", "−")
    cells = f"{pair(comparison, row)} → {pair(comparison, column)}"
    return f"The pair that differs most: {cells}, A {number(a)}, B {number(b)}, A − B = <b>{signed}</b>."


def all_in_words(comparison: Comparison, *, specials: bool = True) -> str:
    """How unlike A and B are over all rows that are shown."""
    compared = comparison.compared(specials=specials)
    mean = comparison.mean_over(compared)
    if mean is None:
        return "A and B have no row in common, so there is nothing to subtract."
    shown = "" if len(compared) == len(comparison.compared()) else "shown "
    has_forced = any(
        not x for x, bits in zip(comparison.has_choice, comparison.divergence, strict=True) if bits == bits
    )
    which = "in which both have a choice" if has_forced else "that both have"
    rows = (
        f"the one {shown}row {which} differs"
        if len(compared) == 1
        else f"the {len(compared)} {shown}rows {which} differ"
    )
    return f"On average {rows} by <b>{bits(mean)}</b> (0: alike, 1: nothing in common)."


def bits(divergence: float) -> str:
    """A divergence, as far as its digits tell something.

    >>> bits(0.806), bits(0.0012)
    ('0.81 bits', 'less than 0.01 bits')
    """
    return f"{divergence:.2f} bits" if divergence >= WORTH_TELLING else "less than 0.01 bits"


def pair(comparison: Comparison, place: int) -> str:
    """A row's or column's word: of A, and where B has another one there, of both."""
    if _changed(comparison, place):
        return f"{_word(comparison.a, place)} / {_word(comparison.b, place)}"
    return _word(comparison.b if comparison.a[place] is None else comparison.a, place)


def _changed(comparison: Comparison, place: int) -> bool:
    """Whether both sides have a word there, but not the same."""
    a, b = comparison.a[place], comparison.b[place]
    return a is not None and b is not None and token_label(a).casefold() != token_label(b).casefold()


def _look(side: tuple[TextToken | None, ...], look: tuple[int, float]) -> tuple[str, str]:
    return _word(side, look[0]), number(look[1])


def _word(side: tuple[TextToken | None, ...], place: int) -> str:
    """A word of one side, and if this side has another that is written alike, which of its words it is."""
    token = side[place]
    assert token is not None  # a side looks only at words that it has
    label = token_label(token)
    twice = sum(other is not None and token_label(other) == label for other in side) > 1
    return in_text(label, sum(other is not None for other in side[:place]) if twice else None)
