"""References: each says what the package has, and what is wrong in one is said."""

from __future__ import annotations

import json
import math
import subprocess

import pytest
import torch

import attnviz
from attnviz import lessons
from attnviz.analysis import effect, head_figures, norm_weighted, read_row, saying
from attnviz.errors import AttnvizError
from attnviz.lessons.measures.references import MEASURES, Reference, holds, measured
from attnviz.lessons.runs import MOST_MEASURED, MOST_RUNS, Runs
from tests.documents import ROOT
from tests.support.referred import CAT, number, place, shown

SAT, BLACK, MAT = 8, 6, 11


@pytest.fixture(scope="module")
def model() -> attnviz.models.base.Model:
    return attnviz.load_model("grammar", device="cpu")


@pytest.fixture(scope="module")
def trace(model) -> attnviz.Trace:
    return model.trace(CAT)


def test_what_is_said_of_a_row_is_what_the_trace_has(trace):
    row = trace.layers[1].head(0)
    for name, values in (("weight", row.weights), ("score", row.scores), ("scaled", row.scaled)):
        assert number(f"{name}(1.0, sat, cat)") == pytest.approx(values[SAT, 2].item(), rel=1e-6)
    assert number("weight(1.0, sat, black, mat)") == pytest.approx(
        row.weights[SAT, [BLACK, MAT]].sum().item(), abs=1e-7
    )
    assert number("weight(1.0, sat, cat, cat)") == number("weight(1.0, sat, cat)")
    assert number("exponential(1.0, sat, cat)") == pytest.approx(math.exp(row.masked[SAT, 2].item()), rel=1e-6)
    assert number("exponential(1.0, sat, cat)") / number("total(1.0, sat)") == pytest.approx(
        number("weight(1.0, sat, cat)"), abs=1e-6
    )
    assert shown("strongest(1.0, sat)") == "cat"
    p = row.weights[SAT].double()
    assert number("entropy(1.0, sat)") == pytest.approx(-(p * p.log2()).sum().item(), abs=1e-6)
    assert number("share_special(1.0, sat)") == pytest.approx(row.weights[SAT, 0].item(), abs=1e-7)
    assert number("handed(1.0, sat, cat)") == norm_weighted(trace, 1)[0, SAT, 2].item()
    pinned = read_row(trace, layer=1, head=0, query=SAT, key=2).pinned
    assert number("others(1.0, sat, cat)") == pinned.others


def test_the_products_add_up_to_the_score_and_the_values_to_the_context(trace):
    products = [number(f"product(1.0, sat, cat, {i})") for i in range(8)]
    assert sum(products) == pytest.approx(number("score(1.0, sat, cat)"), abs=1e-4)
    assert number("q(1.0, sat, 3)") * number("k(1.0, cat, 3)") == pytest.approx(products[3], abs=1e-5)
    weights = trace.layers[1].head(0, SAT).weights[0]
    assert number("context(1.0, sat, 0)") == pytest.approx((weights @ trace.layers[1].v[0][:, 0]).item(), abs=1e-6)
    assert number("v(1.0, cat, 0)") == pytest.approx(trace.layers[1].v[0, 2, 0].item())


def test_habits_are_those_of_the_heads_figures(trace):
    figures = head_figures(trace)[0][2]
    for name in ("previous", "following", "itself"):
        assert number(f"{name}(0.2)") == getattr(figures, name)


def test_changes_after_the_bar_are_made_in_the_run(model, trace):
    assert number("weight(1.0, sat, mat) | causal") == 0
    off = model.trace(CAT, changes=[attnviz.HeadOff("1.0")])
    assert number("moved(sat) | off:1.0") == pytest.approx(effect(model, trace, off, at=SAT).outputs[SAT], abs=1e-6)
    assert number("moved(sat)") == 0
    told = model.probabilities(CAT, SAT, changes=[attnviz.Unseen(1, 0, SAT, 2)])
    purred = model.words.index("purred")
    assert number("probability(sat, purred) | unseen:1.0:sat:cat") == pytest.approx(told[purred].item(), abs=1e-6)
    assert number("weight(1.0, sat, cat) | unseen:cat") == 0
    early = attnviz.trace(CAT, "grammar", step=125, device="cpu").layers[1].weights[0, SAT, 2].item()
    assert number("weight(1.0, sat, cat) | training:125") == pytest.approx(early, abs=1e-6)
    assert number("weight(1.0, sat, cat)", place("grammar@125")) == pytest.approx(early, abs=1e-6)
    assert shown("training_steps() | training:100") == "125"  # the snapshot nearest to it


