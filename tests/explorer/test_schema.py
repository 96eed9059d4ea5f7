"""What Python and the page agree on is written once."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import asdict
from typing import get_args

from attnviz.attention import NORMALIZERS
from attnviz.client import frame, schema
from attnviz.client.schema.choices import Normalizer, PartName
from attnviz.figures.palette import DARK, LIGHT
from attnviz.heads import PARTS
from attnviz.lessons import lesson


def test_the_pages_schema_is_the_one_that_python_writes():
    told = "run: python -c 'from attnviz.client import schema; schema.write()'"
    assert schema.FILE.read_text(encoding="utf-8") == schema.javascript(), told


def test_the_page_reads_the_same_choices_limits_and_colours(node: str):
    code = f"import({json.dumps(schema.FILE.as_uri())}).then((all) => console.log(JSON.stringify(all)))"
    done = subprocess.run([node, "-e", code], capture_output=True, text=True, timeout=60, check=True)
    seen = json.loads(done.stdout)
    assert seen["CHOICES"] == {name: list(values) for name, values in schema.CHOICES.items()}
    assert (seen["MOST_OVER"], seen["WHOLE"]) == (schema.MOST_OVER, schema.WHOLE)
    assert seen["PALETTES"] == json.loads(json.dumps({"light": asdict(LIGHT), "dark": asdict(DARK)}))


def test_a_choice_by_name_is_what_its_type_says():
    hints = schema.State.__annotations__
    for name, values in schema.CHOICES.items():
        assert get_args(hints[name]) == values


def test_the_page_knows_the_parts_and_the_normalizers_of_the_package():
    assert get_args(PartName) == ("", *PARTS)
    assert get_args(Normalizer) == tuple(NORMALIZERS)


def test_types_become_javascripts():
    text = schema.javascript()
    assert " * @property {[number, number] | null} second\n" in text
    assert " * @property {[number, number][]} over\n" in text
    assert " * @property {Record<number, string>} roles\n" in text
    assert " * @property {number | null} [distance]\n" in text, "it may be missing"


def test_the_frame_offers_every_choice():
    for name, picked in (("words", "words-pick"), ("filter", "filter")):
        (select,) = re.findall(rf'class="pick {picked}".*?</select>', frame(), re.DOTALL)
        assert tuple(re.findall(r'value="(\w+)"', select)) == schema.CHOICES[name]
    assert tuple(re.findall(r'data-show="(\w+)"', frame())) == schema.CHOICES["show"]


def test_a_lesson_knows_the_panes_and_steps_of_the_page():
    assert set(lesson.PANES) == set(schema.CHOICES["pane"])
    assert lesson.STEPS == schema.WALK
