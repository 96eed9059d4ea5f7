"""Figures: what they plan to show is the package's numbers, and every token stays itself as a label."""

from __future__ import annotations

import json

import numpy as np
import pytest
import regex
import torch
from hypothesis import given
from hypothesis import strategies as st

import attnviz
from attnviz import AttnvizError, figures
from attnviz.figures.labels import LONGEST, escaped, token_label
from attnviz.figures.matrices import MATRICES, plan_matrix
from attnviz.figures.mosaics import plan_grid, plan_overview
from attnviz.figures.palette import DARK, LIGHT, weight_color
from attnviz.tokens import TextToken
from tests.support.traces import layer_of, with_layers

SENTENCE = "The cat, which was black, sat on the mat"


@pytest.fixture(scope="module")
def scratch():
    return attnviz.trace(SENTENCE, "random")


@pytest.fixture(scope="module")
def bert(minilm):
    return minilm.trace(SENTENCE)


def cells(figure) -> np.ndarray:
    return np.array(next(trace.z for trace in figure.data if trace.type == "heatmap"))


@pytest.mark.parametrize("name", MATRICES)
def test_a_matrix_shows_the_trace_s_numbers(bert, name):
    shown = cells(figures.matrix(bert, name, layer=5, head=11))
    assert np.array_equal(shown, getattr(bert.layers[5].head(11), name).numpy())
    torch.testing.assert_close(torch.tensor(shown), getattr(bert.layers[5], name)[11])


def test_the_large_head_shows_its_weights_with_numbers_in_the_cells(bert):
    figure = figures.head(bert, layer=5, head=11, query=8)
    heatmap = figure.data[0]
    assert (heatmap.zmin, heatmap.zmax) == (0, 1)
    numbers = next(trace for trace in figure.data if trace.type == "scatter" and trace.mode == "text")
    assert list(numbers.text) == [f"{weight:.2f}" for row in cells(figure).tolist() for weight in row]
    assert figure.layout.xaxis.ticktext[2] == "cat"
    assert figure.layout.yaxis.ticktext[8] == "<b>sat</b>"


def test_numbers_are_left_out_where_they_do_not_fit():
    long = attnviz.trace("word " * 40, "random")
    assert "text" not in [trace.mode for trace in figures.head(long).data if trace.type == "scatter"]


def test_every_scale_is_centred_on_zero_but_that_of_weights(bert):
    for name in MATRICES:
        heatmap = figures.matrix(bert, name, layer=2, head=3).data[0]
        if name == "weights":
            assert (heatmap.zmin, heatmap.zmax) == (0, 1)
        else:
            assert heatmap.zmin == -heatmap.zmax
            assert heatmap.zmax == pytest.approx(np.nanmax(np.abs(cells(figures.matrix(bert, name, layer=2, head=3)))))


def test_repeated_tokens_keep_their_own_cells():
    trace = attnviz.trace("the the the the", "random")
    figure = figures.head(trace)
    assert cells(figure).shape == (4, 4)
    assert list(figure.layout.xaxis.tickvals) == [0, 1, 2, 3]
    assert list(figure.layout.xaxis.ticktext) == ["the₀", "the₁", "the₂", "the₃"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<script>", ["&lt;", "script", "&gt;"]),
        ("<b>x</b>", ["&lt;₀", "b₁", "&gt;₂", "x", "&lt;₄", "/", "b₆", "&gt;₇"]),
        ("&lt;", ["&amp;", "lt", ";"]),
        ("$x$", ["&#36;₀", "x", "&#36;₂"]),
        ("قطة 猫 🐈‍⬛", ["قطة", "猫", "🐈‍⬛"]),
    ],
)
def test_labels_never_turn_into_markup(text, expected):
    assert list(figures.head(attnviz.trace(text, "random")).layout.xaxis.ticktext) == expected


@given(st.text(min_size=1, max_size=60))
def test_no_label_is_empty_long_or_markup(text):
    label = token_label(TextToken(text, 0, 0, len(text)))
    assert label.strip()
    assert len(regex.findall(r"\X", label)) <= LONGEST
    assert "<" not in escaped(label)
    assert "$" not in escaped(label)
    assert not any(c in label for c in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\x00")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("\u200d", "U+200D"),
        ("\u0301", "U+0301"),
        (" ", "␣"),
        ("\u2028", "␣"),
        ("e" + "\u0301" * 50, "e" + "\u0301" * 4),
        ("Donaudampfschifffahrt", "Donaudampfsch…"),
        ("\u202eabc", "abc"),
        ("\n", "↵"),
        (":\r\n\t", ":␍↵⇥"),
        ("   ", "␣␣␣"),
        ("\u093e", "◌\u093e"),  # a vowel sign without its letter
        ("\u094d\u092f", "◌\u094d\u092f"),
    ],
)
def test_what_hides_is_shown_and_what_is_long_is_cut(text, label):
    assert token_label(TextToken(text, 0, 0, 1)) == label


