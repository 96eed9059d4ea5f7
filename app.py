"""attnviz: see what attention computes. Start with `streamlit run app.py`."""

import streamlit as st

from attnviz.ui import serving

serving.settle()  # before anything else is imported

# Streamlit looks for this call here, and serves what it makes instead of running this file as a page.
app = st.App("attnviz/ui/main.py", middleware=serving.middleware(), lifespan=serving.lifespan)