def test_what_a_model_tells_is_what_it_tells(model):
    told = model.probabilities(CAT, SAT)
    best = told.argsort(descending=True).tolist()
    assert [shown("top(sat)"), shown("top(sat, 2)")] == [model.words[i] for i in best[:2]]
    both = sum(told[model.words.index(word)].item() for word in ("sat", "purred"))
    assert number("probability(sat, sat, purred)") == pytest.approx(both, abs=1e-6)
    vectors = model.network.embedding
    cat, tiger = (vectors[model.words.index(word)] for word in ("cat", "tiger"))
    alike = torch.cosine_similarity(cat, tiger, dim=0).item()
    assert number("similarity(cat, tiger)") == pytest.approx(alike, abs=1e-6)
    assert number("similarity(cat, cat)") == pytest.approx(1, abs=1e-6)
    like = torch.cosine_similarity(cat[None], vectors).argsort(descending=True).tolist()
    assert [shown("nearest(cat)"), shown("nearest(cat, 2)")] == [model.words[i] for i in like[1:3]]
    assert number("examined(number)") == pytest.approx(model.measures()["number"])


def test_counts_are_whole_numbers(model, trace):
    counts = ["tokens", "layers", "heads", "d_model", "d_head", "d_ff", "vocabulary", "parameters", "training_steps"]
    assert [shown(f"{name}()") for name in counts] == ["12", "2", "4", "32", "8", "64", "187", "23,067", "2,000"]
    assert number("parameters()") == sum(p.numel() for p in model.network.parameters())
    assert shown("root()") == "2.83"
    assert (shown("id(cat)"), shown("place(the#2)")) == (str(model.words.index("cat")), "10")
    assert number("awake(0, sat)") == (trace.stages.blocks[0].hidden[SAT] > 0).sum().item()


def test_numbers_are_written_as_the_page_writes_them():
    assert [shown(f"weight(1.0, sat, {key})") for key in ("cat", "mat")] == ["0.98", "0.0011"]
    assert [shown(f"score(1.0, sat, {key})") for key in ("cat", "was")] == ["21.3", "−5.91"]


def test_a_number_has_the_digits_that_the_page_gives_it(node):
    values = [0.0, 0.0004, -0.0004, 0.12345, -0.9995, 1.005, 2.675, -9.994, 9.996, 10.05, 99.96, -1863.5, 1e6]
    words = (ROOT / "attnviz" / "client" / "js" / "say" / "words.js").as_uri()
    code = f'import {{ number }} from "{words}"; console.log(JSON.stringify({json.dumps(values)}.map(number)))'
    done = subprocess.run([node, "--input-type=module", "-e", code], capture_output=True, text=True, check=True)
    assert [saying.number(value) for value in values] == json.loads(done.stdout)


