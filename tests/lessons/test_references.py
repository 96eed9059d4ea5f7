"""References: what each says is what the package has, and what is wrong in one is said."""

from __future__ import annotations

import json
import math
import subprocess

import pytest
import torch

import attnviz
from attnviz import lessons
from attnviz.analysis import effect, head_figures, norm_weighted, read_row, saying
from attnviz.contents import Samples
from attnviz.errors import AttnvizError
from attnviz.lessons.measures.references import MEASURES, Place, Reference, holds, measured
from attnviz.lessons.runs import MOST_MEASURED, MOST_RUNS, Runs, load
from attnviz.lessons.wording import changes_of, found_at, switched
from attnviz.request import Sound
from attnviz.service import pictures
from attnviz.training.registry import TASKS
from attnviz.training.synthesis import RATE
from tests.documents import ROOT

CAT = "The cat, which was black, sat on the mat"
SAT, BLACK, MAT = 8, 6, 11


@pytest.fixture(scope="module")
def model() -> attnviz.models.base.Model:
    return attnviz.load_model("grammar", device="cpu")


@pytest.fixture(scope="module")
def trace(model) -> attnviz.Trace:
    return model.trace(CAT)


def place(model: str = "grammar", sentence: str = CAT) -> Place:
    return Place(Runs(load), model, sentence)


def number(written: str, at: Place | None = None) -> float:
    found = measured(Reference.of(written), at or place()).number
    assert found is not None
    return found


def shown(written: str, at: Place | None = None) -> str:
    return measured(Reference.of(written), at or place()).shown


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


ENGLISH, FRENCH = "The black cat sleeps", "Le chat noir dort"


@pytest.fixture(scope="module")
def french() -> Place:
    return place("french", ENGLISH)


def test_of_three_parts_a_head_names_its_own_and_words_are_of_the_text_that_looks_or_is_looked_at(french):
    trace = attnviz.load_model("french", device="cpu").trace(ENGLISH, target=FRENCH)
    cross, decoder = trace.parts["cross"][0], trace.parts["decoder"][0]
    row, black = cross.queries.find("noir"), cross.keys.find("black")
    assert number("weight(cross.0.1, noir, black)", french) == pytest.approx(cross.weights[1, row, black].item())
    assert number("q(cross.0.1, noir, 3)", french) == pytest.approx(cross.q[1, row, 3].item())
    assert number("k(cross.0.1, black, 3)", french) == pytest.approx(cross.k[1, black, 3].item())
    assert shown("strongest(cross.0.1, noir)", french) == "black"
    own = decoder.queries.find("noir")
    assert number("weight(decoder.0.2, noir, chat)", french) == pytest.approx(decoder.weights[2, own, own - 1].item())
    assert number("previous(decoder.0.2)", french) == pytest.approx(
        head_figures(trace.only("decoder"))[0][2].previous or 0
    )
    told = attnviz.load_model("french", device="cpu").probabilities(trace.request, row)
    assert number("probability(noir, noir)", french) == pytest.approx(told.max().item())
    assert shown("top(noir)", french) == "noir"


def test_what_is_written_is_written_anew_with_what_is_changed(french):
    model = attnviz.load_model("french", device="cpu")
    assert shown("translation()", french) == FRENCH == [*model.generate(ENGLISH)][-1]
    blind = attnviz.Unseen(key=2, part="cross")
    assert shown("translation() | unseen:black", french) == [*model.generate(ENGLISH, changes=[blind])][-1]
    assert "noir" not in shown("translation() | unseen:black", french).split()
    trace = model.trace(ENGLISH, target=FRENCH)
    assert changes_of(["unseen:black", "unseen:cross.0.1:noir:black"], trace) == (
        blind,
        attnviz.Unseen(0, 1, 2, 2, "cross"),
    )


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("weight(0.0, noir, black)", "has several parts"),
        ("weight(cross.0.9, noir, black)", "There is no head 9"),
        ("weight(encoder.0.0, noir, black)", "no word “noir” in the source"),
        ("previous(cross.0.0)", "one row of words looks at another"),
    ],
)
def test_what_is_wrong_with_a_reference_to_a_part_is_said(written, said, french):
    with pytest.raises(AttnvizError, match=said):
        number(written, french)


def test_only_a_model_that_translates_has_a_translation():
    with pytest.raises(AttnvizError, match="grammar does not translate"):
        shown("translation()")


def test_a_word_is_found_as_it_is_written_and_counted(trace):
    tokens = trace.tokens
    assert [found_at(word, tokens) for word in ("the", "The", "the#1", "THE#2", ",#2", "[CLS]")] == [10, 1, 1, 10, 7, 0]
    pieces = attnviz.load_model("minilm", device="cpu").trace("La chaise et la chaise").tokens
    labels = [token.label for token in pieces]
    assert [found_at(f"chaise#{n}", pieces) for n in (1, 2)] == [i for i, label in enumerate(labels) if label == "cha"]


