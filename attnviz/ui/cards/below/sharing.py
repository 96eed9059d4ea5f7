"""A link to what is shown: to copy, and as a QR code for a class."""

from __future__ import annotations

from io import BytesIO
from urllib.parse import urlencode, urlsplit

import segno
import streamlit as st

from attnviz.ui import words
from attnviz.ui.reading.reading import Reading, own_choices
from attnviz.ui.serving.hosts import is_loopback
from attnviz.ui.state.link import explorer_last, fits_in_link, params_from_view

MOST = 1_000  # characters of a link: with more of them a phone cannot tell the dots of its code apart
_SIZE = 220  # pixels


def draw(read: Reading) -> None:
    """The link, with a button that copies it, and its code."""
    link = address(st.context.url or "", read)
    left, right = st.columns([3, 1])
    with left:
        st.code(link, language=None, wrap_lines=True)
        if not fits_in_link(read.view.text):
            words.say("This text is too long for a link: it is left out.")
        if is_loopback(urlsplit(link).hostname or "localhost"):
            st.caption("This address works on this computer only. How to share the page in a room: see the README.")
    with right:
        code = qr_code(link)
        if code is None:
            words.say("This link is too long for a QR code. A shorter text has one.")
        else:
            st.image(code.decode(), width=_SIZE, caption="This view, for a phone")


def address(page: str, read: Reading) -> str:
    """The page's address with all that is chosen."""
    params = explorer_last(params_from_view(own_choices(read)))
    parts = urlsplit(page)
    return f"{parts.scheme}://{parts.netloc}{parts.path or '/'}" + (f"?{urlencode(params)}" if params else "")


def qr_code(link: str) -> bytes | None:
    """Its QR code (ISO/IEC 18004) as SVG, dark on white; None of a link that is too long for one."""
    if len(link) > MOST:
        return None
    file = BytesIO()
    segno.make(link, error="l", micro=False).save(file, kind="svg", xmldecl=False, scale=4, light="#ffffff")
    return file.getvalue()
