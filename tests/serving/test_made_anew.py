"""What is told by a page that is open while its session is made anew."""

from __future__ import annotations

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetState

from attnviz.ui.serving import messages


def asked(part: str = "", **values: str | bool) -> ClientState:
    """A message with these values of widgets."""
    message = ClientState(fragment_id=part)
    for name, value in values.items():
        kind = "bool_value" if isinstance(value, bool) else "string_value"
        message.widget_states.widgets.append(WidgetState(id=name, **{kind: value}))
    return message


def test_what_the_address_folded_stays_open_and_its_text_is_not_taken_for_typed():
    first = asked(text="what was typed", along_open=True, meaning_open=False)
    told = asked("follower", text="of the address", along_open=False, meaning_open=True, further="new")
    wanted = asked("follower", text="what was typed", along_open=True, meaning_open=True, further="new")
    assert messages.as_typed(told, first) == wanted
    assert told.widget_states.widgets[0].string_value == "of the address", "the message itself stays as it came"


def test_what_is_typed_meanwhile_counts():
    first = asked(text="what was typed", along_open=True)
    told = asked(text="typed since", along_open=False)
    assert messages.as_typed(told, first) == asked(text="typed since", along_open=True)
