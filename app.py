"""attnviz: see what attention computes. Start with `streamlit run app.py`."""

import sys

import streamlit as st

try:
    from attnviz.ui import serving
except (ImportError, MemoryError) as error:
    sys.exit(
        f"attnviz cannot start: {error or 'no memory'}. Either a part is not installed (README.md says how), or there "
        "is too little memory (1.5 GB is enough)."
    )

serving.settle()  # before anything else is imported

# Streamlit looks for this call here, and serves what it makes instead of running this file as a page.
app = st.App("attnviz/ui/main.py", middleware=serving.middleware(), lifespan=serving.lifespan)
