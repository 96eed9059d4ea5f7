"""The script that each visit runs: page set-up and navigation. `app.py` serves it. (Beside it there must be no folder
named `pages`, which Streamlit would take for pages of its own.)"""

import streamlit as st

from attnviz.service import memory
from attnviz.ui import connecting
from attnviz.ui.pages import compare, explore, learn, train
from attnviz.ui.serving import sessions

st.set_page_config(page_title="attnviz", page_icon="👁️", layout="wide", initial_sidebar_state="collapsed")
pages = [
    st.Page(explore.page, title="Explore", url_path="explore", default=True),
    st.Page(compare.page, title="Compare", url_path="compare"),
    st.Page(train.page, title="Train", url_path="train"),
    st.Page(learn.page, title="Learn", url_path="learn"),
]
navigation = st.navigation(pages, position="hidden")  # Streamlit's own becomes a drawer on a phone, and stays open
with st.container(horizontal=True, key="nav"):
    for page in pages:
        st.page_link(page)
navigation.run()
connecting.ask_again_when_back()
sessions.say_connected_anew()
memory.settle()
