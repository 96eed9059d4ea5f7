"""What a browser asks of its session, before Streamlit takes it: read once, and in order where the session is new.

A page stays open while its server is started again, and for longer than its session is kept. It is then connected to a
new session, which knows none of its parts and widgets: Streamlit drops a choice made in a part of the page, calls
nobody for a button, and takes the address for what was typed. So the address is run first, as for a visitor who opens
it, and what was asked after that: by then the session has what the browser has.

A hand-made message can say anything of any widget. Streamlit reads it where the widget is drawn, and what it cannot
read there ends the page. So it is read here, and what cannot be is left out: the widget keeps its value. What is very
long is cut here, once, before anything keeps it.

What a page tells just after a link on it was followed names the page that is left. Streamlit would go back to it. So it
is taken for what was told on the way: the page is the one that was gone to. The value counts as long as its widget is
known, which is until the page of the link begins to run.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from weakref import WeakKeyDictionary, finalize

import streamlit as st
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state.common import unpack_widget_state_value, user_key_from_element_id

from attnviz.ui.serving.places import Places

Rerun = Callable[[AppSession, ClientState | None], None]

_NUMBER, _NUMBERS = ("double_value", "int_value"), ("double_array_value", "int_array_value")
_KINDS = {kind: kinds for kinds in (_NUMBER, _NUMBERS) for kind in kinds}  # a browser sends either for either
# By the ids of sessions that open pages were connected to, until it is said there: the names of their widgets.
_before: dict[str, frozenset[str | None]] = {}
# By id: whether anything was asked of the session since its last run that only says where the browser is.
_arrived: dict[str, bool] = {}
_SAID = "The connection was lost and is back. What you had chosen is kept."
_MOST_CHARACTERS = 120_000  # of a text or an address: more than any lesson has, and than any model reads
_LONGEST = 120.0  # seconds that what was asked waits for the address
_AT_ONCE = 4  # pages that are connected anew run at a time: of a class that comes back, nobody waits for all the others
_HOLDS = 10.0  # seconds after which the next one runs all the same
log = logging.getLogger(__name__)


def watch() -> None:
    """Stand between the browsers and Streamlit, from now on and for the whole process."""
    if not hasattr(AppSession.request_rerun, "__wrapped__"):
        AppSession.request_rerun = _watched(AppSession.request_rerun)  # type: ignore[assignment,method-assign]


def had(name: str) -> bool:
    """Whether the page was open before its session, and had the widget of that name. (Asked in the first run alone.)"""
    context = get_script_run_ctx()
    return context is not None and name in _before.get(context.session_id, ())


def say_connected_anew() -> None:
    """Tell it once. (As a toast: a line in the page would move what was just clicked.)"""
    context = get_script_run_ctx()
    if context is not None and _before.pop(context.session_id, None) is not None:
        st.toast(_SAID, icon=":material/sync:", duration="long")


def has_arrived() -> bool:
    """Whether this run may be that of the browser's Back or Forward. (Asked once in a run.)

    What names a part of the page or changes a widget is not: where its address is not the one that the page wrote, it
    was sent before that had come, and nobody went there.
    """
    context = get_script_run_ctx()
    if context is None or context.session_id not in _arrived:
        return True
    arrived, _arrived[context.session_id] = _arrived[context.session_id], False
    return arrived


def runs_a_part() -> bool:
    """Whether a part of the page is being run alone."""
    context = get_script_run_ctx()
    return context is not None and bool(context.fragment_ids_this_run)


def _watched(rerun: Rerun) -> Rerun:
    """Streamlit's own way to run a session's script, behind this one's."""
    waiting: WeakKeyDictionary[AppSession, list[ClientState]] = WeakKeyDictionary()
    # What was asked of a new session first, or since by somebody who typed or pressed.
    typed: WeakKeyDictionary[AppSession, ClientState] = WeakKeyDictionary()
    tasks: set[asyncio.Task[None]] = set()  # asyncio itself does not hold them
    places = Places(_AT_ONCE, _HOLDS)
    gone_to: WeakKeyDictionary[AppSession, str] = WeakKeyDictionary()  # the page of the last link or address

    def go(session: AppSession, asked: ClientState) -> None:
        """Run it, and note whether it may be a step back."""
        if session.id not in _arrived:
            finalize(session, _arrived.pop, session.id, None)
        if not asked.widget_states.widgets and not asked.fragment_id:  # so a link is followed
            gone_to[session] = asked.page_script_hash
        asked = _told_on(asked, gone_to.get(session, ""))
        _arrived[session.id] = _arrived.get(session.id, False) or _is_address(session, asked)
        rerun(session, _readable(session, _whole(session, asked)))

    async def settled(session: AppSession) -> None:
        with suppress(TimeoutError):  # of a browser that left, nobody says so
            async with asyncio.timeout(_LONGEST):
                await session.wait_until_settled()

    async def go_on(session: AppSession, address: ClientState) -> None:
        """The address, and what was asked of a session while it ran that, one after the other."""
        async with places.taken():
            try:
                rerun(session, address)
                await settled(session)
                while waiting[session]:
                    go(session, waiting[session].pop(0))
                    await settled(session)
            finally:
                del waiting[session]
                typed.pop(session, None)

    @wraps(rerun)
    def request_rerun(session: AppSession, asked: ClientState | None) -> None:
        if asked is None:
            rerun(session, asked)
            return
        asked = _bounded(asked)
        if session in waiting:
            asked = _as_typed(asked, typed[session])
            if not asked.fragment_id:  # typed or pressed since: from now on this is what was open, and as it was
                typed[session] = asked
            waiting[session].append(asked)
        elif not session.page_script_hash and (asked.fragment_id or asked.widget_states.widgets):  # new, and yet open
            waiting[session] = [_copy(asked)]
            typed[session] = _copy(asked)
            _before[session.id] = frozenset(user_key_from_element_id(one.id) for one in asked.widget_states.widgets)
            session.track_settling()
            task = asyncio.get_running_loop().create_task(go_on(session, _address(asked)))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        else:
            go(session, asked)

    return request_rerun


