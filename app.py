"""attnviz: see what attention computes. Start with `streamlit run app.py`."""

import streamlit as st

from attnviz.ui import explore

st.set_page_config(page_title="attnviz", page_icon="👁️", layout="wide", initial_sidebar_state="collapsed")
st.navigation([st.Page(explore.page, title="Explore", default=True)], position="top").run()
