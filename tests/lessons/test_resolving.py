"""A lesson for the page: indices, HTML that is safe, and problems with their line while the rest works."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attnviz import lessons
from attnviz.errors import AttnvizError
from attnviz.lessons import Lesson, Step, View
from attnviz.lessons.text.markup import as_html, by_hand, references
from attnviz.request import Change, HeadOff, Unseen

HEAD = 'title = "Cats"\nsentence = "The cat, which was black, sat on the mat"\nmodel = "grammar"\n\n'


def resolved(step: str) -> dict[str, Any]:
    return lessons.resolved(lessons.read(HEAD + "[[step]]\n" + step))


def test_words_become_places_and_a_head_its_layer():
    view = '[step.view]\npane = "why"\nstep = "softmax"\nhead = "0.3"\nquery = "sat"\nkey = "the#2"\n'
    rest = 'changes = ["temperature:2", "off:0.1"]\n[step.question]\nask = "most"'
    (step,) = resolved(f'title = "One"\n{view}{rest}')["steps"]
    assert step == {
        "title": "One",
        "html": "",
        "sentence": "The cat, which was black, sat on the mat",
        "model": "grammar",
        "view": {
            "pane": "why",
            "walk": "softmax",
            "part": "",
            "layer": 0,
            "head": 3,
            "query": 8,
            "key": 10,
            "switched": "temperature:2~off:0.1",
        },
        "heads": {},
        "makes": None,
        "tries": [],
        "question": "most",
    }


def test_of_three_parts_the_heads_and_what_is_tried_stand_in_the_step():
    (step,) = resolved(
        'title = "One"\nmodel = "french"\nsentence = "The black cat sleeps"\n[step.view]\npane = "kinds"\n'
        'head = "cross.0.1"\nquery = "noir"\nkey = "black"\nheads = ["encoder.0.2", "decoder.0.3"]\n'
        'tries = ["unseen:black", "off:cross.0.0, off:cross.0.1, off:cross.0.2, off:cross.0.3"]\n'
    )["steps"]
    view = step["view"]
    assert [view[name] for name in ("pane", "part", "layer", "head", "query", "key")] == ["kinds", "cross", 0, 1, 2, 2]
    assert step["heads"] == {"encoder": [0, 2], "decoder": [0, 3]}
    plain, blind, lost = step["tries"]
    assert [one["said"] for one in step["tries"]] == [
        "nothing changed",
        "“black” hidden",
        "all heads of the cross-attention off",
    ]
    assert plain["words"] == [[word, "same"] for word in ("Le", "chat", "noir", "dort")]
    assert blind["words"] == [["Le", "same"], ["chat", "same"], ["noir", "gone"], ["dort", "same"]]
    assert sum(kind == "gone" for _, kind in lost["words"]) >= 3


@pytest.mark.parametrize(
    ("model", "view", "said"),
    [
        ("grammar", 'pane = "kinds"', "Line 9: “kinds” shows a model of three parts"),
        ("grammar", 'pane = "next"', "Line 9: “next” shows what comes after a text"),
        ("french", 'pane = "way"', "Line 9: “way” shows a model of one part"),
        ("french", 'pane = "tries"', "Line 9: “tries” needs a list of them"),
        ("grammar", 'tries = ["off:1.0"]', "Line 9: grammar does not translate"),
        ("french", 'tries = ["unseen:mat"]', "Line 9: There is no word “mat”"),
        ("french", 'heads = ["encoder.0.9"]', "Line 9: There is no head 9"),
    ],
)
def test_what_a_model_cannot_show_is_told_and_all_heads_are_shown(model: str, view: str, said: str):
    asked = f'title = "One"\nmodel = "{model}"\n[step.view]\n{view}\n'
    found = lessons.resolved(
        lessons.read(HEAD.replace("The cat, which was black, sat on the mat", "The cat sleeps") + "[[step]]\n" + asked)
    )
    assert found["problems"][0].startswith(said)
    assert found["steps"][0]["view"]["pane"] in ("explore", "way")


def tries_of(model: str, sentence: str, tries: str) -> tuple[str, list[Any]]:
    asked = (
        f'title = "One"\nmodel = "{model}"\nsentence = "{sentence}"\n[step.view]\npane = "tries"\ntries = [{tries}]\n'
    )
    found = resolved(asked)
    assert found["problems"] == []
    (step,) = found["steps"]
    return step["makes"], [(one["said"], one["words"]) for one in step["tries"]]


def answer(*changes: Change) -> str:
    model, trace = lessons.load("picture", "scene-4: which digit is red?", changes)
    return model.word(int(model.probabilities(trace.request, 1).argmax()))


def test_of_a_picture_it_is_tried_what_the_answer_is():
    makes, tries = tries_of(
        "picture", "scene-4: which digit is red?", """"off:0.0", "off:0.1", "off:0.0, off:0.1", '"unseen:1,1"'"""
    )
    assert makes == "answer"
    assert tries == [
        ("nothing changed", [["3", "same"]]),
        ("head 0.0 off", [["3", "same"]]),
        ("head 0.1 off", [["3", "gone"], [answer(HeadOff("0.1")), "new"]]),
        ("all heads off", [["3", "gone"], [answer(HeadOff("0.0"), HeadOff("0.1")), "new"]]),
        ("patch “1,1” hidden", [["3", "gone"], [answer(Unseen(key=8)), "new"]]),
    ]


def test_of_a_sound_it_is_tried_which_letters_are_heard():
    layer = ", ".join(f"off:cross.1.{i}" for i in range(4))
    makes, tries = tries_of("voice", "masoti", f'"unheard:s", "unheard:s, off:cross.1.2", "off:cross.0.1, {layer}"')
    heard = [[letter, "gone" if letter == "s" else "same"] for letter in "masoti"]
    assert makes == "letters"
    assert [said for said, _ in tries] == [
        "nothing changed",
        "the sound of “s” cut",
        "the sound of “s” cut, head cross.1.2 off",
        "layer 1 of the cross-attention off, head cross.0.1 off",
    ]
    assert tries[1][1] == heard


@pytest.mark.parametrize("model", ["picture", "voice"])
def test_a_model_that_reads_no_words_shows_all_heads_while_nothing_else_is_said(model: str):
    sentence = {"picture": "scene-0: which digit is white?", "voice": "masoti"}[model]
    step = f'title = "One"\nmodel = "{model}"\nsentence = "{sentence}"\n'
    assert resolved(step)["problems"] == []
    assert resolved(step)["steps"][0]["view"]["pane"] == "explore"
    for pane in ("way", "row", "kinds"):
        found = resolved(f'{step}[step.view]\npane = "{pane}"')
        assert found["problems"][0].startswith(f"Line 10: “{pane}” shows")
        assert found["steps"][0]["view"]["pane"] == "explore"


def test_where_nothing_is_said_the_head_that_the_model_is_known_for_is_shown():
    view = resolved('title = "One"')["steps"][0]["view"]
    assert (view["pane"], view["walk"], view["layer"], view["head"]) == ("way", "words", 1, 0)
    assert (view["query"], view["key"], view["switched"]) == (None, None, "")


def test_numbers_stand_where_references_stood_and_a_view_changes_none_of_them():
    text = 'title = "One"\ntext = "**{weight(1.0, sat, cat)}** and {weight(1.0, sat, cat) | temperature:4}"\n'
    for view in ("", '[step.view]\nchanges = ["temperature:4"]'):
        assert resolved(text + view)["steps"][0]["html"] == "<p><strong>0.98</strong> and 0.28</p>"


def test_what_is_wrong_is_told_with_its_line_and_the_rest_works():
    found = resolved(
        'title = "One"\n'  # line 6
        'text = """\n'
        "It gives {weight(1.0, sat, cat)}.\n"
        "And {weigth(1.0, sat, cat)}\n"
        'and {weight(7.0, sat, cat)}."""\n'
        "[step.view]\n"
        'head = "5.11"\n'
        'query = "dog"\n'
        'key = "cat"\n'
        'changes = ["causal", "unseen:cat", "off:9.9"]\n'
    )
    assert [problem.split(".")[0][:48] for problem in found["problems"]] == [
        "Line 9: There is no reference “weigth”",
        "Line 10: There is no layer 7: grammar has layers",
        "Line 12: There is no layer 5: grammar has layers",
        "Line 13: There is no word “dog” in the text",
        "Line 15: The page cannot switch “unseen:cat” in ",
        "Line 15: There is no layer 9: grammar has layers",
    ]
    (step,) = found["steps"]
    assert step["html"] == "<p>It gives 0.98. And {weigth(1.0, sat, cat)} and {weight(7.0, sat, cat)}.</p>"
    assert step["view"] == {
        "pane": "way",
        "walk": "words",
        "part": "",
        "layer": 1,
        "head": 0,
        "query": None,
        "key": 2,
        "switched": "causal",
    }