def test_the_grid_has_every_head_in_its_place(bert):
    plan = plan_grid(bert, layer=5)
    weights = bert.layers[5].weights.numpy()
    assert plan.heads == [(5, head) for head in range(12)]
    for (_, head), (row, column) in zip(plan.heads, plan.corners, strict=True):
        assert np.array_equal(plan.values[row : row + 13, column : column + 13], weights[head])
    assert np.isnan(plan.values).sum() == plan.values.size - 12 * 169


def test_the_overview_has_a_row_a_layer_and_a_column_a_head(bert):
    plan = plan_overview(bert)
    assert len(plan.heads) == 72
    row, column = plan.corners[plan.heads.index((3, 7))]
    assert np.array_equal(plan.values[row : row + 13, column : column + 13], bert.layers[3].weights[7].numpy())
    assert sorted({r for r, _ in plan.corners}).index(row) == 3
    assert sorted({c for _, c in plan.corners}).index(column) == 7


def test_a_long_text_is_pooled_and_says_so():
    trace = attnviz.trace("word other " * 120, "random")
    plan = plan_grid(trace, layer=0)
    assert (plan.size, plan.block) == ((80, 80), (3, 3))
    assert plan.values[:80, :80].max() == trace.layers[0].weights[0].max()


def test_hiding_special_tokens_leaves_the_other_numbers_as_they_are(bert):
    whole, words = (plan_matrix(bert, "weights", layer=5, head=11, query=8, specials=s) for s in (True, False))
    assert np.array_equal(words.values, whole.values[1:-1, 1:-1])
    assert words.chosen == 7
    assert "[CLS]" not in words.rows
    grid = plan_grid(bert, layer=5, specials=False)
    assert np.array_equal(grid.values[:11, :11], bert.layers[5].weights[0, 1:-1, 1:-1].numpy())
    assert plan_overview(bert, specials=False).size == (11, 11)


def test_where_a_query_may_not_look_there_is_no_number():
    trace = attnviz.trace(SENTENCE, "random", causal=True)
    for name in ("masked", "weights"):
        shown = cells(figures.matrix(trace, name))
        assert np.isnan(shown[np.triu_indices(11, 1)]).all()
        assert np.isfinite(shown[np.tril_indices(11)]).all()
    numbers = next(trace for trace in figures.head(trace).data if trace.type == "scatter" and trace.mode == "text")
    assert len(numbers.text) == 66


def test_panels_show_what_single_matrices_show(bert):
    for stacked in (False, True):
        figure = figures.panels(bert, ["q", "k", "v"], layer=1, head=8, query=3, stacked=stacked)
        for trace, name in zip(figure.data[:3], "qkv", strict=True):
            assert np.array_equal(trace.z, cells(figures.matrix(bert, name, layer=1, head=8)))


@pytest.mark.parametrize("stacked", [False, True])
def test_values_are_drawn_as_wide_as_they_are(scratch, stacked):
    drawn = torch.Generator().manual_seed(0)
    n = len(scratch)
    q, k = (torch.randn(2, n, 12, generator=drawn) for _ in range(2))
    layer = layer_of(q, k, torch.randn(1, n, 6, generator=drawn).expand(2, n, 6), scale=0.3)
    trace = with_layers(scratch, layer)
    assert np.array_equal(cells(figures.matrix(trace, "v", head=1)), layer.v[1].numpy())
    assert np.array_equal(cells(figures.matrix(trace, "context", head=1)), layer.head(1).context.numpy())
    figure = figures.panels(trace, ["v", "q"], head=1, query=2, stacked=stacked)
    assert [np.array(one.z).shape for one in figure.data if one.type == "heatmap"] == [(n, 6), (n, 12)]
    assert len(figure.layout.xaxis.ticktext) == (12 if stacked else 18)
    (marks,) = (one for one in figure.data if one.type == "scatter" and one.mode == "lines")
    ends = [x for x in marks.x if x is not None]
    assert (max(ends[:5]), max(ends[5:])) == ((5.5, 11.5) if stacked else (1, pytest.approx(2.08)))


