"""Does the head matter? Switch heads off, one or several, and see what changes."""

from __future__ import annotations

import logging
from dataclasses import replace
from html import escape
from itertools import groupby

import streamlit as st

from attnviz.analysis._effect import Effect, Prediction
from attnviz.figures.labels import names, of_part, runs_from_right
from attnviz.figures.palette import weight_color
from attnviz.heads import Head
from attnviz.service import cached, loading, predictions, traces
from attnviz.ui import words
from attnviz.ui.cards import mounts
from attnviz.ui.cards.changes import what_if
from attnviz.ui.reading.reading import Reading
from attnviz.ui.state.session import choose, session

log = logging.getLogger(__name__)
_PREDICTS_NONE = "This model predicts no words. The models trained here do: see Examples."


def draw(read: Reading) -> None:
    """The switches, and what those that are off change."""
    with st.container(border=True, key="matter_card"):
        buttons(read)
        what_if.draw(read)
        if read.asked != read.asked.unchanged:
            effect_card(read)


def hears(read: Reading) -> bool:
    """Whether this card follows every choice: something is changed, or about to be."""
    return read.asked != read.asked.unchanged or what_if.is_open()


def buttons(read: Reading) -> None:
    """With the chosen head: switch it off, or all the others of its layer; and in a line what that does. (As long as
    all are on, nothing here says which head that is: the page need not be told of each choice.)"""
    off = read.view.off
    this, others = _chosen(read)
    with st.container(horizontal=True, vertical_alignment="center", key="switches"):
        st.button(
            f"Switch this head {'on' if this in off else 'off'}",
            icon=":material/power_settings_new:",
            key="switch_head",
            on_click=_switch_this,
            args=(read,),
            help="Does the head matter? Off, it still looks, but hands nothing on: zeros, before W_O.",
        )
        if others:
            all_off = others <= off
            st.button(
                f"Its layer’s other heads {'on' if all_off else 'off'}",
                key="switch_others",
                on_click=_switch_others,
                args=(read,),
                help="All other heads of its layer.",
            )
        if off:
            st.button("All on", key="switch_all_on", on_click=_set_off, args=(frozenset(),))
    st.html(f"<p class='switched'>{_summary(read)}</p>")


def effect_card(read: Reading) -> None:
    """What changes with these heads off, in numbers: predictions, held-out examples, output vectors."""
    effect = _effect(read)
    if effect is None:
        words.say("What the heads change could not be computed; the log has more.", error=True)
        return
    predicts = loading.model_for(read.weights).predicting(read.asked.input)
    off = [f"switched off: {heads_in_words(read.view.off)}"] if read.view.off else []
    changed = [words.change_in_words(one, read.whole) for one in read.view.changes]
    st.html(f"<p class='reading'><b>Does it matter?</b> · {escape('; '.join([*off, *changed]))}</p>")
    parts = [_figures(read), _predictions(read, effect.predictions, predicts), _written(read), _outputs(read, effect)]
    st.html(f"<div class='effects'>{''.join(parts)}</div>")


def _effect(read: Reading) -> Effect | None:
    try:
        return predictions.effect_of(read.asked, read.look.query)
    except Exception:
        log.exception("The effect of heads in %r could not be computed", read.view.model)
        return None


def _summary(read: Reading) -> str:
    """One line, of the same height with heads on and off: what matters most about them."""
    off = read.view.off
    before, after = cached.held_out(read.weights), cached.held_out(read.weights, read.asked.all_changes)
    state = f"Off: {heads_in_words(off)}." if off else "All heads are on."
    task = loading.model_for(read.weights).task
    if task is not None and before and after:
        name, title = next(iter(task.held_out.titles.items()))
        is_changed = read.asked != read.asked.unchanged
        numbers = f"{before[name]:.2f} → <b>{after[name]:.2f}</b>" if is_changed else f"<b>{before[name]:.2f}</b>"
        asked = f"on {task.held_out.in_short} ({task.held_out.guessing[name]})"
        return f"{state} {title[:1].upper()}{title[1:]}: {numbers} <small>{asked}</small>"
    if read.asked == read.asked.unchanged:
        return f"{state} Does the chosen head matter? Switch it off, and see what moves."
    was, now = traces.whole_of(read.asked.unchanged.whole).similarity, read.whole.similarity
    if was is not None and now is not None:
        return f"{state} Cosine of picture and text: {was.cosine:.3f} → <b>{now.cosine:.3f}</b>."
    effect = _effect(read)
    if effect is None:
        return state
    most = max(range(len(effect.outputs)), key=lambda i: effect.outputs[i])
    return (
        f"{state} The output vector of {words.word(read.trace, most)} moves most: by <b>{effect.outputs[most]:.0%}</b>."
    )