def _copy(asked: ClientState) -> ClientState:
    copy = ClientState()
    copy.CopyFrom(asked)
    return copy


def _address(asked: ClientState) -> ClientState:
    """The same without what is of the open page alone: as if somebody opened its address."""
    address = _copy(asked)
    for name in ("widget_states", "fragment_id", "is_auto_rerun"):
        address.ClearField(name)
    return address


def _as_typed(asked: ClientState, first: ClientState) -> ClientState:
    """What is told while a session is made anew, with what was open in what was asked first, and (where a part of the
    page tells it) the texts as they were: since then the browser may show those of the address, which nobody typed, and
    have folded what the address does not say."""
    asked = _copy(asked)
    texts = {one.id: one.string_value for one in first.widget_states.widgets if one.HasField("string_value")}
    unfolded = {one.id for one in first.widget_states.widgets if one.bool_value}
    for one in asked.widget_states.widgets:
        if asked.fragment_id and one.id in texts and one.HasField("string_value"):
            one.string_value = texts[one.id]
        if one.id in unfolded and one.HasField("bool_value"):
            one.bool_value = True
    return asked


def _bounded(asked: ClientState) -> ClientState:
    """The same with no text longer than can be meant; a value or an address that would be none when cut is left out."""
    states = asked.widget_states.widgets
    is_long = [max(map(len, (one.string_value, one.json_value))) > _MOST_CHARACTERS for one in states]
    is_far = len(asked.query_string) > _MOST_CHARACTERS
    if not any(is_long) and not is_far:
        return asked
    asked = _copy(asked)
    if is_far:
        asked.query_string = ""
    asked.ClearField("widget_states")
    for one, long in zip(states, is_long, strict=True):
        if not long:
            asked.widget_states.widgets.append(one)
        elif one.string_value:
            asked.widget_states.widgets.add(id=one.id, string_value=one.string_value[:_MOST_CHARACTERS])
    return asked


def _told_on(asked: ClientState, page: str) -> ClientState:
    """The same on that page, where a widget of another one tells something. (The first address names no page.)"""
    if not page or not asked.widget_states.widgets or asked.page_script_hash == page:
        return asked
    asked = _copy(asked)
    asked.page_script_hash, asked.query_string = page, ""
    asked.ClearField("fragment_id")
    return asked


def _is_address(session: AppSession, asked: ClientState) -> bool:
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


def _whole(session: AppSession, asked: ClientState) -> ClientState:
    """The same for the whole page, where the part of it that is asked for could not answer all: it is gone, since the
    run that drew the page anew was still on its way when it was clicked, or the address says less than the page had; or
    something outside it was changed in the same message. (A choice in the explorer is told as one presses the mouse on
    the next thing; both come in one message, which names the part of the first.)"""
    is_elsewhere = asked.page_script_hash != session.page_script_hash  # of a page that was left
    if not asked.fragment_id or asked.is_auto_rerun or is_elsewhere:
        return asked
    if session.has_fragment(asked.fragment_id) and not _changes_more(session, asked):
        return asked
    asked = _copy(asked)
    asked.ClearField("fragment_id")
    return asked


def _changes_more(session: AppSession, asked: ClientState) -> bool:
    """Whether it changes a widget outside the part that it asks for."""
    for one in asked.widget_states.widgets:
        widget = session.session_state._get_widget_metadata(one.id)
        if widget is None or widget.fragment_id == asked.fragment_id:
            continue
        with suppress(Exception):  # what cannot be read is left out (`_readable`)
            if _is_news(session, one):
                return True
    return False


def _readable(session: AppSession, asked: ClientState) -> ClientState:
    """The same without the values that their widgets cannot read, and those of widgets that are not there."""
    states = asked.widget_states.widgets
    good = [state for state in states if _is_readable(session, state)]
    if len(good) == len(states):
        return asked
    asked = _copy(asked)
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
