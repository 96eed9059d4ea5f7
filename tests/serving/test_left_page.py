"""A link is followed while the page that is left still has something to tell."""

from __future__ import annotations

import time

import pytest
from streamlit.proto.ClientState_pb2 import ClientState

from attnviz.ui.serving import messages
from tests.serving.client import Client, rerun


@pytest.mark.parametrize("later", [0.0, 0.02, 0.3])
def test_what_is_told_just_after_a_link_was_followed_calls_nobody_back(server: str, later: float):
    client = Client(server, "train")
    assert client.open() == []
    train = client.page_hash
    client = Client(server)
    assert client.open() == []
    late = client.state("text", string_value="The dog sleeps near the cat")
    left = client.page_hash
    client.socket.send(rerun([], {}, train))
    time.sleep(later)
    client.socket.send(rerun([late], client.params, left))  # the browser has not heard of Train yet
    assert client.settle(1.0) == []
    assert client.page_hash == train


def test_what_is_told_on_the_way_keeps_its_values_and_names_the_page_of_the_link():
    told = ClientState(page_script_hash="explore", fragment_id="heads", query_string="head=1.2")
    told.widget_states.widgets.add(id="text", string_value="The dog sleeps")
    meant = messages.told_on(told, "train")
    assert (meant.page_script_hash, meant.fragment_id, meant.query_string) == ("train", "", "")
    assert meant.widget_states == told.widget_states
    assert messages.told_on(told, "explore") == told
    assert messages.told_on(told, "") == told  # the first address names no page