def test_a_sentence_that_cannot_be_read_gives_way_to_the_lessons():
    steps = (Step("One", sentence="  "), Step("Two", sentence="Hello", model="minilm"))
    found = lessons.resolved(Lesson("x", steps, sentence="The dogs bark"))
    assert [(step["sentence"], step["model"]) for step in found["steps"]] == [
        ("The dogs bark", "grammar"),
        ("Hello", "minilm"),
    ]
    assert len(found["problems"]) == 1
    assert found["problems"][0].startswith("There is no word in this text.")
    neither = lessons.resolved(Lesson("x", steps[:1], sentence=" "))
    assert neither["steps"][0]["sentence"] == "The cat, which was black, sat on the mat"


def test_a_model_that_cannot_be_had_is_told():
    def load(name: str, sentence: str, changes: tuple[object, ...]) -> Any:
        if name == "minilm":
            raise AttnvizError("MiniLM is not installed here.")
        return lessons.load(name, sentence, changes)

    lesson = lessons.read(HEAD + '[[step]]\ntitle = "One"\nmodel = "minilm"\ntext = "{tokens()}"')
    found = lessons.resolved(lesson, load)
    assert found["problems"] == ["Line 5: MiniLM is not installed here."]
    assert (found["steps"][0]["model"], found["steps"][0]["html"]) == ("grammar", "<p>12</p>")


