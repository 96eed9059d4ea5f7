"""What a browser asks of its session, before Streamlit takes it: read once, and in order where the session is new.

A page stays open while its server is started again, and for longer than its session is kept. It is then connected to a
new session, which knows none of its parts and widgets: Streamlit drops a choice made in a part of the page, calls
nobody for a button, and takes the address for what was typed. So the address is run first, as for a visitor who opens
it, and what was asked after that: by then the session has what the browser has.

What a page tells just after a link on it was followed names the page that is left. Streamlit would go back to it. So it
is taken for what was told on the way: the page is the one that was gone to. The value counts as long as its widget is
known, which is until the page of the link begins to run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from weakref import WeakKeyDictionary, finalize

import streamlit as st
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state.common import user_key_from_element_id

from attnviz.ui.serving import messages
from attnviz.ui.serving.places import Places

Rerun = Callable[[AppSession, ClientState | None], None]

# By the ids of sessions that open pages were connected to, until it is said there: the names of their widgets.
_before: dict[str, frozenset[str | None]] = {}
# By id: whether anything was asked of the session since its last run that only says where the browser is.
_arrived: dict[str, bool] = {}
_SAID = "The connection was lost and is back. What you had chosen is kept."
_LONGEST = 120.0  # seconds that what was asked waits for the address
_AT_ONCE = 4  # pages that are connected anew run at a time: of a class that comes back, nobody waits for all the others
_HOLDS = 10.0  # seconds after which the next one runs all the same


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
        asked = messages.told_on(asked, gone_to.get(session, ""))
        _arrived[session.id] = _arrived.get(session.id, False) or messages.is_address(session, asked)
        rerun(session, messages.readable(session, messages.whole(session, asked)))

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
        asked = messages.bounded(asked)
        if session in waiting:
            asked = messages.as_typed(asked, typed[session])
            if not asked.fragment_id:  # typed or pressed since: from now on this is what was open, and as it was
                typed[session] = asked
            waiting[session].append(asked)
        elif not session.page_script_hash and (asked.fragment_id or asked.widget_states.widgets):  # new, and yet open
            waiting[session] = [messages.copied(asked)]
            typed[session] = messages.copied(asked)
            _before[session.id] = frozenset(user_key_from_element_id(one.id) for one in asked.widget_states.widgets)
            session.track_settling()
            task = asyncio.get_running_loop().create_task(go_on(session, messages.address_of(asked)))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        else:
            go(session, asked)

    return request_rerun