def heads_in_words(off: frozenset[Head]) -> str:
    """The heads that are off, by part and layer.

    >>> heads_in_words(frozenset(map(Head.of, ["1.0", "1.3", "0.2"])))
    'head 2 of layer 0; heads 0, 3 of layer 1'
    """
    told = []
    for (part, layer), group in groupby(sorted(off), key=lambda head: (head.part, head.layer)):
        heads = [str(head.head) for head in group]
        told.append(f"head{'s' * (len(heads) > 1)} {', '.join(heads)} of layer {layer}{of_part(part)}")
    return "; ".join(told)


def _chosen(read: Reading) -> tuple[Head, frozenset[Head]]:
    """The head that is chosen, and the others of its layer."""
    trace, look = read.trace, read.look
    this = Head(look.layer, look.head, trace.part)
    return this, frozenset(replace(this, head=h) for h in range(trace.layers[look.layer].heads)) - {this}


def _switch_this(drawn: Reading) -> None:
    """Of the head that is chosen by now."""
    this, _ = _chosen(mounts.taken_first(drawn))
    _set_off(session().view.off ^ {this})


def _switch_others(drawn: Reading) -> None:
    (this, others), off = _chosen(mounts.taken_first(drawn)), session().view.off
    _set_off(off - others if others <= off else (off | others) - {this})


def _set_off(off: frozenset[Head]) -> None:
    choose(off=frozenset(off))


def _figures(read: Reading) -> str:
    before, after = cached.held_out(read.weights), cached.held_out(read.weights, read.asked.all_changes)
    task = loading.model_for(read.weights).task
    if task is None or not before or not after:
        return ""
    told = task.held_out
    rows = [
        _change(f"{title} <small>{told.guessing[name]}</small>", before[name], after[name])
        for name, title in told.titles.items()
    ]
    return f"<section><h4>Its task, on {told.examples}</h4><table>{''.join(rows)}</table></section>"


def _predictions(read: Reading, found: tuple[Prediction, ...], predicts: str | None) -> str:
    if not found and predicts and read.trace.rows[read.look.query].special:
        return "<section><h4>Predictions</h4><p>Choose a word: this token is none.</p></section>"
    if not found:
        return "" if predicts else f"<section><h4>Predictions</h4><p>{_PREDICTS_NONE}</p></section>"
    title = words.asked_in_words(read.trace, read.look.query, predicts)
    rows = [_change(f"<bdi>{escape(p.word)}</bdi>", p.before, p.after) for p in found]
    return f"<section><h4>{title}</h4><table>{''.join(rows)}</table></section>"


def _written(read: Reading) -> str:
    """Which words of a target it would no longer write, and what it writes instead, from its beginning."""
    if read.trace.rows.name != "written":
        return ""
    before, after = predictions.guesses_of(read.asked.unchanged), predictions.guesses_of(read.asked)
    called = names(read.trace.rows)
    broken = [
        f"<li><bdi>{escape(called[at])}</bdi> → <b><bdi>{escape(after[at][0].word)}</bdi></b></li>"
        for at in before
        if at in after and before[at][0].word != after[at][0].word
    ]
    listed = (
        f"<ul class='broken'>{''.join(broken)}</ul>" if broken else "<p>Every word is still the most probable one.</p>"
    )
    rewritten = predictions.rewritten_of(read.asked)
    told = f"<p>From the beginning it writes: <b><bdi>{escape(rewritten)}</bdi></b></p>" if rewritten else ""
    return f"<section><h4>Which words of the target break</h4>{listed}{told}</section>"


def _change(title: str, before: float, after: float) -> str:
    """A table row: what, before → after, and both as bars."""
    bars = "".join(
        f"<i class='{kind}' style='width:{100 * min(value, 1):.1f}%'></i>"
        for kind, value in (("before", before), ("after", after))
    )
    return (
        f"<tr><th>{title}</th><td class='bars' aria-hidden='true'>{bars}</td>"
        f"<td>{words.number(before)} → <b>{words.number(after)}</b></td></tr>"
    )


def _outputs(read: Reading, effect: Effect) -> str:
    """Every token, in the order of the sentence, with how far its output vector moves, also as a colour."""
    chips = []
    direction = "rtl" if runs_from_right(read.trace.rows.text) else "ltr"
    called = names(read.trace.rows)
    for i, token in enumerate(read.trace.rows):
        if token.special and not read.look.specials:
            continue
        background, color = weight_color(effect.outputs[i], read.look.dark)
        style = f"background:{background};color:{color}"
        label = escape(called[i])
        chips.append(f"<span style='{style}'><bdi>{label}</bdi> <small>{effect.outputs[i]:.0%}</small></span>")
    return (
        "<section><h4>How much each word’s result changes <small>‖change‖ ÷ ‖vector‖</small></h4>"
        f"<div class='moved' dir='{direction}'>{''.join(chips)}</div></section>"
    )