def test_a_lesson_without_steps_has_one_that_says_so():
    found = lessons.resolved(lessons.from_link("damaged"))
    assert [step["title"] for step in found["steps"]] == ["Nothing to show"]
    assert "damaged" in found["problems"][0]


def test_a_claim_that_is_false_or_cannot_be_measured_has_its_line():
    lesson = lessons.read(
        HEAD + '[[step]]\ntitle = "One"\nclaims = [\n  "tokens() = 12",\n  "tokens() = 13",\n  "tokens( = 13",\n]'
    )
    assert [str(problem) for problem in lessons.untrue(lesson)] == [
        "Line 9: It is not true that tokens() = 13.",
        "Line 10: “tokens( = 13” cannot be measured: “tokens( = 13” is no claim. One looks so: weight(1.0, sat, cat) > "
        "0.9.",
    ]


class Tags(HTMLParser):
    """The tags of a piece of HTML, and whether each is closed where it was opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not attrs
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@settings(max_examples=300)
@given(st.text(alphabet=st.sampled_from(list("*{}<>&\"'\n ab\0")) | st.characters(), max_size=60))
def test_no_text_becomes_markup_but_bold_italic_and_paragraphs(text):
    html = as_html(text, lambda written: "<i>9</i>" if "a" in written else None)
    assert Tags(html).seen <= {"p", "strong", "em"}


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a **b** *c*", "<p>a <strong>b</strong> <em>c</em></p>"),
        ("one\ntwo\n\n\nthree", "<p>one two</p><p>three</p>"),
        ("2 * 3 * 4, **open", "<p>2 * 3 * 4, **open</p>"),
        ("**a *b* c**", "<p><strong>a <em>b</em> c</strong></p>"),
        ("**a *b** c*", "<p><strong>a *b</strong> c*</p>"),
        ("<script>alert(1)</script> &amp;", "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp;amp;</p>"),
        ("*{x}*", "<p><em>&lt;5&gt;</em></p>"),
        ("{y} } {", "<p>{y} } {</p>"),
        ("", ""),
    ],
)
def test_markup_is_bold_italic_and_paragraphs_and_the_rest_is_text(text, html):
    assert as_html(text, {"x": "<5>"}.get) == html


def test_a_number_that_is_typed_is_found_with_its_line():
    lesson = lessons.read(
        'title = "In 3 steps"\n[[step]]\ntitle = "One"\ntext = """\nIt gives {weight(1.0, sat, cat)},\nnot 0.5.\n\n'
        'Jain & Wallace 2019, Brunner et al. 2020, but in 2021 two heads.\nHalf is ½, and ².\n"""'
    )
    assert [(problem.line, problem.said.split(" ")[0]) for problem in by_hand(lesson)] == [
        (1, "“3”"),
        (6, "“0.5”"),
        (8, "“2021”"),
    ]
    assert by_hand(lessons.read('title = "x"\n[[step]]\ntitle = "y"\ntext = "two heads, {tokens()} of 12"'))


words = st.sampled_from(["sat", "cat", "the", "the#2", ",#1", "[CLS]", "dog", "", "#", "cat#0"])
heads = st.sampled_from(["1.0", "0.3", "9.9", "x", "", "cross.0.0"])
changes = st.sampled_from(["causal", "off:1.0", "off:x", "unseen:cat", "temperature:0", "window:2", "nothing", ""])
wild = st.one_of(
    st.text(max_size=30),
    st.builds("{{weight({}, {}, {}) | {}}}".format, heads, words, words, changes),
    st.builds("{{{}({})}}".format, st.sampled_from(sorted(lessons.MEASURES)), st.text(max_size=12)),
    st.builds("{{{}({}, {})}}".format, st.sampled_from(sorted(lessons.MEASURES)), heads | words, words),
)


@settings(max_examples=120)
@given(
    st.lists(wild, max_size=4).map("\n".join),
    st.builds(
        View,
        st.sampled_from(lessons.PANES),
        st.sampled_from(lessons.STEPS),
        heads,
        words,
        words,
        st.lists(changes, max_size=3).map(tuple),
    ),
    st.sampled_from(["", "grammar", "random", "induction"]),
)
def test_no_lesson_makes_the_page_fail(text, view, model):
    lesson = Lesson("x", (Step("One", text, view, model=model, claims=(text[:60],)), Step("Two", "{tokens()}")))
    found = lessons.resolved(lesson)
    assert json.loads(json.dumps(found)) == found
    assert found["steps"][1]["html"] == "<p>12</p>"
    lessons.untrue(lesson)
    if not found["problems"]:
        assert not any(f"{{{reference}}}" in found["steps"][0]["html"] for reference in references(text))


def test_what_problems_say_is_a_sentence():
    text = "{nothing()} {weight(1.0, dog, cat)} {top(sat, 200)}"
    found = resolved(f'title = "One"\ntext = "{text}"\n[step.view]\nhead = "x"')
    assert len(found["problems"]) == 4
    assert all(re.fullmatch(r"Line \d+: .+[.]", problem) for problem in found["problems"])
