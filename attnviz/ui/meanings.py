"""Is this weight meaningful? One weight, measured in four ways, side by side."""

from __future__ import annotations

import logging

import streamlit as st

from attnviz.analysis import Meaning, strongest_other
from attnviz.ui import cached, words
from attnviz.ui.reading import Reading

log = logging.getLogger(__name__)


def draw(read: Reading) -> None:
    """Raw weight, norm-weighted weight, rollout and measured effect of the chosen cell."""
    layer, head, query = read.look.layer, read.look.head, read.look.query
    at = read.view.key
    if at is None:
        at = strongest_other(read.trace, layer=layer, head=head, query=query)
    try:
        with st.spinner("Running the model without it …"):
            found = cached.meaning_of(read.asked, layer, head, query, at)
    except Exception:
        log.exception("The meaning of a weight of %r could not be measured", read.view.model)
        words.say("This weight could not be measured; the log has more.", error=True)
        return
    rows = "".join(
        f"<tr><th>{name}<br><small>{what}</small></th><td><b>{value}</b></td><td>{beside}</td></tr>"
        for name, what, value, beside in _rows(read, found)
    )
    link = f"{words.word(read.trace, query)} → {words.word(read.trace, at)}"
    verdict = _verdict(found, off=(layer, head) in read.view.off)
    st.html(
        f"<p class='reading'>{link} in layer {layer}, head {head}. {verdict}</p><table class='meaning'>{rows}</table>"
    )


def _rows(read: Reading, found: Meaning) -> list[tuple[str, str, str, str]]:
    """Name, what it is, the number, and what to hold it against."""
    others = "no other word may look there" if found.others is None else f"any other word gives {found.others:.3f}"
    norm = ("not known for this model", "no W_O was found that takes the head’s vector as it is")
    if found.norm is not None:
        norm = (f"{found.norm_share:.1%} of the row", f"{_rank(found.norm_rank)} of the row; length {found.norm:.3g}")
    layers = "1 layer" if found.layer == 0 else f"{found.layer + 1} layers"
    return [
        ("Weight", "the softmax", f"{found.weight:.3f}", f"{_rank(found.row_rank)} of the row; {others}"),
        ("Norm-weighted", "‖α · v·W_O‖, Kobayashi et al. 2020: a large weight on a small vector moves nothing", *norm),
        (
            "Rollout",
            "its share in the word's vector, Abnar & Zuidema 2020",
            f"{found.rollout:.1%}",
            f"through {layers}, all heads, residual half; equal shares would be {1 / len(read.trace):.1%}",
        ),
        (
            "Measured effect",
            "the model run again with this one weight cut: how far the word's output vector moves",
            f"{found.effect:.2%}",
            f"this head off: {found.head_effect:.2%}; {words.word(read.trace, found.key)} off everywhere: "
            f"{found.token_effect:.2%}",
        ),
    ]


def _verdict(found: Meaning, *, off: bool) -> str:
    """The four in a sentence, without claiming more than was measured."""
    if off:
        return "This head is switched off: it looks, but hands nothing on, so cutting its weight moves nothing."
    if found.weight == 0:
        return "There is no weight here to ask about."
    if found.others is not None and found.weight < 2 * found.others:
        return "Other words give it about as much: the weight says little about this word."
    if found.norm_share is not None and found.norm_share < found.weight / 2:
        return "The vector behind the weight is short: less arrives than the weight suggests."
    if found.token_effect and found.effect < 0.05 * found.token_effect:
        return "Cutting it moves little of what the word as a whole moves: other ways lead there as well."
    if found.others is None:
        return "No other word may look there, so there is nothing to hold the weight against."
    if found.norm_share is None:
        return "Other words give it less; how long the vector behind it is, is not known for this model."
    return "Other words give it less, and the vector behind it is not short."


def _rank(rank: int | None) -> str:
    return "strongest" if rank == 1 else f"number {rank}"
