"""Heads, tokens and rows as somebody names them: any address of what is there, and a sentence for what is not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

import attnviz
from attnviz import AttnvizError, Head, HeadOff, Masked, NumberSet, RowSet, Scaled, Trace, Unseen, analysis, figures
from attnviz.changes.applying import allowed_mask
from tests.support.traces import layer_with, trace_of, translation_of

LINE = trace_of(layer_with([[[0.5, 0.5, 0.0], [0.2, 0.3, 0.5], [0.1, 0.8, 0.1]], [[0.4, 0.3, 0.3]] * 3]))
CROSS = translation_of(["le", "chat", "dort", "bien"], ["a", "cat"]).only("cross")
SAME = analysis.compare(LINE, (0, 0), LINE, (0, 1))

# What asks for a token (or row) by its number.
OF_A_ROW: dict[str, Callable[[Trace, object], object]] = {
    "read_row": lambda trace, at: analysis.read_row(trace, layer=0, head=0, query=at),
    "read_row of a key": lambda trace, at: analysis.read_row(trace, layer=0, head=0, query=0, key=at),
    "strongest_other": lambda trace, at: analysis.strongest_other(trace, layer=0, head=0, query=at),
    "strongest_link": lambda trace, at: analysis.strongest_link(trace, query=at),
    "freedom": lambda trace, at: analysis.freedom(trace, 0, 0, at),
    "links": lambda trace, at: analysis.links(trace, at, 0),
    "links to a key": lambda trace, at: analysis.links(trace, 0, at),
    "most_alike_head": lambda trace, at: analysis.most_alike_head(trace, (0, 0), trace, query=at),
    "compares_row": lambda trace, at: analysis.compares_row(trace, (0, 0), trace, query=at),
    "effect": lambda trace, at: analysis.effect(attnviz.load_model("random"), trace, trace, at=at),
    "head": lambda trace, at: figures.head(trace, query=at),
    "overview": lambda trace, at: figures.overview(trace, query=at),
    "show": lambda trace, at: attnviz.show(trace, query=at),
}


@pytest.mark.parametrize("name", OF_A_ROW)
@pytest.mark.parametrize("trace", [LINE, CROSS], ids=["line", "cross"])
def test_a_token_that_is_not_there_is_a_sentence_and_never_another_token(name: str, trace: Trace):
    for at in (-1, 4):
        with pytest.raises(AttnvizError, match=f"There is no token {at}: the .* has tokens 0 to"):
            OF_A_ROW[name](trace, at)
    for at in (True, 1.0):
        with pytest.raises(AttnvizError, match="A token's index is a whole number"):
            OF_A_ROW[name](trace, at)
    OF_A_ROW[name](trace, np.int64(1))


def test_a_word_where_an_index_is_asked_for_is_told_how_it_becomes_one():
    with pytest.raises(AttnvizError, match="A token is named by its index here, not by 'cat': `find` of its row"):
        figures.head(CROSS, query="cat")  # type: ignore[arg-type]
    assert CROSS.rows.find("cat") == CROSS.rows.find(torch.tensor(1)) == 1  # type: ignore[arg-type]


def test_a_row_of_a_comparison_that_is_not_there_is_a_sentence():
    assert analysis.row_difference(SAME, 2).a == (1, pytest.approx(0.8))
    for draw in (lambda row: analysis.row_difference(SAME, row), lambda row: figures.comparison(SAME, row=row)):
        for row in (-1, 3):
            with pytest.raises(AttnvizError, match=f"There is no row {row}: there are rows 0 to 2"):
                draw(row)
    with pytest.raises(AttnvizError, match="Texts are compared by token or word, not by 'words'"):
        analysis.compare(LINE, (0, 0), LINE, (0, 1), by="words")  # type: ignore[arg-type]


def test_a_head_may_be_named_by_any_of_its_addresses():
    for at in ((0, 1), "0.1", Head(0, 1), "cross.0.1", Head(0, 1, "cross")):
        found = analysis.compare(CROSS, at, CROSS, "0.0")  # type: ignore[arg-type]
        torch.testing.assert_close(found.first, CROSS.layers[0].weights[1])
        assert analysis.most_alike_head(CROSS, at, CROSS) == (0, 1)  # type: ignore[arg-type]
        assert len(figures.head(CROSS, beside=at).data) == 2  # type: ignore[arg-type]
    only = analysis.strongest_link(LINE, head=Head(0, 0))
    assert only is not None
    assert only == analysis.strongest_link(LINE, head=(0, 0)) == ((0, 0), 2, 1)
    for at, why in (
        ("0.2", "There is no head 2"),
        ("1.0", "There is no layer 1"),
        ("encoder.0.0", "no part “encoder”"),
    ):
        for ask in (
            lambda at: analysis.compare(CROSS, at, CROSS, "0.0"),
            lambda at: analysis.most_alike_head(CROSS, at, CROSS),
            lambda at: analysis.strongest_link(CROSS, head=at),
            lambda at: figures.head(CROSS, beside=at),
        ):
            with pytest.raises(AttnvizError, match=why):
                ask(at)


def test_of_several_parts_one_is_to_be_chosen_in_the_way_that_a_trace_has():
    whole = translation_of(["le", "chat"], ["a", "cat"])
    for draw in (figures.head, figures.head_grid, figures.overview, lambda one: one.layer(0)):
        with pytest.raises(AttnvizError, match=r"several parts \(encoder, decoder, cross\)\. Choose one: trace\.only"):
            draw(whole)
    assert whole.layer(0, 1, "cross") is whole.parts["cross"][0]


def test_what_goes_by_distance_is_absent_and_by_layers_that_are_not_there_is_refused():
    assert analysis.link_tables(CROSS).by_offset is None
    by_offset = analysis.link_tables(LINE).by_offset
    torch.testing.assert_close(by_offset.total[1], torch.tensor([0.4, 0.7, 1.0, 0.6, 0.3]))
    for through in (1, -1):
        with pytest.raises(AttnvizError, match=f"There is no layer {through}"):
            analysis.rollout(LINE, through=through)
    with pytest.raises(AttnvizError, match=r"Name the matrices to draw\. There are: q, k, v"):
        figures.panels(LINE, [])
    with pytest.raises(AttnvizError, match="The number of rows to compare is a whole number from 1"):
        analysis.head_divergences(LINE, rows=0)


def test_numbers_of_other_libraries_are_taken_as_python_s_own():
    weights = torch.tensor([0.25, 0.75])
    assert Unseen(key=weights.argmax()) == Unseen(key=1)  # type: ignore[arg-type]
    assert str(Head(np.int64(5), weights.argmax())) == "5.1"  # type: ignore[arg-type]
    assert HeadOff((np.int32(5), 1)) == HeadOff("5.1")  # type: ignore[arg-type]
    assert RowSet(0, 0, np.int64(1), weights) == RowSet(0, 0, 1, [0.25, 0.75])  # type: ignore[arg-type]
    assert RowSet(0, 0, 1, np.array([0.25, 0.75], dtype=np.float32)).weights == (0.25, 0.75)  # type: ignore[arg-type]
    assert Masked("window", width=np.int64(3)) == Masked("window", width=3)  # type: ignore[arg-type]
    assert Scaled(np.float32(0.5)) == Scaled(0.5)  # type: ignore[arg-type]
    assert NumberSet(0, "w_q", np.int64(1), 2, np.float32(0.5)) == NumberSet(0, "w_q", 1, 2, 0.5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: Unseen(key=1.0), r"The key of Unseen \(None: every one\) is a whole number from 0, not 1.0"),  # type: ignore[arg-type]
        (lambda: Scaled("2"), "The softmax temperature is a finite number, not '2'"),  # type: ignore[arg-type]
        (lambda: Scaled(2.0, root="no"), "divided by √d_head is True or False, not 'no'"),  # type: ignore[arg-type]
        (lambda: Scaled(2.0, part=None), "there is no “None”"),  # type: ignore[arg-type]
        (lambda: Masked("causal", part=None), "there is no “None”"),  # type: ignore[arg-type]
        (lambda: attnviz.show("The cat sat"), r"What is shown is a trace, attnviz.show\(.*, not str"),  # type: ignore[arg-type]
    ],
)
def test_what_would_change_or_show_nothing_is_refused(make: Callable[[], object], why: str):
    with pytest.raises(AttnvizError, match=why):
        make()


def test_a_mask_as_wide_as_any_number_is_as_wide_as_the_text():
    huge = 10**30
    assert torch.equal(allowed_mask(Masked("window", width=huge), 3), torch.zeros(3, 3))
    seen = allowed_mask(Masked("dilated", width=huge, step=huge), 3) == 0
    assert torch.equal(seen, torch.eye(3).bool()), "a step of more than the text leaves a token itself"


def test_a_target_is_called_one_where_it_is_what_is_written():
    trace = attnviz.trace("The cat sees the dog", target="Le chat", model="french")
    with pytest.raises(AttnvizError, match=r"Here the target looks at the source: use trace\.rows and trace\.columns"):
        _ = trace.only("cross").tokens
    with pytest.raises(AttnvizError, match=r"There is no word “cat” in the target\. Its words are: Le, chat"):
        attnviz.show(trace, query="cat")
    with pytest.raises(AttnvizError, match="There is no layer 1: cross of french has layers 0 to 0"):
        attnviz.show(trace, head="1.0")


def test_what_is_loaded_late_is_offered_like_the_rest():
    assert set(attnviz.__all__) <= set(dir(attnviz))
