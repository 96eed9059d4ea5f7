"""Hand-made values of every widget: none of them ends a page."""

from __future__ import annotations

import json
import math

import pytest

from tests.serving.client import Client
from tests.serving.test_lost_session import choice

POINTS = (3, {"customdata": "x"}, {"customdata": [-1, -5]}, {"customdata": [0.5, math.nan]})
VALUES = [
    *({"double_value": value} for value in (math.nan, math.inf, 1e300)),
    {"int_value": 2**62},
    *({"double_array_value": value} for value in ([], [math.nan], [1e300])),
    *({"string_array_value": value} for value in ([], ["nope"])),
    *({"string_value": json.dumps({"selection": {"points": [point]}})} for point in POINTS),
    *({"string_value": value} for value in ("", "x\0y")),
    *({"json_value": value} for value in ("[", '{"choice": {"sequence": NaN}}', '{"chosen": "x"}')),
    *({"json_trigger_value": json.dumps([{"event": "chosen", "value": value}])} for value in ("x", 1e99, -7, [1])),
    {"string_trigger_value": "nope"},
    {"bytes_value": b"\xff\xfe"},
]


@pytest.mark.parametrize(
    ("page", "params"),
    [
        ("", {"model": "random"}),
        ("compare", {"compare": "sentences"}),
        ("compare", {"compare": "models", "model_b": "random"}),
        ("train", {}),
    ],
)
def test_no_value_of_a_widget_ends_the_page(server: str, page: str, params: dict[str, str]):
    client = Client(server, page, **params)
    assert client.open() == []
    for value in VALUES:  # of all widgets at once
        states = [client.state(name, **value) for name in client.widgets]
        assert client.ask(*states) == [], value
    assert "log has more" not in client.html


def test_a_value_that_cannot_be_read_leaves_the_one_that_was(server: str):
    client = Client(server, model="random", seed="5")
    client.open()
    before = client.params
    for value in ({"double_value": math.nan}, {"double_value": math.inf}, {"string_value": "7"}, {"bool_value": True}):
        assert client.ask(client.state("seed", **value)) == []
        assert client.params == before
    assert client.ask(client.state("seed", int_value=7)) == []
    assert client.params == before | {"seed": "7"}


@pytest.mark.parametrize("page", ["", "compare"])
def test_a_head_or_layer_that_is_none_is_not_taken(server: str, page: str):
    client = Client(server, page, layer="1", head="2")
    client.open()
    followers = [name for name in client.widgets if name.startswith("follower")]
    assert followers
    for name in followers:
        for change in ({"layer": "nope"}, {"head": 99}, {"head": -1}, {"part": "cross"}):
            assert client.ask(client.state(name, json_value=choice(client, **change))) == []
    assert client.params == {"layer": "1", "head": "2"}
    assert "went wrong" not in client.html


def test_a_text_of_megabytes_is_cut_before_anything_keeps_it_and_the_page_says_how_much_was_read(server: str):
    client = Client(server, model="grammar")
    client.open()
    assert client.ask(client.state("text", string_value="the cat sat . " * 500_000)) == []
    assert "text" not in client.params, "no link holds it"
    assert "cut" in client.html
    assert client.ask(client.state("text", string_value="the cat sat .")) == []
    assert client.params["text"] == "the cat sat ."


def test_an_address_or_a_choice_of_megabytes_is_none(server: str):
    plain, client = Client(server), Client(server, text="x" * 3_000_000)
    assert plain.open() == client.open() == []
    assert client.identity == plain.identity, "as if the address said nothing"
    value = '"' + "x" * 3_000_000 + '"'
    followers = [client.state(name, json_value=value) for name in client.widgets if name.startswith("follower")]
    assert followers
    assert client.ask(*followers) == []
