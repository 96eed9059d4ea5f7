"""The script that each visit runs: page set-up and navigation. `app.py` serves it."""

import streamlit as st

from attnviz.ui import compare, explore, train

st.set_page_config(page_title="attnviz", page_icon="👁️", layout="wide", initial_sidebar_state="collapsed")
pages = [
    st.Page(explore.page, title="Explore", url_path="explore", default=True),
    st.Page(compare.page, title="Compare", url_path="compare"),
    st.Page(train.page, title="Train", url_path="train"),
]
st.navigation(pages, position="top").run()
