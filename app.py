"""attnviz: see what attention computes. Start with `streamlit run app.py`."""

import runpy
import sys
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

try:
    from attnviz.ui import serving
except (ImportError, MemoryError) as error:
    sys.exit(
        f"attnviz cannot start: {error or 'no memory'}. Either a part is not installed (README.md says how), or there "
        "is too little memory (1.5 GB is enough)."
    )

serving.settle()  # before anything else is imported

# Streamlit looks for this call here, and serves what it makes instead of running this file as a page.
app = st.App("attnviz/ui/pages/main.py", middleware=serving.middleware(), lifespan=serving.lifespan)

if get_script_run_ctx() is not None:  # run as a page all the same: Streamlit's AppTest does so
    runpy.run_path(str(Path(__file__).parent / app.script_path))
