"""The URL and the page's state say the same thing."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import attnviz
from attnviz.client.schema import CHOICES
from attnviz.heads import PARTS, Head
from attnviz.models.scratch import ScratchOptions
from attnviz.normalizers import NORMALIZERS
from attnviz.request import MASKS, MATRICES, Masked, Normalized, NumberSet, RowSet, Scaled, Unplaced, Unseen
from attnviz.tokens import TextToken, Tokens
from attnviz.ui.reading.carrying import carried_key, carried_query, shown
from attnviz.ui.state.link import fits_in_link, params_from_view, view_from_params
from attnviz.ui.state.view import View
from tests.support.traces import layer_of, trace_of

options = st.builds(
    ScratchOptions,
    seed=st.integers(0, 2**31 - 1),
    heads=st.sampled_from([1, 2, 4, 8]),
    d_model=st.sampled_from([16, 64, 128]),
    positions=st.booleans(),
    causal=st.booleans(),
    scaling=st.booleans(),
    temperature=st.sampled_from([0.05, 0.5, 1.0, 20.0]),
)
places = st.tuples(st.integers(0, 40), st.integers(0, 40))
heads = st.builds(Head, st.integers(0, 40), st.integers(0, 40), st.sampled_from(["", *PARTS]))
parts = st.sampled_from(["", "encoder", "decoder", "cross"])
numbers = st.floats(-3e38, 3e38, allow_nan=False, width=64) | st.sampled_from([0.0, -0.5, 1e-300, 1 / 3])
changed = st.one_of(
    st.builds(Masked, st.sampled_from(MASKS), st.integers(1, 9), st.integers(1, 9), parts.filter("cross".__ne__)),
    st.builds(Scaled, st.floats(1e-30, 1e30, exclude_min=True).filter(lambda value: value != 1), st.just(True), parts),
    st.just(Scaled(root=False)),
    st.builds(Unseen, *[st.none() | st.integers(0, 40)] * 4, parts),
    st.builds(Normalized, st.sampled_from(list(NORMALIZERS)), parts),
    st.builds(RowSet, *[st.integers(0, 40)] * 3, st.lists(numbers, min_size=1, max_size=9), parts),
    st.builds(NumberSet, st.integers(0, 5), st.sampled_from(MATRICES), *[st.integers(0, 255)] * 2, numbers),
    st.just(Unplaced()),
)
views = st.builds(
    View,
    text=st.text(min_size=1, max_size=200).filter(str.strip),
    model=st.just("random"),
    layer=st.none() | st.integers(0, 40),
    head=st.none() | st.integers(0, 40),
    target=st.text(max_size=50).filter(lambda text: text == "" or text.strip()),
    part=parts,
    off=st.frozensets(heads, max_size=5),
    changes=st.lists(changed, max_size=3, unique=True).map(tuple),
    step=st.none() | st.integers(0, 9999),
    query=st.none() | st.integers(0, 511),
    specials=st.booleans(),
    pair=st.just("") | st.text(min_size=1, max_size=40).filter(str.strip),
    key=st.none() | st.integers(0, 511),
    second=st.none() | places,
    over=st.lists(places, max_size=4, unique=True).map(tuple),
    **{name: st.sampled_from(ways) for name, ways in CHOICES.items()},
    options=options,
)


@given(views)
def test_a_link_gives_the_same_view_to_somebody_else(view):
    assert view_from_params(params_from_view(view)) == (view, [])


def test_a_link_with_settings_and_no_model_means_the_random_one():
    assert view_from_params({"seed": "3"})[0].model == "random"
    assert view_from_params({"seed": "3", "model": "minilm"})[0].model == "minilm"
    assert view_from_params({})[0].model == "auto"


def test_the_default_view_has_an_empty_link():
    assert params_from_view(View()) == {}


def test_options_of_the_from_scratch_model_are_left_out_for_another():
    assert params_from_view(View(model="minilm", options=ScratchOptions(seed=3))) == {"model": "minilm"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("layer", "-1"),
        ("layer", "x"),
        ("head", "9" * 5000),
        ("head", "1½"),
        ("query", "½"),
        ("query", "--3"),
        ("specials", "maybe"),
        ("seed", "99999999999"),
        ("heads", "99"),
        ("d_model", "1000000"),
        ("temperature", "0"),
        ("temperature", "nan"),
        ("temperature", "warm"),
        ("causal", "yes"),
        ("model", "m" * 1000),
        ("model", " " * 1000),
        ("key", "-1"),
        ("second", "3"),
        ("second", "1.2.3"),
        ("over", "1.2,1.3"),
        ("over", "1.2-" * 2000 + "1.2"),
        ("show", "all"),
        ("words", "Pieces"),
        ("filter", "AC"),
        ("off", "1"),
        ("off", "1.2-"),
        ("off", "-1.2"),
        ("step", "now"),
        ("changes", "relu:1"),
        ("changes", "softplus"),
        ("changes", "row:0:0:0"),
        ("changes", "row:0:0:0:nan"),
        ("changes", "row:0:0:0:1e999"),
        ("changes", "row:0:0:-1:1"),
        ("changes", "row:0:0:0:0.5__x"),
        ("changes", "row:0:0:0:1,0"),
        ("changes", "row:0:0:0:" + "_" * 5000),
        ("changes", "row:0:0:0:" + "9" * 5000),
        ("changes", "nowhere/row:0:0:0:1"),
        ("changes", "encoder/unplaced"),
        ("changes", "unplaced:1"),
        ("changes", "number:0:w_x:0:0:1"),
        ("changes", "number:0:w_q:0:0"),
        ("changes", "number:0:w_q:0:0:inf"),
        ("changes", "number:0:w_q:0:0: 1"),
        ("changes", "number:0:w_q:9999999999999999999999:0:1e400"),
    ],
)
def test_a_wrong_value_is_left_at_its_default_and_a_sentence_says_so(name, value):
    view, wrong = view_from_params({name: value})
    assert view == View()
    assert len(wrong) == 1
    assert f"The link says {name} = “{value[:40]}”" in wrong[0]


def test_values_that_do_not_go_together_are_left_at_their_default():
    assert view_from_params({"heads": "6", "d_model": "96"})[0].options == ScratchOptions(heads=6, d_model=96)
    view, wrong = view_from_params({"heads": "7", "seed": "5"})
    assert view.options == ScratchOptions(seed=5)
    assert "7 heads do not divide d_model 64" in wrong[0]


def test_a_link_reads_as_it_is_spoken():
    view = View(
        model="minilm", pair="It slept", layer=5, head=11, key=2, second=(4, 3), over=((0, 1), (2, 9)),
        show="difference", words="joined", filter="AB",
    )  # fmt: skip
    params = {
        "pair": "It slept", "model": "minilm", "layer": "5", "head": "11", "key": "2", "second": "4.3",
        "over": "0.1-2.9", "show": "difference", "words": "joined", "filter": "AB",
    }  # fmt: skip
    assert params_from_view(view) == params
    assert view_from_params(params) == (view, [])


def test_a_link_lays_few_heads_over_and_each_once():
    view, wrong = view_from_params({"over": "1.0-1.1-1.0-1.2-1.3-1.4"})
    assert view.over == ((1, 0), (1, 1), (1, 2), (1, 3))
    assert wrong == []


def test_a_second_sentence_too_long_beside_the_first_is_left_out():
    half = "a" * 15_001
    assert "pair" in params_from_view(View(text="a", pair=half))
    assert "pair" not in params_from_view(View(text=half, pair=half))


def test_unknown_and_empty_parameters_are_ignored():
    assert view_from_params({"utm_source": "x", "text": "  ", "model": ""}) == (View(), [])


def test_a_text_too_long_for_a_link_is_left_out():
    view = View(text="猫" * 5000)
    assert not fits_in_link(view.text)
    assert params_from_view(view) == {}


@given(st.dictionaries(st.sampled_from([*View.__dataclass_fields__, *ScratchOptions.__dataclass_fields__]), st.text()))
def test_no_link_breaks_the_page(params):
    view, _ = view_from_params(params)
    assert isinstance(view, View)


def test_the_chosen_word_stays_chosen_in_a_new_trace(minilm):
    words = attnviz.trace("The cat, which was black, sat on the mat", "random")
    pieces = minilm.trace("The cat, which was black, sat on the mat")
    sat = words.tokens[7]
    assert carried_query(pieces, 7, sat) == 8
    assert carried_query(attnviz.trace("A dog sat", "random"), 7, sat) == 2
    assert carried_query(words, 0, pieces.tokens[0]) == 7  # [CLS] is not there: the example's own word
    assert carried_query(minilm.trace("A dog slept."), 7, sat) == 3  # the last word


def test_a_later_piece_of_one_character_stays_chosen():
    pieces = Tokens("text", tuple(TextToken("猫", i, 0, 1, word=0, continues=i > 0) for i in range(3)), "猫")
    trace = trace_of(layer_of(*torch.zeros(3, 1, 3, 2), queries=pieces))
    assert [carried_query(trace, i, pieces[i]) for i in range(3)] == [0, 1, 2]


def test_a_hidden_token_gives_way_to_its_neighbour(minilm):
    trace = minilm.trace("the cat")
    assert [shown(trace.rows, i, specials=False) for i in range(4)] == [1, 1, 2, 2]
    assert [shown(trace.rows, i, specials=True) for i in range(4)] == [0, 1, 2, 3]


def test_without_a_chosen_word_the_example_s_own_is_taken():
    assert carried_query(attnviz.trace(View().text, "random"), None, None) == 7
    assert carried_query(attnviz.trace("?!", "random"), None, None) == 0
    assert carried_query(attnviz.trace("a b", "random"), 9, None) == 1


def test_the_pinned_word_stays_pinned_where_it_still_stands():
    before = attnviz.trace("The cat sat on the mat", "random")
    cat = before.tokens[1]
    after = attnviz.trace("My old cat slept", "random")
    assert carried_key(before, None, None, specials=True) is None
    assert carried_key(after, 1, cat, specials=True) == 2
    assert carried_key(attnviz.trace("My dog slept", "random"), 1, cat, specials=True) is None
    assert carried_key(after, 99, None, specials=True) == 3, "from a link: the nearest that there is"


def test_a_pinned_special_token_gives_way_while_they_are_hidden(minilm):
    trace = minilm.trace("the cat")
    assert carried_key(trace, 0, None, specials=True) == 0
    assert carried_key(trace, 0, None, specials=False) == 1


@pytest.mark.parametrize(
    ("params", "seen"),
    [
        ({"head": "5.11"}, {"layer": "5", "head": "11"}),
        ({"head": "cross.1.2", "layer": "0", "part": "encoder"}, {"part": "cross", "layer": "1", "head": "2"}),
        ({"head": "11", "layer": "5"}, {"layer": "5", "head": "11"}),
    ],
)
def test_a_link_may_name_its_head_by_its_address(params: dict[str, str], seen: dict[str, str]):
    view, wrong = view_from_params(params)
    assert (params_from_view(view), wrong) == (seen, [])


def test_an_address_that_is_none_is_said():
    for wrong in ("5.", "5.11-5.12", "middle.0.1", "1.2.3"):
        view, said = view_from_params({"head": wrong})
        assert view.head is None
        assert said == [
            f"The link says head = “{wrong}”, but it must be a whole number from 0, or an address such as 5.11 or "
            "cross.3.5; the default is used."
        ]


def test_a_change_that_changes_nothing_leaves_no_trace_in_a_link():
    view, wrong = view_from_params({"changes": "temperature:1~causal"})
    assert (view.changes, wrong) == ((Masked("causal"),), [])
    assert "changes" not in params_from_view(View(changes=(Scaled(),)))
