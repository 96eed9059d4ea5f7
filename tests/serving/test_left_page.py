"""A link is followed while the page that is left still has something to tell."""

from __future__ import annotations

from tests.serving.client import Client, rerun


def test_what_is_told_just_after_a_link_was_followed_counts_and_calls_nobody_back(server: str):
    client = Client(server, "train")
    assert client.open() == []
    train = client.page_hash
    client = Client(server)
    assert client.open() == []
    late = client.state("text", string_value="The dog sleeps near the cat")
    client.socket.send(rerun([], {}, train))
    client.socket.send(rerun([late], client.params, client.page_hash))  # the browser has not heard of Train yet
    assert client.wait() == []
    if "text" not in client.params:  # the page of the link may have been drawn before that was heard
        assert client.wait() == []
    assert client.page_hash == train
    assert client.params["text"] == "The dog sleeps near the cat"