def test_panels_of_a_long_text_are_in_blocks_and_still_mark_the_word():
    trace = attnviz.trace("word other " * 120, "random")
    figure = figures.panels(trace, ["scores", "context"], query=100)
    scores = trace.layers[0].head(0).scores
    assert figure.data[0].z.shape == (120, 120)
    assert np.abs(figure.data[0].z).max() == scores.abs().max()
    assert figure.data[1].z.shape == (120, 16)
    ((_, y),) = marks(figure)
    assert (min(v for v in y if v is not None) + 0.5) == 50


def marks(figure) -> list[tuple]:
    """The rectangles in the accent's colour."""
    lines = [trace for trace in figure.data if trace.type == "scatter" and trace.mode == "lines"]
    return [(trace.x, trace.y) for trace in lines if trace.line.color == LIGHT.accent]


@pytest.mark.parametrize("specials", [True, False])
def test_the_chosen_token_is_marked_in_every_figure(bert, specials):
    def drawn(query: int) -> list:
        look = {"layer": 5, "query": query, "specials": specials}
        return [
            figures.head_grid(bert, **look),
            figures.overview(bert, query=query, specials=specials),
            figures.head(bert, head=11, **look),
            figures.panels(bert, ["q", "k", "v"], head=11, **look),
            figures.panels(bert, ["q", "k", "v"], head=11, stacked=True, **look),
            *(figures.matrix(bert, name, head=11, **look) for name in MATRICES),
        ]

    for one, other in zip(drawn(8), drawn(3), strict=True):
        assert len(marks(one)) == len(marks(other)) == 1
        assert marks(one) != marks(other)


def test_a_grouped_head_shows_the_keys_that_it_reads(tmp_path):
    from tests.support.tiny import save_tiny

    trace = attnviz.trace("the cat sat", str(save_tiny(tmp_path, "llama")))
    for head in range(4):
        assert np.array_equal(cells(figures.matrix(trace, "k", head=head)), trace.layers[0].k[head // 2].numpy())


@pytest.mark.parametrize("dark", [False, True])
def test_figures_travel_as_json_without_losing_numbers(bert, dark):
    for figure in (figures.head_grid(bert, dark=dark, clickable=True), figures.overview(bert, dark=dark)):
        spec = json.loads(figure.to_json())
        assert "bdata" in spec["data"][0]["z"]  # a typed array, not a list


def test_a_click_on_a_tile_says_which_head(bert):
    grid = figures.head_grid(bert, layer=2, clickable=True, query=8).data[-1]
    assert {tuple(data) for data in grid.customdata} == {(2, head) for head in range(12)}
    overview = figures.overview(bert).data[-1]
    assert {tuple(data) for data in overview.customdata} == {(i, h) for i in range(6) for h in range(12)}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"layer": 6}, "There is no layer 6: minilm has layers 0 to 5"),
        ({"head": 12}, "There is no head 12"),
        ({"head": -1}, "There is no head -1"),
        ({"query": 13}, "There is no token 13: the text has tokens 0 to 12"),
    ],
)
@pytest.mark.parametrize("draw", [figures.head, figures.head_grid, figures.overview])
def test_what_is_not_there_is_named(bert, draw, options, sentence):
    with pytest.raises(AttnvizError, match=sentence):
        draw(bert, **options)


def test_an_unknown_matrix_is_named(scratch):
    with pytest.raises(AttnvizError, match="There is no matrix “z”"):
        figures.matrix(scratch, "z")


def test_one_token_and_many_are_drawn():
    for text in ("word", "word " * 600):
        trace = attnviz.trace(text, "random")
        for figure in (figures.head(trace), figures.head_grid(trace), figures.overview(trace)):
            assert cells(figure).size


def luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("dark", [False, True])
def test_weight_colours_keep_their_order_and_can_be_read(dark):
    colors = [weight_color(i / 100, dark) for i in range(101)]
    lights = [luminance(background) for background, _ in colors]
    assert lights == sorted(lights, reverse=not dark)
    for background, text in colors:
        high, low = sorted((luminance(background), luminance(text)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5  # WCAG AA


@pytest.mark.parametrize(("palette", "ground"), [(LIGHT, "#fbfbf9"), (DARK, "#0f1218")])
def test_role_colours_can_be_read_on_the_page(palette, ground):
    for color in (*palette.roles.values(), palette.text, palette.faint):
        high, low = sorted((luminance(color), luminance(ground)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, color


def test_curves_draw_every_measure_the_loss_and_the_marked_step():
    from attnviz.training.checkpoint import shipped
    from attnviz.training.words.grammar.task import GrammarTask

    curve = shipped("grammar").curve
    figure = figures.training_curves(curve, GrammarTask.figures, step=275, steps=2000)
    named = {trace.name: trace for trace in figure.data}
    assert list(named) == [*GrammarTask.figures.values(), "loss, nats a word"]
    for name, title in GrammarTask.figures.items():
        assert list(named[title].y) == [moment.figures[name] for moment in curve]
        assert list(named[title].x) == [moment.step for moment in curve]
    assert [shape.x0 for shape in figure.layout.shapes] == [275]
    styles = figures.line_styles(GrammarTask.figures, dark=False)
    assert len(set(styles.values())) == 4, "every line can be told from the others"


def test_a_tile_says_that_its_head_is_off():
    from attnviz.models import load_model

    trace = load_model("grammar").trace("the cat sat", off={(1, 2)})
    titles = next(t.text for t in figures.head_grid(trace, layer=1).select_traces({"mode": "text"}))
    assert list(titles) == ["head 0", "head 1", "head 2 (off)", "head 3"]


PIECES = "unaffable cats didn't sit"


@pytest.fixture(scope="module")
def pieces(minilm):
    return minilm.trace(PIECES, second="a dog")


@pytest.mark.parametrize("words", ["words", "joined"])
def test_whole_words_are_drawn_as_words(pieces, words):
    groups = attnviz.analysis.word_groups(pieces, join=words == "joined")
    figure = figures.head(pieces, layer=5, head=11, words=words, query=2)
    weights = pieces.layers[5].head(11).weights
    by_hand = [[sum(float(weights[i, j]) for i in row for j in key) / len(row) for key in groups] for row in groups]
    assert np.allclose(cells(figure), by_hand, atol=1e-6)
    assert len(groups) < len(pieces)
    assert list(figure.layout.xaxis.ticktext)[1:3] == ["<b>unaffable</b>", "cats"]
    assert figure.layout.yaxis.ticktext[1] == "<b>unaffable</b>", "a piece that is chosen marks its word"


def test_the_sides_of_a_pair_are_drawn_alone(pieces):
    shown = figures.head(pieces, layer=5, head=11, sides="AB", specials=False, query=1)
    rows, columns = ([i for i, t in enumerate(pieces.tokens) if t.segment == s and not t.special] for s in (0, 1))
    assert np.array_equal(cells(shown), pieces.layers[5].head(11).weights.numpy()[np.ix_(rows, columns)])
    assert list(shown.layout.xaxis.ticktext) == ["a", "dog"], "the chosen word is in a row, not in a column"


def test_a_second_head_is_drawn_beside_or_taken_away(bert):
    a, b = (bert.layers[layer].head(head).weights.numpy() for layer, head in ((5, 11), (4, 3)))
    both = figures.head(bert, layer=5, head=11, beside=(4, 3), query=8)
    tables = [np.array(one.z) for one in both.data if one.type == "heatmap"]
    assert np.array_equal(tables[0], a)
    assert np.array_equal(tables[1], b)
    minus = figures.head(bert, layer=5, head=11, beside=(4, 3), difference=True)
    assert np.allclose(cells(minus), a - b)
    assert minus.data[0].zmin == -minus.data[0].zmax == pytest.approx(-np.abs(a - b).max())
    assert "head 11 of layer 5 minus head 3 of layer 4" in minus.data[0].hovertemplate
    with pytest.raises(AttnvizError, match="A difference is of two heads"):
        figures.head(bert, difference=True)


def test_where_neither_of_two_heads_may_look_there_is_no_difference():
    causal = attnviz.trace("the cat sat", "random", causal=True)
    shown = cells(figures.head(causal, head=0, beside=(0, 1), difference=True))
    assert np.isnan(shown[0, 1:]).all()
    assert np.isfinite(shown[2]).all()


@pytest.mark.parametrize(
    ("options", "sentence"), [({"words": "letters"}, "not “letters”"), ({"sides": "AC"}, "not “AC”")]
)
def test_a_way_to_show_words_that_is_not_there_is_named(scratch, options, sentence):
    with pytest.raises(AttnvizError, match=sentence):
        figures.head(scratch, **options)


def test_the_name_that_the_head_beside_had_still_works_and_says_its_new_one(bert):
    with pytest.warns(DeprecationWarning, match=r"is now figures\.head\(beside=…\)"):
        old = figures.head(bert, layer=5, head=11, second=(4, 3))
    assert old.to_json() == figures.head(bert, layer=5, head=11, beside=(4, 3)).to_json()
