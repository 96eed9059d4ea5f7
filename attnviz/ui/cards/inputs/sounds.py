"""What stands in the place of the sentence where a model hears: letters that are said, a file, or the microphone."""

from __future__ import annotations

from html import escape

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from attnviz.errors import AttnvizError
from attnviz.models.inputs.sound import sound_of
from attnviz.request import Sound
from attnviz.service import sounds
from attnviz.ui import words
from attnviz.ui.cards.inputs.bringing import problem_with
from attnviz.ui.state import inputs
from attnviz.ui.state.session import choose, session, view_now

_NO_LINK = "A link cannot carry your sound: whoever opens it hears the example instead."
_HELP = {
    "voice": "A robot’s voice says what you type: a, e, i, o, u and s, c, m, t, r.",
    "tones": "The keys of a telephone sound as you type them: 0 to 9, *, #, A to D.",
}
_OTHER = "A robot’s voice says these letters. Better, bring a WAV file or speak yourself."


def field(model: str) -> None:
    """What is said, and other ways to bring a sound."""
    kind = inputs.speaks_as(model)
    view = view_now()
    heard = session().heard if view.sound == inputs.BROUGHT else None
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="sounding"):
        if heard is None:
            if not st.session_state.get("sound", "").strip():
                st.session_state.sound = sounds.examples(kind)[0]
            st.text_input(
                "What is said",
                key="sound",
                label_visibility="collapsed",
                max_chars=16,
                help=_HELP.get(kind, _OTHER),
                on_change=_forget,
            )
            st.menu_button("Examples to hear", list(sounds.examples(kind)), key="say", on_click=_say)
        else:
            st.html("<p class='unknown'>Your own sound.</p>", width="content")
            st.button("Back to the voice", icon=":material/undo:", key="sound_back", on_click=_back)
        with st.popover("Your own", icon=":material/mic:", help="Speak, or bring a WAV file."):
            st.audio_input("Speak", key="spoken", on_change=_bring, args=("spoken",))
            st.file_uploader("A WAV file", type=["wav"], key="sound_file", on_change=_bring, args=("sound_file",))
            st.caption("It is heard by this server’s model, its first 30 seconds at most, and not kept.")
    if session().sound_problem:
        words.say(session().sound_problem, error=True)
    if heard is not None:
        st.html(f"<p class='unknown'>{escape(' '.join([*heard.notices, _NO_LINK]))}</p>")


def make_room() -> None:
    """Another model was chosen: what was said to the one before, and cannot be said to this one, makes room for an
    example."""
    view = view_now()
    if inputs.kind_of(view.model) is Sound and view.sound.strip() and view.sound != inputs.BROUGHT:
        try:
            sounds.said(inputs.speaks_as(view.model), view.sound)
        except AttnvizError:
            choose(sound="")


def _forget() -> None:
    """What was wrong with a file is of the past."""
    session().sound_problem = ""


def _say() -> None:
    _forget()
    choose(sound=st.session_state.say)


def _back() -> None:
    _forget()
    session().heard = None
    choose(sound="")


def _bring(key: str) -> None:
    """Hear the file; what is wrong with it is said, and the sound that was there stays."""
    record, file = session(), st.session_state.get(key)
    record.sound_problem = ""
    if not isinstance(file, UploadedFile):
        return
    record.sound_problem = problem_with(file, "sound", _hear)


def _hear(file: UploadedFile) -> None:
    session().heard = sound_of(file.getvalue())
    choose(sound=inputs.BROUGHT)
