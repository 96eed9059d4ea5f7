"""Is this weight meaningful? One weight, measured in four ways, side by side."""

from __future__ import annotations

import logging

import streamlit as st

from attnviz.analysis import Meaning, strongest_other
from attnviz.analysis.saying import TIMES
from attnviz.errors import AttnvizError
from attnviz.service import cached
from attnviz.ui import words
from attnviz.ui.reading.reading import Reading

log = logging.getLogger(__name__)
LITTLE = 0.02  # of the length of a word's last vector: what moves it less moves next to nothing


def draw(read: Reading) -> None:
    """Raw weight, norm-weighted weight, rollout and measured effect of the chosen cell."""
    layer, head, query = read.look.layer, read.look.head, read.look.query
    at = read.view.key
    if at is None:
        at = strongest_other(read.trace, layer=layer, head=head, query=query)
    try:
        with st.spinner("Running the model without it …"):
            found = cached.meaning_of(read.asked, layer, head, query, at, specials=read.look.specials)
    except AttnvizError as error:
        words.say(str(error), error=True)
        return
    except Exception:
        log.exception("The meaning of a weight of %r could not be measured", read.view.model)
        words.say("This weight could not be measured; the log has more.", error=True)
        return
    rows = "".join(
        f"<tr><th>{name}<br><small>{what}</small></th><td><b>{value}</b></td><td>{beside}</td></tr>"
        for name, what, value, beside in _rows(read, found)
    )
    link = f"{words.word(read.trace, query)} → {words.word_of(read.trace.columns, at)}"
    told = f"{link} in layer {layer}, head {head}. {_verdict(found)}"
    st.html(f"<p class='reading'>{told}</p><table class='meaning'>{rows}</table>")


def _rows(read: Reading, found: Meaning) -> list[tuple[str, str, str, str]]:
    """Name, what it is, the number, and what to hold it against."""
    if found.choices <= 1:
        others = ""
    elif found.others is None:
        others = "; no other word that has a choice may look there"
    else:
        others = f"; other words give {words.number(found.others)} on average"
    head_off = "this head is off already" if found.off else f"with this head off: {_much(found.head_effect)}"
    everywhere = f"{words.word_of(read.trace.columns, found.key)} hidden from every head: {_much(found.token_effect)}"
    return [
        (
            "Weight",
            "how the head shares out its attention" if found.shares else "of the word’s value, added to the sum",
            words.number(found.weight),
            _rank(found.row_rank, found.row_ties, found.choices) + others if found.shares else others[2:],
        ),
        (
            "Weight × what is handed over",
            "a large weight on a short vector moves little: ‖α · v·W_O‖, Kobayashi et al. 2020",
            *_norm(found),
        ),
        (
            "Rollout",
            "where what is in the word’s vector came from, through all layers so far: Abnar & Zuidema 2020",
            *_rollout(found),
        ),
        (
            "Measured effect",
            "the model run again without this one weight: how far the word’s last vector moves",
            _much(found.effect),
            f"{head_off}; {everywhere}",
        ),
    ]


def _rollout(found: Meaning) -> tuple[str, str]:
    """The number and what it went through; a decoder with a source has none."""
    if found.rollout is None and not found.shares:
        return "none here", "it adds up shares, and the weights of this run are none"
    if found.rollout is None:
        return "none here", "a word of a target is made of two rows of words: its own, and the source"
    layers = "1 layer" if found.layer == 0 else f"{found.layer + 1} layers"
    through = f"through {layers} and all heads, half of each step being the word itself"
    return words.number(found.rollout), f"{through}; {_equal(found)}"


def _equal(found: Meaning) -> str:
    """What each word's share would be, were all that it may look at alike."""
    if found.choices <= 1:
        return "it may look at one word at most"
    return f"equal shares would be {words.number(1 / found.choices)}"


def _norm(found: Meaning) -> tuple[str, str]:
    """The length of what is handed on, and its place in the row; a head that hands nothing on has neither."""
    if found.norm is None:
        return "not known for this model", "no W_O was found that takes the head’s vector as it is"
    if found.norm_share is None:
        return "nothing", "the head is off: it hands nothing on" if found.off else "this row hands nothing on"
    return (
        f"{words.number(found.norm_share)} of the row",
        f"{_rank(found.norm_rank, found.norm_ties, found.choices)}; length {found.norm:.3g}",
    )


def _much(effect: float) -> str:
    """How far a vector moves, as a share of its length.

    >>> _much(0.0912), _much(0.004), _much(0.0)
    ('9%', 'less than 1%', '0%')
    """
    return "less than 1%" if 0 < effect < 0.01 else f"{effect:.0%}"


def _verdict(found: Meaning) -> str:
    """The four in a sentence, without claiming more than was measured."""
    if found.off:
        return "This head is switched off: it looks, but hands nothing on, so cutting its weight moves nothing."
    if found.weight == 0:
        return "There is no weight here to ask about."
    if not found.shares:
        return f"Weights are no shares in this run. Without this one the word’s result moves by {_much(found.effect)}."
    if found.choices == 1:
        return "It may look only there: it has no choice, so the weight says nothing about what the head looks for."
    if found.others is not None and found.weight < TIMES * found.others:
        return "Little: other words give it about as much, so the weight says little about this word."
    if found.position is not None and found.weight < TIMES * found.position:
        return (
            "Unclear: other words give the one at the same distance about as much, so it may be the place that counts."
        )
    if found.norm == 0:
        return "No: the vector behind the weight is zero, so nothing arrives."
    if found.norm_share is not None and found.norm_share < found.weight / 2:
        return "Less than it looks: the vector behind the weight is short, so less arrives than the weight suggests."
    if found.others is None:
        return "No other word that has a choice may look there, so there is nothing to hold the weight against."
    if found.effect < LITTLE or (found.token_effect and found.effect < 0.05 * found.token_effect):
        other_ways = " Other ways lead there as well." * (found.token_effect > found.effect)
        less = f"without it the word’s result moves by {_much(found.effect)} only"
        return f"Partly: other words give it much less, but {less}.{other_ways}"
    if found.norm is None:
        return "Other words give it less; how long the vector behind it is, is not known for this model."
    return f"Yes: other words give it much less, and without it the word’s result moves by {_much(found.effect)}."


def _rank(rank: int | None, ties: int, choices: int) -> str:
    """Its place in the row, if that says something."""
    if rank is None:
        return "no weight, so no rank"
    if choices == 1:
        return "the only one it may have"
    place = "strongest of the row" if rank == 1 else f"number {rank} of the row"
    return f"{place}, as {ties} other{'s' * (ties > 1)}" if ties else place
