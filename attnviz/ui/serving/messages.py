"""A message of a browser, made such that Streamlit can take it. Each function gives what is meant: a copy, where that
is not what was said.

A hand-made message can say anything of any widget. Streamlit reads it where the widget is drawn, and what it cannot
read there ends the page. So it is read here, and what cannot be is left out: the widget keeps its value. What is very
long is cut here, once, before anything keeps it.
"""

from __future__ import annotations

import logging
import math
from contextlib import suppress

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.state.common import unpack_widget_state_value, user_key_from_element_id

_NUMBER, _NUMBERS = ("double_value", "int_value"), ("double_array_value", "int_array_value")
_KINDS = {kind: kinds for kinds in (_NUMBER, _NUMBERS) for kind in kinds}  # a browser sends either for either
_MOST_CHARACTERS = 120_000  # of a text or an address: more than any lesson has, and than any model reads
log = logging.getLogger(__name__)


def copied(asked: ClientState) -> ClientState:
    """A copy, since Streamlit goes on with the message itself."""
    copy = ClientState()
    copy.CopyFrom(asked)
    return copy


def address_of(asked: ClientState) -> ClientState:
    """The same without what is of the open page alone: as if somebody opened its address."""
    address = copied(asked)
    for name in ("widget_states", "fragment_id", "is_auto_rerun"):
        address.ClearField(name)
    return address


def as_typed(asked: ClientState, first: ClientState) -> ClientState:
    """What is told while a session is made anew, with what was open in what was asked first, and (where a part of the
    page tells it) the texts as they were: since then the browser may show those of the address, which nobody typed, and
    have folded what the address does not say."""
    asked = copied(asked)
    texts = {one.id: one.string_value for one in first.widget_states.widgets if one.HasField("string_value")}
    unfolded = {one.id for one in first.widget_states.widgets if one.bool_value}
    for one in asked.widget_states.widgets:
        if asked.fragment_id and one.id in texts and one.HasField("string_value"):
            one.string_value = texts[one.id]
        if one.id in unfolded and one.HasField("bool_value"):
            one.bool_value = True
    return asked


def bounded(asked: ClientState) -> ClientState:
    """The same with no text longer than can be meant; a value or an address that would be none when cut is left out."""
    states = asked.widget_states.widgets
    is_long = [max(map(len, (one.string_value, one.json_value))) > _MOST_CHARACTERS for one in states]
    is_far = len(asked.query_string) > _MOST_CHARACTERS
    if not any(is_long) and not is_far:
        return asked
    asked = copied(asked)
    if is_far:
        asked.query_string = ""
    asked.ClearField("widget_states")
    for one, long in zip(states, is_long, strict=True):
        if not long:
            asked.widget_states.widgets.append(one)
        elif one.string_value:
            asked.widget_states.widgets.add(id=one.id, string_value=one.string_value[:_MOST_CHARACTERS])
    return asked


def told_on(asked: ClientState, page: str) -> ClientState:
    """The same on that page, where a widget of another one tells something. (The first address names no page.)"""
    if not page or not asked.widget_states.widgets or asked.page_script_hash == page:
        return asked
    asked = copied(asked)
    asked.page_script_hash, asked.query_string = page, ""
    asked.ClearField("fragment_id")
    return asked


def is_address(session: AppSession, asked: ClientState) -> bool:
    """Whether it says no more than where the browser is: no part of the page, and no widget that is not as it was."""
    if asked.fragment_id:
        return False
    try:
        return not any(_is_news(session, one) for one in asked.widget_states.widgets)
    except Exception:  # what cannot be read is not as it was
        return False


def _is_news(session: AppSession, one: WidgetState) -> bool:
    """Whether a widget has another value than the session knows. Raises for one that cannot be read."""
    before = session.session_state._getitem(one.id, user_key_from_element_id(one.id))
    widget = session.session_state._get_widget_metadata(one.id)
    return widget is None or bool(widget.deserializer(unpack_widget_state_value(one)) != before)


def whole(session: AppSession, asked: ClientState) -> ClientState:
    """The same for the whole page, where the part of it that is asked for could not answer all: it is gone, since the
    run that drew the page anew was still on its way when it was clicked, or the address says less than the page had; or
    something outside it was changed in the same message. (A choice in the explorer is told as one presses the mouse on
    the next thing; both come in one message, which names the part of the first.)"""
    is_elsewhere = asked.page_script_hash != session.page_script_hash  # of a page that was left
    if not asked.fragment_id or asked.is_auto_rerun or is_elsewhere:
        return asked
    if session.has_fragment(asked.fragment_id) and not _changes_more(session, asked):
        return asked
    asked = copied(asked)
    asked.ClearField("fragment_id")
    return asked


def _changes_more(session: AppSession, asked: ClientState) -> bool:
    """Whether it changes a widget outside the part that it asks for."""
    for one in asked.widget_states.widgets:
        widget = session.session_state._get_widget_metadata(one.id)
        if widget is None or widget.fragment_id == asked.fragment_id:
            continue
        with suppress(Exception):  # what cannot be read is left out (`readable`)
            if _is_news(session, one):
                return True
    return False


def readable(session: AppSession, asked: ClientState) -> ClientState:
    """The same without the values that their widgets cannot read, and those of widgets that are not there."""
    states = asked.widget_states.widgets
    good = [state for state in states if _is_readable(session, state)]
    if len(good) == len(states):
        return asked
    asked = copied(asked)
    asked.ClearField("widget_states")
    asked.widget_states.widgets.extend(good)
    return asked


def _is_readable(session: AppSession, state: WidgetState) -> bool:
    widget = session.session_state._get_widget_metadata(state.id)
    kind = state.WhichOneof("value")
    if widget is None or kind not in (None, *_KINDS.get(widget.value_type, (widget.value_type,))):
        return False
    try:
        # Raises for a widget that is no longer drawn, whose callback would find nothing under its name.
        session.session_state._getitem(state.id, user_key_from_element_id(state.id))
        value = unpack_widget_state_value(state)
        numbers = value if kind == "double_array_value" else [value] if kind == "double_value" else []
        if not all(math.isfinite(number) for number in numbers):
            return False
        widget.deserializer(value)
    except Exception:  # whatever a widget's own reading raises on what no browser sends
        log.info("A value of the widget %r cannot be read, and is left out", user_key_from_element_id(state.id))
        return False
    return True