def test_minilm_and_random_say_what_is_theirs_and_what_they_have_not(minilm):
    at = place("minilm")
    assert number("weight(5.11, sat, cat)", at) == pytest.approx(minilm.trace(CAT).layers[5].weights[11, 8, 2].item())
    assert number("parameters()", at) == sum(p.numel() for p in minilm.network.parameters())
    for written in ("top(sat)", "vocabulary()", "training_steps()", "examined(number)", "d_ff()", "awake(0, sat)"):
        with pytest.raises(AttnvizError):
            measured(Reference.of(written), at)
    with pytest.raises(AttnvizError, match="not trained here"):
        number("tokens() | training:0", at)
    assert number("parameters()", place("random")) == 4 * number("d_model()", place("random")) ** 2


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("weigth(1.0, sat, cat)", "There is no reference “weigth”"),
        ("weight", "is no reference"),
        ("weight(1.0, sat, cat", "is no reference"),
        ("weight(1.0, sat)", "weight is written weight(head, query, key, more …), not with 2"),
        ("tokens(3)", "tokens is written tokens(), not with 1"),
        ('weight(1.0, sat, "cat)', "brackets cannot be read"),
        ("weight(9.0, sat, cat)", "There is no layer 9"),
        ("weight(1.9, sat, cat)", "There is no head 9"),
        ("weight(one, sat, cat)", "A head is named by layer and head"),
        ("weight(1.0, sit, cat)", "There is no word “sit”"),
        ('weight(1.0, sat, ",")', "write “,#1”, “,#2”"),
        ("weight(1.0, sat, the#3)", "2 times in the sentence: there is no “the#3”"),
        ("weight(1.0, sat, dog#1)", "“dog” is not in the sentence"),
        ("weight(1.0, sat, cat) | cusual", "is no change in a run"),
        ("weight(1.0, sat, cat) | off:7.7", "There is no layer 7"),
        ("weight(1.0, sat, cat) | temperature:0", "is no change in a run"),
        ("q(1.0, sat, 8)", "a whole number from 0 to 7"),
        ("q(1.0, sat, -1)", "a whole number from 0 to 7"),
        ("probability(sat, dragon)", "grammar does not know the word “dragon”"),
        ("examined(beauty)", "was not examined on “beauty”"),
        ("", "is no reference"),
        ("weight(" + "a," * 400 + ")", "is no reference"),
    ],
)
def test_what_is_wrong_in_a_reference_is_said(written, said):
    with pytest.raises(AttnvizError) as raised:
        measured(Reference.of(written), place())
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("claim", "is_true"),
    [
        ("weight(1.0, sat, cat) > 0.9", True),
        ("weight(1.0, sat, cat) < 0.9", False),
        ("0.9 < weight(1.0, sat, cat)", True),
        ("weight(1.0, sat, cat) > 100 * weight(1.0, sat, black)", True),
        ("weight(1.0, sat, black) * 2 > 0", None),
        ("weight(1.0, sat, cat) > weight(1.0, sat, cat) | temperature:4", True),
        ("strongest(1.0, sat) = cat", True),
        ("strongest(1.0, sat) = Cat", True),
        ("strongest(1.0, sat) = mat", False),
        ("strongest(1.0, sat) > mat", None),
        ("strongest(1.0, sat) = 3", None),
        ("tokens() = 12", True),
        ("tokens() >= 12", True),
        ("tokens() <= 11", False),
        ('weight(1.0, sat, ",#1") > 0', True),
        ("tokens()", None),
        ("2 * strongest(1.0, sat) = cat", None),
        ("score(1.0, sat, was) < -5", True),
    ],
)
def test_a_claim_holds_or_not_or_is_none(claim, is_true):
    if is_true is None:
        with pytest.raises(AttnvizError):
            holds(claim, place())
    else:
        assert holds(claim, place()) is is_true


def test_a_lesson_may_not_ask_for_more_runs_and_numbers_than_a_server_can_give():
    runs = Runs(lambda name, sentence, changes: (None, None))
    for i in range(MOST_RUNS):
        runs.of("grammar", str(i))
    runs.of("grammar", "0")  # known
    with pytest.raises(AttnvizError, match=f"run {MOST_RUNS} times"):
        runs.of("grammar", "one more")
    for _ in range(MOST_MEASURED):
        runs.count()
    with pytest.raises(AttnvizError, match="measured"):
        runs.count()


def test_every_reference_is_explained_in_the_document_that_says_how_a_lesson_is_written():
    text = (ROOT / "docs" / "lessons.md").read_text(encoding="utf-8")
    for measure in MEASURES.values():
        assert f"| `{measure.written}` | {measure.said} |" in text


def test_only_models_that_a_lesson_may_name_are_loaded():
    with pytest.raises(AttnvizError, match="There is no model"):
        lessons.model_of("bert-base-uncased")