def test_changes_are_those_of_a_link_and_heads_and_words(trace):
    found = changes_of(["off:1.0", "unseen:cat", "unseen:1.0:sat:cat", "window:3", "unscaled"], trace)
    assert found == (
        attnviz.HeadOff("1.0"),
        attnviz.Unseen(key=2),
        attnviz.Unseen(1, 0, 8, 2),
        attnviz.Masked("window", width=3),
        attnviz.Scaled(root=False),
    )


@pytest.mark.parametrize(
    ("written", "page"),
    [
        (["causal"], "causal"),
        (["window"], "window"),
        (["dilated:6"], "dilated:6"),
        (["dilated:6:3", "hard"], "dilated:6:3~hard"),
    ],
)
def test_what_is_switched_is_written_as_the_page_reads_it(written, page):
    assert switched(written) == page


def test_what_the_page_cannot_switch_is_said():
    with pytest.raises(AttnvizError, match="cannot switch"):
        switched(["unseen:cat"])


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


SCENE = "scene-4: which digit is red?"


def test_of_a_picture_the_answer_and_the_weights_of_patches_are_the_packages():
    at, model = place("picture", SCENE), attnviz.load_model("picture", device="cpu")
    pixels = pictures.pixels_of("scene-4").array
    trace = model.trace(pixels, question="which digit is red?")
    row = trace.layers[0].weights[1, 1]
    assert number('weight(0.1, red, "1,1")', at) == pytest.approx(row[2 + 6].item())
    assert shown("strongest(0.1, red)", at) == trace.tokens[int(row.argmax())].label == "1,1"
    for changes, written in (([], ""), ([attnviz.HeadOff("0.1")], " | off:0.1"), ([blind(8)], ' | "unseen:1,1"')):
        told = model.probabilities(pixels, 1, question="which digit is red?", changes=changes)
        assert shown(f"top(red){written}", at) == model.word(int(told.argmax()))
        assert number(f"probability(red, 3){written}", at) == pytest.approx(told[model.words.index("3")].item())
    figures = model.measures([attnviz.HeadOff("0.1")]) or {}
    assert number("examined(colour questions) | off:0.1", at) == figures["colour questions"]


def test_of_a_sound_letters_have_the_frames_in_which_they_are_said():
    at, model, task = place("voice", "masoti"), attnviz.load_model("voice", device="cpu"), TASKS["voice"]
    said = task.sound("masoti")
    trace = model.trace(said.samples, rate=RATE)
    row, frames = trace.parts["cross"][1].weights[2, 2], list(task.frames(said.spans[2]))
    assert number("sounding(cross.1.2, s)", at) == pytest.approx(row[frames].sum().item())
    assert (number("begins(s)", at), number("ends(s)", at)) == said.spans[2]
    cut = tuple(blind(frame, "cross") for frame in frames)
    assert changes_of(["unheard:s"], trace) == cut
    heard = [*model.generate(Sound(Samples.of(said.samples, RATE)), changes=cut)][-1]
    assert shown("heard() | unheard:s", at) == heard == "maoti"
    assert shown("heard()", at) == shown("heard()", place("voice", "MA so ti")) == "masoti"
    assert shown("heard()", place("tones", "1 2 a d")) == "12AD"


def blind(key: int, part: str = "") -> attnviz.Unseen:
    return attnviz.Unseen(key=key, part=part)


@pytest.mark.parametrize(
    ("model", "sentence", "written", "said"),
    [
        ("picture", "which digit is red?", "top(red)", "Of a picture a lesson writes “scene-0: which digit"),
        ("picture", "scene-10: which digit is red?", "top(red)", "no scene “scene-10”. There are scene-0 to scene-9"),
        ("picture", "scene-1: who is there?", "top(red)", "cannot be asked “who is there"),
        ("picture", SCENE, 'weight(0.1, red, "5,5")', "There is no word “5,5”"),
        ("picture", SCENE, "heard()", "picture hears nothing"),
        ("picture", SCENE, "begins(red)", "picture hears nothing"),
        ("voice", "hello", "heard()", "says"),
        ("voice", "masoti", "sounding(cross.1.2, x)", "There is no word “x”"),
        ("voice", "masoti", "sounding(cross.1.2, end)", "The end makes no sound"),
        ("voice", "masoti", "heard() | unheard:x", "There is no word “x”"),
        ("voice", "masoti", "translation()", "voice does not translate"),
        ("grammar", CAT, "sounding(1.0, sat)", "grammar hears nothing"),
    ],
)
def test_what_is_wrong_with_a_picture_or_a_sound_is_said(model, sentence, written, said):
    with pytest.raises(AttnvizError, match=said):
        number(written, place(model, sentence))


def test_when_letters_sound_is_not_guessed_where_a_model_has_heard_others():
    model = attnviz.load_model("voice", device="cpu")
    said = TASKS["voice"].sound("masoti")
    trace = model.trace(said.samples, rate=RATE, target="masote")
    with pytest.raises(AttnvizError, match="has written “masote”, and other letters are said"):
        changes_of(["unheard:s"], trace)
