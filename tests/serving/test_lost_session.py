"""A page that was open before its session: its server was started again, or it was away for long."""

from __future__ import annotations

import json

import pytest

from tests.serving.client import Client, rerun

SAID = "The connection was lost and is back. What you had chosen is kept."


def opened(server: str, page: str = "", **params: str) -> Client:
    client = Client(server, page, **params)
    assert client.open() == []
    return client


def choice(client: Client, **change: object) -> str:
    """What the explorer tells the server when something in it is chosen."""
    state = {
        "part": "", "layer": 1, "head": 0, "query": 8, "key": None, "second": None, "over": [], "show": "heatmap",
        "words": "pieces", "filter": "all", "specials": True, "scale": "fixed", "of": "head", "present": 0,
        "pane": "way", "walk": "words", "switched": "", "at": 0,
    }  # fmt: skip
    return json.dumps({"choice": {"id": client.identity, "sequence": 1, "state": state | change, "asked": {}}})


def test_a_head_that_is_chosen_after_the_session_was_lost_is_shown(server: str):
    client = opened(server)
    told = client.state("follower", json_value=choice(client, layer=0, head=3))
    client.connect()
    client.ask(told, part=client.widgets["follower"][1], runs=2)
    assert client.params == {"layer": "0", "head": "3"}
    assert client.toasts == [SAID]


def test_a_button_that_is_pressed_after_the_session_was_lost_is_done(server: str):
    client = opened(server)
    client.connect()
    pressed = client.state("switch_head", trigger_value=True)
    client.ask(pressed, part=client.widgets["switch_head"][1], runs=2)
    assert client.params == {"off": "1.0"}


def test_what_is_typed_after_the_session_was_lost_wins_over_the_address(server: str):
    client = opened(server, text="The dog sleeps", layer="0", head="2")
    client.connect()
    client.ask(client.state("text", string_value="The cat sleeps"), runs=2)
    assert client.params == {"text": "The cat sleeps", "layer": "0", "head": "2"}
    assert client.toasts == [SAID]


def test_what_is_typed_while_a_choice_is_still_told_is_not_undone_by_it(server: str):
    """The browser tells a choice that its server had not heard of, and again once it shows the address's text."""
    client = opened(server, text="The dog sleeps")
    told = client.state("follower", json_value=choice(client, layer=0, head=3))
    before, typed = (client.state("text", string_value=text) for text in ("The dog sleeps", "The cat sleeps"))
    part = client.widgets["follower"][1]
    client.connect()
    for states, of in (([told, before], part), ([told, typed], ""), ([told, before], part)):
        client.socket.send(rerun(states, client.params, client.page_hash, of))
    for _ in range(4):  # the address, and each of these
        client.wait()
    assert client.identity == opened(server, text="The cat sleeps").identity, "what is drawn last"


def test_what_is_unfolded_after_the_session_was_lost_is_drawn(server: str):
    client = opened(server)
    client.connect()
    client.ask(client.state("meaning_open", bool_value=True), part=client.widgets["meaning_open"][1], runs=2)
    assert "Measured effect" in client.html


def test_what_was_unfolded_before_does_not_hide_what_is_typed(server: str):
    client = opened(server)
    told = client.state("follower", json_value=choice(client, layer=0, head=3))
    client.connect()
    unfolded = client.state("meaning_open", bool_value=True)
    client.ask(told, unfolded, client.state("text", string_value="The cat sleeps"), runs=2)
    assert client.params["text"] == "The cat sleeps"


def test_a_second_sentence_whose_field_was_only_opened_is_not_lost(server: str):
    client = opened(server, model="minilm")
    client.ask(client.state("add_pair", trigger_value=True))
    client.connect()
    client.ask(client.state("pair", string_value="It slept"), runs=2)
    assert client.params == {"model": "minilm", "pair": "It slept"}


def test_compare_takes_the_sentence_that_is_typed_after_the_session_was_lost(server: str):
    client = opened(server, "compare", compare="sentences")
    client.connect()
    client.ask(client.state("compare_text", string_value="The dog sat on the mat"), runs=2)
    assert client.params == {"compare": "sentences", "sentence_b": "The dog sat on the mat"}


def test_train_trains_what_was_set_before_the_session_was_lost(server: str):
    client = opened(server, "train")
    client.connect()
    set_to = [client.state(f"train_{name}", int_value=value) for name, value in (("seed", 7), ("steps", 200))]
    client.ask(*set_to, client.state("train", trigger_value=True), runs=2)
    assert client.params["model"] == "grammar-seed7-2x4-32-200"
    client.ask(client.state("stop", trigger_value=True))


def test_who_opens_an_address_is_told_nothing(server: str):
    assert opened(server).toasts == []


@pytest.mark.parametrize("same_session", [True, False])
def test_a_choice_in_a_part_that_is_gone_runs_the_whole_page(server: str, same_session: bool):
    """Else it would wait for ever: Streamlit drops it without a word."""
    client = opened(server)
    if not same_session:
        client.connect()
    pressed = client.state("switch_head", trigger_value=True)
    client.ask(pressed, part="gone", runs=1 if same_session else 2)
    assert client.params == {"off": "1.0"}


def test_an_address_from_before_what_the_page_wrote_is_no_step_back(server: str):
    """A message that was on its way while the page wrote its address has the old one."""
    client = opened(server)
    before = client.params
    client.ask(client.state("switch_head", trigger_value=True), part=client.widgets["switch_head"][1])
    written = client.params
    assert written == {"off": "1.0"}
    client.params = before
    client.ask(client.state("what_if_open", bool_value=True))
    assert client.params == written
    client.params = before
    client.ask()  # the browser's Back: nothing but the address
    assert client.params == before


def test_what_is_set_in_one_message_with_a_choice_is_done_too(server: str):
    """A message names one part of the page: that of the choice."""
    client = opened(server, "train")
    told = client.state("follower", json_value=choice(client, head=2))
    part = client.widgets["follower"][1]
    moved = client.state("step", string_array_value=["2,000"])
    client.ask(told, moved, part=part)
    assert (client.params["step"], client.params["head"]) == ("2000", "2")
